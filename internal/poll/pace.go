package poll

import (
	"hash/fnv"
	"time"

	"k8s.io/apimachinery/pkg/types"
)

const (
	// askReady is how often the agent of a pod is asked that is ready, as the agent says, too: what keeps a node from being ready turns its
	// pod, and the watch brings that at once. So this is for what only the agent tells of a node that is well, such as the chain's plan.
	askReady = 30 * time.Second
	// perSecond is how many such questions a second there are at the most, however many nodes: with 1,000 a node has one every 30 s, with
	// 10,000 one every five minutes. One takes some 0.1 ms of a processor, all included (BenchmarkAQuestion, and make bench-fleet), so that
	// all of them take 0.4 % of it, and only a fleet of more than 10,000 takes more.
	perSecond = 33
	// askSeldom is the longest pause that comes from that: a node that fell silent behind a pod that says it is ready is found within it.
	askSeldom = 5 * time.Minute
	// askUnready is how often the agent of any other pod is asked, and the first pause after a silence.
	askUnready = 10 * time.Second
	// askSilent is the longest pause of an agent that does not answer.
	askSilent = 5 * time.Minute
	// beat is when those that are well are asked, one after the other: a processor that sleeps in between takes several times as long for each.
	beat = 5 * time.Second
)

// pause is how long to wait before an agent is asked again, among so many: twice as long after every silence. No two pods keep the same time.
// After the first answer, those that are well come at any time of their pause: all are asked at once when the operator starts.
func (a *acquaintance) pause(among int, now time.Time) time.Duration {
	part, wait := fraction(a.pod), askUnready
	switch {
	case a.silences > 0:
		wait = min(askUnready<<min(a.silences-1, 10), askSilent)
	case a.well && a.answers == 1:
		return toBeat(now, time.Duration(part*float64(ofReady(among))))
	case a.well:
		return toBeat(now, jittered(ofReady(among), part))
	}
	return jittered(wait, part)
}

// ofReady is how often each of so many is asked that are well.
func ofReady(among int) time.Duration {
	return min(max(askReady, time.Duration(among)*time.Second/perSecond), askSeldom)
}

// jittered is a wait that is shorter by up to a fifth.
func jittered(wait time.Duration, part float64) time.Duration {
	return wait - time.Duration(part*float64(wait)/5)
}

// toBeat is a wait that ends with a beat.
func toBeat(now time.Time, wait time.Duration) time.Duration {
	return now.Add(wait).Truncate(beat).Add(beat).Sub(now)
}

// fraction is a number from 0 to 1 that is always the same for a pod.
func fraction(pod types.UID) float64 {
	sum := fnv.New32a()
	_, _ = sum.Write([]byte(pod))
	return float64(sum.Sum32()) / (1 << 32)
}
