package poll

import (
	"time"

	"k8s.io/apimachinery/pkg/api/equality"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/utils/ptr"

	seiv1alpha1 "github.com/seinode/seinode-operator/api/v1alpha1"
	"github.com/seinode/seinode-operator/internal/agent/wire"
)

// news says what a node is known to say after an answer, since when, and whether that is news. Heights alone are none, or every so often where that is asked
// for: a chain makes blocks for ever, and a fleet at rest writes nothing. What the status shows already, after a restart of the operator, is not.
func news(before *acquaintance, answer wire.NodeStatus, shown *seiv1alpha1.NodeStatus, heightEvery time.Duration, now time.Time) (
	told wire.NodeStatus, since time.Time, isNews bool,
) {
	switch {
	case before.told == nil && shown != nil && answer.Answers && shows(shown, answer):
		answer.Height, answer.EarliestHeight = shown.Height, shown.EarliestHeight
		return answer, shownSince(shown, before.pod, heightEvery, now), true // the condition may still be another
	case before.told == nil || !says(*before.told, answer):
		return answer, now, true
	case heightEvery > 0 && answer.Answers && now.Sub(before.since) >= heightEvery*9/10 && before.told.Height != answer.Height:
		return answer, now, true
	}
	return *before.told, before.since, false
}

// shownSince is since when the status counts as showing its height, after a restart of the operator: what is overdue by then comes due
// within a tenth of the interval, and a fleet's not at once.
func shownSince(shown *seiv1alpha1.NodeStatus, pod types.UID, heightEvery time.Duration, now time.Time) time.Time {
	latest := now.Add(-heightEvery*9/10 + time.Duration(fraction(pod)*float64(heightEvery)/10))
	if shown.HeightTime != nil && shown.HeightTime.After(latest) {
		return shown.HeightTime.Time
	}
	return latest
}

// toNote says whether a validator has signed so much more than its status shows that it is to be noted, and some more than it was woken with: where it
// is not noted, for another reason, it is not woken again and again.
func toNote(shown *seiv1alpha1.SigningStatus, woken, now *wire.Signed) bool {
	if shown == nil || woken == nil || now == nil {
		return false
	}
	return now.Height >= ptr.Deref(shown.Signed, seiv1alpha1.SignedStatus{}).Height+wire.SignedStep && now.Height >= woken.Height+wire.SignedStep/10
}

// says says whether two answers say the same, but for what moves by itself.
func says(a, b wire.NodeStatus) bool {
	for _, answer := range []*wire.NodeStatus{&a, &b} {
		answer.Height, answer.EarliestHeight, answer.BlockAgeSeconds, answer.HeardSeconds, answer.Peers, answer.Signed = 0, 0, 0, 0, 0, nil
		if answer.Restore != nil {
			steps := *answer.Restore
			steps.BytesDone, steps.Parts = 0, 0
			answer.Restore = &steps
		}
	}
	return equality.Semantic.DeepEqual(a, b)
}

// shows says whether the status shows the answer, but for its heights.
func shows(shown *seiv1alpha1.NodeStatus, answer wire.NodeStatus) bool {
	return shown.Height > 0 && shown.NodeID == answer.NodeID && shown.CatchingUp == answer.CatchingUp && (shown.UpgradeHalt != nil) == (answer.UpgradeHalt != nil)
}
