package status

import (
	"regexp"
	"slices"

	seiv1alpha1 "github.com/seinode/seinode-operator/api/v1alpha1"
	"github.com/seinode/seinode-operator/internal/verdict"
)

// The limits that the CRD has for lists and messages. A condition's message may have 32,768 characters; nobody reads so many.
const (
	maxMessage  = 4096
	maxReason   = 128
	maxSettings = 64
	maxSetting  = 128
)

// reasonPattern is that of metav1.Condition's reason.
var reasonPattern = regexp.MustCompile(`^[A-Za-z]([A-Za-z0-9_,:]*[A-Za-z0-9_])?$`)

// Bound makes every text of the status one that the CRD accepts, whatever an agent, a volume, a pod or the API said: a status that is
// refused says nothing at all, and freezes the node.
func Bound(status *seiv1alpha1.SeiNodeStatus) {
	for _, text := range texts(status) {
		*text.value = verdict.Bound(*text.value, text.limit)
	}
	for i := range status.Conditions {
		if !reasonPattern.MatchString(status.Conditions[i].Reason) {
			status.Conditions[i].Reason = seiv1alpha1.ReasonUnreadable
		}
	}
	if status.DataVolume != nil && status.DataVolume.Inspection != nil {
		boundSettings(status.DataVolume.Inspection)
	}
}

type text struct {
	value *string
	limit int
}

// texts are those of the status that others can make long. The limits are the API's.
func texts(status *seiv1alpha1.SeiNodeStatus) []text {
	all := []text{{&status.CurrentImage, 512}, {&status.SigningSecret, 253}, {&status.ExternalAddress, 320}}
	for i := range status.Conditions {
		all = append(all, text{&status.Conditions[i].Message, maxMessage}, text{&status.Conditions[i].Reason, maxReason})
	}
	if status.Plan != nil {
		all = append(all, planTexts(status.Plan)...)
	}
	if volume := status.DataVolume; volume != nil {
		all = append(all, text{&volume.ClaimName, 253}, text{&volume.VolumeName, 253}, text{&volume.VolumeIdentity, 1024})
		if found := volume.Inspection; found != nil {
			all = append(all, text{&found.Layout, 16}, text{&found.ChainID, 128}, text{&found.StateStore, 32}, text{&found.KeyAddress, 64})
		}
	}
	if signing := status.Signing; signing != nil {
		all = append(all, text{&signing.KeyAddress, 64})
	}
	if upgrades := status.Upgrades; upgrades != nil && upgrades.Planned != nil {
		all = append(all, text{&upgrades.Planned.Name, 128})
	}
	if node := status.Node; node != nil {
		all = append(all, text{&node.NodeID, 64})
		if node.UpgradeHalt != nil {
			all = append(all, text{&node.UpgradeHalt.Name, 128})
		}
	}
	return all
}

func planTexts(plan *seiv1alpha1.Plan) []text {
	var all []text
	for i := range plan.Tasks {
		all = append(all, text{&plan.Tasks[i].Error, 2048})
	}
	if plan.FailedTaskDetail != nil {
		all = append(all, text{&plan.FailedTaskDetail.Message, 2048})
	}
	return all
}

// boundSettings keeps the list a set of bounded texts.
func boundSettings(found *seiv1alpha1.InspectionStatus) {
	var kept []string
	for _, setting := range found.UnreachableSettings {
		setting = verdict.Bound(setting, maxSetting)
		if len(kept) < maxSettings && !slices.Contains(kept, setting) {
			kept = append(kept, setting)
		}
	}
	found.UnreachableSettings = kept
}
