package adopt

import (
	"fmt"

	corev1 "k8s.io/api/core/v1"
	storagev1 "k8s.io/api/storage/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/utils/ptr"

	seiv1alpha1 "github.com/seinode/seinode-operator/api/v1alpha1"
	"github.com/seinode/seinode-operator/internal/storage"
	"github.com/seinode/seinode-operator/internal/workload"
)

// copied is for a claim that begins as a copy of a snapshot.
func (p *plan) copied(w Wanted) error {
	if err := copiable(w); err != nil {
		return err
	}
	from := w.Snapshot.GetName()
	if ready, _, _ := unstructured.NestedBool(w.Snapshot.Object, "status", "readyToUse"); !ready {
		p.Note("VolumeSnapshot %q is not ready to use yet: the claim waits until it is.", from)
	}
	if c := w.Class; c != nil && ptr.Deref(c.VolumeBindingMode, storagev1.VolumeBindingImmediate) == storagev1.VolumeBindingWaitForFirstConsumer {
		p.Note("StorageClass %q binds on first consumer: the claim stays Pending until a pod mounts it, and the SeiNode waits for one that is Bound. "+
			"Name a class that binds at once in --storage-class, or have the operator make the claim: spec.bootstrap.volumeSnapshot.name in place of spec.dataVolume.import.", c.Name)
	}
	p.Note("The copy has the node key, and so the ID, of the node that VolumeSnapshot %q was taken of. Where that one still runs use spec.bootstrap.volumeSnapshot.name in place of "+
		"spec.dataVolume.import: the operator makes the claim then, and the copy gets a key of its own.", from)
	p.Add(copyOf(w), "The claim. The snapshot's driver fills it, and it is Bound once that is done.")
	return nil
}

// copiable says why no node can begin with a copy of the snapshot, nil where one can.
func copiable(w Wanted) error {
	from, size := w.Snapshot.GetName(), RestoreSize(w.Snapshot)
	failure, _ := workload.SnapshotError(w.Snapshot)
	switch {
	case w.Node.Mode() == seiv1alpha1.ModeValidator:
		return fmt.Errorf("VolumeSnapshot %q has the sign state of when it was taken, and a validator that begins with it signs again what it has signed since, which is slashed; "+
			"restore it by hand, put the newest sign state on it, and adopt the claim: kubectl sei adopt --claim NAME", from)
	case w.Snapshot.GetDeletionTimestamp() != nil:
		return fmt.Errorf("VolumeSnapshot %q is being deleted; wanted one that stays", from)
	case failure != "" && !workload.SnapshotTaken(w.Snapshot):
		return fmt.Errorf("VolumeSnapshot %q holds nothing, since its driver says: %s", from, failure)
	case w.Size.Cmp(size) < 0:
		return fmt.Errorf("VolumeSnapshot %q takes %s, and the claim would have %s; wanted a --size of no less than that", from, size.String(), w.Size.String())
	}
	return nil
}

// RestoreSize is how large a copy of a snapshot has to be at least, 0 where nobody says.
func RestoreSize(snapshot *unstructured.Unstructured) resource.Quantity {
	text, _, _ := unstructured.NestedString(snapshot.Object, "status", "restoreSize")
	size, err := resource.ParseQuantity(text)
	if err != nil {
		return resource.Quantity{}
	}
	return size
}

// copyOf is a claim that begins as a copy of the snapshot.
func copyOf(w Wanted) *corev1.PersistentVolumeClaim {
	return &corev1.PersistentVolumeClaim{
		TypeMeta:   metav1.TypeMeta{APIVersion: "v1", Kind: "PersistentVolumeClaim"},
		ObjectMeta: metav1.ObjectMeta{Namespace: w.Node.Namespace, Name: storage.ClaimName(w.Node)},
		Spec: corev1.PersistentVolumeClaimSpec{
			AccessModes: []corev1.PersistentVolumeAccessMode{corev1.ReadWriteOnce}, StorageClassName: w.ClassName,
			DataSource: &corev1.TypedLocalObjectReference{APIGroup: ptr.To(workload.VolumeSnapshotKind.Group), Kind: workload.VolumeSnapshotKind.Kind, Name: w.Snapshot.GetName()},
			Resources:  corev1.VolumeResourceRequirements{Requests: corev1.ResourceList{corev1.ResourceStorage: w.Size}},
		},
	}
}
