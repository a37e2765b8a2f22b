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

// TestWhatANodeUsedBeforeIsGivenBack once nothing of it can use it any more, and not a moment before.
func TestWhatANodeUsedBeforeIsGivenBack(t *testing.T) {
	claimAt := func(age time.Duration) fixture.Change {
		return func(o *task.Observation) {
			o.Data.Claim.CreationTimestamp = metav1.NewTime(time.Unix(1e9, 0).Add(-age))
		}
	}
	at := func(age time.Duration) func(*corev1.Pod) {
		return func(pod *corev1.Pod) { pod.CreationTimestamp = metav1.NewTime(time.Unix(1e9, 0).Add(-age)) }
	}
	second := func(o *task.Observation) {
		fixture.Pod(inspectedWith(anotherKey), func(pod *corev1.Pod) { pod.Name, pod.UID = "archive-0-1", "second" })(o)
	}
	noVolume := func(o *task.Observation) { fixture.Creates(o); o.Data.Volume = nil }
	of := with(validator, madeFor, signs(theKey, 7), heldBefore)
	for name, test := range map[string]struct {
		changes []fixture.Change
		volume  bool
		key     bool
	}{
		"nothing runs":                   {of, true, false},
		"it runs on both":                {append(of[:len(of):len(of)], fixture.Pod(inspectedWith(theKey))), true, true},
		"a pod from before the claim":    {append(of[:len(of):len(of)], claimAt(time.Hour), fixture.Pod(inspectedWith(theKey), at(2*time.Hour))), false, true},
		"a pod that came after it":       {append(of[:len(of):len(of)], claimAt(time.Hour), fixture.Pod(inspectedWith(theKey), at(time.Minute))), true, true},
		"the pod may sign with another":  {append(of[:len(of):len(of)], fixture.Pod(inspectedWith(anotherKey))), true, false},
		"so may the next":                {with(validator, made, signs(theKey, 7), heldBefore, fixture.Pod(inspectedWith(theKey))), true, false},
		"inspect keeps it from signing":  {append(of[:len(of):len(of)], fixture.Pod(waiting(theKey), wasTold)), true, false},
		"inspect has not spoken":         {append(of[:len(of):len(of)], fixture.Pod(wasTold)), true, false},
		"nobody says what it signs with": {with(validator, madeFor, heldBefore, fixture.Pod(inspectedWith(theKey))), true, false},
		"a second pod signs":             {append(of[:len(of):len(of)], fixture.Pod(inspectedWith(theKey)), second), true, false},
		"the claim has trouble":          {append(of[:len(of):len(of)], fixture.Pod(inspectedWith(theKey)), fixture.Terminating), false, false},
		"the next is not held yet":       {append(of[:len(of):len(of)], fixture.Pod(inspectedWith(theKey)), fixture.Free), false, false},
		"the next volume is not known":   {with(validator, noVolume, heldButVolume), false, false},
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
