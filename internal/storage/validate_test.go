package storage_test

import (
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/utils/ptr"

	seiv1alpha1 "github.com/seinode/seinode-operator/api/v1alpha1"
	"github.com/seinode/seinode-operator/internal/storage"
	"github.com/seinode/seinode-operator/internal/verdict"
)

// block makes the claim a block device.
func block(c *corev1.PersistentVolumeClaim) { c.Spec.VolumeMode = ptr.To(corev1.PersistentVolumeBlock) }

func TestValidateAcceptsEveryClaimThatMeetsTheContract(t *testing.T) {
	tests := map[string][]option{
		"plain":                  nil,
		"more than is required":  {claimCapacity("30Ti"), volumeCapacity("30Ti"), requested("30Ti")},
		"same size, other words": {volumeCapacity("26214400000Ki")},
		"a static volume with an empty class": {withClaim(func(c *corev1.PersistentVolumeClaim) {
			c.Spec.StorageClassName = ptr.To("")
		})},
		"no class at all":               {withClaim(func(c *corev1.PersistentVolumeClaim) { c.Spec.StorageClassName = nil })},
		"volumeMode unset":              {withClaim(func(c *corev1.PersistentVolumeClaim) { c.Spec.VolumeMode = nil })},
		"ReadWriteOncePod":              {accessModes(corev1.ReadWriteOncePod)},
		"ReadWriteMany, ReadWriteOnce":  {accessModes(corev1.ReadWriteMany, corev1.ReadWriteOnce)},
		"ReadOnlyMany, ReadWriteOnce":   {accessModes(corev1.ReadOnlyMany, corev1.ReadWriteOnce)},
		"the claim that was adopted":    {adopted(claimUID)},
		"a replaced claim, accepted":    {adopted("former"), accepts(claimUID)},
		"the node's own pod":            {withPod()},
		"an orphaned pod of this node":  {withPod(func(p *corev1.Pod) { p.OwnerReferences = nil })},
		"a foreign pod that succeeded":  {withPod(foreign, podPhase(corev1.PodSucceeded))},
		"a foreign pod that failed":     {withPod(foreign, podPhase(corev1.PodFailed))},
		"a foreign pod on other claims": {withPod(foreign, func(p *corev1.Pod) { p.Spec.Volumes[0].PersistentVolumeClaim.ClaimName = "other" })},
		"an older rival, but we hold":   {adopted(claimUID), withRival(rivalNode(older))},
		"a younger rival":               {withRival(rivalNode(younger))},
		"a volume that is Released by phase alone": {withVolume(func(v *corev1.PersistentVolume) {
			v.Status.Phase = corev1.VolumeReleased
		})},
		"the file system still has to grow": {
			claimCapacity("500Gi"), claimCondition(corev1.PersistentVolumeClaimFileSystemResizePending, corev1.ConditionTrue),
		},
	}
	for name, options := range tests {
		t.Run(name, func(t *testing.T) {
			if got := storage.Validate(importFacts(options...)); got.Class != verdict.Valid || got.Reason != seiv1alpha1.ReasonImportPVCValidated {
				t.Errorf("verdict is %s %s, wanted valid", got.Class, got)
			}
		})
	}
}

