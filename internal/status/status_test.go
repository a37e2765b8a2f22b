package status_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/utils/ptr"
	kstatus "sigs.k8s.io/cli-utils/pkg/kstatus/status"

	"github.com/google/go-cmp/cmp"

	seiv1alpha1 "github.com/seinode/seinode-operator/api/v1alpha1"
	"github.com/seinode/seinode-operator/internal/agent/wire"
	"github.com/seinode/seinode-operator/internal/fixture"
	"github.com/seinode/seinode-operator/internal/plan"
	"github.com/seinode/seinode-operator/internal/status"
	"github.com/seinode/seinode-operator/internal/task"
	"github.com/seinode/seinode-operator/internal/workload"
)

var (
	now         = time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	service     = workload.ServiceChild
	made, ready = fixture.Change(fixture.Made), fixture.Pod()
	unready     = fixture.Pod(fixture.NotReady)
)

func with(changes ...fixture.Change) []fixture.Change { return changes }

// of is the status after the changes, with a plan that looked at them, and with what the agent said.
func of(said *wire.NodeStatus, changes ...fixture.Change) seiv1alpha1.SeiNodeStatus {
	s := fixture.Scope(changes...)
	if s.Node.Status.Plan == nil && s.Err == nil {
		plan.Fresh(s, "id", now)
	}
	return status.Of(status.Input{Scope: s, Said: said, Now: now})
}

func find(t *testing.T, found seiv1alpha1.SeiNodeStatus, kind string) metav1.Condition {
	t.Helper()
	c := meta.FindStatusCondition(found.Conditions, kind)
	if c == nil {
		t.Fatalf("there is no condition %s", kind)
	}
	return *c
}

// inContainer gives the pod, which is not ready, a container in that state.
func inContainer(name string, state, last corev1.ContainerState) fixture.Change {
	return fixture.Pod(fixture.NotReady, func(pod *corev1.Pod) {
		s := corev1.ContainerStatus{Name: name, State: state, LastTerminationState: last}
		if name == workload.ContainerSeid {
			pod.Status.ContainerStatuses = []corev1.ContainerStatus{s}
		} else {
			pod.Status.InitContainerStatuses = []corev1.ContainerStatus{s}
		}
	})
}

func waiting(reason, message string) corev1.ContainerState {
	return corev1.ContainerState{Waiting: &corev1.ContainerStateWaiting{Reason: reason, Message: message}}
}

func ended(code int32, reason, message string) corev1.ContainerState {
	return corev1.ContainerState{Terminated: &corev1.ContainerStateTerminated{ExitCode: code, Reason: reason, Message: message}}
}

// verdictOf is what inspect writes to its termination message.
func verdictOf(found wire.Inspection) corev1.ContainerState {
	text, _ := json.Marshal(found)
	return ended(1, "Error", string(text))
}

func warned(text string) fixture.Change { return func(o *task.Observation) { o.Warning = text } }

func unreadable(o *task.Observation) { o.Err = errors.New("no answer") }

func unscheduled(text string) fixture.Change {
	return fixture.Pod(func(pod *corev1.Pod) {
		pod.Status = corev1.PodStatus{Phase: corev1.PodPending, Conditions: []corev1.PodCondition{
			{Type: corev1.PodScheduled, Status: corev1.ConditionFalse, Message: text},
		}}
	})
}

// silent is a pod of whose machine nothing was heard for so many seconds.
func silent(seconds int) fixture.Change {
	return fixture.Pod(fixture.NotReady, func(pod *corev1.Pod) {
		pod.Spec.NodeName = "m1"
		pod.Status.Conditions[0].LastTransitionTime = metav1.NewTime(now.Add(-time.Duration(seconds) * time.Second))
		pod.Status.Conditions = append(pod.Status.Conditions, corev1.PodCondition{Type: corev1.ContainersReady, Status: corev1.ConditionTrue})
	})
}

// scaled is a StatefulSet that is to have no pod, of a generation of which its controller has seen that one.
func scaled(generation, seen int64) fixture.Change {
	return func(o *task.Observation) {
		set := fixture.Set(o)
		set.Generation, set.Status.ObservedGeneration, set.Spec.Replicas = generation, seen, ptr.To[int32](0)
	}
}

