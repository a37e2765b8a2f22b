package status_test

import (
	"errors"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/utils/ptr"

	"github.com/google/go-cmp/cmp"

	seiv1alpha1 "github.com/seinode/seinode-operator/api/v1alpha1"
	"github.com/seinode/seinode-operator/internal/agent/inspect"
	"github.com/seinode/seinode-operator/internal/agent/wire"
	"github.com/seinode/seinode-operator/internal/fixture"
	"github.com/seinode/seinode-operator/internal/task"
)

// brought is a node whose data is brought.
func brought(o *task.Observation) {
	o.Node.Spec.Bootstrap = &seiv1alpha1.BootstrapSpec{Archive: &seiv1alpha1.ArchiveSource{URL: "https://example.com/a"}}
}

// bringing is a pod whose container that brings the data is in a state.
func bringing(state, last corev1.ContainerState) fixture.Change {
	return fixture.Pod(fixture.NotReady, func(pod *corev1.Pod) {
		pod.Status.Phase = corev1.PodPending
		pod.Status.InitContainerStatuses = []corev1.ContainerStatus{{Name: "bootstrap", State: state, LastTerminationState: last}}
	})
}

// TestBootstrapped follows the container that brings the data: what it says while it runs, and its last words after.
func TestBootstrapped(t *testing.T) {
	runs, none := corev1.ContainerState{Running: &corev1.ContainerStateRunning{}}, corev1.ContainerState{}
	waits := corev1.ContainerState{Waiting: &corev1.ContainerStateWaiting{Reason: "CrashLoopBackOff"}}
	ended := func(code int32, words string) corev1.ContainerState {
		return corev1.ContainerState{Terminated: &corev1.ContainerStateTerminated{ExitCode: code, Message: words}}
	}
	failed := ended(1, `{"reason":"NoSpace","message":"it needs 3Gi, and has 2Gi"}`)
	comes := &wire.NodeStatus{Restore: &wire.Restore{Reason: "Downloading", Message: "it comes", Percent: 35, BytesTotal: 1 << 30}}
	shown := func(o *task.Observation) {
		o.Node.Status = of(nil, brought, made, bringing(ended(0, `{"reason":"Restored","message":"it came"}`), none))
	}
	for name, test := range map[string]struct {
		changes     []fixture.Change
		said        *wire.NodeStatus
		want, ready string
		says        string
	}{
		"nothing is brought":          {with(made, bringing(failed, none)), comes, "", "BootstrapFailed", ""},
		"there is no pod":             {with(brought, made), nil, "", "PodNotReady", ""},
		"it runs, and nobody asked":   {with(brought, made, bringing(runs, none)), nil, "", "Bootstrapping", ""},
		"it runs, and for nobody":     {with(made, bringing(runs, none)), nil, "", "Bootstrapping", ""},
		"it runs, and does not say":   {with(brought, made, bringing(runs, none)), &wire.NodeStatus{}, "", "Bootstrapping", ""},
		"it runs":                     {with(brought, made, bringing(runs, none)), comes, "False/Downloading", "Bootstrapping", "it comes"},
		"it runs again":               {with(brought, made, bringing(runs, failed)), comes, "False/Downloading", "Bootstrapping", "it comes"},
		"it ended":                    {with(brought, made, bringing(failed, none)), nil, "False/NoSpace", "BootstrapFailed", "it needs 3Gi"},
		"it ended, and is tried anew": {with(brought, made, bringing(waits, failed)), nil, "False/NoSpace", "BootstrapFailed", "it needs 3Gi"},
		"it ended without a word":     {with(brought, made, bringing(ended(137, "Killed"), none)), nil, "", "ContainerFailed", ""},
		"it came":                     {with(brought, made, bringing(ended(0, `{"reason":"Restored","message":"it came"}`), none)), nil, "True/Restored", "PodNotReady", "it came"},
		"it was there":                {with(brought, made, bringing(ended(0, `{"reason":"NotNeeded","message":"there is data"}`), none)), nil, "True/NotNeeded", "PodNotReady", ""},
		"nobody says anything new":    {with(brought, shown, made), nil, "True/Restored", "PodNotReady", "it came"},
		"nothing can be read":         {with(brought, shown, func(o *task.Observation) { o.Err = errors.New("no answer") }), nil, "True/Restored", "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			status := of(test.said, test.changes...)
			c, got, message := meta.FindStatusCondition(status.Conditions, seiv1alpha1.ConditionBootstrapped), "", ""
			if c != nil {
				got, message = string(c.Status)+"/"+c.Reason, c.Message
			}
			if got != test.want || !strings.Contains(message, test.says) {
				t.Errorf("%s %q, wanted %s …%s…", got, message, test.want, test.says)
			}
			if is := find(t, status, seiv1alpha1.ConditionReady).Reason; test.ready != "" && is != test.ready {
				t.Errorf("ready: %s, wanted %s", is, test.ready)
			}
		})
	}
}

