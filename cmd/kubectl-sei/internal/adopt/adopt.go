// Package adopt writes the manifests with which a volume that there is becomes a node's, in the order in which they are applied, with what is to be done between them.
// It is pure.
package adopt

import (
	"fmt"

	corev1 "k8s.io/api/core/v1"
	storagev1 "k8s.io/api/storage/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	storagevolume "k8s.io/component-helpers/storage/volume"
	"k8s.io/utils/ptr"

	seiv1alpha1 "github.com/seinode/seinode-operator/api/v1alpha1"
	"github.com/seinode/seinode-operator/cmd/kubectl-sei/internal/manifest"
	"github.com/seinode/seinode-operator/internal/storage"
)

// Wanted is the node that is to have the volume.
type Wanted struct {
	// Node is the SeiNode, which imports the claim.
	Node *seiv1alpha1.SeiNode
	// Claim and Volume are what there is; each nil for what there is not.
	Claim  *corev1.PersistentVolumeClaim
	Volume *corev1.PersistentVolume
	// Handle, Driver, FSType and Zone are those of a disk that the cluster does not know yet.
	Handle, Driver, FSType, Zone string
	// Snapshot is the VolumeSnapshot that the claim is to begin as a copy of, nil for none.
	Snapshot *unstructured.Unstructured
	// ClassName is that of the copy, nil for the cluster's default; Class is it, nil where it could not be read.
	ClassName *string
	Class     *storagev1.StorageClass
	// Size is that of the disk, or of the copy.
	Size resource.Quantity
}

// plan is what is to be done, as it is made up.
type plan struct{ manifest.Plan }

// Make says what is to be done. An error is something that no manifest mends.
func Make(w Wanted) (manifest.Plan, error) {
	p, err := &plan{}, error(nil)
	switch {
	case w.Claim != nil:
		p.claim(w)
	case w.Volume != nil:
		err = p.volume(w)
	case w.Snapshot != nil:
		err = p.copied(w)
	default:
		p.disk(w)
	}
	p.Add(w.Node, "The node. It only ever reads the claim and its volume, and both stay when it goes.")
	return p.Plan, err
}

// claim is for a claim that there is: nothing is missing but the policy of its volume.
func (p *plan) claim(w Wanted) {
	if w.Volume != nil {
		p.Retain(w.Volume)
	}
}

// volume is for a volume whose claim is gone, or that never had one.
func (p *plan) volume(w Wanted) error {
	v, name := w.Volume, storage.ClaimName(w.Node)
	ref := v.Spec.ClaimRef
	switch {
	case v.DeletionTimestamp != nil:
		return fmt.Errorf("volume %q is being deleted; wanted one that stays", v.Name)
	case v.Status.Phase == corev1.VolumeBound && ref != nil:
		return fmt.Errorf("volume %q serves PVC %s/%s; to adopt that: kubectl sei adopt --claim %s -n %s", v.Name, ref.Namespace, ref.Name, ref.Name, ref.Namespace)
	case v.Status.Phase != corev1.VolumeReleased && v.Status.Phase != corev1.VolumeAvailable:
		return fmt.Errorf("volume %q is in phase %q; wanted Released or Available", v.Name, v.Status.Phase)
	}
	p.Retain(v)
	if ref == nil || ref.UID != "" || ref.Namespace != w.Node.Namespace || ref.Name != name {
		p.reserve(w, ref)
	}
	p.Add(claimOf(w.Node, name, v), "The claim, for this volume alone. It is Bound a moment later.")
	return nil
}

// reserve has nobody but the claim that is to come take the volume. It fails on a volume whose phase is another one by then.
func (p *plan) reserve(w Wanted, ref *corev1.ObjectReference) {
	why, op := "Nobody else may take the volume.", "add"
	if ref != nil {
		why, op = fmt.Sprintf("The volume is still reserved for its former claim, %s/%s, by UID: reserve it for the new one.", ref.Namespace, ref.Name), "replace"
	}
	p.Run(why, fmt.Sprintf(`kubectl patch pv %s --type=json -p '[{"op":"test","path":"/status/phase","value":%q},{"op":%q,"path":"/spec/claimRef","value":{"namespace":%q,"name":%q}}]'`,
		w.Volume.Name, w.Volume.Status.Phase, op, w.Node.Namespace, storage.ClaimName(w.Node)))
}

// disk is for a disk that the cluster does not know yet.
func (p *plan) disk(w Wanted) {
	name := storage.ClaimName(w.Node)
	volume := &corev1.PersistentVolume{
		TypeMeta: metav1.TypeMeta{APIVersion: "v1", Kind: "PersistentVolume"}, ObjectMeta: metav1.ObjectMeta{Name: w.Node.Namespace + "-" + w.Node.Name},
		Spec: corev1.PersistentVolumeSpec{
			Capacity: corev1.ResourceList{corev1.ResourceStorage: w.Size}, AccessModes: []corev1.PersistentVolumeAccessMode{corev1.ReadWriteOnce},
			PersistentVolumeReclaimPolicy: corev1.PersistentVolumeReclaimRetain,
			ClaimRef:                      &corev1.ObjectReference{Namespace: w.Node.Namespace, Name: name},
			PersistentVolumeSource:        corev1.PersistentVolumeSource{CSI: &corev1.CSIPersistentVolumeSource{Driver: w.Driver, VolumeHandle: w.Handle, FSType: w.FSType}},
		},
	}
	if w.Zone != "" {
		volume.Spec.NodeAffinity = inZone(w.Zone)
	}
	p.Add(volume, "The disk, with Retain, so that nothing ever deletes it, and reserved for the claim. Stop whatever writes to it outside of the cluster first: nothing in a cluster sees that.")
	p.Add(claimOf(w.Node, name, volume), "The claim, for this volume alone. It is Bound a moment later.")
}

func inZone(zone string) *corev1.VolumeNodeAffinity {
	return &corev1.VolumeNodeAffinity{Required: &corev1.NodeSelector{NodeSelectorTerms: []corev1.NodeSelectorTerm{{
		MatchExpressions: []corev1.NodeSelectorRequirement{{Key: corev1.LabelTopologyZone, Operator: corev1.NodeSelectorOpIn, Values: []string{zone}}},
	}}}}
}

// claimOf is a claim that binds to one volume and to no other.
func claimOf(node *seiv1alpha1.SeiNode, name string, volume *corev1.PersistentVolume) *corev1.PersistentVolumeClaim {
	return &corev1.PersistentVolumeClaim{
		TypeMeta: metav1.TypeMeta{APIVersion: "v1", Kind: "PersistentVolumeClaim"}, ObjectMeta: metav1.ObjectMeta{Namespace: node.Namespace, Name: name},
		Spec: corev1.PersistentVolumeClaimSpec{
			AccessModes: []corev1.PersistentVolumeAccessMode{corev1.ReadWriteOnce}, StorageClassName: ptr.To(storagevolume.GetPersistentVolumeClass(volume)), VolumeName: volume.Name,
			Resources: corev1.VolumeResourceRequirements{Requests: corev1.ResourceList{corev1.ResourceStorage: volume.Spec.Capacity[corev1.ResourceStorage]}},
		},
	}
}
