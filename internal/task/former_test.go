package task_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	seiv1alpha1 "github.com/seinode/seinode-operator/api/v1alpha1"
	"github.com/seinode/seinode-operator/internal/fixture"
	"github.com/seinode/seinode-operator/internal/reserve"
	"github.com/seinode/seinode-operator/internal/storage"
	"github.com/seinode/seinode-operator/internal/task"
)

// heldBefore are the Leases of another volume and of another key, beside those that the node uses now.
func heldBefore(o *task.Observation) {
	o.Namespace = "operator"
	for _, thing := range []reserve.Thing{
		reserve.Volume(storage.Identity(o.Data.Volume)), reserve.Volume("csi:driver/former"), reserve.Key("pacific-1", theKey), reserve.Key("pacific-1", anotherKey),
	} {
		o.Node.SetHolds(o.Namespace, thing.Lease())
	}
	o.Node.SetHolds("elsewhere", reserve.Volume("csi:driver/elsewhere").Lease())
}

// inspectedWith is a pod that signs with a key, and was told that it may.
func inspectedWith(address string) func(*corev1.Pod) {
	return func(pod *corev1.Pod) {
		said(`{"reason":"Inspected","layout":"Root","keyAddress":"` + address + `"}`)(pod)
		pod.Annotations[seiv1alpha1.AnnotationReservation] = `{"keyAddress":"` + address + `"}`
	}
}

// at is a time so long ago.
func at(age time.Duration) metav1.Time { return metav1.NewTime(time.Unix(1e9, 0).Add(-age)) }

// born are a claim and a volume that were made so long ago.
func born(claim, volume time.Duration) fixture.Change {
	return func(o *task.Observation) {
		o.Data.Claim.CreationTimestamp, o.Data.Volume.CreationTimestamp = at(claim), at(volume)
	}
}

// podOf is a pod that was made so long ago, and signs with a key.
func podOf(age time.Duration, address string) fixture.Change {
	return fixture.Pod(inspectedWith(address), func(pod *corev1.Pod) { pod.CreationTimestamp = at(age) })
}

// TestWhatANodeUsedBeforeIsGivenBack once nothing of it can use it any more, and not a moment before; and never what its pod uses now.
func TestWhatANodeUsedBeforeIsGivenBack(t *testing.T) {
	second := fixture.Pod(inspectedWith(anotherKey), func(pod *corev1.Pod) { pod.Name, pod.UID = "archive-0-1", "second" })
	unseen := func(o *task.Observation) { fixture.Creates(o); o.Data.Volume = nil }
	of := func(changes ...fixture.Change) []fixture.Change {
		return append(with(validator, madeFor, signs(theKey, 7), heldBefore, born(time.Hour, time.Hour)), changes...)
	}
	for name, test := range map[string]struct {
		changes []fixture.Change
		volume  bool
		key     bool
	}{
		"nothing runs":                   {of(), true, false},
		"it runs on both":                {of(podOf(time.Minute, theKey)), true, true},
		"a pod from before the claim":    {of(podOf(2*time.Hour, theKey)), false, true},
		"a pod from before its volume":   {of(born(time.Hour, time.Second), podOf(time.Minute, theKey)), false, true},
		"a pod of the same second":       {of(born(time.Minute, time.Hour), podOf(time.Minute, theKey)), false, true},
		"the pod may sign with another":  {of(podOf(time.Minute, anotherKey)), true, false},
		"so may the next":                {with(validator, made, signs(theKey, 7), heldBefore, born(time.Hour, time.Hour), podOf(time.Minute, theKey)), true, false},
		"inspect keeps it from signing":  {of(fixture.Pod(waiting(theKey), wasTold, func(pod *corev1.Pod) { pod.CreationTimestamp = at(0) })), true, false},
		"inspect has not spoken":         {of(fixture.Pod(wasTold, func(pod *corev1.Pod) { pod.CreationTimestamp = at(0) })), true, false},
		"nobody says what it signs with": {with(validator, madeFor, heldBefore, born(time.Hour, time.Hour), podOf(time.Minute, theKey)), true, false},
		"a second pod signs":             {of(podOf(time.Minute, theKey), second), false, false},
		"the claim has trouble":          {of(podOf(time.Minute, theKey), fixture.Terminating), false, false},
		"the next is not held yet":       {of(podOf(time.Minute, theKey), fixture.Free), false, false},
		"the volume cannot be seen":      {of(podOf(time.Minute, theKey), unseen), false, false},
		"the next volume is not known":   {with(validator, unseen, heldButVolume), false, false},
	} {
		var want []string
		if test.volume {
			want = append(want, reserve.Volume("csi:driver/former").Lease())
		}
		if test.key {
			want = append(want, reserve.Key("pacific-1", anotherKey).Lease())
		}
		got := fixture.Scope(test.changes...).Former
		slices.SortFunc(got, func(a, b string) int { return strings.Compare(b, a) })
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

func heldButVolume(o *task.Observation) {
	o.Namespace = "operator"
	o.Node.SetHolds(o.Namespace, reserve.Volume("csi:driver/former").Lease())
}
