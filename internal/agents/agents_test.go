package agents_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client/fake"

	seiv1alpha1 "github.com/seinode/seinode-operator/api/v1alpha1"
	"github.com/seinode/seinode-operator/internal/agents"
	"github.com/seinode/seinode-operator/internal/seid"
)

func answer(change func(*seid.NodeStatus)) seid.NodeStatus {
	status := seid.NodeStatus{Ready: true, Answers: true, NodeID: "abc", Height: 1000, EarliestHeight: 1, Peers: 3}
	if change != nil {
		change(&status)
	}
	return status
}

func TestSummarize(t *testing.T) {
	shown := &seiv1alpha1.NodeStatus{NodeID: "abc", Height: 1000, EarliestHeight: 1}
	for name, test := range map[string]struct {
		before *seiv1alpha1.NodeStatus
		now    seid.NodeStatus
		want   *seiv1alpha1.NodeStatus
	}{
		"the first answer":             {nil, answer(nil), shown},
		"the same":                     {shown, answer(nil), shown},
		"some blocks more":             {shown, answer(func(s *seid.NodeStatus) { s.Height = 10_999; s.BlockAgeSeconds = 3; s.Peers = 9 }), shown},
		"many blocks more":             {shown, answer(func(s *seid.NodeStatus) { s.Height = 11_000 }), &seiv1alpha1.NodeStatus{NodeID: "abc", Height: 11_000, EarliestHeight: 1}},
		"a rollback":                   {&seiv1alpha1.NodeStatus{NodeID: "abc", Height: 20_000}, answer(nil), shown},
		"pruned a lot":                 {shown, answer(func(s *seid.NodeStatus) { s.EarliestHeight = 10_001 }), &seiv1alpha1.NodeStatus{NodeID: "abc", Height: 1000, EarliestHeight: 10_001}},
		"catching up, with its height": {shown, answer(func(s *seid.NodeStatus) { s.Height = 1007; s.CatchingUp = true }), &seiv1alpha1.NodeStatus{NodeID: "abc", Height: 1007, EarliestHeight: 1, CatchingUp: true}},
		"another node ID":              {shown, answer(func(s *seid.NodeStatus) { s.NodeID = "def" }), &seiv1alpha1.NodeStatus{NodeID: "def", Height: 1000, EarliestHeight: 1}},
		"no answer":                    {shown, seid.NodeStatus{}, shown},
		"no answer, ever":              {nil, seid.NodeStatus{}, nil},
		"halted, seen never before": {nil, seid.NodeStatus{UpgradeHalt: &seid.UpgradeHalt{Name: "v7", Height: 1001}},
			&seiv1alpha1.NodeStatus{UpgradeHalt: &seiv1alpha1.UpgradeHalt{Name: "v7", Height: 1001}}},
		"halted, the agent is new: what was known stays": {shown, seid.NodeStatus{UpgradeHalt: &seid.UpgradeHalt{Name: "v7", Height: 1001}},
			&seiv1alpha1.NodeStatus{NodeID: "abc", Height: 1000, EarliestHeight: 1, UpgradeHalt: &seiv1alpha1.UpgradeHalt{Name: "v7", Height: 1001}}},
		"on again after a halt": {&seiv1alpha1.NodeStatus{NodeID: "abc", Height: 1000, EarliestHeight: 1, UpgradeHalt: &seiv1alpha1.UpgradeHalt{Name: "v7"}}, answer(nil), shown},
		"halted": {shown, seid.NodeStatus{NodeID: "abc", Height: 1000, EarliestHeight: 1, UpgradeHalt: &seid.UpgradeHalt{Name: "v7", Height: 1001}},
			&seiv1alpha1.NodeStatus{NodeID: "abc", Height: 1000, EarliestHeight: 1, UpgradeHalt: &seiv1alpha1.UpgradeHalt{Name: "v7", Height: 1001}}},
	} {
		if diff := cmp.Diff(test.want, agents.Summarize(test.before, test.now)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

func TestSynced(t *testing.T) {
	for want, now := range map[string]seid.NodeStatus{
		"True/CaughtUp":     answer(nil),
		"False/CatchingUp":  answer(func(s *seid.NodeStatus) { s.CatchingUp = true }),
		"Unknown/NoAnswer":  {},
		"False/UpgradeHalt": {UpgradeHalt: &seid.UpgradeHalt{Name: "v7", Height: 9}},
	} {
		status, reason, message := agents.Synced(now)
		if got := string(status) + "/" + reason; got != want || message == "" {
			t.Errorf("%s %q, wanted %s", got, message, want)
		}
	}
}

// TestANodeIsWokenOnlyByNews goes through a node's day: up, blocks, catching up, silence, gone.
func TestANodeIsWokenOnlyByNews(t *testing.T) {
	var says atomic.Pointer[seid.NodeStatus]
	agent := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		if says.Load() == nil {
			w.WriteHeader(http.StatusBadGateway)
			return
		}
		_ = json.NewEncoder(w).Encode(says.Load())
	}))
	defer agent.Close()
	pod := &corev1.Pod{
		ObjectMeta: metav1.ObjectMeta{Namespace: "sei", Name: "archive-0-0", UID: "uid", Labels: map[string]string{
			seiv1alpha1.LabelNodeUID: "uid", seiv1alpha1.LabelNode: "archive-0"}},
		Status: corev1.PodStatus{Phase: corev1.PodRunning, PodIP: "192.0.2.1"},
	}
	cluster := fake.NewFakeClient(pod)
	watcher := agents.NewWatcher(cluster)
	watcher.Address = func(*corev1.Pod) string { return strings.TrimPrefix(agent.URL, "http://") }

	for _, step := range []struct {
		name  string
		says  *seid.NodeStatus
		wakes int
	}{
		{"the first answer", ptr(answer(nil)), 1},
		{"a block", ptr(answer(func(s *seid.NodeStatus) { s.Height++ })), 0},
		{"another", ptr(answer(func(s *seid.NodeStatus) { s.Height += 2 })), 0},
		{"it falls behind", ptr(answer(func(s *seid.NodeStatus) { s.CatchingUp = true })), 1},
		{"it falls silent", nil, 1},
		{"it stays silent", nil, 0},
		{"it is back", ptr(answer(func(s *seid.NodeStatus) { s.CatchingUp = true })), 1},
	} {
		says.Store(step.says)
		watcher.Round(t.Context())
		if got := len(watcher.Changed); got != step.wakes {
			t.Errorf("%s: woken %d times, wanted %d", step.name, got, step.wakes)
		}
		for range len(watcher.Changed) {
			if object := (<-watcher.Changed).Object; object.GetNamespace() != "sei" || object.GetName() != "archive-0" {
				t.Errorf("%s: woke %s/%s", step.name, object.GetNamespace(), object.GetName())
			}
		}
		if status, known := watcher.Latest(pod); !known || status.Answers != (step.says != nil) {
			t.Errorf("%s: latest is %+v, %t", step.name, status, known)
		}
	}
	successor := pod.DeepCopy()
	successor.UID = "another"
	if status, known := watcher.Latest(successor); known {
		t.Errorf("a pod that nobody asked says %+v, as its predecessor did", status)
	}
	successor.Status.Phase = corev1.PodPending
	if status, known := watcher.Latest(successor); !known || status.Answers {
		t.Errorf("in a pod that does not run yet something says %+v (%t)", status, known)
	}
	if err := cluster.Delete(t.Context(), pod); err != nil {
		t.Fatal(err)
	}
	watcher.Round(t.Context())
	if _, known := watcher.Latest(pod); known {
		t.Error("the words of a pod that is gone are kept")
	}
}

func ptr(status seid.NodeStatus) *seid.NodeStatus { return &status }

func TestNobodyIsAskedWithoutAWatcher(t *testing.T) {
	var none *agents.Watcher
	if _, known := none.Latest(&corev1.Pod{}); known {
		t.Error("a nil watcher knows something")
	}
}
