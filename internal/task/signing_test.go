package task_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	coordinationv1 "k8s.io/api/coordination/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/utils/ptr"

	seiv1alpha1 "github.com/seinode/seinode-operator/api/v1alpha1"
	"github.com/seinode/seinode-operator/internal/agent/wire"
	"github.com/seinode/seinode-operator/internal/fixture"
	"github.com/seinode/seinode-operator/internal/reserve"
	"github.com/seinode/seinode-operator/internal/task"
	"github.com/seinode/seinode-operator/internal/workload"
)

const (
	theKey     = "A1B2C3D4E5F60718293A4B5C6D7E8F9001122334"
	anotherKey = "00B2C3D4E5F60718293A4B5C6D7E8F9001122334"
)

func validator(o *task.Observation) {
	o.Node.Spec.Archive, o.Node.Spec.Validator = nil, &seiv1alpha1.ValidatorSpec{}
	o.Namespace = "operator"
}

// signs is what is heard of the key that the node's pod has.
func signs(address string, height int64) fixture.Change {
	return func(o *task.Observation) {
		o.Signer = task.Signer{Address: address, Signed: &wire.Signed{Height: height, Round: 1, Step: 3}}
	}
}

// keyFree is a key that nobody holds yet, keyHeld one that another node holds.
func keyFree(o *task.Observation) {
	o.Reserved = append(o.Reserved, reserve.Facts{Thing: reserve.Key(o.Node.Spec.ChainID, o.Signer.Address), Namespace: o.Namespace})
}

func keyHeld(o *task.Observation) {
	keyFree(o)
	o.Reserved[len(o.Reserved)-1].Lease = &coordinationv1.Lease{Spec: coordinationv1.LeaseSpec{HolderIdentity: ptr.To("other/rival/rival-uid")}}
}

// holdsKey is a node that is known to hold a key, which signed up to a height.
func holdsKey(address string, height int64) fixture.Change {
	return func(o *task.Observation) {
		o.Node.SetHolds(o.Namespace, reserve.Key(o.Node.Spec.ChainID, address).Lease())
		o.Node.Status.Signing = &seiv1alpha1.SigningStatus{KeyAddress: address, Signed: &seiv1alpha1.SignedStatus{Height: height, Round: 1, Step: 3}}
	}
}

// TestWhatIsNotedOfAKey: the address once it is held, and what it signed at each start and stop, and every 10,000 blocks.
func TestWhatIsNotedOfAKey(t *testing.T) {
	for name, test := range map[string]struct {
		changes []fixture.Change
		address string
		height  int64
	}{
		"nothing is heard":              {with(validator), "", 0},
		"heard, held by nobody":         {with(validator, signs(theKey, 7), keyFree), theKey, 7},
		"heard, held by another":        {with(validator, signs(theKey, 7), keyHeld), "", 0},
		"heard, not asked for yet":      {with(validator, signs(theKey, 7)), "", 0},
		"a little more":                 {with(validator, signs(theKey, 10006), holdsKey(theKey, 7), made), theKey, 7},
		"much more":                     {with(validator, signs(theKey, 10007), holdsKey(theKey, 7), made), theKey, 10007},
		"a little more, and paused":     {with(validator, signs(theKey, 9), holdsKey(theKey, 7), made, fixture.Paused), theKey, 9},
		"a little more, and it stops":   {with(validator, signs(theKey, 9), holdsKey(theKey, 7), made, fixture.Pod(fixture.Stopping)), theKey, 9},
		"less is never noted":           {with(validator, signs(theKey, 5), holdsKey(theKey, 7), made, fixture.Paused), theKey, 7},
		"nothing is heard any more":     {with(validator, holdsKey(theKey, 7), made), theKey, 7},
		"another key, held by another":  {with(validator, holdsKey(theKey, 7), signs(anotherKey, 9), keyHeld), theKey, 7},
		"another key, held by nobody":   {with(validator, holdsKey(theKey, 7), signs(anotherKey, 9), keyFree), anotherKey, 9},
		"no validator, whatever it has": {with(func(o *task.Observation) { o.Signer.Address = theKey }, keyFree), "", 0},
	} {
		t.Run(name, func(t *testing.T) {
			got, want := fixture.Scope(test.changes...).SignsWith, (*seiv1alpha1.SigningStatus)(nil)
			if test.address != "" {
				want = &seiv1alpha1.SigningStatus{KeyAddress: test.address, Signed: &seiv1alpha1.SignedStatus{Height: test.height, Round: 1, Step: 3}}
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("noted (-want +got):\n%s", diff)
			}
		})
	}
}

