// Package adopt writes the manifests with which a volume that there is becomes a node's, in the order in which they are applied, with what is to be done between them.
// It is pure.
package adopt

import (
	"cmp"
	"fmt"
	"io"
	"strings"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	storagevolume "k8s.io/component-helpers/storage/volume"
	"k8s.io/utils/ptr"
	"sigs.k8s.io/yaml"

	seiv1alpha1 "github.com/seinode/seinode-operator/api/v1alpha1"
	"github.com/seinode/seinode-operator/internal/storage"
)

// Wanted is the node that is to have the volume.
type Wanted struct {
	// Node is the SeiNode, which imports the claim.
	Node *seiv1alpha1.SeiNode
	// Claim and Volume are what there is; each nil for what there is not.
	Claim  *corev1.PersistentVolumeClaim
	Volume *corev1.PersistentVolume
	// Handle, Driver, FSType, Zone and Size are those of a disk that the cluster does not know yet.
	Handle, Driver, FSType, Zone string
	Size                         resource.Quantity
}

// Plan is what is to be done.
type Plan struct {
	// Commands are to be run first.
	Commands []Command
	// Objects are to be applied then.
	Objects []Object
}

// Command is a command, and why.
type Command struct{ Why, Line string }

// Object is an object, and why.
type Object struct {
	Why    string
	Object any
}

// Make says what is to be done. An error is something that no manifest mends.
func Make(w Wanted) (Plan, error) {
	plan := Plan{}
	switch {
	case w.Claim != nil:
		plan.claim(w)
	case w.Volume != nil:
		if err := plan.volume(w); err != nil {
			return plan, err
		}
	default:
		plan.disk(w)
	}
	plan.add(w.Node, "The node. It only ever reads the claim and its volume, and both stay when it goes.")
	return plan, nil
}

func (p *Plan) add(object any, why string, args ...any) {
	p.Objects = append(p.Objects, Object{fmt.Sprintf(why, args...), object})
}

func (p *Plan) run(why, line string) { p.Commands = append(p.Commands, Command{why, line}) }

// claim is for a claim that there is: nothing is missing but the policy of its volume.
func (p *Plan) claim(w Wanted) {
	if w.Volume != nil {
		p.retain(w.Volume)
	}
}

// retain keeps the data where the claim is deleted.
func (p *Plan) retain(volume *corev1.PersistentVolume) {
	if policy := volume.Spec.PersistentVolumeReclaimPolicy; policy != corev1.PersistentVolumeReclaimRetain {
		p.run(fmt.Sprintf("The volume's reclaim policy is %s: whoever deletes the claim would destroy the data.", cmp.Or(string(policy), "not set")),
			fmt.Sprintf(`kubectl patch pv %s -p '{"spec":{"persistentVolumeReclaimPolicy":"Retain"}}'`, volume.Name))
	}
}

// volume is for a volume whose claim is gone, or that never had one.
func (p *Plan) volume(w Wanted) error {
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
	p.retain(v)
	if ref == nil || ref.UID != "" || ref.Namespace != w.Node.Namespace || ref.Name != name {
		p.reserve(w, ref)
	}
	p.add(claimOf(w.Node, name, v), "The claim, for this volume alone. It is Bound a moment later.")
	return nil
}

// reserve has nobody but the claim that is to come take the volume. It fails on a volume whose phase is another one by then.
func (p *Plan) reserve(w Wanted, ref *corev1.ObjectReference) {
	why, op := "Nobody else may take the volume.", "add"
	if ref != nil {
		why, op = fmt.Sprintf("The volume is still reserved for its former claim, %s/%s, by UID: reserve it for the new one.", ref.Namespace, ref.Name), "replace"
	}
	p.run(why, fmt.Sprintf(`kubectl patch pv %s --type=json -p '[{"op":"test","path":"/status/phase","value":%q},{"op":%q,"path":"/spec/claimRef","value":{"namespace":%q,"name":%q}}]'`,
		w.Volume.Name, w.Volume.Status.Phase, op, w.Node.Namespace, storage.ClaimName(w.Node)))
}

// disk is for a disk that the cluster does not know yet.
func (p *Plan) disk(w Wanted) {
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
	p.add(volume, "The disk, with Retain, so that nothing ever deletes it, and reserved for the claim. Stop whatever writes to it outside of the cluster first: nothing in a cluster sees that.")
	p.add(claimOf(w.Node, name, volume), "The claim, for this volume alone. It is Bound a moment later.")
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

// Write writes the plan as one YAML file: the commands are comments in it.
func (p Plan) Write(out io.Writer) error {
	for i, command := range p.Commands {
		if i == 0 {
			fmt.Fprintln(out, "# To be run before this is applied:")
		}
		fmt.Fprintf(out, "#\n# %s\n#   %s\n", command.Why, command.Line)
	}
	for _, object := range p.Objects {
		text, err := plain(object.Object)
		if err != nil {
			return fmt.Errorf("writing the manifest: %w", err)
		}
		fmt.Fprintf(out, "---\n# %s\n%s", object.Why, text)
	}
	return nil
}

// plain is the YAML of an object without what the API server fills in.
func plain(object any) (string, error) {
	text, err := yaml.Marshal(object)
	if err != nil {
		return "", err
	}
	fields := map[string]any{}
	if err := yaml.Unmarshal(text, &fields); err != nil {
		return "", err
	}
	delete(fields, "status")
	if metadata, is := fields["metadata"].(map[string]any); is {
		delete(metadata, "creationTimestamp")
	}
	text, err = yaml.Marshal(fields)
	return strings.TrimRight(string(text), "\n") + "\n", err
}
