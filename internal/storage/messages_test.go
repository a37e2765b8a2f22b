package storage_test

import (
	"testing"

	corev1 "k8s.io/api/core/v1"
	storagev1 "k8s.io/api/storage/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	"k8s.io/utils/ptr"

	"github.com/google/go-cmp/cmp"

	seiv1alpha1 "github.com/seinode/seinode-operator/api/v1alpha1"
	"github.com/seinode/seinode-operator/internal/storage"
	"github.com/seinode/seinode-operator/internal/verdict"
)

func class(class *storagev1.StorageClass) option {
	return func(f *storage.Facts) { f.Class = class }
}

func unbound(f *storage.Facts) {
	f.Claim.Spec.VolumeName, f.Claim.Status.Phase, f.Claim.Status.Capacity, f.Volume = "", corev1.ClaimPending, nil, nil
}

// pendingOn is a Pending claim that names its volume.
func pendingOn(f *storage.Facts) {
	f.Claim.Status.Phase, f.Claim.Status.Capacity = corev1.ClaimPending, nil
}

// freeing is what people paste: it fails on a volume that is not Released any more.
const freeing = `kubectl patch pv pv-archive-0 --type=json -p '[{"op":"test","path":"/status/phase","value":"Released"},` +
	`{"op":"replace","path":"/spec/claimRef","value":{"namespace":"sei","name":"data-archive-0-0"}}]'`

func released(f *storage.Facts) { f.Volume.Status.Phase = corev1.VolumeReleased }

func mode(change func(*seiv1alpha1.SeiNodeSpec)) option {
	return withNode(func(n *seiv1alpha1.SeiNode) {
		n.Spec.Archive = nil
		change(&n.Spec)
	})
}

