// Package export makes a node, its claim and its volume into manifests for another cluster, with what is to be done in this one before. It is pure.
package export

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/utils/ptr"

	seiv1alpha1 "github.com/seinode/seinode-operator/api/v1alpha1"
	"github.com/seinode/seinode-operator/cmd/kubectl-sei/internal/manifest"
	"github.com/seinode/seinode-operator/internal/storage"
)

// Facts is what there is.
type Facts struct {
	// Node is the SeiNode; never nil.
	Node *seiv1alpha1.SeiNode
	// Claim and Volume are the node's; nil where there is none, or it could not be read.
	Claim  *corev1.PersistentVolumeClaim
	Volume *corev1.PersistentVolume
	// Unread are the kinds that the user may not read.
	Unread []string
}

// Make says what is to be applied in the other cluster. An error is why the volume cannot go there.
func Make(f Facts) (manifest.Plan, error) {
	if err := movable(f); err != nil {
		return manifest.Plan{}, err
	}
	plan := &manifest.Plan{}
	plan.Run("These manifests are for another cluster. Let go of the volume here first: two clusters that write to one volume destroy its data, and neither sees the other.",
		fmt.Sprintf("kubectl sei release %s -n %s", f.Node.Name, f.Node.Namespace))
	if f.Volume != nil {
		plan.Retain(f.Volume)
	}
	byHand(plan, f)
	if f.Volume != nil {
		plan.Add(volume(f.Volume, f.Node), "The volume, with Retain, so that nothing ever deletes it, and reserved for the claim.%s", affinity(f.Volume))
	}
	if f.Claim != nil {
		plan.Add(claim(f.Claim), "The claim, for this volume alone. It is Bound a moment later.")
	}
	plan.Add(node(f.Node), "The node, paused. Once its volume is in use nowhere else, start it: kubectl -n %s patch seinode %s --type=merge -p '{\"spec\":{\"paused\":false}}'%s",
		f.Node.Namespace, f.Node.Name, leftOut(f.Node))
	return *plan, nil
}

// movable says why the node's volume cannot be another cluster's, nil where it can, as far as is known.
func movable(f Facts) error {
	name, c, v := storage.ClaimName(f.Node), f.Claim, f.Volume
	switch {
	case c == nil && !unread(f, "PersistentVolumeClaim"):
		return fmt.Errorf("PVC %q does not exist in namespace %q: there is no volume to move", name, f.Node.Namespace)
	case c != nil && c.DeletionTimestamp != nil:
		return fmt.Errorf("PVC %q is being deleted; wanted one that stays", name)
	case c != nil && (c.Status.Phase != corev1.ClaimBound || c.Spec.VolumeName == ""):
		return fmt.Errorf("PVC %q is in phase %q; wanted Bound: there is no volume to move yet", name, c.Status.Phase)
	case v == nil && c != nil && !unread(f, "PersistentVolume"):
		return fmt.Errorf("volume %q of PVC %q does not exist", c.Spec.VolumeName, name)
	case v == nil:
		return nil
	case v.DeletionTimestamp != nil:
		return fmt.Errorf("volume %q is being deleted; wanted one that stays", v.Name)
	case storage.IsLocal(v):
		return fmt.Errorf("volume %q is a folder of a machine (%s), which no other cluster has; copy the data to a volume there, and adopt that: kubectl sei adopt --claim NAME", v.Name, storage.Identity(v))
	}
	return nil
}

func unread(f Facts, kind string) bool { return slices.Contains(f.Unread, kind) }

// byHand notes what the manifests name and do not bring.
func byHand(plan *manifest.Plan, f Facts) {
	if name := f.Node.SigningSecret(); name != "" {
		plan.Note("Secret %q has the key that signs blocks. It is not in this file: move it by hand, once nothing here signs with it any more. Two that sign with one key are slashed, and neither cluster sees the other.", name)
	}
	if key := f.Node.Spec.NodeKey; key != nil {
		plan.Note("Secret %q has the key of the node's ID. It is not in this file: move it by hand.", key.SecretName)
	}
	if others := names(f); len(others) > 0 {
		plan.Note("Also named below, and not in this file: %s.", strings.Join(others, ", "))
	}
	if f.Volume == nil {
		plan.Note("The PersistentVolume is not in this file, since you may not read it: whoever may adds it, with Retain, and with no uid in spec.claimRef.")
	}
	if f.Claim == nil {
		plan.Note("PersistentVolumeClaim %q is not in this file, since you may not read it.", storage.ClaimName(f.Node))
	}
}

// names are the other objects that the manifests name.
func names(f Facts) (all []string) {
	add := func(kind, name string) {
		if text := fmt.Sprintf("%s %q", kind, name); name != "" && !slices.Contains(all, text) {
			all = append(all, text)
		}
	}
	spec := f.Node.Spec
	if spec.Genesis != nil {
		add("ConfigMap", spec.Genesis.ConfigMapName)
	}
	for _, secret := range spec.ImagePullSecrets {
		add("Secret", secret.Name)
	}
	add("ServiceAccount", ptr.Deref(spec.ServiceAccountName, ""))
	add("PriorityClass", ptr.Deref(spec.PriorityClassName, ""))
	if f.Volume != nil && f.Volume.Spec.CSI != nil {
		csi := f.Volume.Spec.CSI
		for _, ref := range []*corev1.SecretReference{
			csi.ControllerPublishSecretRef, csi.NodeStageSecretRef, csi.NodePublishSecretRef, csi.ControllerExpandSecretRef, csi.NodeExpandSecretRef,
		} {
			if ref != nil {
				add("Secret", ref.Namespace+"/"+ref.Name)
			}
		}
	}
	return all
}