// refusal is what inspect says of a volume that it refuses, and none a container that is in no state.
var (
	refusal = verdictOf(wire.Inspection{Reason: "WasmMissing", Message: "no wasm/", Refused: true, Layout: wire.LayoutRoot})
	none    = corev1.ContainerState{}
)

// readyCases are what a node is in, and the condition that tells.
var readyCases = map[string]struct {
	changes []fixture.Change
	said    *wire.NodeStatus
	want    string
	says    string
}{
	"ready":                            {with(made, ready), nil, "True/NodeReady", `pod "archive-0-0" is ready`},
	"nothing could be read":            {with(unreadable), nil, "Unknown/Initializing", "the API server does not answer"},
	"paused":                           {with(fixture.Paused), nil, "False/Paused", "spec.paused is true; set it to false to start the node"},
	"paused, and the pod is there":     {with(made, ready, fixture.Paused), nil, "False/Paused", `spec.paused is true, but pod "archive-0-0" is still there`},
	"paused, its machine is silent":    {with(made, silent(61), fixture.Paused), nil, "False/Paused", "out-of-service=nodeshutdown:NoExecute"},
	"paused, to be scaled down":        {with(made, fixture.Paused), nil, "False/Paused", "may still make a pod"},
	"paused, nobody saw that yet":      {with(made, scaled(2, 1), fixture.Paused), nil, "False/Paused", "may still make a pod"},
	"paused, and scaled down":          {with(made, scaled(2, 2), fixture.Paused), nil, "False/Paused", "set it to false to start the node"},
	"a task failed":                    {with(made, ready, fixture.Foreign(service)), nil, "False/PlanFailed", `ServiceNotOwned: Service "archive-0" already exists`},
	"paused comes before a failure":    {with(made, fixture.Foreign(service), fixture.Paused), nil, "False/Paused", ""},
	"the claim is terminating":         {with(made, ready, fixture.Terminating), nil, "False/DataVolumeNotReady", "PVCTerminating: "},
	"the claim grows on one that runs": {with(made, ready, func(o *task.Observation) { o.Data.Volume.Spec.Capacity = nil }), nil, "True/NodeReady", ""},
	"the key is in use":                {with(fixture.KeyInUse), nil, "False/SigningKeyInUse", `already signs for pod "signer"`},
	"the key is in use, it runs":       {with(fixture.KeyInUse, made, ready), nil, "True/NodeReady", ""},
	"nothing was made yet":             {nil, nil, "False/Initializing", "applying Service"},
	"ready, of the former image":       {with(made, ready, fixture.NewImage), nil, "False/Updating", `pod "archive-0-0" runs an older spec`},
	"ready, of an older template":      {with(made, fixture.Pod(fixture.Outdated)), nil, "False/Updating", "replacing pod"},
	"ready, the set was edited":        {with(made, ready, func(o *task.Observation) { fixture.Set(o).Spec.Template.Spec.HostNetwork = true }), nil, "True/NodeReady", ""},
	"no pod yet":                       {with(made), nil, "False/PodNotReady", `pod "archive-0-0" is starting`},
	"a quota forbids the pod":          {with(made, warned("exceeded quota: q")), nil, "False/PodNotCreated", `StatefulSet "archive-0" cannot make pod "archive-0-0": exceeded quota: q`},
	"the pod is terminating":           {with(made, fixture.Pod(fixture.Stopping)), nil, "False/PodNotReady", "is terminating"},
	"its machine is silent":            {with(made, silent(61)), nil, "False/MachineUnreachable", `machine "m1" does not say what has become of pod "archive-0-0"`},
	"silent, and of an older template": {with(made, silent(61), fixture.NewImage), nil, "False/MachineUnreachable", "out-of-service=nodeshutdown:NoExecute"},
	"silent for a moment":              {with(made, silent(59)), nil, "False/PodNotReady", ""},
	"no machine takes it":              {with(made, unscheduled("0/3 nodes are available")), nil, "False/PodNotScheduled", "0/3 nodes are available"},
	"a Secret is not there":            {with(made, unready, warned(`secret "key" not found`)), nil, "False/MountFailed", `waits for its volumes: secret "key" not found`},
	"the agent refuses the volume":     {with(made, inContainer("inspect", refusal, none)), nil, "False/DataRefused", "WasmMissing: no wasm/"},
	"prepare refuses the volume":       {with(made, inContainer("prepare", waiting("CrashLoopBackOff", "back-off 10s"), ended(1, "Error", "genesis.json is another"))), nil, "False/PrepareRefused", "genesis.json is another"},
	"home crashed":                     {with(made, inContainer("home", ended(1, "Error", "unknown flag"), none)), nil, "False/ContainerFailed", `container "home"`},
	"an init container is done":        {with(made, inContainer("prepare", ended(0, "Completed", `{"created":[]}`), none)), nil, "False/PodNotReady", "is starting"},
	"no image":                         {with(made, inContainer("seid", waiting("ImagePullBackOff", "not found"), none)), nil, "False/ContainerFailed", `does not start: ImagePullBackOff: not found`},
	"it is being made":                 {with(made, inContainer("seid", waiting("PodInitializing", ""), none)), nil, "False/PodNotReady", "is starting"},
	"the agent says why":               {with(made, unready), &wire.NodeStatus{Answers: true, Reason: "seid has 0 peers; wanted at least 1"}, "False/PodNotReady", "seid has 0 peers; wanted at least 1"},
	"the agent says that it is full":   {with(made, unready), &wire.NodeStatus{Answers: true, DiskFull: true, Reason: "the volume is full"}, "False/DiskFull", "the volume is full"},
	"nobody has asked":                 {with(made, unready), nil, "False/PodNotReady", "is starting"},
}