// TestMessagesAreWordForWordWhatTheContractPromises holds the texts that people paste from, the contract's own examples
// first.
func TestMessagesAreWordForWordWhatTheContractPromises(t *testing.T) {
	tests := map[string]struct {
		options []option
		want    string
	}{
		"the contract's first example": {
			[]option{claimCapacity("500Gi"), volumeCapacity("500Gi")},
			`PVC "data-archive-0-0" capacity 500Gi is less than the 25000Gi that an archive node requires; expand the PVC, or set spec.dataVolume.size`,
		},
		"the contract's second example": {
			[]option{unbound, class(waitingClass())},
			`PVC "data-archive-0-0" phase is Pending: StorageClass "gp3" binds on first consumer, so an empty claim will never bind by itself; ` +
				`set spec.volumeName to the volume that holds the data, or fill the PVC from a pod that mounts it`,
		},
		"another mode": {
			[]option{
				claimCapacity("500Gi"), volumeCapacity("500Gi"),
				mode(func(s *seiv1alpha1.SeiNodeSpec) { s.FullNode = &seiv1alpha1.FullNodeSpec{} }),
				func(f *storage.Facts) { f.Required = resource.MustParse("2000Gi") },
			},
			`PVC "data-archive-0-0" capacity 500Gi is less than the 2000Gi that a fullNode node requires; expand the PVC, or set spec.dataVolume.size`,
		},
		"a class that binds at once": {
			[]option{unbound, class(&storagev1.StorageClass{VolumeBindingMode: ptr.To(storagev1.VolumeBindingImmediate)})},
			`PVC "data-archive-0-0" phase is Pending: wanted Bound; see the events of the PVC for what its provisioner waits for`,
		},
		"a class that does not say when it binds": {
			[]option{unbound, class(&storagev1.StorageClass{})},
			`PVC "data-archive-0-0" phase is Pending: wanted Bound; see the events of the PVC for what its provisioner waits for`,
		},
		"first consumer, but the claim names its volume": {
			[]option{pendingOn, class(waitingClass())},
			`PVC "data-archive-0-0" phase is Pending: wanted Bound; see the events of the PVC for what its provisioner waits for`,
		},
		"the named volume does not exist": {
			[]option{pendingOn, withoutVolume},
			`PVC "data-archive-0-0" phase is Pending: its volume "pv-archive-0" does not exist; create the PersistentVolume`,
		},
		"the volume is reserved for the claim's predecessor": {
			[]option{pendingOn, released, claimRef(func(r *corev1.ObjectReference) { r.UID = "former" })},
			`PVC "data-archive-0-0" phase is Pending: volume "pv-archive-0" is Released, and still reserved for a former claim, ` +
				`sei/data-archive-0-0 with UID former; keep its data and free it with: ` + freeing,
		},
		"the volume is reserved for a claim of another name and namespace": {
			[]option{pendingOn, released, claimRef(func(r *corev1.ObjectReference) { r.UID, r.Name, r.Namespace = "former", "old", "past" })},
			`PVC "data-archive-0-0" phase is Pending: volume "pv-archive-0" is Released, and still reserved for a former claim, ` +
				`past/old with UID former; keep its data and free it with: ` + freeing,
		},
		"the volume serves a claim that lives: it is never freed": {
			[]option{pendingOn, claimRef(func(r *corev1.ObjectReference) { r.UID, r.Name, r.Namespace = "live", "db", "other" })},
			`PVC "data-archive-0-0" phase is Pending: volume "pv-archive-0" serves other/db with UID live and is Bound: one volume serves one PVC; ` +
				`name another volume in spec.volumeName of a new PVC`,
		},
		"another class": {
			[]option{pendingOn, released, withVolume(func(v *corev1.PersistentVolume) { v.Spec.StorageClassName = "io2" })},
			`PVC "data-archive-0-0" phase is Pending: its storageClassName is "gp3", that of volume "pv-archive-0" is "io2"; ` +
				`delete this PVC, which was never bound, and create it with storageClassName: "io2"`,
		},
		"another volumeMode": {
			[]option{pendingOn, withClaim(block)},
			`PVC "data-archive-0-0" phase is Pending: its volumeMode is "Block", that of volume "pv-archive-0" is "Filesystem"; ` +
				`delete this PVC, which was never bound, and create it with volumeMode: "Filesystem"`,
		},
		"more than the volume has": {
			[]option{pendingOn, requested("30Ti")},
			`PVC "data-archive-0-0" phase is Pending: it requests 30Ti, and volume "pv-archive-0" has 25000Gi; ` +
				`delete this PVC, which was never bound, and create it with a request of at most that`,
		},
		"another access mode": {
			[]option{pendingOn, accessModes(corev1.ReadWriteOncePod)},
			`PVC "data-archive-0-0" phase is Pending: it wants access mode ReadWriteOncePod, and volume "pv-archive-0" allows [ReadWriteOnce]; ` +
				`delete this PVC, which was never bound, and create it with one of those, or add the mode to the volume`,
		},
		"bound, and its volume serves another": {
			[]option{claimRef(func(r *corev1.ObjectReference) { r.UID, r.Name = "live", "db" })},
			`volume "pv-archive-0" of PVC "data-archive-0-0" is bound to sei/db with UID live; wanted sei/data-archive-0-0 with UID 22222222-claim: ` +
				`one volume serves one PVC: take a PVC that has a volume of its own`,
		},
		"bound, and its volume is free": {
			[]option{released, claimRef(func(r *corev1.ObjectReference) { r.UID = "former" })},
			`volume "pv-archive-0" of PVC "data-archive-0-0" is bound to sei/data-archive-0-0 with UID former; ` +
				`wanted sei/data-archive-0-0 with UID 22222222-claim: reserve it for this PVC with: ` + freeing,
		},
		"the adopted claim is gone: a new one is another": {
			[]option{withoutClaim, withNode(func(n *seiv1alpha1.SeiNode) {
				n.Status.DataVolume = &seiv1alpha1.DataVolumeStatus{ClaimUID: "former", VolumeName: "pv-archive-0"}
			})},
			`PVC "data-archive-0-0" with UID former, which the node adopted, is gone; restore its data to a PVC of that name, on its volume "pv-archive-0" ` +
				`if that is still there (kubectl get pv pv-archive-0); a new PVC is another one, and the node waits until you accept it by its UID: ` +
				`kubectl annotate --overwrite seinode archive-0 -n sei sei.io/accept-claim-uid=<UID>`,
		},
		"the adopted claim is being deleted": {
			[]option{terminating(), adopted(claimUID)},
			`PVC "data-archive-0-0", which the node adopted, is being deleted, and its data may go when the pod stops: the pod is left running; ` +
				`save the data now, and keep its volume: kubectl patch pv pv-archive-0 -p '{"spec":{"persistentVolumeReclaimPolicy":"Retain"}}'`,
		},
		"the volume is reserved by name, which binds": {
			[]option{pendingOn, claimRef(func(r *corev1.ObjectReference) { r.UID = "" })},
			`PVC "data-archive-0-0" phase is Pending: wanted Bound; see the events of the PVC for what its provisioner waits for`,
		},
		"valid": {
			nil,
			`PVC "data-archive-0-0" on volume "pv-archive-0", 25000Gi, meets every requirement of an archive node`,
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(test.want, storage.Validate(importFacts(test.options...)).Message); diff != "" {
				t.Errorf("message (-want +got):\n%s", diff)
			}
		})
	}
}

func TestAVerdictReadsAsReasonAndMessage(t *testing.T) {
	got := storage.Validate(importFacts(withoutClaim)).String()
	want := `PVCNotFound: PVC "data-archive-0-0" does not exist in namespace "sei"; create it there, and the import proceeds by itself`
	if got != want {
		t.Errorf("got %q, wanted %q", got, want)
	}
}

func TestOnlyTheTwoCapacityReasonsConcernCapacity(t *testing.T) {
	for _, reason := range documentedReasons {
		want := reason == "CapacityTooSmall" || reason == "UnderlyingPVCapacityMismatch"
		if got := storage.ConcernsCapacity(verdict.Verdict{Reason: reason}); got != want {
			t.Errorf("ConcernsCapacity(%s) is %t", reason, got)
		}
	}
}
