package v1alpha1_test

import "testing"

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
