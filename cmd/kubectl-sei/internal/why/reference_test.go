package why

import (
	"strings"
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	seiv1alpha1 "github.com/seinode/seinode-operator/api/v1alpha1"
)

// with are the facts of a node with those conditions, each "<type> <status> <reason> <message>".
func with(conditions ...string) Facts {
	node := &seiv1alpha1.SeiNode{}
	for _, c := range conditions {
		words := strings.SplitN(c+" ", " ", 4)
		node.Status.Conditions = append(node.Status.Conditions, metav1.Condition{
			Type: words[0], Status: metav1.ConditionStatus(words[1]), Reason: words[2], Message: strings.TrimSpace(words[3]),
		})
	}
	return Facts{Node: node}
}

// TestTheReasonThatDecides is the one that is read on about: that of Ready, or the one behind it that says more.
func TestTheReasonThatDecides(t *testing.T) {
	for name, test := range map[string]struct {
		facts Facts
		want  string
	}{
		"nobody looked":               {with(), ""},
		"all is well":                 {with("Ready True NodeReady", "Synced True CaughtUp", "NodeUpdateInProgress False UpToDate"), ""},
		"Ready's own":                 {with("Ready False OOMKilled it took too much"), "ready-oomkilled"},
		"an import's":                 {with("Ready False DataVolumeNotReady PVCLost: it is gone"), "importpvcready-pvclost"},
		"a created claim's":           {with("Ready False DataVolumeNotReady PVCNotOwned: it is another's"), "task-pvcnotowned"},
		"a failed task's":             {with("Ready False PlanFailed StatefulSetNotOwned: it is another's"), "task-statefulsetnotowned"},
		"an inspection's":             {with("Ready False DataRefused ChainMismatch: it is another"), "datainspected-chainmismatch"},
		"a bootstrap's":               {with("Ready False BootstrapFailed ArchiveNotFound: it is not there"), "bootstrapped-archivenotfound"},
		"one of the data that came":   {with("Ready False BootstrapFailed WasmMissing: it is not there"), "datainspected-wasmmissing"},
		"a key's":                     {with("Ready False PlanFailed SigningKeyInUse: another has it"), "ready-signingkeyinuse"},
		"words that only look like":   {with("Ready False Crashed panic: it is bad"), "ready-crashed"},
		"too few peers":               {with("Ready False PodNotReady seid is catching up", "Synced False CatchingUp", "Peered False TooFew", "UpgradeReady False ImageMissing"), "peered-toofew"},
		"behind":                      {with("Ready False PodNotReady seid is catching up", "Synced False CatchingUp", "Peered True Connected"), "synced-catchingup"},
		"nothing behind":              {with("Ready False PodNotReady the pod is starting", "Synced Unknown NoAnswer"), "ready-podnotready"},
		"ready, and it warns":         {with("Ready True NodeReady", "Exposed False AddressPending"), "exposed-addresspending"},
		"ready, and twice":            {with("Ready True NodeReady", "Synced False CatchingUp", "UpgradeReady False HeightMismatch"), "upgradeready-heightmismatch"},
		"ready, on data that warns":   {with("Ready True NodeReady", "DataInspected False RoleMismatch"), "datainspected-rolemismatch"},
		"ready, and updated":          {with("Ready True NodeReady", "NodeUpdateInProgress True Updating"), "nodeupdateinprogress-updating"},
		"ready, and a rollout waits":  {with("Ready True NodeReady", "NodeUpdateInProgress False RolloutPending"), ""},
		"a seed":                      {with("Ready True NodeReady", "Synced Unknown NotApplicable"), ""},
		"a reason of another version": {with("Ready False NeverHeardOf Neither: was this"), ""},
	} {
		t.Run(name, func(t *testing.T) {
			_, got, _ := strings.Cut(readOn(test.facts), "#")
			if got != test.want {
				t.Errorf("%q, wanted %q", got, test.want)
			}
		})
	}
}
