package poll

import (
	"hash/fnv"
	"time"

	"k8s.io/apimachinery/pkg/api/equality"
	"k8s.io/apimachinery/pkg/types"

	seiv1alpha1 "github.com/seinode/seinode-operator/api/v1alpha1"
	"github.com/seinode/seinode-operator/internal/agent/wire"
)

const (
	// askReady is how often the agent of a ready pod is asked: a change of its readiness is noticed without it.
	askReady = 30 * time.Second
	// askUnready is how often that of any other pod is asked, and the first pause after a silence.
	askUnready = 10 * time.Second
	// askSilent is the longest pause of an agent that does not answer.
	askSilent = 5 * time.Minute
)

// pause is how long to wait before a pod is asked again: twice as long after every silence. No two pods keep the same time.
func pause(silences int, ready bool, pod types.UID) time.Duration {
	wait := askUnready
	switch {
	case silences > 0:
		wait = min(askUnready<<min(silences-1, 10), askSilent)
	case ready:
		wait = askReady
	}
	return wait - time.Duration(fraction(pod)*float64(wait)/5)
}

// fraction is a number from 0 to 1 that is always the same for a pod.
func fraction(pod types.UID) float64 {
	sum := fnv.New32a()
	_, _ = sum.Write([]byte(pod))
	return float64(sum.Sum32()) / (1 << 32)
}

// news says what a node is known to say after an answer, since when, and whether that is news. Heights alone are, every so often: a chain
// makes blocks for ever, and a fleet at rest writes nothing. What the status shows already, after a restart of the operator, is not.
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
