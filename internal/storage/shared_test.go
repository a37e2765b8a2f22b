package storage_test

import (
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/seinode/seinode-operator/internal/storage"
	"github.com/seinode/seinode-operator/internal/verdict"
)

// readOnly makes the pod one that names its claim read-only.
func readOnly(pod *corev1.Pod) { pod.Spec.Volumes[0].PersistentVolumeClaim.ReadOnly = true }

// ephemeral makes the pod one for which Kubernetes made a claim of that name.
func ephemeral(claim string) func(*corev1.Pod) {
	return func(pod *corev1.Pod) {
		volume, _ := strings.CutPrefix(claim, "debug-")
		pod.Name = "debug"
		pod.Spec.Volumes = []corev1.Volume{{Name: volume, VolumeSource: corev1.VolumeSource{Ephemeral: &corev1.EphemeralVolumeSource{}}}}
	}
}

func renamed(name string) option {
	return func(f *storage.Facts) {
		f.Claim.Name = name
		f.Node.Spec.DataVolume.Import.PVCName = name
		f.Volume.Spec.ClaimRef.Name = name
	}
}

// TestWhoElseUsesTheData, on imported claims and on created ones alike: a use is any use.
func TestWhoElseUsesTheData(t *testing.T) {
	tests := map[string]struct {
		options []option
		reason  string
		says    []string
	}{
		"a foreign pod": {[]option{withPod(foreign)}, "PVCInUse", []string{`pod "debug"`}},
		"a foreign pod that only reads, before ours": {[]option{withPod(foreign, readOnly)}, "PVCInUse", []string{`pod "debug"`}},
		"a foreign pod beside ours":                  {[]option{withPod(), withPod(foreign)}, "PVCInUse", []string{`pod "debug"`}},
		"one that reads beside ours, one that writes": {
			[]option{withPod(), withPod(foreign, readOnly), withPod(foreign)}, "PVCInUse", []string{`pod "debug"`},
		},
		"one that reads beside ours that ended": {
			[]option{withPod(podPhase(corev1.PodFailed)), withPod(foreign, readOnly)}, "PVCInUse", []string{`pod "debug"`},
		},
		"another volume of the bytes, bound": {
			[]option{withAlias(corev1.VolumeBound)}, "VolumeAliased",
			[]string{
				`volume "pv-archive-0"`, "(pv:pv-archive-0)", `volume "pv-again"`, `PVC "copy" in namespace "other"`,
				`kubectl patch pv pv-again -p '{"spec":{"persistentVolumeReclaimPolicy":"Retain"}}'`,
			},
		},
		"the same under a running pod":          {[]option{adopted(claimUID), withPod(), withAlias(corev1.VolumeBound)}, "VolumeAliased", nil},
		"attached before the node ever had it":  {[]option{attached(true)}, "VolumeAttachedElsewhere", []string{`machine "machine-7"`, `volume "pv-archive-0"`}},
		"attached, and the node had it already": {[]option{attached(true), adopted(claimUID)}, "PVCValidated", nil},
		"attached, and accepted after another":  {[]option{attached(true), adopted("former"), accepts(claimUID)}, "VolumeAttachedElsewhere", nil},
		"attached where our pod is":             {[]option{attached(true), withPod()}, "PVCValidated", nil},
		"not attached yet":                      {[]option{attached(false)}, "PVCValidated", nil},
		"attached beside our pod": {
			[]option{adopted(claimUID), withPod(onMachine("machine-1")), attached(true)}, "VolumeAttachedElsewhere", []string{`machine "machine-7"`},
		},
		"attached beside our pod, before it came": {[]option{adopted(claimUID), withPod(onMachine("machine-1"), after), attached(true)}, "PVCValidated", nil},
		"attached to the machine of our pod":      {[]option{adopted(claimUID), withPod(onMachine("machine-7")), attached(true)}, "PVCValidated", nil},
		"attached where a pod that only reads is": {[]option{adopted(claimUID), withPod(onMachine("machine-1")), withPod(foreign, readOnly, onMachine("machine-7")), attached(true)}, "PVCValidated", nil},
		"attached beside our pod, which stops":    {[]option{adopted(claimUID), withPod(onMachine("machine-1"), stopping), attached(true)}, "PVCValidated", nil},
		"attached while our pod has no machine":   {[]option{adopted(claimUID), withPod(), attached(true)}, "PVCValidated", nil},
		"being attached beside our pod":           {[]option{adopted(claimUID), withPod(onMachine("machine-1")), attached(false)}, "PVCValidated", nil},
	}
	for name, test := range tests {
		t.Run("imported, "+name, func(t *testing.T) {
			expectVerdict(t, storage.Validate(importFacts(test.options...)), test.reason, test.says)
		})
		t.Run("created, "+name, func(t *testing.T) {
			_, got := storage.DecideCreate(createFacts(test.options...))
			expectVerdict(t, got, test.reason, test.says)
		})
	}
}