// TestHowFarTheDataHasCome is shown in steps, and stays shown.
func TestHowFarTheDataHasCome(t *testing.T) {
	runs := bringing(corev1.ContainerState{Running: &corev1.ContainerStateRunning{}}, corev1.ContainerState{})
	comes := &wire.NodeStatus{Restore: &wire.Restore{Reason: "Downloading", Percent: 35, BytesTotal: 1 << 30}}
	got := of(comes, brought, made, runs).Bootstrap
	if got == nil || got.Source != "Archive" || got.Percent == nil || *got.Percent != 35 || got.Size.String() != "1Gi" {
		t.Errorf("%+v", got)
	}
	before := func(o *task.Observation) { o.Node.Status.Bootstrap = got }
	for name, said := range map[string]*wire.NodeStatus{"nobody asked": nil, "it is not needed": {Restore: &wire.Restore{Reason: "NotNeeded"}}} {
		if again := of(said, brought, before, made, runs).Bootstrap; again == nil || *again.Percent != 35 {
			t.Errorf("%s: %+v", name, again)
		}
	}
	unsized := of(&wire.NodeStatus{Restore: &wire.Restore{Reason: "Downloading"}}, brought, made, runs).Bootstrap
	if unsized == nil || unsized.Percent != nil || unsized.Size != nil {
		t.Errorf("of an unknown size: %+v", unsized)
	}
	if gone := of(comes, before, made, runs).Bootstrap; gone != nil {
		t.Errorf("without spec.bootstrap: %+v", gone)
	}
}

// fetching is a node that fetches its state from its peers.
func fetching(o *task.Observation) {
	o.Node.Spec.Bootstrap = &seiv1alpha1.BootstrapSpec{StateSync: &seiv1alpha1.StateSyncSource{RPCServers: []string{"https://a:1", "https://b:1"}}}
}

// TestAStateSyncIsTold by the agent beside seid, which runs from the beginning.
func TestAStateSyncIsTold(t *testing.T) {
	runs := fixture.Pod(fixture.NotReady)
	saying := func(said wire.Restore) *wire.NodeStatus {
		return &wire.NodeStatus{Reason: "seid has no state yet", Restore: &said}
	}
	lies := saying(wire.Restore{Reason: "WitnessDisagreement", Message: "a has 1, b has 2", Attempts: 1})
	half := saying(wire.Restore{Reason: "Syncing", Message: "it comes", Percent: 45, Attempts: 2, SnapshotHeight: 40})
	came := saying(wire.Restore{Reason: "StateSynced", Message: "it came", Percent: 100, Attempts: 2, SnapshotHeight: 40})
	shown := func(o *task.Observation) { o.Node.Status = of(came, fetching, made, runs) }
	for name, test := range map[string]struct {
		said        *wire.NodeStatus
		changes     []fixture.Change
		want, ready string
		shows       *seiv1alpha1.BootstrapStatus
	}{
		"nobody asked":          {nil, with(fetching, made, runs), "", "PodNotReady", nil},
		"it does not say":       {&wire.NodeStatus{}, with(fetching, made, runs), "", "PodNotReady", nil},
		"servers disagree":      {lies, with(fetching, made, runs), "False/WitnessDisagreement", "Bootstrapping", &seiv1alpha1.BootstrapStatus{Source: "StateSync", Attempts: ptr.To[int32](1)}},
		"it comes":              {half, with(fetching, made, runs), "False/Syncing", "Bootstrapping", &seiv1alpha1.BootstrapStatus{Source: "StateSync", Percent: ptr.To[int32](45), Attempts: ptr.To[int32](2), SnapshotHeight: ptr.To[int64](40)}},
		"it came":               {came, with(fetching, made, runs), "True/StateSynced", "PodNotReady", &seiv1alpha1.BootstrapStatus{Source: "StateSync", Percent: ptr.To[int32](100), Attempts: ptr.To[int32](2), SnapshotHeight: ptr.To[int64](40)}},
		"there is no pod":       {half, with(fetching, made), "", "PodNotReady", nil},
		"it came, and no pod":   {nil, with(fetching, shown, made), "True/StateSynced", "PodNotReady", &seiv1alpha1.BootstrapStatus{Source: "StateSync", Percent: ptr.To[int32](100), Attempts: ptr.To[int32](2), SnapshotHeight: ptr.To[int64](40)}},
		"no state is asked for": {half, with(made, runs), "", "PodNotReady", nil},
	} {
		t.Run(name, func(t *testing.T) {
			status := of(test.said, test.changes...)
			c, got := meta.FindStatusCondition(status.Conditions, seiv1alpha1.ConditionBootstrapped), ""
			if c != nil {
				got = string(c.Status) + "/" + c.Reason
			}
			if got != test.want {
				t.Errorf("%q, wanted %q", got, test.want)
			}
			if is := find(t, status, seiv1alpha1.ConditionReady).Reason; is != test.ready {
				t.Errorf("ready: %s, wanted %s", is, test.ready)
			}
			if diff := cmp.Diff(test.shows, status.Bootstrap); diff != "" {
				t.Errorf("shown (-want +got):\n%s", diff)
			}
		})
	}
}

