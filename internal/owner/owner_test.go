package owner_test

import (
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/utils/ptr"

	seiv1alpha1 "github.com/seinode/seinode-operator/api/v1alpha1"
	"github.com/seinode/seinode-operator/internal/owner"
)

func node(uid types.UID, age time.Duration) *seiv1alpha1.SeiNode {
	created := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	return &seiv1alpha1.SeiNode{ObjectMeta: metav1.ObjectMeta{Name: "a", UID: uid, CreationTimestamp: metav1.NewTime(created.Add(-age))}}
}

func TestPod(t *testing.T) {
	ref := func(kind string) []metav1.OwnerReference {
		return []metav1.OwnerReference{{Kind: kind, Name: "a", UID: "x", Controller: ptr.To(true)}}
	}
	for name, test := range map[string]struct {
		pod, label string
		refs       []metav1.OwnerReference
		want       bool
	}{
		"ours": {"a-0", "uid", ref("StatefulSet"), true},
		"ours, the second of a set scaled by hand": {"a-1", "uid", ref("StatefulSet"), true},
		"ours, orphaned":                 {"a-0", "uid", nil, true},
		"a copy that somebody made":      {"a-0-copy", "uid", nil, false},
		"our label, of another's making": {"a-0", "uid", ref("Job"), false},
		"of a namesake that was deleted": {"a-0", "former", ref("StatefulSet"), false},
		"without a label, of some set":   {"a-0", "", ref("StatefulSet"), false},
		"without anything":               {"a-0", "", nil, false},
	} {
		pod := &corev1.Pod{ObjectMeta: metav1.ObjectMeta{
			Name: test.pod, OwnerReferences: test.refs, Labels: map[string]string{seiv1alpha1.LabelNodeUID: test.label},
		}}
		if got := owner.Pod(pod, node("uid", 0)); got != test.want {
			t.Errorf("%s: %t", name, got)
		}
	}
}

// TestPrePull: whose a pre-pull pod is, its controller's UID tells, and that it is one, its label.
func TestPrePull(t *testing.T) {
	controlledBy := func(uid types.UID) []metav1.OwnerReference {
		return []metav1.OwnerReference{*metav1.NewControllerRef(node(uid, 0), seiv1alpha1.GroupVersion.WithKind("SeiNode"))}
	}
	for name, test := range map[string]struct {
		label    string
		refs     []metav1.OwnerReference
		ours, is bool
	}{
		"ours":                    {"true", controlledBy("uid"), true, true},
		"of a namesake":           {"true", controlledBy("former"), false, true},
		"somebody's":              {"true", nil, false, false},
		"without the label":       {"", controlledBy("uid"), false, false},
		"of another's making":     {"true", []metav1.OwnerReference{{Kind: "Job", Name: "a", UID: "uid2", Controller: ptr.To(true)}}, false, false},
		"owned, not controlled":   {"true", []metav1.OwnerReference{{Kind: "SeiNode", Name: "a", UID: "uid"}}, false, false},
		"without anything at all": {"", nil, false, false},
	} {
		pod := &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Name: "a-pre-pull", OwnerReferences: test.refs, Labels: map[string]string{}}}
		if test.label != "" {
			pod.Labels[seiv1alpha1.LabelPrePull] = test.label
		}
		if ours, is := owner.PrePull(pod, node("uid", 0)), owner.IsPrePull(pod); ours != test.ours || is != test.is {
			t.Errorf("%s: ours %t, is one %t", name, ours, is)
		}
		if owner.Pod(pod, node("uid", 0)) {
			t.Errorf("%s: it counts as the node's pod", name)
		}
	}
}

func TestLeftByNamesakeAndControls(t *testing.T) {
	controlledBy := func(owner *seiv1alpha1.SeiNode) metav1.Object {
		return &corev1.Service{ObjectMeta: metav1.ObjectMeta{
			OwnerReferences: []metav1.OwnerReference{*metav1.NewControllerRef(owner, seiv1alpha1.GroupVersion.WithKind("SeiNode"))},
		}}
	}
	other := node("other", 0)
	other.Name = "b"
	for name, test := range map[string]struct {
		object         metav1.Object
		controls, left bool
	}{
		"ours":             {controlledBy(node("uid", 0)), true, false},
		"of a namesake":    {controlledBy(node("former", 0)), false, true},
		"of another node":  {controlledBy(other), false, false},
		"of nobody at all": {&corev1.Service{}, false, false},
	} {
		if owner.Controls(node("uid", 0), test.object) != test.controls || owner.LeftByNamesake(test.object, node("uid", 0)) != test.left {
			t.Errorf("%s: controls %t, left %t", name, !test.controls, !test.left)
		}
	}
}

// TestOfTwoNodesExactlyOneYields, in every combination of age, UID and having.
func TestOfTwoNodesExactlyOneYields(t *testing.T) {
	for _, ages := range [][2]time.Duration{{0, 0}, {0, time.Hour}, {time.Hour, 0}} {
		for _, holder := range []types.UID{"", "a", "b", "both"} {
			a, b := node("a", ages[0]), node("b", ages[1])
			has := func(n *seiv1alpha1.SeiNode) bool { return holder == "both" || n.UID == holder }
			if first, second := owner.Yields(a, b, has), owner.Yields(b, a, has); first == second {
				t.Errorf("ages %v, holder %q: a yields: %t, b yields: %t", ages, holder, first, second)
			}
			if holder == "a" && owner.Yields(a, b, has) || holder == "b" && owner.Yields(b, a, has) {
				t.Errorf("ages %v: %s has it, and yields", ages, holder)
			}
		}
	}
}
