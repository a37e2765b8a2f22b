package task_test

import (
	"errors"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/utils/ptr"

	seiv1alpha1 "github.com/seinode/seinode-operator/api/v1alpha1"
	"github.com/seinode/seinode-operator/internal/fixture"
	"github.com/seinode/seinode-operator/internal/task"
	"github.com/seinode/seinode-operator/internal/workload"
	"github.com/seinode/seinode-operator/internal/write"
)

// TestReplicas says how many pods there are to be: a pause stops, a valid claim starts, trouble keeps things as they are, and
// on a claim that was replaced nothing runs. There is never more than one, whatever anybody set.
func TestReplicas(t *testing.T) {
	down, none, unsaid := fixture.Replicas(0), []fixture.Change(nil), func(o *task.Observation) { fixture.Set(o).Spec.Replicas = nil }
	for name, test := range map[string]struct {
		changes []fixture.Change
		want    int32
	}{
		"valid, there is no set":        {none, 1},
		"valid, the pod is down":        {with(made, down), 1},
		"valid, the pod runs":           {with(made), 1},
		"valid, scaled up by hand":      {with(made, fixture.Replicas(3)), 1},
		"trouble, scaled up by hand":    {with(made, running, fixture.Replicas(3), fixture.Terminating), 1},
		"paused, the pod runs":          {with(made, fixture.Paused), 0},
		"paused, trouble":               {with(made, fixture.Paused, fixture.Terminating), 0},
		"trouble, the pod runs":         {with(made, running, fixture.Terminating), 1},
		"trouble, the pod is down":      {with(made, down, fixture.Terminating), 0},
		"trouble, there is no set":      {with(fixture.Terminating), 0},
		"terminal, the pod runs":        {with(made, fixture.Lost), 1},
		"terminal, the pod is down":     {with(made, down, fixture.Lost), 0},
		"replaced, the pod runs":        {with(made, fixture.Replaced), 0},
		"replaced, there is no set":     {with(fixture.Replaced), 0},
		"created, the pod is down":      {with(fixture.Creates, made, down), 1},
		"created, gone, the pod runs":   {with(fixture.Creates, made, running, fixture.Replaced, fixture.NoClaim), 1},
		"created, gone, down":           {with(fixture.Creates, made, down, fixture.Replaced, fixture.NoClaim), 0},
		"created, replaced, runs":       {with(fixture.Creates, made, fixture.Replaced), 0},
		"key in use, the pod runs":      {with(fixture.KeyInUse, made), 1},
		"key in use, the pod is down":   {with(fixture.KeyInUse, made, down), 0},
		"key in use, there is no set":   {with(fixture.KeyInUse), 0},
		"trouble, the set is foreign":   {with(made, fixture.Foreign(set), fixture.Terminating), 0},
		"trouble, replicas are unsaid":  {with(made, unsaid, fixture.Terminating), 0},
		"held by another, the pod runs": {with(made, fixture.HeldByAnother), 1},
		"held by another, it is down":   {with(made, down, fixture.HeldByAnother), 0},
		"held by another, no set":       {with(fixture.HeldByAnother), 0},
		"held by nobody, it is down":    {with(made, down, fixture.Free), 1},
	} {
		t.Run(name, func(t *testing.T) {
			if got := fixture.Scope(test.changes...).Replicas; got != test.want {
				t.Errorf("replicas are %d, wanted %d", got, test.want)
			}
		})
	}
}