// TestACopyIsFollowed from what it is to be of to what it holds. Whether that fits the node is not asked here.
func TestACopyIsFollowed(t *testing.T) {
	snapshot := func(o *task.Observation) {
		o.Node.Spec.Bootstrap = &seiv1alpha1.BootstrapSpec{VolumeSnapshot: &seiv1alpha1.VolumeSnapshotSource{Name: "yesterday"}}
	}
	clone := func(o *task.Observation) {
		o.Node.Spec.Bootstrap = &seiv1alpha1.BootstrapSpec{Claim: &seiv1alpha1.ClaimSource{Name: "data-other"}}
	}
	there := func(o *task.Observation) {
		o.Data.Origin.Snapshot = &unstructured.Unstructured{Object: map[string]any{"status": map[string]any{"readyToUse": true}}}
	}
	large := func(o *task.Observation) {
		there(o)
		o.Data.Origin.Snapshot.Object["status"].(map[string]any)["restoreSize"] = "1Ei"
	}
	looked := func(layout wire.Layout, reason string, refused bool) fixture.Change {
		return inContainer("inspect", corev1.ContainerState{Terminated: &corev1.ContainerStateTerminated{
			Message: string(inspect.Encode(wire.Inspection{Layout: layout, Reason: reason, Refused: refused, Message: "it says so"})),
		}}, corev1.ContainerState{})
	}
	shown := func(o *task.Observation) {
		o.Node.Status = of(nil, fixture.Creates, snapshot, made, looked("Root", "Inspected", false))
	}
	for name, test := range map[string]struct {
		changes            []fixture.Change
		want, says, source string
	}{
		"it is not there":          {with(fixture.Creates, fixture.NoClaim, snapshot), "False/SourceNotReady", "does not exist", "VolumeSnapshot"},
		"it is too large":          {with(fixture.Creates, fixture.NoClaim, snapshot, large), "False/NoSpace", "takes 1Ei", "VolumeSnapshot"},
		"the claim is being made":  {with(fixture.Creates, fixture.NoClaim, snapshot, there), "False/Copying", `as a copy of VolumeSnapshot "yesterday"`, "VolumeSnapshot"},
		"the claim is made":        {with(fixture.Creates, clone, made), "False/Copying", `as a copy of PersistentVolumeClaim "data-other"`, "Claim"},
		"it holds a node's data":   {with(fixture.Creates, clone, made, looked("Root", "Inspected", false)), "True/Restored", "began as a copy", "Claim"},
		"it holds another chain's": {with(fixture.Creates, clone, made, looked("Root", "WrongChain", true)), "True/Restored", "began as a copy", "Claim"},
		"it holds nothing":         {with(fixture.Creates, clone, made, looked("Empty", "BootstrapRequired", true)), "False/SourceEmpty", "it says so", "Claim"},
		"nobody looks again":       {with(fixture.Creates, snapshot, shown, made), "True/Restored", "began as a copy", "VolumeSnapshot"},
		"the claim is in trouble":  {with(fixture.Creates, snapshot, shown, fixture.NoClaim), "True/Restored", "began as a copy", "VolumeSnapshot"},
	} {
		t.Run(name, func(t *testing.T) {
			status := of(nil, test.changes...)
			c := find(t, status, seiv1alpha1.ConditionBootstrapped)
			if got := string(c.Status) + "/" + c.Reason; got != test.want || !strings.Contains(c.Message, test.says) {
				t.Errorf("%s %q, wanted %s …%s…", got, c.Message, test.want, test.says)
			}
			if status.Bootstrap == nil || status.Bootstrap.Source != test.source {
				t.Errorf("source %+v, wanted %s", status.Bootstrap, test.source)
			}
		})
	}
}