func TestValidateGivesEachDefectItsClassAndReasonAndNamesIt(t *testing.T) {
	tests := map[string]struct {
		options []option
		class   verdict.Class
		reason  string
		says    []string
	}{
		"1 not found": {
			[]option{withoutClaim}, verdict.Transient, "PVCNotFound",
			[]string{`"data-archive-0-0"`, `"sei"`, "does not exist", "create it"},
		},
		"2 being deleted": {
			[]option{terminating()}, verdict.Transient, "PVCTerminating",
			[]string{`"data-archive-0-0"`, "is being deleted", "create it again"},
		},
		"3 Pending":        {[]option{phase(corev1.ClaimPending)}, verdict.Transient, "PVCNotBound", []string{"is Pending", "wanted Bound"}},
		"3 phase is empty": {[]option{phase("")}, verdict.Transient, "PVCNotBound", []string{"not reported yet", "wanted Bound"}},
		"3 unheard-of":     {[]option{phase("Dreaming")}, verdict.Transient, "PVCNotBound", []string{"is Dreaming", "wanted Bound"}},
		"3 Lost": {
			[]option{phase(corev1.ClaimLost), withoutVolume}, verdict.Terminal, "PVCLost",
			[]string{`"data-archive-0-0"`, "is Lost", `"pv-archive-0"`, "restore the PersistentVolume"},
		},
		"4 many writers only": {
			[]option{accessModes(corev1.ReadWriteMany, corev1.ReadOnlyMany)}, verdict.Terminal, "AccessModeInvalid",
			[]string{`"data-archive-0-0"`, "[ReadWriteMany ReadOnlyMany]", "wanted ReadWriteOnce or ReadWriteOncePod"},
		},
		"4 read only":       {[]option{accessModes(corev1.ReadOnlyMany)}, verdict.Terminal, "AccessModeInvalid", []string{"[ReadOnlyMany]"}},
		"4 no mode":         {[]option{accessModes()}, verdict.Terminal, "AccessModeInvalid", []string{"wanted ReadWriteOnce"}},
		"5 not reported":    {[]option{claimCapacity("")}, verdict.Transient, "CapacityTooSmall", []string{"no capacity yet", "at least 25000Gi"}},
		"5 reported as nil": {[]option{claimCapacity("0")}, verdict.Transient, "CapacityTooSmall", []string{"no capacity yet"}},
		"5 too small": {
			[]option{claimCapacity("500Gi"), volumeCapacity("500Gi")}, verdict.Terminal, "CapacityTooSmall",
			[]string{`"data-archive-0-0"`, "500Gi", "25000Gi", "an archive node", "expand the PVC"},
		},
		"5 one byte too small": {
			[]option{claimCapacity("26843545599999"), volumeCapacity("26843545599999")}, verdict.Terminal, "CapacityTooSmall", nil,
		},
		"5 the volume counts while the file system has to grow": {
			[]option{
				claimCapacity("500Gi"), volumeCapacity("600Gi"),
				claimCondition(corev1.PersistentVolumeClaimFileSystemResizePending, corev1.ConditionTrue),
			}, verdict.Terminal, "CapacityTooSmall", []string{"capacity 600Gi"},
		},
		"6 the volume is larger": {
			[]option{volumeCapacity("30000Gi")}, verdict.Terminal, "UnderlyingPVCapacityMismatch",
			[]string{`"pv-archive-0"`, "30000Gi", `"data-archive-0-0"`, "25000Gi", "correct spec.capacity.storage"},
		},
		"6 the volume is smaller":     {[]option{volumeCapacity("20Gi")}, verdict.Terminal, "UnderlyingPVCapacityMismatch", nil},
		"6 the volume has no measure": {[]option{volumeCapacity("")}, verdict.Terminal, "UnderlyingPVCapacityMismatch", nil},
		"6 more is requested than reported": {
			[]option{volumeCapacity("30000Gi"), requested("30000Gi")}, verdict.Transient, "UnderlyingPVCapacityMismatch",
			[]string{"an expansion is in flight", "30000Gi", "25000Gi"},
		},
		"6 condition Resizing": {
			[]option{volumeCapacity("30000Gi"), claimCondition(corev1.PersistentVolumeClaimResizing, corev1.ConditionTrue)},
			verdict.Transient, "UnderlyingPVCapacityMismatch", []string{"an expansion is in flight"},
		},
		"6 condition Resizing is False": {
			[]option{volumeCapacity("30000Gi"), claimCondition(corev1.PersistentVolumeClaimResizing, corev1.ConditionFalse)},
			verdict.Terminal, "UnderlyingPVCapacityMismatch", nil,
		},
		"6 condition FileSystemResizePending is False": {
			[]option{volumeCapacity("30000Gi"), claimCondition(corev1.PersistentVolumeClaimFileSystemResizePending, corev1.ConditionFalse)},
			verdict.Terminal, "UnderlyingPVCapacityMismatch", nil,
		},
		"7 no such volume": {
			[]option{withoutVolume}, verdict.Transient, "UnderlyingPVMissing",
			[]string{`"data-archive-0-0"`, `"pv-archive-0"`, "does not exist", "restore that PersistentVolume"},
		},
		"7 no volumeName": {
			[]option{withClaim(func(c *corev1.PersistentVolumeClaim) { c.Spec.VolumeName = "" }), withoutVolume},
			verdict.Transient, "UnderlyingPVMissing", []string{`"data-archive-0-0"`, "spec.volumeName"},
		},
		"7 no volume while the file system has to grow": {
			[]option{withoutVolume, claimCondition(corev1.PersistentVolumeClaimFileSystemResizePending, corev1.ConditionTrue)},
			verdict.Transient, "UnderlyingPVMissing", nil,
		},
		"7 bound to no claim": {
			[]option{withVolume(func(v *corev1.PersistentVolume) { v.Spec.ClaimRef = nil })},
			verdict.Transient, "UnderlyingPVMissing", []string{"bound to no claim", "Kubernetes completes the reference"},
		},
		"7 reserved by name, without a UID": {
			[]option{claimRef(func(r *corev1.ObjectReference) { r.UID = "" })},
			verdict.Transient, "UnderlyingPVMissing", []string{"sei/data-archive-0-0 without a UID", "UID 22222222-claim"},
		},
		"7 bound to a claim of another namespace": {
			[]option{claimRef(func(r *corev1.ObjectReference) { r.Namespace = "other" })},
			verdict.Transient, "UnderlyingPVMissing", []string{"bound to other/data-archive-0-0"},
		},
		"7 bound to a claim of another name": {
			[]option{claimRef(func(r *corev1.ObjectReference) { r.Name = "other" })},
			verdict.Transient, "UnderlyingPVMissing", []string{"bound to sei/other"},
		},
		"7 bound to a former claim of the name": {
			[]option{claimRef(func(r *corev1.ObjectReference) { r.UID = "former" })},
			verdict.Transient, "UnderlyingPVMissing", []string{"with UID former", "wanted sei/data-archive-0-0 with UID 22222222-claim"},
		},
		"7 the volume failed": {
			[]option{withVolume(func(v *corev1.PersistentVolume) { v.Status.Phase = corev1.VolumeFailed })},
			verdict.Terminal, "UnderlyingPVFailed", []string{`"pv-archive-0"`, `"data-archive-0-0"`, "phase Failed", "mend or replace it"},
		},
		"8 a block device": {
			[]option{withClaim(block)}, verdict.Terminal, "VolumeModeInvalid",
			[]string{`"data-archive-0-0"`, "volumeMode is Block", "wanted Filesystem"},
		},
		"replaced": {
			[]option{adopted("former")}, verdict.Terminal, "PVCReplaced",
			[]string{
				`"data-archive-0-0"`, "UID 22222222-claim", "adopted UID former",
				"kubectl annotate --overwrite seinode archive-0 -n sei sei.io/accept-claim-uid=22222222-claim",
			},
		},
		"replaced, and another UID accepted": {[]option{adopted("former"), accepts("a-third")}, verdict.Terminal, "PVCReplaced", nil},
		"replaced, and nothing accepted":     {[]option{adopted("former"), accepts("")}, verdict.Terminal, "PVCReplaced", nil},
		"another node has it": {
			[]option{withRival(rivalNode(older))}, verdict.Transient, "PVCInUse",
			[]string{`"data-archive-0-0"`, `SeiNode "rival"`, "delete one of the two"},
		},
		"a foreign pod has it": {
			[]option{withPod(foreign)}, verdict.Transient, "PVCInUse", []string{`"data-archive-0-0"`, `pod "debug"`, "delete that pod"},
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			got := storage.Validate(importFacts(test.options...))
			if got.Class != test.class || got.Reason != test.reason {
				t.Fatalf("verdict is %s %s, wanted %s %s", got.Class, got, test.class, test.reason)
			}
			for _, part := range test.says {
				if !strings.Contains(got.Message, part) {
					t.Errorf("message %q does not say %q", got.Message, part)
				}
			}
		})
	}
}
