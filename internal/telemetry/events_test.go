package telemetry_test

import (
	"strings"
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/tools/events"

	seiv1alpha1 "github.com/seinode/seinode-operator/api/v1alpha1"
	"github.com/seinode/seinode-operator/internal/telemetry"
)

// recorder keeps the one event that was sent, and shows which object it is on.
func recorder() (telemetry.Events, *events.FakeRecorder) {
	fake := events.NewFakeRecorder(10)
	fake.Verbose = true
	return telemetry.Events{Recorder: fake}, fake
}

func sent(t *testing.T, fake *events.FakeRecorder) string {
	t.Helper()
	if len(fake.Events) != 1 {
		t.Fatalf("%d events, wanted one", len(fake.Events))
	}
	return <-fake.Events
}

func reached(state seiv1alpha1.SnapshotState, message string) seiv1alpha1.ReachedUpgrade {
	return seiv1alpha1.ReachedUpgrade{Name: "v7", Height: 500, Snapshot: &seiv1alpha1.UpgradeSnapshot{Name: "s", State: state, Message: message}}
}

// TestASnapshotThatNobodyWantsAnyMoreIsNoNews, nor one that is waited for.
func TestASnapshotThatNobodyWantsAnyMoreIsNoNews(t *testing.T) {
	to, fake := recorder()
	for _, state := range []seiv1alpha1.SnapshotState{seiv1alpha1.SnapshotSkipped, seiv1alpha1.SnapshotPending} {
		to.UpgradeSnapshot(&seiv1alpha1.SeiNode{}, reached(state, ""), "data")
	}
	if len(fake.Events) != 0 {
		t.Errorf("%d events", len(fake.Events))
	}
}

func TestEachEventHasItsTypeReasonAndTextOnTheSeiNode(t *testing.T) {
	node := &seiv1alpha1.SeiNode{TypeMeta: metav1.TypeMeta{APIVersion: "sei.io/v1alpha1", Kind: "SeiNode"}}
	node.Spec.Image = "sei:v6"
	tests := map[string]struct {
		send func(telemetry.Events)
		want string
	}{
		"validated": {
			func(e telemetry.Events) { e.ImportValidated(node, "all is well") }, "Normal PVCImportValidated Validate all is well",
		},
		"failed": {
			func(e telemetry.Events) { e.ImportFailed(node, "PVCLost: it is lost") }, "Warning PVCImportFailed Validate PVCLost: it is lost",
		},
		"task failed": {
			func(e telemetry.Events) { e.TaskFailed(node, "PVCNotOwned: it is not") }, "Warning TaskFailed Reconcile PVCNotOwned: it is not",
		},
		"upgrade reached": {
			func(e telemetry.Events) { e.UpgradeReached(node, seiv1alpha1.ReachedUpgrade{Name: "v7", Height: 500}) },
			`Normal UpgradeReached Upgrade upgrade "v7" of the chain at height 500 is reached; the node goes on from image "sei:v6"`,
		},
		"upgrade reached, before a snapshot": {
			func(e telemetry.Events) { e.UpgradeReached(node, reached(seiv1alpha1.SnapshotPending, "")) },
			`Normal UpgradeReached Upgrade upgrade "v7" of the chain at height 500 is reached; the node goes on from image "sei:v6" once VolumeSnapshot "s" is taken`,
		},
		"upgrade reached, without a snapshot": {
			func(e telemetry.Events) { e.UpgradeReached(node, reached(seiv1alpha1.SnapshotFailed, "no right")) },
			`Normal UpgradeReached Upgrade upgrade "v7" of the chain at height 500 is reached; the node goes on from image "sei:v6"`,
		},
		"snapshot taken": {
			func(e telemetry.Events) { e.UpgradeSnapshot(node, reached(seiv1alpha1.SnapshotTaken, ""), "data") },
			`Normal UpgradeSnapshotTaken Snapshot VolumeSnapshot "s" has PVC "data" as it was before upgrade "v7" at height 500`,
		},
		"snapshot failed": {
			func(e telemetry.Events) {
				e.UpgradeSnapshot(node, reached(seiv1alpha1.SnapshotFailed, "no right"), "data")
			},
			`Warning UpgradeSnapshotFailed Snapshot VolumeSnapshot "s" of PVC "data" before upgrade "v7" at height 500 is not taken: no right; the node goes on without it`,
		},
		"running": {
			func(e telemetry.Events) { e.Running(node, "data-archive-0") }, "Normal NodeRunning Start node is up on PVC data-archive-0",
		},
		"a text that looks like a format": {
			func(e telemetry.Events) { e.ImportFailed(node, "100%s of %d") }, "Warning PVCImportFailed Validate 100%s of %d",
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			to, fake := recorder()
			test.send(to)
			if got, want := sent(t, fake), test.want+" {kind=SeiNode,apiVersion=sei.io/v1alpha1}"; got != want {
				t.Errorf("event is %q, wanted %q", got, want)
			}
		})
	}
}

// TestATextThatIsTooLongIsCutNotLost: the API server refuses a note of more than 1024 bytes.
func TestATextThatIsTooLongIsCutNotLost(t *testing.T) {
	for length, want := range map[int]int{1023: 1023, 1024: 1024, 1025: 1024, 5000: 1024} {
		to, fake := recorder()
		to.ImportFailed(&seiv1alpha1.SeiNode{}, strings.Repeat("x", length))
		if got := strings.Count(sent(t, fake), "x"); got != want {
			t.Errorf("of %d characters %d are sent, wanted %d", length, got, want)
		}
	}
}
