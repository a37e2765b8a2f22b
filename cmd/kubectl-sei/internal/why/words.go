package why

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	seiv1alpha1 "github.com/seinode/seinode-operator/api/v1alpha1"
	"github.com/seinode/seinode-operator/internal/storage"
	"github.com/seinode/seinode-operator/internal/workload"
)

// plain is each reason of Ready in plain words: the node …
var plain = map[string]string{
	seiv1alpha1.ReasonNodeReady:          "is ready",
	seiv1alpha1.ReasonInitializing:       "is being brought up",
	seiv1alpha1.ReasonDataVolumeNotReady: "waits for its data volume",
	seiv1alpha1.ReasonDataRefused:        "does not start on what is on its volume",
	seiv1alpha1.ReasonSigningKeyInUse:    "does not start, since somebody else signs with its key",
	seiv1alpha1.ReasonAwaitingPeers:      "waits for a SeiNode that it is to be connected to",
	seiv1alpha1.ReasonNodeKeyInUse:       "does not start, since another SeiNode has its node key",
	seiv1alpha1.ReasonPodNotReady:        "has a pod that is not ready",
	seiv1alpha1.ReasonPodNotCreated:      "has no pod, since it cannot be made",
	seiv1alpha1.ReasonPodNotScheduled:    "has a pod that no machine takes",
	seiv1alpha1.ReasonMachineUnreachable: "is on a machine that does not answer",
	seiv1alpha1.ReasonMountFailed:        "has a pod whose volumes cannot be mounted",
	seiv1alpha1.ReasonPrepareRefused:     "has a volume that the agent does not prepare",
	seiv1alpha1.ReasonBootstrapping:      "fetches its data",
	seiv1alpha1.ReasonBootstrapFailed:    "does not get its data",
	seiv1alpha1.ReasonContainerFailed:    "has a container beside seid that does not run",
	seiv1alpha1.ReasonCrashed:            "has a seid that crashed",
	seiv1alpha1.ReasonStopped:            "has a seid that ended in order",
	seiv1alpha1.ReasonOOMKilled:          "has a seid that took more memory than it may",
	seiv1alpha1.ReasonBinaryTooNew:       "runs an image that is too new for the chain",
	seiv1alpha1.ReasonBinaryTooOld:       "runs an image that is too old for its data",
	seiv1alpha1.ReasonAppHashMismatch:    "has a state that is not the chain's",
	seiv1alpha1.ReasonDataLocked:         "has databases that another process has open",
	seiv1alpha1.ReasonDiskFull:           "has a volume that is full",
	seiv1alpha1.ReasonStateSyncFailed:    "does not get a state from its peers",
	seiv1alpha1.ReasonWrongGenesis:       "has a genesis of another chain",
	seiv1alpha1.ReasonPlanFailed:         "does not come up, and waiting does not mend it",
	seiv1alpha1.ReasonUpgradeSnapshot:    "waits for the snapshot before an upgrade",
	seiv1alpha1.ReasonUpgradeHalt:        "stopped for an upgrade of the chain",
	seiv1alpha1.ReasonHaltHeight:         "stays stopped at spec.haltHeight",
	seiv1alpha1.ReasonPaused:             "is paused",
	seiv1alpha1.ReasonManagedElsewhere:   "is another operator's, and not looked at",
	seiv1alpha1.ReasonTerminating:        "is being deleted",
	seiv1alpha1.ReasonUpdating:           "is being brought to a changed spec",
}

// sentence says in plain words how the node is.
func sentence(f Facts) string {
	who := fmt.Sprintf("SeiNode %q in namespace %q, %s of %s,", f.Node.Name, f.Node.Namespace, withArticle(f.Node.Mode()), f.Node.Spec.ChainID)
	ready := condition(f, seiv1alpha1.ConditionReady)
	switch {
	case unseen(f):
		return who + " was not looked at by the operator as it is now."
	case plain[ready.Reason] != "":
		return fmt.Sprintf("%s %s (%s).", who, plain[ready.Reason], ready.Reason)
	}
	return fmt.Sprintf("%s is not ready (%s).", who, ready.Reason)
}