// TestReady: the one to mend first is what Ready says.
func TestReady(t *testing.T) {
	for name, test := range readyCases {
		t.Run(name, func(t *testing.T) {
			c := find(t, of(test.said, test.changes...), seiv1alpha1.ConditionReady)
			if got := string(c.Status) + "/" + c.Reason; got != test.want || !strings.Contains(c.Message, test.says) {
				t.Errorf("%s %q, wanted %s …%s…", got, c.Message, test.want, test.says)
			}
			wanted := kstatus.InProgressStatus
			if strings.HasPrefix(test.want, "True") {
				wanted = kstatus.CurrentStatus
			}
			if got := seenByTools(t, of(test.said, test.changes...)); got != wanted {
				t.Errorf("tools that wait for any object see %s, wanted %s", got, wanted)
			}
			if c.ObservedGeneration != 1 || !c.LastTransitionTime.Time.Equal(now) {
				t.Errorf("generation %d, since %s", c.ObservedGeneration, c.LastTransitionTime)
			}
		})
	}
}

// seenByTools is what kubectl apply's successors, Argo and Flux make of the status.
func seenByTools(t *testing.T, found seiv1alpha1.SeiNodeStatus) kstatus.Status {
	t.Helper()
	node := fixture.Observation().Node
	node.APIVersion, node.Kind, node.Status = "sei.io/v1alpha1", "SeiNode", found
	object, err := runtime.DefaultUnstructuredConverter.ToUnstructured(node)
	must(t, err)
	result, err := kstatus.Compute(&unstructured.Unstructured{Object: object})
	must(t, err)
	return result.Status
}

// TestCountersAreNoNews: what schedulers count changes for ever. Everything else is.
func TestCountersAreNoNews(t *testing.T) {
	for name, test := range map[string]struct{ before, after, want string }{
		"only a number": {"0/3 nodes are available", "0/12 nodes are available", "0/3 nodes are available"},
		"a word":        {"0/3 nodes are available", "0/3 nodes are tainted", "0/3 nodes are tainted"},
	} {
		first := of(nil, made, unscheduled(test.before))
		again := of(nil, made, unscheduled(test.after), func(o *task.Observation) { o.Node.Status.Conditions = first.Conditions })
		if got := find(t, again, seiv1alpha1.ConditionReady).Message; !strings.HasSuffix(got, test.want) {
			t.Errorf("%s: %q", name, got)
		}
	}
}

