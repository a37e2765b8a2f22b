package v1alpha1_test

import (
	"errors"
	"strings"
	"testing"
)

// TestUpgradesThatMayBeListed, and how the node may get ready for them.
func TestUpgradesThatMayBeListed(t *testing.T) {
	expectAccepted(t,
		"{upgrades: [{name: v6.7, image: 'sei:v6.7.0'}, {name: v6.8, image: i, height: 1}]}",
		"{upgradePolicy: {}}", "{upgradePolicy: {prePull: false}}", "{upgradePolicy: {snapshot: {}}}", "{upgradePolicy: {snapshot: {volumeSnapshotClassName: csi.example, required: true}}}",
	)
}

// TestUpgradesThatAreRefusedByTheNameOfTheField: two entries of one name, an image with a space, a height below 1, and what is no policy.
func TestUpgradesThatAreRefusedByTheNameOfTheField(t *testing.T) {
	expectRefused(t, map[string]string{
		"{upgrades: [{name: v6.7}]}":                                    "spec.upgrades[0].image",
		"{upgrades: [{image: i}]}":                                      "spec.upgrades[0].name",
		"{upgrades: [{name: 'v 6', image: i}]}":                         "spec.upgrades[0].name",
		"{upgrades: [{name: v6, image: 'i i'}]}":                        "spec.upgrades[0].image",
		"{upgrades: [{name: v6, image: i, height: 0}]}":                 "spec.upgrades[0].height",
		"{upgrades: [{name: v6, image: i}, {name: v6, image: j}]}":      "spec.upgrades[1]",
		"{upgradePolicy: {prePull: 'no'}}":                              "spec.upgradePolicy.prePull",
		"{upgradePolicy: {snapshot: {volumeSnapshotClassName: ''}}}":    "spec.upgradePolicy.snapshot.volumeSnapshotClassName",
		"{upgradePolicy: {snapshot: {volumeSnapshotClassName: 'a b'}}}": "spec.upgradePolicy.snapshot.volumeSnapshotClassName",
		"{upgrades: [{name: v6, image: i, height: -1}]}":                "spec.upgrades[0].height",
		"{upgrades: [{name: v6, image: i, early: maybe}]}":              "spec.upgrades[0].early",
	})
}

// TestReachedUpgradesStayListed: the last one that was reached is not taken off the list while spec.image is one that stopped before it, and is where that is
// the image from before no more, or was found by a height alone.
func TestReachedUpgradesStayListed(t *testing.T) {
	const (
		both  = "upgrades: [{name: v2, image: 'sei:v2'}, {name: v3, image: 'sei:v3'}]"
		taken = "{upgrades: {reached: [{name: v2, height: 20, from: 'sei:v1'}, {name: v3, height: 30, from: 'sei:v2'}]}}"
		found = "{upgrades: {reached: [{name: v3, height: 30, found: true}]}}"
	)
	for name, test := range map[string]struct{ reached, to, refusal string }{
		"all, and the image from before":        {taken, "{}", "spec.upgrades must keep the last upgrade"},
		"the last, and the image from before":   {taken, "{upgrades: [{name: v2, image: 'sei:v2'}]}", "spec.upgrades must keep the last upgrade"},
		"all, and an image in between":          {taken, "{image: 'sei:v2'}", "spec.upgrades must keep the last upgrade"},
		"all, and the image of the last":        {taken, "{image: 'sei:v3'}", ""},
		"all, and a patch of the last":          {taken, "{image: 'sei:v3.1'}", ""},
		"the first alone":                       {taken, "{upgrades: [{name: v3, image: 'sei:v3'}]}", ""},
		"the image alone, which does not count": {taken, "{image: 'sei:v2', " + both + "}", ""},
		"one that was found by its height":      {found, "{}", ""},
		"before any was reached":                {"{}", "{}", ""},
	} {
		t.Run(name, func(t *testing.T) {
			object := node(t, with(t, "{"+both+"}"))
			create := api.Create(t.Context(), object)
			object.Object["status"] = parse(t, test.reached)
			if err := errors.Join(create, api.Status().Update(t.Context(), object)); err != nil {
				t.Fatal(err)
			}
			err := update(t.Context(), object, parse(t, with(t, test.to)))
			if refused := err != nil; refused != (test.refusal != "") || refused && !strings.Contains(err.Error(), test.refusal) {
				t.Errorf("error is %v; wanted one that says %q", err, test.refusal)
			}
		})
	}
}