// withArticle names a mode in a sentence.
func withArticle(mode seiv1alpha1.Mode) string {
	switch mode {
	case seiv1alpha1.ModeArchive:
		return "an archive"
	case seiv1alpha1.ModeFullNode:
		return "a full node"
	}
	return "a " + string(mode)
}

// command is one that a message advises, up to what the message says behind it.
var command = regexp.MustCompile(`(\()?kubectl (?:patch|annotate|label|taint|logs|get|delete|scale|create)[^;]*`)

// advised is the command in a message, "" for none. One that deletes is for a person to choose.
func advised(message string) string {
	match := command.FindStringSubmatch(message)
	if match == nil || strings.Contains(match[0], "kubectl delete") {
		return ""
	}
	if match[1] == "" {
		return strings.TrimSpace(match[0])
	}
	inside, _, _ := strings.Cut(match[0][1:], ")")
	return inside
}

// Which commands help, by the reason of Ready.
var (
	seidEnded = []string{
		seiv1alpha1.ReasonCrashed, seiv1alpha1.ReasonStopped, seiv1alpha1.ReasonOOMKilled, seiv1alpha1.ReasonBinaryTooNew, seiv1alpha1.ReasonBinaryTooOld,
		seiv1alpha1.ReasonAppHashMismatch, seiv1alpha1.ReasonDataLocked, seiv1alpha1.ReasonStateSyncFailed, seiv1alpha1.ReasonWrongGenesis,
	}
	podHangs = []string{
		seiv1alpha1.ReasonPodNotReady, seiv1alpha1.ReasonPodNotScheduled, seiv1alpha1.ReasonMountFailed, seiv1alpha1.ReasonContainerFailed,
		seiv1alpha1.ReasonPrepareRefused, seiv1alpha1.ReasonMachineUnreachable,
	}
)

// next is the command to go on with.
func next(f Facts) string {
	node, ready := f.Node, condition(f, seiv1alpha1.ConditionReady)
	in := fmt.Sprintf("kubectl -n %s ", node.Namespace)
	switch {
	case unseen(f):
		return "kubectl get pods -A -l app.kubernetes.io/name=seinode-operator"
	case isReady(f):
		return whileReady(f)
	case ready.Reason == seiv1alpha1.ReasonPaused:
		return in + fmt.Sprintf(`patch seinode %s --type=merge -p '{"spec":{"paused":false}}'`, node.Name)
	case advised(ready.Message) != "":
		return advised(ready.Message)
	case slices.Contains(seidEnded, ready.Reason):
		return in + fmt.Sprintf("logs %s -c %s --previous", node.PodName(), workload.ContainerSeid)
	case slices.Contains(podHangs, ready.Reason):
		return in + "describe pod " + node.PodName()
	case ready.Reason == seiv1alpha1.ReasonPodNotCreated:
		return in + "describe statefulset " + node.Name
	case ready.Reason == seiv1alpha1.ReasonDiskFull:
		return in + "edit pvc " + storage.ClaimName(node)
	case ready.Reason == seiv1alpha1.ReasonUpgradeHalt, ready.Reason == seiv1alpha1.ReasonHaltHeight, ready.Reason == seiv1alpha1.ReasonUpdating:
		return in + "edit seinode " + node.Name
	case ready.Reason == seiv1alpha1.ReasonDataVolumeNotReady, failure(f, seiv1alpha1.TaskEnsureDataPVC) != nil:
		return in + "describe pvc " + storage.ClaimName(node)
	}
	return in + fmt.Sprintf("wait --for=condition=Ready seinode/%s --timeout=1h", node.Name)
}

// whileReady is the command for a node that runs: to what warns, if anything does.
func whileReady(f Facts) string {
	in := " -n " + f.Node.Namespace
	switch first(f, warnings...) {
	case seiv1alpha1.ConditionUpgradeReady:
		return "kubectl sei upgrades" + in
	case seiv1alpha1.ConditionPeered:
		return "kubectl sei peers " + f.Node.Name + in
	case seiv1alpha1.ConditionSynced:
		return "kubectl sei status " + f.Node.Name + " --watch" + in
	}
	return "kubectl sei status " + f.Node.Name + in
}