// TestAKeyThatAnotherHoldsSignsNothing: no pod is made or started, and one that runs is left alone.
func TestAKeyThatAnotherHoldsSignsNothing(t *testing.T) {
	for name, test := range map[string]struct {
		changes  []fixture.Change
		replicas int32
	}{
		"nothing was made": {with(validator, signs(theKey, 7), keyHeld), 0},
		"it is down":       {with(validator, made, fixture.Replicas(0), signs(theKey, 7), keyHeld), 0},
		"it runs":          {with(validator, made, signs(theKey, 7), keyHeld), 1},
	} {
		s := fixture.Scope(test.changes...)
		if s.Signing.OK() || s.Signing.Reason != "SigningKeyInUse" || !strings.Contains(s.Signing.Message, `SeiNode "rival" in namespace "other"`) || !s.Claim.OK() {
			t.Errorf("%s: %v, claim %v", name, s.Signing, s.Claim)
		}
		if s.Replicas != test.replicas {
			t.Errorf("%s: %d replicas, wanted %d", name, s.Replicas, test.replicas)
		}
	}
}

// waiting is a pod that inspect keeps from signing with a key.
func waiting(address string) func(*corev1.Pod) {
	return func(pod *corev1.Pod) {
		said := `{"reason":"KeyNotReserved","refused":true,"layout":"Root","keyAddress":"` + address + `"}`
		pod.Status.InitContainerStatuses = []corev1.ContainerStatus{{Name: workload.ContainerInspect, State: corev1.ContainerState{
			Terminated: &corev1.ContainerStateTerminated{ExitCode: 1, Message: said},
		}}}
	}
}

// said is a pod whose inspect found nothing against it.
func said(text string) func(*corev1.Pod) {
	return func(pod *corev1.Pod) {
		pod.Status.InitContainerStatuses = []corev1.ContainerStatus{{Name: workload.ContainerInspect, State: corev1.ContainerState{
			Terminated: &corev1.ContainerStateTerminated{Message: text},
		}}}
	}
}

// began is a pod that started on an empty volume, with a new key, and beganUnasked one of a version that asked for no reservation.
var (
	began        = said(`{"reason":"Inspected","layout":"Empty","asks":true}`)
	beganUnasked = said(`{"reason":"Inspected","layout":"Empty"}`)
)

func wasTold(pod *corev1.Pod) {
	pod.Annotations[seiv1alpha1.AnnotationReservation] = `{"keyAddress":"` + theKey + `"}`
}

// TestRetry: a pod is told of a reservation when it is made.
func TestRetry(t *testing.T) {
	held, heard := holdsKey(theKey, 7), signs(theKey, 7)
	for name, test := range map[string]struct {
		changes []fixture.Change
		want    string
	}{
		"reserved since":                 {with(validator, held, madeFor, heard, fixture.Pod(waiting(theKey))), "Deleting Pod archive-0-0"},
		"began with a new key":           {with(validator, held, madeFor, heard, fixture.Pod(began)), "Deleting Pod archive-0-0"},
		"began, and was told":            {with(validator, held, madeFor, heard, fixture.Pod(began, wasTold)), ""},
		"began, of an older template":    {with(validator, held, madeFor, heard, fixture.Pod(beganUnasked)), ""},
		"began, and nothing is heard":    {with(validator, held, madeFor, fixture.Pod(began)), ""},
		"it was told, and refuses":       {with(validator, held, madeFor, heard, fixture.Pod(waiting(theKey), wasTold)), ""},
		"the set is not told yet":        {with(validator, made, held, heard, fixture.Pod(waiting(theKey))), ""},
		"another key is reserved":        {with(validator, held, madeFor, signs(anotherKey, 7), fixture.Pod(waiting(anotherKey))), ""},
		"the controller has not seen it": {with(validator, held, madeFor, heard, fixture.Unseen, fixture.Pod(waiting(theKey))), ""},
		"it stops already":               {with(validator, held, madeFor, heard, fixture.Pod(waiting(theKey), fixture.Stopping)), ""},
		"the claim has trouble":          {with(validator, held, madeFor, heard, fixture.Terminating, fixture.Pod(waiting(theKey))), ""},
		"it runs":                        {with(validator, held, madeFor, heard, running), ""},
		"there is no pod":                {with(validator, held, madeFor), ""},
	} {
		if got := told(task.Retry(fixture.Scope(test.changes...))); got != test.want {
			t.Errorf("%s: %q, wanted %q", name, got, test.want)
		}
	}
}

