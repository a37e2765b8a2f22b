package workload_test

import (
	"regexp"
	"strings"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/utils/ptr"

	seiv1alpha1 "github.com/seinode/seinode-operator/api/v1alpha1"
	"github.com/seinode/seinode-operator/internal/workload"
)

// asking is a node whose policy asks for a snapshot.
func asking(node *seiv1alpha1.SeiNode) *seiv1alpha1.SeiNode {
	node.Spec.UpgradePolicy = &seiv1alpha1.UpgradePolicy{Snapshot: &seiv1alpha1.UpgradeSnapshotPolicy{VolumeSnapshotClassName: ptr.To("csi")}}
	return node
}

// halted is a node that stopped for upgrade v7, whose snapshot is in that state.
func halted(node *seiv1alpha1.SeiNode, state seiv1alpha1.SnapshotState) *seiv1alpha1.SeiNode {
	reached := seiv1alpha1.ReachedUpgrade{Name: "v7", Height: 700, Time: ptr.To(metav1.NewTime(time.Unix(1e9, 0)))}
	reached.Snapshot = workload.SnapshotAtHalt(asking(node), reached)
	reached.Snapshot.State = state
	node.Reach(reached)
	return node
}

// TestASnapshotsNameIsThatOfOneHalt, and one that Kubernetes takes, whatever the upgrade is called.
func TestASnapshotsNameIsThatOfOneHalt(t *testing.T) {
	node := asking(upgrading("sei:v6", nil))
	at := func(name string, height int64, second int64) string {
		when := metav1.NewTime(time.Unix(second, 0))
		return workload.SnapshotAtHalt(node, seiv1alpha1.ReachedUpgrade{Name: name, Height: height, Time: &when}).Name
	}
	first := at("v6.7", 700, 1)
	if !strings.HasPrefix(first, node.Name+"-v6-7-700-") || first != at("v6.7", 700, 1) {
		t.Errorf("%s, and then %s", first, at("v6.7", 700, 1))
	}
	valid := regexp.MustCompile(`^[a-z0-9]([-a-z0-9]*[a-z0-9])?$`)
	for _, other := range []string{at("v6-7", 700, 1), at("v6.8", 700, 1), at("v6.7", 701, 1), at("v6.7", 700, 2), at("V6._-", 700, 1), at(strings.Repeat("V", 64), 1<<62, 1)} {
		if other == first || !valid.MatchString(other) || len(other) > 253 {
			t.Errorf("%s beside %s", other, first)
		}
	}
	node.Status.DataVolume = &seiv1alpha1.DataVolumeStatus{ClaimUID: "restored"}
	if at("v6.7", 700, 1) == first {
		t.Error("the same upgrade on other data has the same snapshot")
	}
	node.Spec.UpgradePolicy = nil
	if got := workload.SnapshotAtHalt(node, seiv1alpha1.ReachedUpgrade{Name: "v7"}); got != nil {
		t.Errorf("nobody asks for %+v", got)
	}
}

// TestASnapshotOutlivesTheNode: nothing owns it, nothing that prunes knows it, and it says whose it is.
func TestASnapshotOutlivesTheNode(t *testing.T) {
	node := halted(upgrading("sei:v6", nil, "v7"), seiv1alpha1.SnapshotPending)
	snapshot := workload.VolumeSnapshot(node, claimName, node.Reached()[0])
	if len(snapshot.GetOwnerReferences()) != 0 || snapshot.GetLabels()["app.kubernetes.io/managed-by"] != "" || snapshot.GetLabels()[seiv1alpha1.LabelNodeUID] != string(node.UID) {
		t.Errorf("%+v", snapshot.Object["metadata"])
	}
	class, _, _ := unstructured.NestedString(snapshot.Object, "spec", "volumeSnapshotClassName")
	claim, _, _ := unstructured.NestedString(snapshot.Object, "spec", "source", "persistentVolumeClaimName")
	if class != "csi" || claim != claimName {
		t.Errorf("spec %+v", snapshot.Object["spec"])
	}
	node.Spec.UpgradePolicy.Snapshot.VolumeSnapshotClassName = nil
	if _, said, _ := unstructured.NestedString(workload.VolumeSnapshot(node, claimName, node.Reached()[0]).Object, "spec", "volumeSnapshotClassName"); said {
		t.Error("a class that nobody named, in place of the cluster's default")
	}
}

