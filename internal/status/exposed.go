package status

import (
	"fmt"
	"net"

	seiv1alpha1 "github.com/seinode/seinode-operator/api/v1alpha1"
	"github.com/seinode/seinode-operator/internal/task"
)

// exposed says which address peers are told, and what keeps them from being told the right one.
func exposed(in Input) *condition {
	const kind = seiv1alpha1.ConditionExposed
	s, shown := in.Scope, before(in.Scope, seiv1alpha1.ConditionExposed)
	switch address := s.Address; {
	case s.Err != nil || !s.Node.Exposes():
		return nil
	case address.Asked && shown != nil && shown.ObservedGeneration == s.Node.Generation:
		return asShown(shown) // the operator was started anew
	case !address.OK():
		return no(kind, address.Reason, "%s", address.Message+stillTold(address))
	case address.Changed():
		return no(kind, seiv1alpha1.ReasonExternalAddressChanged, "the node is reached at %s now%s; %s", address.Found, stillTold(address), howToTell(s))
	case s.Rolls() || s.Pod == nil:
		return no(kind, seiv1alpha1.ReasonAddressPending, "peers are told %s once the node's pod is made with it", address.Told)
	}
	return yes(kind, seiv1alpha1.ReasonAdvertised, "peers are told to reach the node at %s", s.Address.Told)
}

func stillTold(address task.Address) string {
	if address.Told == "" {
		return ""
	}
	return fmt.Sprintf(", and peers are told %s%s", address.Told, hangsOn(address.Told))
}

// hangsOn says that a pod does not start again while the name that peers are told does not resolve.
func hangsOn(told string) string {
	if host, _, err := net.SplitHostPort(told); err != nil || net.ParseIP(host) != nil {
		return ""
	}
	return ", a name that has to resolve whenever seid starts"
}

// howToTell says how peers come to be told another address.
func howToTell(s *task.Scope) string {
	if s.Address.Wait > 0 {
		return "the pod is replaced for it once it has run for a while"
	}
	return fmt.Sprintf("nothing is restarted for it by itself: it is taken with the next change that replaces the pod, or by kubectl annotate seinode %s -n %s %s=%s",
		s.Node.Name, s.Node.Namespace, seiv1alpha1.AnnotationRollout, seiv1alpha1.RolloutNow)
}
