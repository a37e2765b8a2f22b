package task

import (
	seiv1alpha1 "github.com/seinode/seinode-operator/api/v1alpha1"
	"github.com/seinode/seinode-operator/internal/verdict"
	"github.com/seinode/seinode-operator/internal/write"
)

// awaitNodeReady waits until the pod is ready, and of what the spec says. There is no deadline: a long replay is no failure.
func awaitNodeReady(s *Scope) (verdict.Verdict, *write.Write) {
	switch {
	case s.Node.Paused():
		return verdict.Wait(seiv1alpha1.ReasonPaused, "spec.paused is true; set it to false to start the node"), nil
	case s.AtHalt.Waits != "":
		return verdict.Wait(seiv1alpha1.ReasonUpgradeSnapshot, "%s", s.AtHalt.Waits), nil
	case s.Ready:
		return verdict.Done(), nil
	}
	return verdict.Wait(seiv1alpha1.ReasonPodNotReady, "pod %q is not ready yet", s.Node.PodName()), nil
}