// TestWhatAVolumeSnapshotSays of itself: since when it has an error, by whose clock, and that it holds nothing only where that is sure.
func TestWhatAVolumeSnapshotSays(t *testing.T) {
	made := time.Date(2026, 1, 2, 12, 0, 0, 0, time.UTC)
	for name, test := range map[string]struct {
		status      any
		words       string
		since       time.Duration
		uncut, took bool
	}{
		"nothing":                    {nil, "", 0, true, false},
		"it is cut":                  {map[string]any{"creationTime": "2026-01-02T12:00:01Z"}, "", 0, false, true},
		"cut at no time":             {map[string]any{"creationTime": "now"}, "", 0, false, false},
		"ready":                      {map[string]any{"readyToUse": true}, "", 0, false, false},
		"not ready":                  {map[string]any{"readyToUse": false}, "", 0, true, false},
		"no status that is one":      {"none", "", 0, false, false},
		"an error":                   {failed("no\nclass", ""), "no class", 0, true, false},
		"an error, later":            {failed("no class", "2026-01-02T12:05:00Z"), "no class", 5 * time.Minute, true, false},
		"an error before it is made": {failed("no class", "2026-01-02T11:55:00Z"), "no class", 0, true, false},
		"an error without words":     {failed("", "soon"), "an error without a message", 0, true, false},
	} {
		snapshot := workload.NewVolumeSnapshot()
		snapshot.SetCreationTimestamp(metav1.NewTime(made))
		if test.status != nil {
			snapshot.Object["status"] = test.status
		}
		words, since := workload.SnapshotError(snapshot)
		if words != test.words || words != "" && !since.Time.Equal(made.Add(test.since)) {
			t.Errorf("%s: error %q since %s", name, words, since)
		}
		if workload.SnapshotUncut(snapshot) != test.uncut || workload.SnapshotTaken(snapshot) != test.took {
			t.Errorf("%s: uncut %t, taken %t", name, workload.SnapshotUncut(snapshot), workload.SnapshotTaken(snapshot))
		}
	}
}

func failed(message, at string) map[string]any {
	said := map[string]any{"message": message}
	if at != "" {
		said["time"] = at
	}
	return map[string]any{"error": said}
}

// TestASnapshotIsNotedWithWhatWasReached, and what the status would be refused for is dropped.
func TestASnapshotIsNotedWithWhatWasReached(t *testing.T) {
	node := halted(upgrading("sei:v6", nil, "v7"), seiv1alpha1.SnapshotPending)
	live := setFor(node)
	if got := workload.ReachedUpgrades(live); len(got) != 1 || got[0].Snapshot == nil || *got[0].Snapshot != *node.Reached()[0].Snapshot || !workload.NotesReached(live, node) {
		t.Errorf("%+v", got)
	}
	for _, odd := range []string{
		`{"state":"Taken"}`, `{"name":"s"}`, `{"name":"s","state":"taken"}`, `{"name":"` + strings.Repeat("s", 254) + `","state":"Taken"}`,
		`{"name":"s","state":"Taken","message":"` + strings.Repeat("m", 513) + `"}`,
	} {
		live.Annotations[seiv1alpha1.AnnotationReached] = `[{"name":"v7","height":7,"snapshot":` + odd + `}]`
		if got := workload.ReachedUpgrades(live); len(got) != 1 || got[0].Snapshot != nil {
			t.Errorf("%s: %+v", odd, got)
		}
	}
}
