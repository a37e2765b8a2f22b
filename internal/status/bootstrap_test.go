package status_test

import (
	"errors"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/meta"

	seiv1alpha1 "github.com/seinode/seinode-operator/api/v1alpha1"
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
