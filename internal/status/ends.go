package status

import (
	"fmt"
	"regexp"
	"strings"

	corev1 "k8s.io/api/core/v1"

	seiv1alpha1 "github.com/seinode/seinode-operator/api/v1alpha1"
	"github.com/seinode/seinode-operator/internal/seid"
	"github.com/seinode/seinode-operator/internal/task"
	"github.com/seinode/seinode-operator/internal/workload"
)

// end is one way in which seid ends. Exit code 2 alone means most of them.
type end struct {
	reason string
	// words are among the last ones.
	words *regexp.Regexp
	// remedy is what to do.
	remedy string
}

// ends are the ways that are known by name. An upgrade comes first: it quotes what a proposal says, which may be anything. Texts are those of seid v6.6.2,
// seen in runs, or read in its source (too new, too old, AppHash, state sync).
var ends = []end{
	{
		seiv1alpha1.ReasonUpgradeHalt, seid.UpgradeNeeded,
		"the chain upgrades at this block, and this image does not know the upgrade: list it in spec.upgrades, with an image that does",
	},
	{
		seiv1alpha1.ReasonBinaryTooNew, regexp.MustCompile(`BINARY UPDATED BEFORE TRIGGER`),
		"this image has an upgrade that the chain has not reached yet: go back to the former one, in spec.image or where spec.upgrades names this one",
	},
	{
		seiv1alpha1.ReasonBinaryTooOld, regexp.MustCompile(`upgrade handler is missing for`),
		"the data has an upgrade that this image does not know: name one that does, in spec.image or in spec.upgrades",
	},
	{
		seiv1alpha1.ReasonAppHashMismatch, regexp.MustCompile(`AppHash does not match AppHash after replay|wrong Block\.Header\.AppHash`),
		"the state on the volume is not the chain's: another version of seid ran on it, or it is damaged; restore it, and keep a validator's newest sign state",
	},
	{
		seiv1alpha1.ReasonDataLocked, regexp.MustCompile(`resource temporarily unavailable`),
		"another process has the databases open: find what else uses the volume, and stop it",
	},
	{
		seiv1alpha1.ReasonDiskFull, regexp.MustCompile(`no space left on device`),
		"the volume is full: raise spec.resources.requests.storage of its PVC, if the StorageClass allows that",
	},
	{
		seiv1alpha1.ReasonStateSyncFailed, regexp.MustCompile(`state sync (failed|aborted)|no suitable snapshots found`),
		"look at the peers, and at spec.bootstrap.stateSync, or statesync.* in spec.overrides: a trusted height grows old, and snapshots come from peers that make some",
	},
	{
		seiv1alpha1.ReasonWrongGenesis, regexp.MustCompile(`genesis file chain-id=|unexpected ChainID`),
		"the genesis on the volume is of another chain than spec.chainId, or than the data: give the node the volume of its chain",
	},
}

// halted says what to do about an upgrade that the pod stopped for, where the operator cannot go on by itself.
func halted(in Input) *condition {
	s := in.Scope
	if s.Halt == nil {
		return halfHeard(in)
	}
	told := notReady(seiv1alpha1.ReasonUpgradeHalt, "the chain upgrades to %q at height %d, and image %q does not know that upgrade: %s",
		s.Halt.Name, s.Halt.Height, workload.SeidImage(s.Pod.Spec), wayOn(s))
	told.exact = true
	return told
}

// halfHeard is an upgrade that seid wrote down before it panicked, and that its last words do not name: half of the evidence is none.
func halfHeard(in Input) *condition {
	end := task.EndOfSeid(in.Scope.Pod)
	if in.Said == nil || in.Said.UpgradeHalt == nil || end == nil || end.ExitCode != task.Panicked {
		return nil
	}
	if _, _, named := seid.Needed(end.Message); named {
		return nil
	}
	return notReady(seiv1alpha1.ReasonUpgradeHalt, "seid panicked and wrote upgrade %q at height %d to data/upgrade-info.json, and its last words do not name it, "+
		"so that the operator goes on once it does so again, half a minute later or more, if spec.upgrades lists that upgrade; %s",
		in.Said.UpgradeHalt.Name, in.Said.UpgradeHalt.Height, logsOf(in.Scope.Pod, workload.ContainerSeid))
}

func wayOn(s *task.Scope) string {
	listed := s.Node.Upgrade(s.Halt.Name)
	switch {
	case listed == nil:
		return "list it in spec.upgrades, with an image that does"
	case s.Node.HasReached(s.Halt.Name):
		return "it is the one that spec.upgrades names for it; name one that does"
	case listed.Height != nil && *listed.Height != s.Halt.Height:
		return fmt.Sprintf("spec.upgrades has it at height %d; if that is the upgrade which was meant, correct the height", *listed.Height)
	}
	return "the pod is going to be replaced"
}

// inOrder is what to do about a seid that ended with exit code 0 in a pod that is to run. At its halt-height or halt-time it does so again at each restart, one block
// later each time (v6.6.2).
const inOrder = "it ends in order when it is asked to, as where its machine shuts down, and where a halt-height or halt-time has come, which spec.overrides or " +
	"config/app.toml on the volume sets: then each restart commits one block more; to keep it stopped at a block, set spec.haltHeight in their place; to go on, set \"0\" " +
	"for them in spec.overrides"

// classOf is how a container of the node ended, by its reason, and what to do, "" where nobody can say.
func classOf(c corev1.ContainerStatus, ended *corev1.ContainerStateTerminated) (reason, remedy string) {
	isSeid := c.Name == workload.ContainerSeid
	switch {
	case ended.Reason == "OOMKilled" && isSeid:
		return seiv1alpha1.ReasonOOMKilled, "it took more memory than it may: raise spec.resources.limits.memory"
	case !isSeid:
		return seiv1alpha1.ReasonContainerFailed, ""
	case ended.ExitCode == 0:
		return seiv1alpha1.ReasonStopped, inOrder
	}
	for _, known := range ends {
		if known.words.MatchString(cause(ended.Message)) {
			return known.reason, known.remedy
		}
	}
	return seiv1alpha1.ReasonCrashed, ""
}

// cause is what a container said from its last error on: what is logged before may be about anybody, such as a peer's bad block. Where nothing is marked as
// an error it is all that was said.
func cause(words string) string {
	return words[max(0, strings.LastIndex(words, "panic: "), strings.LastIndex(words, "Error: ")):]
}

// endedAs says how a container ended, with the exit code, the last words and what to do.
func endedAs(pod *corev1.Pod, c corev1.ContainerStatus, ended *corev1.ContainerStateTerminated) *condition {
	reason, remedy := classOf(c, ended)
	if remedy != "" {
		remedy = "; " + remedy
	}
	told := notReady(reason, "container %q of pod %q ended with exit code %d (%s)%s%s; %s",
		c.Name, pod.Name, ended.ExitCode, ended.Reason, quoted(ended.Message), remedy, logsOf(pod, c.Name))
	told.exact = true // exit code 137 is another end than exit code 1
	return told
}

// logsOf is how to see what a container said, in whatever state it is: before it was started again there is nothing previous.
func logsOf(pod *corev1.Pod, container string) string {
	logs := fmt.Sprintf("kubectl logs %s -n %s -c %s", pod.Name, pod.Namespace, container)
	return "see " + logs + " --previous || " + logs
}