func expectVerdict(t *testing.T, got verdict.Verdict, reason string, says []string) {
	t.Helper()
	if got.Reason != reason || got.OK() != (reason == "PVCValidated") {
		t.Errorf("verdict is %s %s, wanted %s", got.Class, got, reason)
	}
	for _, part := range says {
		if !strings.Contains(got.Message, part) {
			t.Errorf("message %q does not say %q", got.Message, part)
		}
	}
}

// TestAnEphemeralClaimIsInUse: the pod names no claim, and Kubernetes gave it one by its own name.
func TestAnEphemeralClaimIsInUse(t *testing.T) {
	facts := importFacts(renamed("debug-data"), withPod(foreign, ephemeral("debug-data")))
	expectVerdict(t, storage.Validate(facts), "PVCInUse", []string{`pod "debug"`})
	beside := importFacts(renamed("debug-data"), withPod(), withPod(foreign, ephemeral("debug-data")))
	expectVerdict(t, storage.Validate(beside), "PVCInUse", nil)
}

func TestAClaimThatSomethingElseControlsIsRefused(t *testing.T) {
	const off = `kubectl patch pvc data-archive-0-0 -n sei --type=merge -p '{"metadata":{"uid":"22222222-claim","ownerReferences":null}}'`
	const retain = `{"spec":{"persistentVolumeClaimRetentionPolicy":{"whenDeleted":"Retain","whenScaled":"Retain"}}}`
	for kind, command := range map[string]string{
		"StatefulSet": `kubectl patch statefulset db -n sei --type=merge -p '` + retain + `' && ` + off, "Pod": off, "SeiNode": off,
	} {
		got := storage.Validate(importFacts(controlledBy(kind)))
		expectVerdict(t, got, "PVCOwnedElsewhere", []string{kind + ` "db"`, command})
		if got.Class != verdict.Terminal {
			t.Errorf("class is %s", got.Class)
		}
	}
}

// TestWhatMayTakeTheDataAwayIsTold before the node runs on it, and keeps it from nothing.
func TestWhatMayTakeTheDataAwayIsTold(t *testing.T) {
	owned := func(c *corev1.PersistentVolumeClaim) {
		c.OwnerReferences = []metav1.OwnerReference{{Kind: "Pod", Name: "db-0", UID: "pod-uid"}}
	}
	reclaim := func(policy corev1.PersistentVolumeReclaimPolicy) option {
		return withVolume(func(v *corev1.PersistentVolume) { v.Spec.PersistentVolumeReclaimPolicy = policy })
	}
	tests := map[string]struct {
		options []option
		says    string
	}{
		"nothing":            {nil, ""},
		"Retain":             {[]option{reclaim(corev1.PersistentVolumeReclaimRetain)}, ""},
		"Delete":             {[]option{reclaim(corev1.PersistentVolumeReclaimDelete)}, `reclaim policy Delete, so that whoever deletes the PVC destroys the data: to keep it then: kubectl patch pv pv-archive-0 -p`},
		"Recycle":            {[]option{reclaim(corev1.PersistentVolumeReclaimRecycle)}, "reclaim policy Recycle"},
		"an owner":           {[]option{withClaim(owned)}, `PVC "data-archive-0-0" is deleted with its owner, Pod "db-0"`},
		"a volume that goes": {[]option{withVolume(func(v *corev1.PersistentVolume) { v.DeletionTimestamp = &someTime })}, `volume "pv-archive-0" is being deleted`},
		"another name":       {[]option{withAlias(corev1.VolumeReleased)}, `volume "pv-again" (Released) holds the same bytes as volume "pv-archive-0"`},
		"another, unseen":    {[]option{withAlias("")}, `volume "pv-again" (in no phase yet)`},
		"a pod that reads":   {[]option{withPod(), withPod(foreign, readOnly)}, `pod "debug", which is not this node's, has PVC "data-archive-0-0" mounted read-only`},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			facts := importFacts(test.options...)
			expectVerdict(t, storage.Validate(facts), "PVCValidated", []string{test.says})
			if risks := storage.Risks(facts); (risks == "") != (test.says == "") || !strings.Contains(risks, test.says) {
				t.Errorf("risks are %q, wanted %q", risks, test.says)
			}
			if risks := storage.Risks(createFacts(test.options...)); risks != "" {
				t.Errorf("a claim that the node made itself is told about: %q", risks)
			}
		})
	}
}
