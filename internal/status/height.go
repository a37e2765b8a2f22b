package status

import (
	"k8s.io/utils/ptr"

	seiv1alpha1 "github.com/seinode/seinode-operator/api/v1alpha1"
	"github.com/seinode/seinode-operator/internal/agent/wire"
	"github.com/seinode/seinode-operator/internal/seid"
	"github.com/seinode/seinode-operator/internal/verdict"
)

// heightHalt is why seid is kept stopped at spec.haltHeight, as the agent says; nil if it is not.
func heightHalt(in Input) *wire.HeightHalt {
	if in.Said == nil || in.Scope.Node.Spec.HaltHeight == nil {
		return nil
	}
	return in.Said.HeightHalt
}

// keptStopped is a node that stopped at a block as it was asked to. It comes before how a container ended: whoever starts it again, it stays so.
func keptStopped(in Input) *condition {
	halt, pod := heightHalt(in), in.Scope.Pod
	switch {
	case halt == nil:
		return nil
	case halt.Doubt != "":
		return notReady(seiv1alpha1.ReasonHaltHeight, "spec.haltHeight is %d, and whether seid has stopped for it is in doubt, so that pod %q does not start it: %s; "+
			"without spec.haltHeight it is started", ptr.Deref(in.Scope.Node.Spec.HaltHeight, 0), pod.Name, verdict.Bound(halt.Doubt, lastWords))
	}
	told := notReady(seiv1alpha1.ReasonHaltHeight, "spec.haltHeight is %d, and seid has stopped for halt height %d; pod %q does not start it again, nor does one that takes its place; "+
		"to go on, remove spec.haltHeight, or raise it above %d. Where a signal from elsewhere stopped seid below that block, delete data/%s on the volume",
		ptr.Deref(in.Scope.Node.Spec.HaltHeight, 0), halt.Height, pod.Name, halt.Height, seid.HaltedFile)
	told.exact = true // a height that was asked for is no counter
	return told
}