// TestNoPodWaitsForTheNextClaimOfTheName: while the claim is gone or goes, and no pod has it, there is to be none.
func TestNoPodWaitsForTheNextClaimOfTheName(t *testing.T) {
	for name, test := range map[string]struct {
		pod         []fixture.Change
		gone, going int32
	}{
		"there is no pod":             {nil, 0, 0},
		"it runs":                     {with(running), 1, 1},
		"it is not ready":             {with(fixture.Pod(fixture.NotReady)), 1, 1},
		"its machine is silent":       {with(fixture.Pod(phase(corev1.PodUnknown))), 1, 1},
		"it is stopping":              {with(fixture.Pod(fixture.Stopping)), 0, 0},
		"it ended":                    {with(fixture.Pod(phase(corev1.PodFailed))), 0, 0},
		"it has no machine":           {with(fixture.Pod(pending())), 0, 0},
		"its volumes are not mounted": {with(fixture.Pod(pending(corev1.PodScheduled))), 0, 1}, // a terminating claim stays as long as it
		"its containers start":        {with(fixture.Pod(pending(corev1.PodScheduled, corev1.PodReadyToStartContainers))), 1, 1},
	} {
		for _, adopted := range []fixture.Change{func(*task.Observation) {}, fixture.Replaced, fixture.Creates} {
			if got := fixture.Scope(append(with(made, adopted, fixture.NoClaim), test.pod...)...).Replicas; got != test.gone {
				t.Errorf("%s, the claim is gone: replicas are %d, wanted %d", name, got, test.gone)
			}
		}
		if got := fixture.Scope(append(with(made, fixture.Terminating), test.pod...)...).Replicas; got != test.going {
			t.Errorf("%s, the claim is terminating: replicas are %d, wanted %d", name, got, test.going)
		}
	}
}

func phase(phase corev1.PodPhase) func(*corev1.Pod) {
	return func(pod *corev1.Pod) { pod.Status.Phase = phase }
}

// pending is a pod that has come so far.
func pending(conditions ...corev1.PodConditionType) func(*corev1.Pod) {
	return func(pod *corev1.Pod) {
		pod.Status = corev1.PodStatus{Phase: corev1.PodPending}
		for _, kind := range conditions {
			pod.Status.Conditions = append(pod.Status.Conditions, corev1.PodCondition{Type: kind, Status: corev1.ConditionTrue})
		}
	}
}

// TestScale patches the replicas of the set that was seen, by UID and version, and writes nothing where there is nothing to
// change.
func unreadable(o *task.Observation) { o.Err = errors.New("no answer") }

// body is what a patch would send, "" for none.
func body(t *testing.T, w *write.Write) string {
	t.Helper()
	sent := ""
	if w != nil {
		if _, err := w.Do(t.Context(), recorder(&sent)); err != nil {
			t.Fatal(err)
		}
	}
	return sent
}

// TestAnUpdateStartsNoPodThatWasDown: a new template is written while the claim has trouble, the replicas stay.
func TestAnUpdateStartsNoPodThatWasDown(t *testing.T) {
	for name, test := range map[string]struct {
		changes  []fixture.Change
		replicas int32
	}{
		"trouble, the pod is down": {with(made, fixture.Replicas(0), fixture.Terminating, fixture.NewImage), 0},
		"lost, the pod is down":    {with(made, fixture.Replicas(0), fixture.Lost, fixture.NewImage), 0},
		"key in use, it is down":   {with(fixture.KeyInUse, made, fixture.Replicas(0), fixture.NewImage), 0},
		"trouble, the pod runs":    {with(made, running, fixture.Terminating, fixture.NewImage), 1},
		"valid, the pod is down":   {with(made, fixture.Replicas(0), fixture.NewImage), 1},
		"replaced, the pod runs":   {with(made, fixture.Replaced, fixture.NewImage), 0},
		"paused, the pod runs":     {with(made, fixture.Paused, fixture.NewImage), 0},
	} {
		t.Run(name, func(t *testing.T) {
			_, wanted := task.All[set.Task](fixture.Scope(test.changes...))
			if got := wanted.Object.(*appsv1.StatefulSet).Spec.Replicas; *got != test.replicas {
				t.Errorf("replicas are %d, wanted %d", *got, test.replicas)
			}
		})
	}
}

