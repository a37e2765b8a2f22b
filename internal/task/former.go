package task

import (
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"

	"github.com/seinode/seinode-operator/internal/owner"
	"github.com/seinode/seinode-operator/internal/reserve"
	"github.com/seinode/seinode-operator/internal/workload"
)

// former are the Leases of what the node held before and nothing of it uses any more: the bytes of a claim in whose place the user accepted
// another, and a key that was changed for another. Whoever is to use it next need not wait for the end of this SeiNode.
func (s *Scope) former() (leases []string) {
	if !s.Start.OK() || len(s.Reserved) > 0 || s.Data.Volume == nil {
		return nil
	}
	for _, held := range s.Node.Status.Leases {
		namespace, lease, _ := strings.Cut(held, "/")
		if namespace == s.Namespace && s.isFormer(lease) {
			leases = append(leases, lease)
		}
	}
	return leases
}

func (s *Scope) isFormer(lease string) bool {
	switch {
	case slices.ContainsFunc(Things(s.Observation), func(thing reserve.Thing) bool { return thing.Lease() == lease }):
		return false
	case reserve.IsOfKey(lease):
		return s.signsOnlyWith(s.Signer.Address)
	}
	return s.mountsOnlyItsClaim()
}

// signsOnlyWith says whether the node's one pod, and the next, may sign with that key alone: a pod signs with the key that it began with for as long
// as it lives.
func (s *Scope) signsOnlyWith(key string) bool {
	pods := s.OwnPods()
	return key != "" && len(pods) == 1 && workload.ReservedKey(&pods[0]) == key && s.Inspection != nil && !s.Inspection.Refused &&
		s.Set != nil && workload.ReservedKey(&s.Set.Spec.Template) == key
}

// mountsOnlyItsClaim says whether each pod is younger than the claim and its volume: another would have mounted what had their names before.
func (s *Scope) mountsOnlyItsClaim() bool {
	return !slices.ContainsFunc(s.OwnPods(), func(pod corev1.Pod) bool {
		return !s.Data.Claim.CreationTimestamp.Before(&pod.CreationTimestamp) || !s.Data.Volume.CreationTimestamp.Before(&pod.CreationTimestamp)
	})
}

// Unseen says whether a pod is none of those that this reconcile saw.
func (o Observation) Unseen(pod corev1.Pod) bool {
	return !slices.ContainsFunc(o.Data.Pods, func(seen corev1.Pod) bool { return seen.UID == pod.UID })
}

// OwnPods are the pods of this very node that were seen.
func (o Observation) OwnPods() []corev1.Pod {
	return slices.DeleteFunc(slices.Clone(o.Data.Pods), func(pod corev1.Pod) bool { return !owner.Pod(&pod, o.Node) })
}