// TestASnapshotThatIsBroughtIsTold by the container that brings it, until it has, and then as any state sync.
func TestASnapshotThatIsBroughtIsTold(t *testing.T) {
	published := func(o *task.Observation) {
		fetching(o)
		o.Node.Spec.Bootstrap.StateSync.Snapshot = &seiv1alpha1.SnapshotSource{URL: "https://example.com/5.tar.gz"}
	}
	none, runs := corev1.ContainerState{}, corev1.ContainerState{Running: &corev1.ContainerStateRunning{}}
	comes := &wire.NodeStatus{Restore: &wire.Restore{Reason: "Downloading", Message: "it comes", Percent: 35, BytesTotal: 1 << 30}}
	taken := &wire.NodeStatus{Restore: &wire.Restore{Reason: "Syncing", Message: "seid takes it", Attempts: 1}}
	for name, test := range map[string]struct {
		said                *wire.NodeStatus
		pod                 fixture.Change
		want, ready, source string
	}{
		"it comes":          {comes, bringing(runs, none), "False/Downloading", "Bootstrapping", "StateSync"},
		"nobody asked":      {nil, bringing(runs, none), "", "Bootstrapping", ""},
		"it is not there":   {nil, bringing(none, ended(1, "Error", `{"reason":"ArchiveNotFound","message":"404"}`)), "False/ArchiveNotFound", "BootstrapFailed", "StateSync"},
		"it is brought":     {nil, bringing(ended(0, "Completed", `{"reason":"Restored","message":"it came"}`), none), "", "PodNotReady", ""},
		"and seid takes it": {taken, bringing(ended(0, "Completed", `{"reason":"Restored","message":"it came"}`), none), "False/Syncing", "Bootstrapping", "StateSync"},
	} {
		status := of(test.said, published, made, test.pod)
		got, source := "", ""
		if c := meta.FindStatusCondition(status.Conditions, seiv1alpha1.ConditionBootstrapped); c != nil {
			got = string(c.Status) + "/" + c.Reason
		}
		if status.Bootstrap != nil {
			source = status.Bootstrap.Source
		}
		if ready := find(t, status, seiv1alpha1.ConditionReady); got != test.want || ready.Reason != test.ready || source != test.source {
			t.Errorf("%s: %s, ready %s: %s, source %s", name, got, ready.Reason, ready.Message, source)
		}
	}
	if shown := of(comes, published, made, bringing(runs, none)).Bootstrap; shown.Size.String() != "1Gi" || *shown.Percent != 35 {
		t.Errorf("%+v", shown)
	}
}

// TestSeidHasNotRunBeforeItsStateCame: its container gets ready for that, and the node is not up.
func TestSeidHasNotRunBeforeItsStateCame(t *testing.T) {
	runs := fixture.Pod(fixture.NotReady, func(pod *corev1.Pod) {
		pod.Status.ContainerStatuses = []corev1.ContainerStatus{{Name: "seid", State: corev1.ContainerState{Running: &corev1.ContainerStateRunning{}}}}
	})
	syncs := fixture.Pod(fixture.NotReady, func(pod *corev1.Pod) {
		pod.Spec.Containers = []corev1.Container{{Name: "seid", Image: "sei:v6", Args: []string{"run", "--sync-said", "/scratch/sync.json"}}}
		pod.Status.ContainerStatuses = []corev1.ContainerStatus{{Name: "seid", State: corev1.ContainerState{Running: &corev1.ContainerStateRunning{}}}}
	})
	came := func(o *task.Observation) {
		o.Node.Status.Conditions = []metav1.Condition{{Type: seiv1alpha1.ConditionBootstrapped, Status: metav1.ConditionTrue}}
	}
	for name, test := range map[string]struct {
		changes []fixture.Change
		ran     bool
	}{
		"the state is to come":      {with(fetching, made, syncs), false},
		"it is asked for no more":   {with(made, syncs), false},
		"it is asked for later":     {with(fetching, made, runs), true},
		"it has come":               {with(fetching, came, made, syncs), true},
		"the pod is ready":          {with(fetching, made, ready), true},
		"no state is to be fetched": {with(made, runs), true},
	} {
		status := of(nil, test.changes...)
		if ran := status.CurrentImage != ""; ran != test.ran || status.Phase == seiv1alpha1.PhaseRunning && !test.ran {
			t.Errorf("%s: seid ran from %q, phase %s", name, status.CurrentImage, status.Phase)
		}
	}
}

