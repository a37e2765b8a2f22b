package storage

import (
	"cmp"
	"strings"

	corev1 "k8s.io/api/core/v1"
	storagev1 "k8s.io/api/storage/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/utils/ptr"

	seiv1alpha1 "github.com/seinode/seinode-operator/api/v1alpha1"
	"github.com/seinode/seinode-operator/internal/verdict"
)

// Origin is what the claim that is to be made begins as a copy of. It is read only while there is no claim, for a node that copies one.
type Origin struct {
	// Snapshot is the VolumeSnapshot, Content what its driver keeps of it; nil where it is not there, or cannot be read.
	Snapshot, Content *unstructured.Unstructured
	// Claim is the claim to copy, Volume its volume; nil where it is not there.
	Claim  *corev1.PersistentVolumeClaim
	Volume *corev1.PersistentVolume
	// Refused is why VolumeSnapshots cannot be read here, "" where nothing speaks against it.
	Refused string
	// Class is that of the claim that is to be made; nil where it is not known.
	Class *storagev1.StorageClass
}

// originRules are what a copy takes, in order: the first that is not met wins. Nothing is made before.
var originRules = []func(Facts) *verdict.Verdict{snapshotReady, claimReady, fits, sameDriver}

// originDefect is why the node's claim cannot be made as a copy now, nil where it can, or begins empty.
func originDefect(f Facts) *verdict.Verdict {
	if !f.Node.Copies() {
		return nil
	}
	for _, rule := range originRules {
		if defect := rule(f); defect != nil {
			return defect
		}
	}
	return nil
}

// ConcernsSource says whether the verdict is about what the claim is to be a copy of.
func ConcernsSource(v verdict.Verdict) bool {
	return v.Reason == seiv1alpha1.ReasonSourceNotReady || v.Reason == seiv1alpha1.ReasonDriverMismatch || v.Reason == seiv1alpha1.ReasonNoSpace
}

// AwaitsSource says whether what is to be copied is waited for. It wakes nobody: a cluster may lack the kind, and whose source a claim is, nothing notes.
func AwaitsSource(v verdict.Verdict) bool { return v.Reason == seiv1alpha1.ReasonSourceNotReady }

func notReady(f Facts, found string, args ...any) *verdict.Verdict {
	kind, name := f.Node.CopyOf()
	return transient(seiv1alpha1.ReasonSourceNotReady, "%s %q, of which PVC %q is to be a copy, "+found, append([]any{kind, name, ClaimName(f.Node)}, args...)...)
}

// anotherSource is what to do where the source does not come.
const anotherSource = "; the node goes on by itself; to copy another one, create another SeiNode: the source is immutable"

func snapshotReady(f Facts) *verdict.Verdict {
	if kind, _ := f.Node.CopyOf(); kind != seiv1alpha1.KindVolumeSnapshot {
		return nil
	}
	switch from := f.Origin.Snapshot; {
	case f.Origin.Refused != "":
		return notReady(f, "cannot be read: %s", f.Origin.Refused)
	case from == nil:
		return notReady(f, "does not exist in namespace %q; make it there"+anotherSource, f.Node.Namespace)
	case from.GetDeletionTimestamp() != nil:
		return notReady(f, "is being deleted; make it again"+anotherSource)
	case !readyToUse(from) && failure(from) != "":
		return notReady(f, "is not ready, since its driver says: %s; mend that, or make it again"+anotherSource, failure(from))
	case !readyToUse(from):
		return notReady(f, "is not ready to use yet; the node goes on by itself once it is")
	}
	return nil
}

func readyToUse(snapshot *unstructured.Unstructured) bool {
	ready, _, _ := unstructured.NestedBool(snapshot.Object, "status", "readyToUse")
	return ready
}

func failure(snapshot *unstructured.Unstructured) string {
	message, _, _ := unstructured.NestedString(snapshot.Object, "status", "error", "message")
	return strings.Join(strings.Fields(message), " ")
}