// TestUpdateInProgress: it is up to date only when nothing differs.
func TestUpdateInProgress(t *testing.T) {
	newer := func(o *task.Observation) { o.Platform.Scheduling.NodeSelector = map[string]string{"pool": "new"} }
	annotated := func(value string) fixture.Change {
		return func(o *task.Observation) {
			o.Node.Annotations = map[string]string{seiv1alpha1.AnnotationRollout: value}
		}
	}
	for name, test := range map[string]struct {
		changes []fixture.Change
		want    string
		says    string
	}{
		"nothing was made":             {nil, "False/NotStarted", ""},
		"as the spec says":             {with(made, ready), "False/UpToDate", ""},
		"another image":                {with(made, ready, fixture.NewImage), "True/Updating", "apply-statefulset: Initializing: applying StatefulSet"},
		"the pod is outdated":          {with(made, fixture.Pod(fixture.Outdated)), "True/Updating", "replace-pod: Updating: replacing pod"},
		"held back":                    {with(made, fixture.Pod(fixture.Outdated), fixture.Terminating), "True/Updating", "is not restarted now"},
		"a Service is somebody else's": {with(made, ready, fixture.Foreign(service)), "False/Blocked", "ServiceNotOwned"},
		"a newer template waits":       {with(made, ready, newer), "False/RolloutPending", "kubectl annotate seinode archive-0 -n sei sei.io/rollout=now"},
		"an annotation of no meaning":  {with(made, ready, annotated("later")), "False/InvalidAnnotation", `annotation sei.io/rollout is "later"; wanted "now"`},
	} {
		t.Run(name, func(t *testing.T) {
			c := find(t, of(nil, test.changes...), seiv1alpha1.ConditionNodeUpdateInProgress)
			if got := string(c.Status) + "/" + c.Reason; got != test.want || !strings.Contains(c.Message, test.says) {
				t.Errorf("%s %q, wanted %s …%s…", got, c.Message, test.want, test.says)
			}
		})
	}
}

func TestPhase(t *testing.T) {
	cameUp := func(o *task.Observation) { o.Node.Status.CurrentImage = "sei:v1" }
	was := func(phase seiv1alpha1.Phase) fixture.Change {
		return func(o *task.Observation) { o.Node.Status.Phase = phase }
	}
	for name, test := range map[string]struct {
		changes []fixture.Change
		want    seiv1alpha1.Phase
	}{
		"comes up":                              {nil, seiv1alpha1.PhaseInitializing},
		"fails":                                 {with(fixture.Lost), seiv1alpha1.PhaseFailed},
		"runs":                                  {with(made, ready), seiv1alpha1.PhaseRunning},
		"runs, and is changed":                  {with(made, ready, fixture.NewImage, was(seiv1alpha1.PhaseRunning)), seiv1alpha1.PhaseRunning},
		"runs, and its pod is replaced":         {with(made, unready, cameUp, fixture.NewImage, was(seiv1alpha1.PhaseRunning)), seiv1alpha1.PhaseRunning},
		"failed, mended while it runs":          {with(made, ready, fixture.NewImage, was(seiv1alpha1.PhaseFailed)), seiv1alpha1.PhaseRunning},
		"never came up, gets another image":     {with(made, unready, fixture.NewImage, was(seiv1alpha1.PhaseInitializing)), seiv1alpha1.PhaseInitializing},
		"came up once, its StatefulSet is gone": {with(cameUp, was(seiv1alpha1.PhaseFailed)), seiv1alpha1.PhaseRunning},
		"came up once, not ready, mended":       {with(made, unready, cameUp, fixture.Gone(workload.ServiceChild), was(seiv1alpha1.PhaseFailed)), seiv1alpha1.PhaseRunning},
		"nothing could be read the first time":  {with(unreadable), seiv1alpha1.PhasePending},
	} {
		if got := of(nil, test.changes...).Phase; got != test.want {
			t.Errorf("%s: %s, wanted %s", name, got, test.want)
		}
	}
}

// TestWhatCouldNotBeReadLeavesTheLastHonestVerdict, and never a new generation beside an old verdict.
func TestWhatCouldNotBeReadLeavesTheLastHonestVerdict(t *testing.T) {
	first := of(nil, made, ready)
	again := of(nil, made, ready, fixture.NewImage, unreadable, func(o *task.Observation) {
		o.Node.Status, o.Node.Generation = first, 2
	})
	if diff := cmp.Diff(first, again); diff != "" {
		t.Errorf("status (-before +after):\n%s", diff)
	}
	stopped := of(nil, made, ready, fixture.Paused, unreadable, func(o *task.Observation) { o.Node.Status = first })
	if c := find(t, stopped, seiv1alpha1.ConditionReady); c.Status != metav1.ConditionFalse || c.Reason != seiv1alpha1.ReasonPaused || !strings.Contains(c.Message, "cannot be read now") {
		t.Errorf("a pause that nobody sees through: %+v", c)
	}
	blind := of(nil, unreadable)
	if c := find(t, blind, seiv1alpha1.ConditionImportPVCReady); c.Status != metav1.ConditionUnknown || c.Reason != "ValidationError" {
		t.Errorf("%+v", c)
	}
}