// TestNoSourceAnyMoreIsToldNothingOf, once seid ran: before, what was said is what is known of the volume.
func TestNoSourceAnyMoreIsToldNothingOf(t *testing.T) {
	failed := func(o *task.Observation) {
		o.Node.Status.Conditions = []metav1.Condition{{Type: seiv1alpha1.ConditionBootstrapped, Status: metav1.ConditionFalse, Reason: seiv1alpha1.ReasonStalled}}
	}
	for name, test := range map[string]struct {
		changes []fixture.Change
		told    bool
	}{
		"seid runs":               {with(failed, made, ready), false},
		"it does not":             {with(failed), true},
		"the source is still due": {with(fetching, failed, made, ready), true},
	} {
		if said := meta.FindStatusCondition(of(nil, test.changes...).Conditions, seiv1alpha1.ConditionBootstrapped); (said != nil) != test.told {
			t.Errorf("%s: %+v", name, said)
		}
	}
}

// TestTheHeightOfTheSnapshotStaysShown: seid tells it in the run that fetched the state alone.
func TestTheHeightOfTheSnapshotStaysShown(t *testing.T) {
	shown := func(o *task.Observation) {
		o.Node.Status.Bootstrap = &seiv1alpha1.BootstrapStatus{Source: "StateSync", SnapshotHeight: ptr.To[int64](40)}
	}
	for reason, want := range map[string]bool{"StateSynced": true, "Syncing": false} {
		got := of(&wire.NodeStatus{Restore: &wire.Restore{Reason: reason}}, fetching, shown, made, fixture.Pod(fixture.NotReady)).Bootstrap
		if (got.SnapshotHeight != nil) != want {
			t.Errorf("%s: %+v", reason, got)
		}
	}
}

// TestAnArchiveOfAnotherForkIsTold, once its block was compared, and stays told while nobody says anything else.
func TestAnArchiveOfAnotherForkIsTold(t *testing.T) {
	came := corev1.ContainerState{Terminated: &corev1.ContainerStateTerminated{Message: `{"reason":"Restored","message":"it came","percent":100,"bytesTotal":1073741824}`}}
	runs := fixture.Pod(func(pod *corev1.Pod) {
		pod.Status.InitContainerStatuses = []corev1.ContainerStatus{{Name: "bootstrap", State: came}}
	})
	says := func(reason string) *wire.NodeStatus {
		return &wire.NodeStatus{Answers: true, Ready: true, Restore: &wire.Restore{Reason: reason, Message: "of a block"}}
	}
	first := func(o *task.Observation) { o.Node.Status = of(nil, brought, made, runs) }
	shown := func(o *task.Observation) { o.Node.Status = of(says("WrongFork"), brought, made, runs, first) }
	for name, test := range map[string]struct {
		changes []fixture.Change
		said    *wire.NodeStatus
		want    string
	}{
		"nobody has compared":              {with(brought, made, runs), &wire.NodeStatus{Answers: true}, "True/Restored"},
		"the same":                         {with(brought, made, runs, first), says("Restored"), "True/Restored"},
		"another":                          {with(brought, made, runs, first), says("WrongFork"), "False/WrongFork"},
		"another, and the operator is new": {with(brought, made, runs, shown), nil, "False/WrongFork"},
		"another, and it is silent":        {with(brought, made, runs, shown), &wire.NodeStatus{}, "False/WrongFork"},
		"another, then the same":           {with(brought, made, runs, shown), says("Restored"), "True/Restored"},
	} {
		got := of(test.said, test.changes...)
		condition := meta.FindStatusCondition(got.Conditions, seiv1alpha1.ConditionBootstrapped)
		if is := string(condition.Status) + "/" + condition.Reason; is != test.want {
			t.Errorf("%s: %s, wanted %s", name, is, test.want)
		}
		if got.Bootstrap.Size == nil || *got.Bootstrap.Percent != 100 {
			t.Errorf("%s: %+v", name, got.Bootstrap)
		}
	}
}