func TestDiffers(t *testing.T) {
	tests := map[string]struct {
		changes []fixture.Change
		want    bool
	}{
		"as the spec says":               {with(made, running), false},
		"nothing was made":               {nil, true},
		"another image":                  {with(made, running, fixture.NewImage), true},
		"the Service is gone":            {with(made, running, fixture.Gone(service)), true},
		"the Service is foreign":         {with(made, running, fixture.Foreign(service)), true},
		"the validator's budget is gone": {with(fixture.Validates, made, running, fixture.Gone(budget)), true},
		"a budget of no validator":       {with(made, running, leftBudget), true},
		"the pod is outdated":            {with(made, outdated), true},
		"the claim is to be released":    {with(fixture.Creates, made, running, fixture.Retain), false},
		"an import is not released":      {with(made, running, retainImport), false},
		"the claim has trouble":          {with(made, running, fixture.Lost), false},
		"only the replicas are others":   {with(made, running, fixture.Replicas(0)), false},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			if got := fixture.Scope(test.changes...).Differs(); got != test.want {
				t.Errorf("Differs is %t", got)
			}
		})
	}
}

// TestReady: a pod of the former spec says nothing about this one, however ready it is.
func TestReady(t *testing.T) {
	for name, test := range map[string]struct {
		changes []fixture.Change
		want    bool
	}{
		"ready":                          {with(made, running), true},
		"not ready":                      {with(made, fixture.Pod(fixture.NotReady)), false},
		"no pod":                         {with(made), false},
		"terminating":                    {with(made, fixture.Pod(fixture.Stopping)), false},
		"ready, another image is wanted": {with(made, running, fixture.NewImage), false},
		"ready, of an older template":    {with(made, outdated), false},
		"ready, the new spec is unseen":  {with(made, outdated, fixture.Unseen), false},
		"ready, the Service is gone":     {with(made, running, fixture.Gone(service)), true},
		"ready, the set was edited":      {with(made, running, editSet), true},
		"ready, of nobody's set":         {with(running), false},
	} {
		t.Run(name, func(t *testing.T) {
			if got := fixture.Scope(test.changes...).Ready; got != test.want {
				t.Errorf("Ready is %t", got)
			}
		})
	}
}

// TestEachObjectIsBuiltOnce: a reconcile that builds an object twice may decide twice, and differently.
func TestEachObjectIsBuiltOnce(t *testing.T) {
	built := map[string]int{}
	kinds := workload.Children
	t.Cleanup(func() { workload.Children = kinds })
	workload.Children = slices.Clone(kinds)
	for i, kind := range kinds {
		workload.Children[i].Build = func(in workload.Inputs) workload.Object {
			built[kind.Key()]++
			return kind.Build(in)
		}
	}
	scope := fixture.Scope(fixture.Validates, optional, made, running, fixture.NewImage)
	clear(built) // the fixture built them, too
	scope = task.Decide(scope.Observation)
	for _, one := range task.All {
		one(scope)
	}
	for _, kind := range kinds {
		if built[kind.Key()] != 1 {
			t.Errorf("%s was built %d times", kind.Key(), built[kind.Key()])
		}
	}
}

// TestAwaited: only a pod that is expected and does not come up has anybody ask what keeps it.
func TestAwaited(t *testing.T) {
	for name, test := range map[string]struct {
		changes []fixture.Change
		want    string
	}{
		"nothing was made":             {nil, ""},
		"no pod":                       {with(made), "archive-0"},
		"no pod, and none is expected": {with(made, fixture.Replicas(0)), ""},
		"not scheduled":                {with(made, fixture.Pod(pending())), ""},
		"its volumes are not mounted":  {with(made, fixture.Pod(pending(corev1.PodScheduled))), "archive-0-0"},
		"its containers start":         {with(made, fixture.Pod(pending(corev1.PodScheduled, corev1.PodReadyToStartContainers))), ""},
		"it runs":                      {with(made, running), ""},
	} {
		t.Run(name, func(t *testing.T) {
			got, awaited := "", fixture.Observation(test.changes...).Awaited()
			if awaited != nil {
				got = awaited.GetName()
			}
			if got != test.want {
				t.Errorf("awaited is %q, wanted %q", got, test.want)
			}
		})
	}
}

func TestNothingIsDecidedFromAReadThatFailed(t *testing.T) {
	scope := fixture.Scope(made, outdated, fixture.NewImage, unreadable)
	for kind, one := range task.All {
		if _, wanted := one(scope); wanted != nil {
			t.Errorf("%s wants %s", kind, told(wanted))
		}
	}
}

