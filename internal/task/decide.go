package task

import (
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/types"

	seiv1alpha1 "github.com/seinode/seinode-operator/api/v1alpha1"
	"github.com/seinode/seinode-operator/internal/keys"
	"github.com/seinode/seinode-operator/internal/owner"
	"github.com/seinode/seinode-operator/internal/reserve"
	"github.com/seinode/seinode-operator/internal/storage"
	"github.com/seinode/seinode-operator/internal/verdict"
	"github.com/seinode/seinode-operator/internal/workload"
	"github.com/seinode/seinode-operator/internal/write"
)

// Decide decides, once a reconcile. Each line may rest on the ones before it. Where a read failed nothing is decided.
func Decide(o Observation) *Scope {
	s := &Scope{Observation: o, Children: map[string]Child{}}
	if o.Err != nil {
		return s
	}
	s.Set, s.Pod = ownSet(o), PodOf(o)
	s.Inspection = InspectionIn(s.Pod)
	s.CreateClaim, s.Claim = decideClaim(o)
	s.Signing, s.Waits = keys.Validate(o.Keys), storage.AwaitsSharer(o.Data)
	s.reserve()
	s.Meets = meets(s)
	s.Start = start(s)
	s.Replicas = replicas(s)
	s.AtHalt = s.atHalt()
	s.SignsWith = s.signsWith()
	s.Former = s.former()
	s.decideChildren()
	s.PrePull = decidePrePull(s)
	s.Outdated = workload.PodOutdated(s.Pod, s.Set)
	s.Ready = s.Set != nil && workload.PodReady(s.Pod) && !s.Rolls()
	return s
}

func ownSet(o Observation) *appsv1.StatefulSet {
	set, there := o.Live[workload.StatefulSetChild.Kind].(*appsv1.StatefulSet)
	if there && owner.Controls(o.Node, set) {
		return set
	}
	return nil
}

// PodOf is the node's own pod, nil if there is none.
func PodOf(o Observation) *corev1.Pod {
	for i := range o.Data.Pods {
		if owner.Pod(&o.Data.Pods[i], o.Node) && o.Data.Pods[i].Name == o.Node.PodName() {
			return &o.Data.Pods[i]
		}
	}
	return nil
}

func decideClaim(o Observation) (create bool, claim verdict.Verdict) {
	if storage.Imports(o.Node) {
		return false, storage.Validate(o.Data)
	}
	return storage.DecideCreate(o.Data)
}

// Things are what only one node of the cluster may use, and this one would: the bytes behind its claim, and a validator's key. A claim that waits
// for its first consumer has none yet, and is nobody else's.
func Things(o Observation) []reserve.Thing {
	if o.Err != nil || o.Data.Volume == nil {
		return nil
	}
	things := []reserve.Thing{reserve.Volume(storage.Identity(o.Data.Volume))}
	if o.Signer.Address != "" {
		things = append(things, reserve.Key(o.Node.Spec.ChainID, o.Signer.Address))
	}
	return things
}

// reserve decides who is to hold the things. A node that has to leave one to another may not use the claim, or not sign.
func (s *Scope) reserve() {
	for _, facts := range s.Reserved {
		if !s.Claim.OK() {
			return // nothing is taken for a node that may not use its volume
		}
		held, wanted := reserve.Decide(facts, s.Node)
		if !held.OK() {
			s.leaveTo(held)
			continue
		}
		s.Reservations = append(s.Reservations, Reservation{facts.Thing, wanted})
		if facts.Thing.IsKey() {
			s.floor = facts.Signed()
		}
	}
}

// leaveTo leaves a thing to the one that holds it.
func (s *Scope) leaveTo(held verdict.Verdict) {
	s.Waits = true
	if held.Reason == seiv1alpha1.ReasonSigningKeyInUse {
		s.Signing = held
		return
	}
	s.Claim = held
}

func start(s *Scope) verdict.Verdict {
	if !s.Claim.OK() {
		return s.Claim
	}
	if s.Unreserved != nil {
		return verdict.Wait(seiv1alpha1.ReasonInitializing, "who holds the volume or the key of this node cannot be read now; the operator tries again")
	}
	if s.Set == nil && s.Signing.OK() {
		return s.firstStart()
	}
	return s.Signing
}

// replicas says whether the pod is to run. A pause stops it. A valid claim and a free key start it, but for a node that is kept down for a snapshot.
// While either has trouble a running pod is left alone and a stopped one stays down.
func replicas(s *Scope) int32 {
	switch {
	case s.mustStop() || s.DownForSnapshot():
		return 0
	case s.Start.OK():
		return 1
	case s.Set == nil || s.Set.Spec.Replicas == nil:
		return 0
	}
	return min(*s.Set.Spec.Replicas, 1)
}

// mustStop says whether there is to be no pod, whatever runs. No pod may start on a claim that was replaced, which holds other data, or on the next one
// of a name whose claim is gone or goes, or go on with a key that another holds.
func (s *Scope) mustStop() bool {
	return s.signsUnreserved() || s.Node.Paused() || s.Data.Replaced() || forsaken(s)
}

// forsaken says whether the claim is gone, or goes, and no pod holds on to what it was: whatever comes next under its name would be mounted at
// once. A pod that has a claim mounted is left alone, since it is what keeps a terminating one, and its data.
func forsaken(s *Scope) bool {
	switch claim := s.Data.Claim; {
	case claim == nil:
		return !placed(s.Pod) || unstarted(s.Pod)
	case claim.DeletionTimestamp != nil:
		return !placed(s.Pod)
	}
	return false
}