// TestTheClaimThatWasAdoptedIsRemembered from the moment that it was found usable, and not forgotten for another.
func TestTheClaimThatWasAdoptedIsRemembered(t *testing.T) {
	for name, test := range map[string]struct {
		changes []fixture.Change
		want    string
	}{
		"valid":           {nil, "claim-uid"},
		"not valid":       {with(fixture.Lost), ""},
		"another, of now": {with(fixture.Replaced), "former"},
		"gone":            {with(fixture.Replaced, fixture.NoClaim), "former"},
	} {
		if got := of(nil, test.changes...).DataVolume.ClaimUID; string(got) != test.want {
			t.Errorf("%s: %q, wanted %q", name, got, test.want)
		}
	}
}

func TestTheSigningKeyThatIsFreeIsTaken(t *testing.T) {
	free := func(o *task.Observation) { fixture.KeyInUse(o); o.Keys.Pods = nil }
	if got := of(nil, free).SigningSecret; got != "key" {
		t.Errorf("free: %q", got)
	}
	if got := of(nil, fixture.KeyInUse).SigningSecret; got != "" {
		t.Errorf("in use: %q", got)
	}
	if got := of(nil, free, fixture.Lost).SigningSecret; got != "" {
		t.Errorf("free, but the node cannot start: %q", got)
	}
	outrun := fixture.Scope(free)
	outrun.Unproven = true
	got := status.Of(status.Input{Scope: outrun, Now: now})
	if got.SigningSecret != "" || got.DataVolume.ClaimUID != "" {
		t.Errorf("free, and somebody else was faster: %+v", got)
	}
}

// TestWhatTheAgentFoundIsShown, and stays while no pod says anything new.
func TestWhatTheAgentFoundIsShown(t *testing.T) {
	found := wire.Inspection{Reason: "Inspected", Message: "a home", Layout: wire.LayoutRoot, ChainID: "pacific-1", Height: 7, StateStore: "pebbledb",
		KeyAddress: "A1B2", Signed: &wire.Signed{Height: 6, Round: 1, Step: 3}}
	first := of(nil, made, inContainer("inspect", verdictOf(found), corev1.ContainerState{}))
	want := &seiv1alpha1.InspectionStatus{Layout: "Root", ChainID: "pacific-1", Height: 7, StateStore: "pebbledb", KeyAddress: "A1B2",
		Signed: &seiv1alpha1.SignedStatus{Height: 6, Round: 1, Step: 3}}
	if diff := cmp.Diff(want, first.DataVolume.Inspection); diff != "" {
		t.Errorf("inspection (-want +got):\n%s", diff)
	}
	again := of(nil, made, func(o *task.Observation) { o.Node.Status, o.Node.Generation = first, 2 })
	if c := find(t, again, seiv1alpha1.ConditionDataInspected); c.Reason != "Inspected" || c.ObservedGeneration != 2 {
		t.Errorf("%+v", c)
	}
	if diff := cmp.Diff(want, again.DataVolume.Inspection); diff != "" {
		t.Errorf("inspection of no pod (-want +got):\n%s", diff)
	}
}

func TestTerminating(t *testing.T) {
	node := fixture.Observation().Node
	node.Status = of(nil, made, ready)
	node.Generation = 5
	got := status.Terminating(node, "waiting for pod x", now)
	c := find(t, got, seiv1alpha1.ConditionReady)
	if got.Phase != seiv1alpha1.PhaseTerminating || got.ObservedGeneration != 5 || c.Reason != "Terminating" || c.Message != "waiting for pod x" {
		t.Errorf("%s %d %+v", got.Phase, got.ObservedGeneration, c)
	}
}