// madeFor makes everything, of a node that holds the key.
func madeFor(o *task.Observation) {
	fixture.Made(o)
	fixture.Set(o).Spec.Template.Annotations[seiv1alpha1.AnnotationReservation] = `{"keyAddress":"` + theKey + `"}`
}

// TestThePodThatStartsIsToldWhatItsKeySigned, and what goes on meanwhile writes nothing.
func TestThePodThatStartsIsToldWhatItsKeySigned(t *testing.T) {
	const reservation = `{"keyAddress":"` + theKey + `","signed":{"height":9000,"round":1,"step":3}}`
	started := body(t, task.Scale(fixture.Scope(validator, holdsKey(theKey, 9000), madeFor, fixture.Replicas(0))))
	want := `"spec":{"replicas":1,"template":{"metadata":{"annotations":{"sei.io/reservation":"` + strings.ReplaceAll(reservation, `"`, `\"`) + `"}}}}`
	if !strings.Contains(started, want) {
		t.Errorf("patch %s does not say %s", started, want)
	}
	if stopped := body(t, task.Scale(fixture.Scope(validator, holdsKey(theKey, 9000), madeFor, fixture.Paused))); strings.Contains(stopped, "template") {
		t.Errorf("a pod that stops is told: %s", stopped)
	}
	s := fixture.Scope(validator, holdsKey(theKey, 9000), madeFor, running)
	if child := s.Children[set.Kind]; child.Write != nil || s.Rolls() || task.Scale(s) != nil {
		t.Errorf("a running validator is written to: %v", child.Verdict)
	}
	key := fixture.Scope(validator, holdsKey(theKey, 9000), made, running)
	if child := key.Children[set.Kind]; child.Write == nil || key.Rolls() {
		t.Errorf("a set that names no key yet: write %v, rolls %t", child.Write, key.Rolls())
	}
}

