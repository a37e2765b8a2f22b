package inspection

import (
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	storagev1 "k8s.io/api/storage/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/utils/ptr"

	seiv1alpha1 "github.com/seinode/seinode-operator/api/v1alpha1"
	"github.com/seinode/seinode-operator/cmd/kubectl-sei/internal/cluster"
	"github.com/seinode/seinode-operator/cmd/kubectl-sei/internal/preflight"
)

// free is a node that does not exist yet, and a claim that nobody uses.
func free() preflight.Facts {
	f := preflight.Facts{Node: &seiv1alpha1.SeiNode{ObjectMeta: metav1.ObjectMeta{Namespace: "sei", Name: "n"}}}
	f.Node.Spec.DataVolume = &seiv1alpha1.DataVolumeSpec{Import: &seiv1alpha1.DataVolumeImport{PVCName: "data"}}
	f.Data.Node = f.Node
	f.Data.Claim = &corev1.PersistentVolumeClaim{ObjectMeta: metav1.ObjectMeta{Namespace: "sei", Name: "data"}}
	f.Data.Claim.Spec.AccessModes, f.Data.Claim.Status.Phase = []corev1.PersistentVolumeAccessMode{corev1.ReadWriteOnce}, corev1.ClaimBound
	f.Data.Volume = &corev1.PersistentVolume{ObjectMeta: metav1.ObjectMeta{Name: "pv"}}
	return f
}

func podIn(phase corev1.PodPhase) []corev1.Pod {
	return []corev1.Pod{{ObjectMeta: metav1.ObjectMeta{Name: "other-0"}, Status: corev1.PodStatus{Phase: phase}}}
}

// TestWhoMayLook: nobody while somebody may have the volume, or it is not known that nobody has.
func TestWhoMayLook(t *testing.T) {
	shares := func(f *preflight.Facts, mode corev1.PersistentVolumeAccessMode) {
		f.Data.Claim.Spec.AccessModes = append(f.Data.Claim.Spec.AccessModes, mode)
	}
	attached := []storagev1.VolumeAttachment{{Spec: storagev1.VolumeAttachmentSpec{NodeName: "m-1"}, Status: storagev1.VolumeAttachmentStatus{Attached: true}}}
	for name, test := range map[string]struct {
		change func(*preflight.Facts)
		says   string
	}{
		"nobody has it":     {func(*preflight.Facts) {}, ""},
		"the node exists":   {func(f *preflight.Facts) { f.Exists = true }, `SeiNode "n" exists, and its own pod looks at it`},
		"a created claim":   {func(f *preflight.Facts) { f.Node.Spec.DataVolume = nil }, `SeiNode "n" imports no claim`},
		"no claim":          {func(f *preflight.Facts) { f.Data.Claim = nil }, `PVC "data" does not exist`},
		"a claim that goes": {func(f *preflight.Facts) { f.Data.Claim.DeletionTimestamp = &metav1.Time{} }, `PVC "data" is being deleted`},
		"a claim not bound": {func(f *preflight.Facts) { f.Data.Claim.Status.Phase = corev1.ClaimPending }, `PVC "data" is in phase "Pending"`},
		"no volume":         {func(f *preflight.Facts) { f.Data.Volume = nil }, "to a volume that exists"},
		"a raw device":      {func(f *preflight.Facts) { f.Data.Claim.Spec.VolumeMode = ptr.To(corev1.PersistentVolumeBlock) }, "is a raw block device"},
		"a SeiNode's": {func(f *preflight.Facts) {
			f.Data.Rivals = []seiv1alpha1.SeiNode{{ObjectMeta: metav1.ObjectMeta{Namespace: "sei", Name: "r"}}}
		}, `is the data of SeiNode "r"`},
		"a SeiNode's, shared": {func(f *preflight.Facts) {
			shares(f, corev1.ReadWriteMany)
			f.Data.Rivals = make([]seiv1alpha1.SeiNode, 1)
		}, "is the data of SeiNode"},
		"a pod's":            {func(f *preflight.Facts) { f.Data.Pods = podIn(corev1.PodRunning) }, `pod "other-0" mounts PVC "data"`},
		"a pod's that waits": {func(f *preflight.Facts) { f.Data.Pods = podIn(corev1.PodPending) }, `pod "other-0" mounts PVC "data"`},
		"a pod's that ended": {func(f *preflight.Facts) { f.Data.Pods = podIn(corev1.PodSucceeded) }, ""},
		"a pod's, for many":  {func(f *preflight.Facts) { shares(f, corev1.ReadWriteMany); f.Data.Pods = podIn(corev1.PodRunning) }, ""},
		"a pod's, to read":   {func(f *preflight.Facts) { shares(f, corev1.ReadOnlyMany); f.Data.Pods = podIn(corev1.PodRunning) }, ""},
		"attached somewhere": {func(f *preflight.Facts) { f.Data.Attachments = attached }, `is attached to machine "m-1", and no pod shows who uses it`},
		"another's bytes": {func(f *preflight.Facts) {
			f.Data.Aliases = []corev1.PersistentVolume{{ObjectMeta: metav1.ObjectMeta{Name: "alias"}, Status: corev1.PersistentVolumeStatus{Phase: corev1.VolumeBound}}}
		}, `volume "alias" holds the same bytes as "pv"`},
		"nobody's bytes": {func(f *preflight.Facts) {
			f.Data.Aliases = []corev1.PersistentVolume{{Status: corev1.PersistentVolumeStatus{Phase: corev1.VolumeAvailable}}}
		}, ""},
		"pods unread": {func(f *preflight.Facts) { f.Refused = cluster.Refusals{{Kind: "Pod", Namespace: "sei"}} }, "you may not read Pods, so that it is not known who uses"},
		"volumes unread": {func(f *preflight.Facts) {
			f.Data.Volume, f.Refused = nil, cluster.Refusals{{Kind: "PersistentVolume"}, {Kind: "VolumeAttachment"}, {Kind: "StorageClass"}}
		}, "you may not read PersistentVolumes, VolumeAttachments, so that"},
	} {
		f := free()
		test.change(&f)
		err := May(f)
		if (err == nil) != (test.says == "") || err != nil && !strings.Contains(err.Error(), test.says) {
			t.Errorf("%s: %v, wanted %q", name, err, test.says)
		}
	}
}