// placed says whether the pod has a machine, and is neither stopping nor at its end.
func placed(pod *corev1.Pod) bool {
	if pod == nil || pod.DeletionTimestamp != nil || pod.Status.Phase == corev1.PodSucceeded || pod.Status.Phase == corev1.PodFailed {
		return false
	}
	return pod.Status.Phase != corev1.PodPending || workload.IsTrue(pod, corev1.PodScheduled)
}

func (s *Scope) decideChildren() {
	in := workload.Inputs{
		Node: s.Node, ClaimName: storage.ClaimName(s.Node), ClaimUID: usedClaim(s), Reservation: s.reservation(), ImageUntil: s.imageUntil(), Platform: s.Platform,
		OperatorNamespace: s.Namespace, Replicas: s.Replicas, Peers: workload.Peers{Dial: s.Meets.Resolved, Shields: s.Meets.Shields, Witnesses: s.Meets.Witnesses},
	}
	for _, kind := range workload.Children {
		switch live := s.Live[kind.Key()]; {
		case kind.IsWanted(s.Node):
			s.Children[kind.Key()] = s.decideChild(kind, in)
		case live != nil && owner.Controls(s.Node, live) && live.GetDeletionTimestamp() == nil:
			s.Children[kind.Key()] = unwanted(kind, live)
		case live == nil:
			s.Node.ForgetWritten(kind.Key()) // also where nobody heard that its deletion went through
		}
	}
}

// unwanted deletes what was made for the node, by UID, and the spec asks for no more.
func unwanted(kind workload.Child, live workload.Object) Child {
	return Child{
		Verdict: verdict.Wait(seiv1alpha1.ReasonInitializing, "deleting %s %q, which the spec no longer asks for", kind.Kind, live.GetName()),
		Write:   write.Delete(kind.Kind, live.DeepCopyObject().(workload.Object)).Then(),
	}
}

// usedClaim is the UID of the claim that the node is to use: the one that is there, if it may be used, else the one before it.
func usedClaim(s *Scope) types.UID {
	if s.Claim.OK() {
		return s.Data.Claim.UID
	}
	return s.Node.AdoptedClaim()
}

// decideChild decides about one object: never to write to one that is not the node's by UID, and to make nothing for a node whose
// claim or key is not valid in this very reconcile.
func (s *Scope) decideChild(kind workload.Child, in workload.Inputs) Child {
	live, there := s.Live[kind.Key()]
	switch {
	case there && !owner.Controls(s.Node, live):
		return Child{Verdict: NotOwned(kind, live, s.Node)}
	case there && live.GetDeletionTimestamp() != nil:
		return Child{Verdict: verdict.Wait(seiv1alpha1.ReasonInitializing,
			"%s %q is terminating; a new one is made when it is gone", kind.Kind, kind.NameFor(s.Node.Name))}
	case !there && s.Set == nil && !s.Start.OK():
		return Child{Verdict: verdict.Wait(s.Start.Reason, "%s %q is made once the node may start", kind.Kind, kind.NameFor(s.Node.Name))}
	case !there:
		return Child{Verdict: applying(kind, s.Node), Write: write.Create(kind.Kind, kind.Build(in)).Then()}
	}
	return s.compare(kind, live, kind.Build(in))
}

// compare decides about an object that is there and is the node's.
func (s *Scope) compare(kind workload.Child, live, wanted workload.Object) Child {
	recorded := s.Node.Written(kind.Key())
	decision := kind.Decide(live, wanted, recorded)
	if set, isSet := live.(*appsv1.StatefulSet); isSet {
		decision = workload.DecideStatefulSet(workload.Converted(set, s.Node), wanted.(*appsv1.StatefulSet), recorded)
	}
	child := Child{Verdict: verdict.Done(), Rolls: decision.Rolls, Pending: decision.Pending}
	if decision.Write != nil {
		child.Verdict, child.Write = applying(kind, s.Node), write.Update(kind.Kind, decision.Write).Then()
	}
	return child
}

func applying(kind workload.Child, node *seiv1alpha1.SeiNode) verdict.Verdict {
	return verdict.Wait(seiv1alpha1.ReasonInitializing, "applying %s %q", kind.Kind, kind.NameFor(node.Name))
}

// NotOwned is the verdict on an object of the node's name that is not its own: what an earlier life of the node left is waited for, and nothing is taken from anybody else.
func NotOwned(kind workload.Child, live workload.Object, node *seiv1alpha1.SeiNode) verdict.Verdict {
	name := kind.NameFor(node.Name)
	if owner.LeftByNamesake(live, node) {
		return verdict.Wait(kind.NotOwned, "%s %q was left by an earlier life of this node; a new one is made when garbage collection has removed it", kind.Kind, name)
	}
	if other := owner.OfSeiNode(live); other != nil {
		return verdict.Fail(kind.NotOwned, "%s %q is made for SeiNode %q; give SeiNode %q another name", kind.Kind, name, other.Name, node.Name)
	}
	return verdict.Fail(kind.NotOwned, "%s %q already exists and is not owned by SeiNode %q; delete it, or give the SeiNode another name", kind.Kind, name, node.Name)
}