// TestSignerOf believes seid before the file, and takes an address for one only if it is one.
func TestSignerOf(t *testing.T) {
	file, running := &wire.Inspection{KeyAddress: theKey, Signed: &wire.Signed{Height: 1}}, wire.NodeStatus{KeyAddress: anotherKey, Signed: &wire.Signed{Height: 2}}
	of := func(mode fixture.Change) *seiv1alpha1.SeiNode { return fixture.Observation(mode).Node }
	for name, test := range map[string]struct {
		node *seiv1alpha1.SeiNode
		file *wire.Inspection
		said wire.NodeStatus
		want task.Signer
	}{
		"the file":            {of(validator), file, wire.NodeStatus{}, task.Signer{Address: theKey, Signed: file.Signed}},
		"seid":                {of(validator), file, running, task.Signer{Address: anotherKey, Signed: running.Signed}},
		"nothing":             {of(validator), &wire.Inspection{}, wire.NodeStatus{}, task.Signer{}},
		"no agent has spoken": {of(validator), nil, running, task.Signer{Address: anotherKey, Signed: running.Signed}},
		"no address":          {of(validator), &wire.Inspection{KeyAddress: "../" + theKey[3:]}, wire.NodeStatus{}, task.Signer{}},
		"of another mode":     {of(func(*task.Observation) {}), file, running, task.Signer{}},
		"seid, without state": {of(validator), file, wire.NodeStatus{KeyAddress: theKey}, task.Signer{Address: theKey, Signed: file.Signed}},
	} {
		if diff := cmp.Diff(test.want, task.SignerOf(test.node, test.file, test.said)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

// TestThingsOfAValidator: the key, too, as soon as it is known.
func TestThingsOfAValidator(t *testing.T) {
	things := task.Things(fixture.Observation(validator, signs(theKey, 7)))
	if len(things) != 2 || things[1] != reserve.Key("pacific-1", theKey) {
		t.Errorf("%v", things)
	}
}

// TestTheFloorIsTheKeys: a node that takes a key over, or comes back to one, starts from what the key's Lease says.
func TestTheFloorIsTheKeys(t *testing.T) {
	taken := func(o *task.Observation) {
		keyFree(o)
		o.Reserved[len(o.Reserved)-1].Lease = &coordinationv1.Lease{
			ObjectMeta: metav1.ObjectMeta{Annotations: map[string]string{seiv1alpha1.AnnotationSigned: `{"height":1200,"round":0,"step":3}`}},
		}
		o.Reserved[len(o.Reserved)-1].HolderGone = true
	}
	for name, changes := range map[string][]fixture.Change{
		"an older volume": with(validator, signs(theKey, 7), taken),
		"a key of before": with(validator, holdsKey(anotherKey, 5), signs(theKey, 7), taken),
	} {
		if got := fixture.Scope(changes...).SignsWith; got == nil || got.KeyAddress != theKey || got.Signed.Height != 1200 {
			t.Errorf("%s: %+v", name, got)
		}
	}
	if got := fixture.Scope(validator, signs(theKey, 9000), taken).SignsWith; got.Signed.Height != 9000 {
		t.Errorf("a newer volume: %+v", got)
	}
}

// TestAKeyThatWasChangedUnderAPodStopsIt, where another node holds it; and where inspect keeps the pod from it, nothing has to be stopped.
func TestAKeyThatWasChangedUnderAPodStopsIt(t *testing.T) {
	inspected := said(`{"reason":"Inspected","layout":"Root","keyAddress":"` + anotherKey + `","asks":true}`)
	for name, test := range map[string]struct {
		changes []fixture.Change
		want    int32
	}{
		"another holds the new key":      {with(validator, made, signs(theKey, 7), keyHeld, fixture.Pod(inspected)), 0},
		"nobody else does":               {with(validator, made, signs(theKey, 7), keyFree, fixture.Pod(inspected)), 1},
		"it is the key that it began on": {with(validator, made, signs(anotherKey, 7), keyHeld, fixture.Pod(inspected)), 1},
		"inspect keeps the pod from it":  {with(validator, made, signs(theKey, 7), keyHeld, fixture.Pod(waiting(theKey))), 1},
	} {
		if got := fixture.Scope(test.changes...).Replicas; got != test.want {
			t.Errorf("%s: %d replicas, wanted %d", name, got, test.want)
		}
	}
}

// TestWhoHoldsItIsUnknown: nothing starts, a pause stops, and what the condition of the claim says stays.
func TestWhoHoldsItIsUnknown(t *testing.T) {
	unknown := func(o *task.Observation) { o.Unreserved = errors.New("no answer") }
	for name, test := range map[string]struct {
		changes []fixture.Change
		want    int32
	}{
		"nothing was made": {with(unknown), 0},
		"it is down":       {with(made, fixture.Replicas(0), unknown), 0},
		"it runs":          {with(made, unknown), 1},
		"it is paused":     {with(made, unknown, fixture.Paused), 0},
	} {
		if s := fixture.Scope(test.changes...); s.Replicas != test.want || !s.Claim.OK() || s.Start.OK() {
			t.Errorf("%s: %d replicas, wanted %d; claim %v, start %v", name, s.Replicas, test.want, s.Claim, s.Start)
		}
	}
}
