package status_test

import (
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/utils/ptr"

	seiv1alpha1 "github.com/seinode/seinode-operator/api/v1alpha1"
	"github.com/seinode/seinode-operator/internal/agent/wire"
	"github.com/seinode/seinode-operator/internal/fixture"
	"github.com/seinode/seinode-operator/internal/task"
)

// lastWords are seid's own, v6.6.2, as a termination message holds them: those of runs, but for the ones that its source alone has.
var lastWords = map[string]struct {
	code         int32
	kills, words string
	want, remedy string
}{
	"an upgrade": {
		2, "Error", `panic: UPGRADE "v99.0" NEEDED at height: 38: {"upgradeType":"major"} [recovered, repanicked]`,
		"UpgradeHalt", "list it in spec.upgrades, with an image that does",
	},
	"an upgrade whose proposal says anything": {
		2, "Error", `panic: UPGRADE "v99.0" NEEDED at height: 38: no space left on device, BINARY UPDATED BEFORE TRIGGER! [recovered, repanicked]`,
		"UpgradeHalt", "does not know the upgrade",
	},
	"too new": {
		2, "Error", `panic: BINARY UPDATED BEFORE TRIGGER! UPGRADE "v6.7" - in binary but not executed on chain [recovered, repanicked]`,
		"BinaryTooNew", "go back to the former one, in spec.image",
	},
	"too old": {
		2, "Error", `panic: Wrong app version 0, upgrade handler is missing for v6.6 upgrade plan [recovered, repanicked]`,
		"BinaryTooOld", "has an upgrade that this image does not know",
	},
	"a peer's bad block, logged before": {
		2, "Error", "ERROR wrong Block.Header.AppHash from peer\npanic: boom", "Crashed", "last words: ERROR wrong Block.Header.AppHash",
	},
	"data in use": {2, "Error", "panic: failed to initialize database: resource temporarily unavailable", "DataLocked", "find what else uses the volume"},
	"a full disk": {2, "Error", "panic: write /volume/data/tendermint/cs.wal/wal: no space left on device", "DiskFull", "raise spec.resources.requests.storage of its PVC"},
	"another state": {
		1, "Error", "error during handshake: error on replay: state.AppHash does not match AppHash after replay. Got 'AB', expected 'CD'.",
		"AppHashMismatch", "the state on the volume is not the chain's",
	},
	"no snapshot":             {1, "Error", "state sync failed; shutting down this node err=no suitable snapshots found", "StateSyncFailed", "look at the peers"},
	"another chain's genesis": {2, "Error", "panic: genesis file chain-id=pacific-1 does not equal config.toml chain-id=atlantic-2", "WrongGenesis", "of another chain than spec.chainId"},
	"another chain's data":    {2, "Error", "panic: CONSENSUS FAILURE!!! unexpected ChainID: got a, want b", "WrongGenesis", "give the node the volume of its chain"},
	"its memory":              {137, "OOMKilled", "", "OOMKilled", "raise spec.resources.limits.memory"},
	"anything else": {
		2, "Error", "goroutine\npanic: boom", "Crashed",
		`container "seid" of pod "archive-0-0" ended with exit code 2 (Error), last words: goroutine panic: boom; see kubectl logs archive-0-0 -n sei -c seid --previous`,
	},
	"the cause before its usage": {
		1, "Error", "      --x string\n\nGlobal Flags:\n      --home string", "Crashed",
		"ended with exit code 1 (Error), and printed its usage text after the cause; see kubectl logs archive-0-0 -n sei -c seid --previous",
	},
	"in order, and not for spec.haltHeight": {
		0, "Completed", "", "Stopped",
		`ended with exit code 0 (Completed); it ends in order when it is asked to`,
	},
	"killed": {137, "Error", "", "Crashed", "exit code 137 (Error); see"},
}

// TestEachWayToEndHasAName, between two starts, and while seid was just started again and does not answer.
func TestEachWayToEndHasAName(t *testing.T) {
	before := ended(0, "", "")
	for name, test := range lastWords {
		before.Terminated = &corev1.ContainerStateTerminated{ExitCode: test.code, Reason: test.kills, Message: test.words}
		running := corev1.ContainerState{Running: &corev1.ContainerStateRunning{StartedAt: metav1.NewTime(now.Add(-time.Minute))}}
		told := ""
		for state, is := range map[string]corev1.ContainerState{"ended": {}, "waiting": waiting("CrashLoopBackOff", "back-off 10s"), "running again": running} {
			now, last := is, before
			if state == "ended" {
				now, last = before, corev1.ContainerState{}
			}
			c := find(t, of(nil, made, inContainer("seid", now, last)), seiv1alpha1.ConditionReady)
			if c.Reason != test.want || !strings.Contains(c.Message, test.remedy) || told != "" && told != c.Message {
				t.Errorf("%s, %s: %s %q, wanted %s …%s…", name, state, c.Reason, c.Message, test.want, test.remedy)
			}
			told = c.Message
		}
	}
}