func claimReady(f Facts) *verdict.Verdict {
	if kind, _ := f.Node.CopyOf(); kind != seiv1alpha1.KindClaim {
		return nil
	}
	switch from := f.Origin.Claim; {
	case from == nil:
		return notReady(f, "does not exist in namespace %q; make it there"+anotherSource, f.Node.Namespace)
	case from.DeletionTimestamp != nil:
		return notReady(f, "is being deleted; copy its data to another one"+anotherSource)
	case from.Status.Phase != corev1.ClaimBound:
		return notReady(f, "has phase %s; wanted Bound, which it is once a pod used it"+anotherSource, cmp.Or(string(from.Status.Phase), "none"))
	case ptr.Deref(from.Spec.VolumeMode, corev1.PersistentVolumeFilesystem) == corev1.PersistentVolumeBlock:
		return terminal(seiv1alpha1.ReasonDriverMismatch, "PVC %q is a raw block device (volumeMode Block); wanted one with a file system: create another SeiNode, of another source", from.Name)
	case f.Origin.Volume == nil || from.Status.Capacity.Storage().IsZero():
		return notReady(f, "does not say yet which volume it is, and how large; the node goes on by itself once it does")
	}
	return nil
}

// fits says that the copy has room for what it is of. A driver may not know how large a snapshot is: it refuses a copy that is too small itself.
func fits(f Facts) *verdict.Verdict {
	kind, name := f.Node.CopyOf()
	if needs := f.Origin.size(); needs.Cmp(f.Required) > 0 {
		return terminal(seiv1alpha1.ReasonNoSpace, "%s %q takes %s, and PVC %q would have %s; nothing was made: create another SeiNode with spec.dataVolume.size %s or more, "+
			"which is immutable here", kind, name, needs.String(), ClaimName(f.Node), f.Required.String(), needs.String())
	}
	return nil
}

// size is how large a copy has to be at least, 0 where nobody says.
func (o Origin) size() resource.Quantity {
	if o.Claim != nil {
		return *o.Claim.Status.Capacity.Storage()
	}
	text, _, _ := unstructured.NestedString(o.Snapshot.Object, "status", "restoreSize")
	size, err := resource.ParseQuantity(text)
	if err != nil {
		return resource.Quantity{}
	}
	return size
}

// sameDriver says that one driver has both volumes: none copies another's. Where it is not known which one that is, the driver says itself.
func sameDriver(f Facts) *verdict.Verdict {
	kind, name := f.Node.CopyOf()
	from := f.Origin.driver()
	switch to := f.Origin.Class; {
	case f.Origin.Volume != nil && from == "":
		return terminal(seiv1alpha1.ReasonDriverMismatch, "PVC %q lies on volume %q, which is no CSI driver's, and so cannot be copied by one; wanted a volume that a CSI driver clones: "+
			"create another SeiNode, with spec.bootstrap.archive for example", name, f.Origin.Volume.Name)
	case to != nil && from != "" && from != to.Provisioner:
		return terminal(seiv1alpha1.ReasonDriverMismatch, "%s %q is of driver %q, and PVC %q would be of StorageClass %q, whose driver is %q; nothing was made: create another SeiNode with "+
			"spec.dataVolume.storageClassName of the same driver, which is immutable here", kind, name, from, ClaimName(f.Node), to.Name, to.Provisioner)
	}
	return nil
}

// driver is the one that has the source, "" where that is not known, or none does.
func (o Origin) driver() string {
	switch {
	case o.Volume != nil && o.Volume.Spec.CSI != nil:
		return o.Volume.Spec.CSI.Driver
	case o.Content != nil:
		driver, _, _ := unstructured.NestedString(o.Content.Object, "spec", "driver")
		return driver
	}
	return ""
}

// dataSource is what the created claim begins as a copy of, nil for one that begins empty.
func dataSource(node *seiv1alpha1.SeiNode) *corev1.TypedObjectReference {
	switch kind, name := node.CopyOf(); kind {
	case seiv1alpha1.KindVolumeSnapshot:
		return &corev1.TypedObjectReference{APIGroup: ptr.To("snapshot.storage.k8s.io"), Kind: kind, Name: name}
	case seiv1alpha1.KindClaim:
		return &corev1.TypedObjectReference{Kind: kind, Name: name}
	}
	return nil
}