// volume is the volume without what this cluster noted of it.
func volume(of *corev1.PersistentVolume, node *seiv1alpha1.SeiNode) *corev1.PersistentVolume {
	moved := &corev1.PersistentVolume{
		TypeMeta: metav1.TypeMeta{APIVersion: "v1", Kind: "PersistentVolume"}, ObjectMeta: metav1.ObjectMeta{Name: of.Name, Labels: of.Labels}, Spec: *of.Spec.DeepCopy(),
	}
	moved.Spec.PersistentVolumeReclaimPolicy = corev1.PersistentVolumeReclaimRetain
	moved.Spec.ClaimRef = &corev1.ObjectReference{Namespace: node.Namespace, Name: storage.ClaimName(node)}
	moved.Spec.VolumeAttributesClassName = nil // a class of this cluster's
	return moved
}

// affinity says that where the volume may be used is told by this cluster's labels.
func affinity(volume *corev1.PersistentVolume) string {
	if volume.Spec.NodeAffinity == nil {
		return ""
	}
	return " Its nodeAffinity goes by the labels of this cluster's machines: correct it where those of the other one have others."
}

// claim is the claim without its owner, and what this cluster noted of it.
func claim(of *corev1.PersistentVolumeClaim) *corev1.PersistentVolumeClaim {
	return &corev1.PersistentVolumeClaim{
		TypeMeta: metav1.TypeMeta{APIVersion: "v1", Kind: "PersistentVolumeClaim"},
		ObjectMeta: metav1.ObjectMeta{
			Namespace: of.Namespace, Name: of.Name, Labels: without(of.Labels, isOurs),
		},
		Spec: corev1.PersistentVolumeClaimSpec{
			AccessModes: of.Spec.AccessModes, StorageClassName: of.Spec.StorageClassName, VolumeName: of.Spec.VolumeName, VolumeMode: of.Spec.VolumeMode, Resources: of.Spec.Resources,
		},
	}
}

// node is the SeiNode as one that imports the claim.
func node(of *seiv1alpha1.SeiNode) *seiv1alpha1.SeiNode {
	moved := &seiv1alpha1.SeiNode{
		TypeMeta: metav1.TypeMeta{APIVersion: seiv1alpha1.GroupVersion.String(), Kind: "SeiNode"},
		ObjectMeta: metav1.ObjectMeta{
			Namespace: of.Namespace, Name: of.Name, Labels: of.Labels, Annotations: without(of.Annotations, isOfThisCluster),
		},
		Spec: *of.Spec.DeepCopy(),
	}
	spec, data := &moved.Spec, of.Volume()
	data.Import = &seiv1alpha1.DataVolumeImport{PVCName: storage.ClaimName(of)}
	data.StorageClassName, data.DeletionPolicy = nil, ptr.To(seiv1alpha1.DeletionPolicyRetain)
	spec.DataVolume, spec.Bootstrap, spec.Paused = &data, nil, ptr.To(true)
	if spec.Validator != nil {
		spec.Validator.SignState = nil
	}
	spec.Image = of.Image()
	spec.Upgrades = slices.DeleteFunc(spec.Upgrades, func(listed seiv1alpha1.Upgrade) bool { return isPast(of, listed.Name) })
	return moved
}

// isPast says whether the data has an upgrade. One that the node is kept down for is still to be taken.
func isPast(of *seiv1alpha1.SeiNode, upgrade string) bool {
	pending := of.PendingSnapshot()
	return of.HasReached(upgrade) && (pending == nil || pending.Name != upgrade)
}

// leftOut says what of the spec is not in the manifest.
func leftOut(of *seiv1alpha1.SeiNode) string {
	var gone []string
	if of.Spec.Bootstrap != nil {
		gone = append(gone, "spec.bootstrap, since the volume brings its data")
	}
	if of.SignsFresh() {
		gone = append(gone, "spec.validator.signState, since the key may have signed by now")
	}
	for _, listed := range of.Spec.Upgrades {
		if isPast(of, listed.Name) {
			gone = append(gone, fmt.Sprintf("upgrade %q, which the data has: its image, or that of a later one, is spec.image", listed.Name))
		}
	}
	if len(gone) == 0 {
		return ""
	}
	return ". Left out: " + strings.Join(gone, "; ") + "."
}

// isOfThisCluster says whether an annotation tells of this cluster's objects.
func isOfThisCluster(key string) bool {
	return isOurs(key) || key == corev1.LastAppliedConfigAnnotation
}

func isOurs(key string) bool { return strings.HasPrefix(key, "sei.io/") }

// without are the entries whose keys are not such.
func without(all map[string]string, gone func(key string) bool) map[string]string {
	left := maps.Clone(all)
	maps.DeleteFunc(left, func(key, _ string) bool { return gone(key) })
	return left
}