// TestAnOldEndIsHistory: once seid answers, or has run for a while, what it ended of before says nothing about now.
func TestAnOldEndIsHistory(t *testing.T) {
	since := func(age time.Duration) corev1.ContainerState {
		return corev1.ContainerState{Running: &corev1.ContainerStateRunning{StartedAt: metav1.NewTime(now.Add(-age))}}
	}
	last := ended(2, "Error", "panic: boom")
	for name, test := range map[string]struct {
		container string
		since     time.Duration
		said      *wire.NodeStatus
		want      string
	}{
		"it answers":                 {"seid", time.Minute, &wire.NodeStatus{Answers: true, Reason: "seid is catching up"}, "PodNotReady"},
		"it does not":                {"seid", time.Minute, &wire.NodeStatus{Reason: "no answer"}, "Crashed"},
		"it has run for long":        {"seid", time.Hour, &wire.NodeStatus{Reason: "no answer"}, "PodNotReady"},
		"the agent was started anew": {"agent", time.Minute, nil, "PodNotReady"},
	} {
		c := find(t, of(test.said, made, inContainer(test.container, since(test.since), last)), seiv1alpha1.ConditionReady)
		if c.Reason != test.want {
			t.Errorf("%s: %s %q, wanted %s", name, c.Reason, c.Message, test.want)
		}
	}
}

// TestAnUpgradeThatTheOperatorDoesNotTakeIsTold, with what keeps it from going on.
func TestAnUpgradeThatTheOperatorDoesNotTakeIsTold(t *testing.T) {
	halts := func(o *task.Observation) { o.Halt = &wire.UpgradeHalt{Name: "v7", Height: 500} }
	listed := func(height *int64) fixture.Change {
		return func(o *task.Observation) {
			o.Node.Spec.Upgrades = []seiv1alpha1.Upgrade{{Name: "v7", Image: "sei:v1", Height: height}}
		}
	}
	reached := func(o *task.Observation) { o.Node.Reach(seiv1alpha1.ReachedUpgrade{Name: "v7", Height: 500}) }
	crashes := inContainer("seid", waiting("CrashLoopBackOff", "back-off 10s"), ended(2, "Error", `panic: UPGRADE "v7" NEEDED at height: 500: `))
	half := of(&wire.NodeStatus{UpgradeHalt: &wire.UpgradeHalt{Name: "v7", Height: 500}}, made,
		inContainer("seid", waiting("CrashLoopBackOff", "back-off 10s"), ended(2, "Error", "of a proposal that says very much")))
	if c := find(t, half, seiv1alpha1.ConditionReady); c.Reason != seiv1alpha1.ReasonUpgradeHalt || !strings.Contains(c.Message, "its last words do not name it") {
		t.Errorf("half of the evidence: %s %q", c.Reason, c.Message)
	}
	for name, test := range map[string]struct {
		changes []fixture.Change
		says    string
	}{
		"it is not listed":        {with(made, halts, crashes), `image "sei:v1" does not know that upgrade: list it in spec.upgrades`},
		"it is of another height": {with(listed(ptr.To[int64](600)), made, halts, crashes), "spec.upgrades has it at height 600"},
		"its image lacks it":      {with(listed(nil), reached, made, halts, crashes), "it is the one that spec.upgrades names for it; name one that does"},
	} {
		c := find(t, of(&wire.NodeStatus{}, test.changes...), seiv1alpha1.ConditionReady)
		if c.Reason != seiv1alpha1.ReasonUpgradeHalt || !strings.Contains(c.Message, `the chain upgrades to "v7" at height 500`) || !strings.Contains(c.Message, test.says) {
			t.Errorf("%s: %s %q", name, c.Reason, c.Message)
		}
	}
}

// TestEachEndIsTold: an exit code and a height in the last words are no counters.
func TestEachEndIsTold(t *testing.T) {
	first := of(nil, made, inContainer("seid", ended(1, "Error", "panic at height 5"), corev1.ContainerState{}))
	again := of(nil, made, inContainer("seid", ended(137, "Error", "panic at height 6"), corev1.ContainerState{}), func(o *task.Observation) {
		o.Node.Status.Conditions = first.Conditions
	})
	if got := find(t, again, seiv1alpha1.ConditionReady).Message; !strings.Contains(got, "exit code 137") || !strings.Contains(got, "height 6") {
		t.Errorf("%q", got)
	}
}
