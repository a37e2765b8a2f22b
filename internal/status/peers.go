package status

import (
	seiv1alpha1 "github.com/seinode/seinode-operator/api/v1alpha1"
	"github.com/seinode/seinode-operator/internal/task"
)

// peersStatus shows who the node is to be connected to, and before whom its pod stands; nil for nobody.
func peersStatus(s *task.Scope) *seiv1alpha1.PeersStatus {
	shown := seiv1alpha1.PeersStatus{Resolved: s.Meets.Resolved, Waiting: s.Meets.Waiting, Shields: s.WiredNow()}
	if len(shown.Resolved)+len(shown.Waiting)+len(shown.Shields) == 0 {
		return nil
	}
	return &shown
}

// firstStart is why a node that may run is not started for the first time.
func firstStart(in Input) *condition {
	if s := in.Scope; s.Set == nil && s.Claim.OK() && s.Signing.OK() && !s.Start.OK() {
		return notReady(s.Start.Reason, "%s", s.Start.Message)
	}
	return nil
}