// TestNoTaskEverWritesAnImportedClaimOrAVolume looks at everything that would be written in hundreds of states, the tempting ones
// first: the default name, our own labels and references, policies that contradict. And whatever the state, no StatefulSet is made,
// and none is scaled up, while the verdict of this very reconcile is not valid.
func TestNoTaskEverWritesAnImportedClaimOrAVolume(t *testing.T) {
	random, acted := rand.New(rand.NewPCG(1, 2)), 0
	for i := range 2000 {
		scope := fixture.Scope(anyImport(random)...)
		wanted := []*write.Write{task.Scale(scope)}
		for _, one := range task.All {
			_, w := one(scope)
			wanted = append(wanted, w)
		}
		for _, w := range wanted {
			if w == nil {
				continue
			}
			acted++
			if strings.Contains(w.Kind, "PersistentVolume") {
				t.Fatalf("state %d: %s", i, told(w))
			}
			if set, is := w.Object.(*appsv1.StatefulSet); is && !scope.Claim.OK() && raises(t, w, set, scope) {
				t.Fatalf("state %d: %s on a claim that is %s", i, told(w), scope.Claim.Reason)
			}
		}
	}
	if acted == 0 {
		t.Error("no state made any task act: the test looks at nothing")
	}
}

// raises says whether the write would start a pod that is not there now.
func raises(t *testing.T, w *write.Write, set *appsv1.StatefulSet, scope *task.Scope) bool {
	t.Helper()
	before := int32(0)
	if scope.Set != nil {
		before = ptr.Deref(scope.Set.Spec.Replicas, 0)
	}
	after := ptr.Deref(set.Spec.Replicas, 0)
	if w.Doing == "Patching" {
		after = 0
		if strings.Contains(body(t, w), `"replicas":1`) {
			after = 1
		}
	}
	return after > before
}

// anyImport is any state of a node that imports a claim.
func anyImport(random *rand.Rand) []fixture.Change {
	maybe := func(changes ...fixture.Change) fixture.Change {
		if i := random.IntN(len(changes) + 1); i < len(changes) {
			return changes[i]
		}
		return func(*task.Observation) {}
	}
	replicas := func(count int32) fixture.Change {
		return func(o *task.Observation) {
			if fixture.Set(o) != nil {
				fixture.Replicas(count)(o)
			}
		}
	}
	return []fixture.Change{
		maybe(importName("data-archive-0")),
		maybe(made), maybe(replicas(0), replicas(2)),
		maybe(running, outdated, fixture.Pod(fixture.NotReady)),
		maybe(fixture.Foreign(set), fixture.Gone(set), fixture.Gone(service), fixture.OfNamesake(set)),
		maybe(fixture.Terminating, fixture.Lost, fixture.Replaced),
		maybe(retainImport, policyDelete),
		maybe(func(o *task.Observation) {
			o.Data.Claim.Labels = map[string]string{seiv1alpha1.LabelNodeUID: "node-uid"}
		}),
		maybe(fixture.Paused), maybe(fixture.NewImage), maybe(fixture.NoClaim),
	}
}

func importName(name string) fixture.Change {
	return func(o *task.Observation) {
		o.Node.Spec.DataVolume.Import.PVCName, o.Data.Claim.Name, o.Data.Volume.Spec.ClaimRef.Name = name, name, name
	}
}

func policyDelete(o *task.Observation) {
	o.Node.Spec.DataVolume.DeletionPolicy = ptr.To(seiv1alpha1.DeletionPolicyDelete)
	o.Data.Claim.OwnerReferences = []metav1.OwnerReference{*metav1.NewControllerRef(o.Node, seiv1alpha1.GroupVersion.WithKind("SeiNode"))}
}

// TestTheTestThatLooksForWritesToClaimsWouldSeeOne keeps the property above honest.
func TestTheTestThatLooksForWritesToClaimsWouldSeeOne(t *testing.T) {
	if _, wanted := task.All[seiv1alpha1.TaskEnsureDataPVC](fixture.Scope(fixture.Creates, fixture.NoClaim)); wanted == nil || wanted.Kind != "PersistentVolumeClaim" {
		t.Errorf("wants %s", told(wanted))
	}
}
