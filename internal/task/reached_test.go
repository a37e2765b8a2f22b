package task_test

import (
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/utils/ptr"

	seiv1alpha1 "github.com/seinode/seinode-operator/api/v1alpha1"
)

// how an upgrade came to count as reached.
type how func(*seiv1alpha1.ReachedUpgrade)

func stopped(*seiv1alpha1.ReachedUpgrade)   {}
func found(r *seiv1alpha1.ReachedUpgrade)   { r.Found = ptr.To(true) }
func earlier(r *seiv1alpha1.ReachedUpgrade) { r.Early = ptr.To(true) }

func upgrade(name string, height int64, minute int, by how) seiv1alpha1.ReachedUpgrade {
	reached := seiv1alpha1.ReachedUpgrade{Name: name, Height: height, Time: &metav1.Time{Time: time.Date(2026, 1, 2, 3, minute, 0, 0, time.UTC)}}
	by(&reached)
	return reached
}

// TestWhatTurnedOutNotToBeReachedIsDropped: what a height spoke for that the user has corrected since, and what was taken before the chain came to another
// upgrade, at a lower height. What seid stopped for is never dropped.
func TestWhatTurnedOutNotToBeReachedIsDropped(t *testing.T) {
	for name, test := range map[string]struct {
		listed  int64
		reached []seiv1alpha1.ReachedUpgrade
		want    string
	}{
		"one that was stopped for":            {300, []seiv1alpha1.ReachedUpgrade{upgrade("v7", 900, 1, stopped)}, "sei:v7"},
		"one that was found":                  {300, []seiv1alpha1.ReachedUpgrade{upgrade("v7", 300, 1, found)}, "sei:v7"},
		"one that was found by a wrong one":   {900, []seiv1alpha1.ReachedUpgrade{upgrade("v7", 300, 1, found)}, "sei:v6"},
		"one that was taken early":            {0, []seiv1alpha1.ReachedUpgrade{upgrade("v7", 500, 1, earlier)}, "sei:v7"},
		"early, and another came before it":   {0, []seiv1alpha1.ReachedUpgrade{upgrade("v7", 500, 1, earlier), upgrade("v8", 450, 2, stopped)}, "sei:v8"},
		"early, and another had come before":  {0, []seiv1alpha1.ReachedUpgrade{upgrade("v8", 450, 1, stopped), upgrade("v7", 500, 2, earlier)}, "sei:v7"},
		"found, and another came before it":   {500, []seiv1alpha1.ReachedUpgrade{upgrade("v7", 500, 1, found), upgrade("v8", 450, 2, stopped)}, "sei:v8"},
		"early, and another came after it":    {0, []seiv1alpha1.ReachedUpgrade{upgrade("v7", 500, 1, earlier), upgrade("v8", 600, 2, stopped)}, "sei:v8"},
		"stopped for, and another, lower one": {0, []seiv1alpha1.ReachedUpgrade{upgrade("v7", 500, 1, stopped), upgrade("v8", 450, 2, stopped)}, "sei:v7"},
	} {
		node := &seiv1alpha1.SeiNode{}
		node.Spec.Image = "sei:v6"
		node.Spec.Upgrades = []seiv1alpha1.Upgrade{{Name: "v7", Image: "sei:v7"}, {Name: "v8", Image: "sei:v8"}}
		if test.listed > 0 {
			node.Spec.Upgrades[0].Height = &test.listed
		}
		for _, reached := range test.reached {
			node.Reach(reached)
		}
		node.DropMistaken()
		if got := node.Image(); got != test.want {
			t.Errorf("%s: %s, wanted %s", name, got, test.want)
		}
	}
	empty := &seiv1alpha1.SeiNode{}
	empty.DropMistaken()
	if empty.Status.Upgrades != nil {
		t.Error("a node without upgrades has a status of some")
	}
}

// TestWhatSeidStoppedForCountsBeforeWhatAHeightSpokeFor, whichever is heard of first.
func TestWhatSeidStoppedForCountsBeforeWhatAHeightSpokeFor(t *testing.T) {
	a, b := upgrade("v7", 300, 1, found), upgrade("v7", 900, 2, stopped)
	for _, order := range [][]seiv1alpha1.ReachedUpgrade{{a, b}, {b, a}} {
		node := &seiv1alpha1.SeiNode{}
		for _, reached := range order {
			node.Reach(reached)
		}
		if got := node.Reached(); len(got) != 1 || got[0].Height != 900 || !got[0].Proven() {
			t.Errorf("%+v", got)
		}
	}
	node := &seiv1alpha1.SeiNode{}
	node.Reach(a)
	if node.HasStoppedFor("v7", 900) || !node.HasStoppedFor("v7", 300) || node.HasStoppedFor("v8", 300) {
		t.Error("what is found by a height is of that height alone")
	}
	node.Reach(b)
	if !node.HasStoppedFor("v7", 901) {
		t.Error("an upgrade that was stopped for is known at any height")
	}
}
