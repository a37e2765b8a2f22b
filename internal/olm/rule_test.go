package olm

import (
	"strings"
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/utils/ptr"

	seiv1alpha1 "github.com/seinode/seinode-operator/api/v1alpha1"
)

// change makes a node another one.
type change func(*seiv1alpha1.SeiNode)

// is sets a condition.
func is(kind string, status metav1.ConditionStatus, reason string) change {
	return func(node *seiv1alpha1.SeiNode) {
		node.Status.Conditions = append(node.Status.Conditions, metav1.Condition{Type: kind, Status: status, Reason: reason})
	}
}

func unreadyFor(reason string) change {
	return is(seiv1alpha1.ConditionReady, metav1.ConditionFalse, reason)
}

var (
	ready   = is(seiv1alpha1.ConditionReady, metav1.ConditionTrue, seiv1alpha1.ReasonNodeReady)
	imports = change(func(node *seiv1alpha1.SeiNode) {
		node.Spec.DataVolume = &seiv1alpha1.DataVolumeSpec{Import: &seiv1alpha1.DataVolumeImport{PVCName: "old"}}
	})
	accepted = is(seiv1alpha1.ConditionImportPVCReady, metav1.ConditionTrue, seiv1alpha1.ReasonImportPVCValidated)
	pauses   = change(func(node *seiv1alpha1.SeiNode) { node.Spec.Paused = ptr.To(true) })
	goes     = change(func(node *seiv1alpha1.SeiNode) { node.DeletionTimestamp = &metav1.Time{} })
	lists    = change(func(node *seiv1alpha1.SeiNode) {
		node.Spec.Upgrades = []seiv1alpha1.Upgrade{{Name: "v7", Image: "sei:v7"}}
	})
	reaches = change(func(node *seiv1alpha1.SeiNode) { node.Reach(seiv1alpha1.ReachedUpgrade{Name: "v7", Height: 500}) })
)

func runs(image string) change {
	return func(node *seiv1alpha1.SeiNode) { node.Status.CurrentImage = image }
}

func node(name string, changes ...change) seiv1alpha1.SeiNode {
	made := seiv1alpha1.SeiNode{ObjectMeta: metav1.ObjectMeta{Namespace: "sei", Name: name}}
	made.Spec.Image = "sei:v6"
	for _, change := range changes {
		change(&made)
	}
	return made
}

