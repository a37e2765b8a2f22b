package peers

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"k8s.io/apimachinery/pkg/api/meta"

	seiv1alpha1 "github.com/seinode/seinode-operator/api/v1alpha1"
)

// comesUp is how long a sentry that is not ready is waited for by those that stand before the same validators: one that does not come up keeps nobody.
const comesUp = 10 * time.Minute

// shields says whether a SeiNode's pod is wired to the validator as its sentry.
func shields(sentry, validator *seiv1alpha1.SeiNode) bool {
	id := idOf(validator)
	return id != "" && slices.Contains(shielding(sentry), seiv1alpha1.PeerStatus{Name: validator.Name, NodeID: id})
}

// shielding are the validators that a SeiNode's pod is wired to.
func shielding(sentry *seiv1alpha1.SeiNode) []seiv1alpha1.PeerStatus {
	if sentry.Status.Peers == nil {
		return nil
	}
	return sentry.Status.Peers.Shields
}

// shielded are the validators that the node is to be wired to, unless it is not its turn. Sentries that run are replaced one after the other, in the order of their
// names. One that is replaced anyway, or is not ready, takes what there is.
func shielded(f Facts) (wired []seiv1alpha1.PeerStatus, behind string) {
	all := toShield(f)
	if slices.Equal(all, f.Wired) || f.Rolls || !isReady(f.Node) {
		return all, ""
	}
	if before := ahead(f, all); before != "" {
		return f.Wired, fmt.Sprintf("SeiNode %q stands before the same validators, and goes first: once it is wired and ready, or has not been ready for %.0f minutes, "+
			"this one is wired to those that select it now", before, comesUp.Minutes())
	}
	return all, ""
}

// toShield are the validators that the node stands before, by name: those whose ID is known, and those that it is wired to, until they are there without selecting
// it. One that is gone may come again under its name and with its key: no pod is replaced that it be told of meanwhile.
func toShield(f Facts) []seiv1alpha1.PeerStatus {
	var all []seiv1alpha1.PeerStatus
	for i := range f.Shielded {
		if id := idOf(&f.Shielded[i]); id != "" && Selects(&f.Shielded[i], f.Node) {
			all = append(all, seiv1alpha1.PeerStatus{Name: f.Shielded[i].Name, NodeID: id})
		}
	}
	slices.SortFunc(all, byName)
	all = all[:min(len(all), Most)]
	for _, wired := range f.Wired {
		if len(all) < Most && !slices.ContainsFunc(all, func(p seiv1alpha1.PeerStatus) bool { return p.Name == wired.Name }) && stays(f, wired.Name) {
			all = append(all, wired)
		}
	}
	slices.SortFunc(all, byName)
	return all
}

func byName(a, b seiv1alpha1.PeerStatus) int { return strings.Compare(a.Name, b.Name) }

// stays says whether the node stands on before a validator that it is wired to, whose ID is not known now: one that still selects it, and one that is gone, until
// the pod is replaced for something else.
func stays(f Facts, name string) bool {
	named := func(v seiv1alpha1.SeiNode) bool { return v.Name == name }
	switch {
	case slices.ContainsFunc(f.Shielded, named):
		return true
	case slices.ContainsFunc(f.Left, named):
		return false
	}
	return !f.Rolls
}

// ahead is a fellow that is to be ready, or wired, before the node is replaced; "" for none. Who goes first is an order of names, and who is not ready is waited for
// no longer than it may take to come up, so that no two wait for each other.
func ahead(f Facts, all []seiv1alpha1.PeerStatus) string {
	for i := range f.Fellows {
		switch fellow := &f.Fellows[i]; {
		case !isReady(fellow) && f.Now.Sub(unreadySince(fellow)) < comesUp:
			return fellow.Name
		case isReady(fellow) && fellow.Name < f.Node.Name && lacks(fellow, all, f.Shielded):
			return fellow.Name
		}
	}
	return ""
}

// unreadySince is when a node that is not ready was so last, or was made.
func unreadySince(node *seiv1alpha1.SeiNode) time.Time {
	if ready := meta.FindStatusCondition(node.Status.Conditions, seiv1alpha1.ConditionReady); ready != nil {
		return ready.LastTransitionTime.Time
	}
	return node.CreationTimestamp.Time
}

// lacks says whether a sentry is not wired to a validator that selects it, and is going to be: none is to more than it takes.
func lacks(sentry *seiv1alpha1.SeiNode, all []seiv1alpha1.PeerStatus, validators []seiv1alpha1.SeiNode) bool {
	return len(shielding(sentry)) < Most && slices.ContainsFunc(validators, func(validator seiv1alpha1.SeiNode) bool {
		known := slices.ContainsFunc(all, func(p seiv1alpha1.PeerStatus) bool { return p.Name == validator.Name })
		return known && idOf(&validator) != "" && Selects(&validator, sentry) && !shields(sentry, &validator)
	})
}