func TestWhatANodeIsInTheMiddleOf(t *testing.T) {
	const adopting, upgrading = `adopts PVC "old"`, `goes through upgrade "v7" of its chain`
	starts := unreadyFor(seiv1alpha1.ReasonPodNotReady)
	for name, test := range map[string]struct {
		changes []change
		want    string
	}{
		"nothing is known of it":                            {nil, ""},
		"its claim is not there":                            {[]change{imports, is(seiv1alpha1.ConditionImportPVCReady, metav1.ConditionFalse, seiv1alpha1.ReasonImportPVCNotFound), unreadyFor(seiv1alpha1.ReasonDataVolumeNotReady)}, ""},
		"its claim is accepted":                             {[]change{imports, accepted, unreadyFor(seiv1alpha1.ReasonInitializing)}, adopting},
		"its pod starts":                                    {[]change{imports, accepted, starts}, adopting},
		"it waits for the IDs of its peers":                 {[]change{imports, accepted, unreadyFor(seiv1alpha1.ReasonAwaitingPeers)}, adopting},
		"its volume is refused":                             {[]change{imports, accepted, unreadyFor(seiv1alpha1.ReasonDataRefused)}, ""},
		"its volume is refused, and its pod is made again":  {[]change{imports, accepted, is(seiv1alpha1.ConditionDataInspected, metav1.ConditionFalse, seiv1alpha1.ReasonChainMismatch), starts}, ""},
		"no machine takes its pod":                          {[]change{imports, accepted, unreadyFor(seiv1alpha1.ReasonPodNotScheduled)}, ""},
		"its image does not start":                          {[]change{imports, accepted, unreadyFor(seiv1alpha1.ReasonContainerFailed)}, ""},
		"seid runs, and replays":                            {[]change{imports, accepted, starts, runs("sei:v6")}, ""},
		"seid is ready":                                     {[]change{imports, accepted, ready, runs("sei:v6")}, ""},
		"it is paused":                                      {[]change{imports, accepted, starts, pauses}, ""},
		"it is deleted":                                     {[]change{imports, accepted, starts, goes}, ""},
		"it makes a claim of its own":                       {[]change{starts}, ""},
		"it lists an upgrade":                               {[]change{ready, lists, runs("sei:v6")}, ""},
		"it stopped for an upgrade":                         {[]change{unreadyFor(seiv1alpha1.ReasonUpgradeHalt), lists, runs("sei:v6")}, "stands still for an upgrade of its chain"},
		"it stopped for one that is not listed":             {[]change{unreadyFor(seiv1alpha1.ReasonUpgradeHalt), runs("sei:v6")}, "stands still for an upgrade of its chain"},
		"its data is cut before the upgrade":                {[]change{unreadyFor(seiv1alpha1.ReasonUpgradeSnapshot), lists, reaches, runs("sei:v6")}, upgrading},
		"its pod is replaced for the upgrade":               {[]change{unreadyFor(seiv1alpha1.ReasonUpdating), lists, reaches, runs("sei:v6")}, upgrading},
		"it runs from the image of the upgrade":             {[]change{starts, lists, reaches, runs("sei:v7")}, ""},
		"it is through":                                     {[]change{ready, lists, reaches, runs("sei:v7")}, ""},
		"it is down for another reason, long after":         {[]change{unreadyFor(seiv1alpha1.ReasonContainerFailed), reaches, runs("sei:v7")}, ""},
		"it began with data that has the upgrade":           {[]change{starts, lists, reaches}, ""},
		"it is paused at the upgrade":                       {[]change{unreadyFor(seiv1alpha1.ReasonPaused), lists, reaches, runs("sei:v6"), pauses}, ""},
		"it stays stopped at the height where it is to":     {[]change{unreadyFor(seiv1alpha1.ReasonHaltHeight), runs("sei:v6")}, ""},
		"it adopts, with an upgrade listed that is to come": {[]change{imports, accepted, starts, lists}, adopting},
	} {
		one := node("a", test.changes...)
		if got := underWay(&one); got != test.want {
			t.Errorf("%s: %q, wanted %q", name, got, test.want)
		}
	}
}

func TestOLMIsToldWhoIsInTheMiddleOfSomething(t *testing.T) {
	adopts := []change{imports, accepted, unreadyFor(seiv1alpha1.ReasonInitializing)}
	if free := Upgradeable([]seiv1alpha1.SeiNode{node("a", ready)}); free.Status != metav1.ConditionTrue || free.Reason != ReasonAtRest {
		t.Errorf("at rest: %v", free)
	}
	var fleet []seiv1alpha1.SeiNode
	for _, name := range []string{"e", "c", "a", "d", "b"} {
		fleet = append(fleet, node(name, adopts...))
	}
	few, many := Upgradeable(fleet[:2]), Upgradeable(fleet)
	for told, want := range map[*metav1.Condition]string{
		&few:  `2 under way: SeiNode sei/c adopts PVC "old", SeiNode sei/e adopts PVC "old"; wanted none: `,
		&many: `5 under way: SeiNode sei/a adopts PVC "old", SeiNode sei/b adopts PVC "old", SeiNode sei/c adopts PVC "old", and 2 more; wanted none: `,
	} {
		if told.Status != metav1.ConditionFalse || told.Reason != ReasonUnderWay || !strings.HasPrefix(told.Message, want) {
			t.Errorf("%v, wanted %q", told, want)
		}
	}
}
