package task

import (
	"net"
	"slices"
	"strconv"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/utils/ptr"

	seiv1alpha1 "github.com/seinode/seinode-operator/api/v1alpha1"
	"github.com/seinode/seinode-operator/internal/lookup"
	"github.com/seinode/seinode-operator/internal/owner"
	"github.com/seinode/seinode-operator/internal/seid"
	"github.com/seinode/seinode-operator/internal/verdict"
	"github.com/seinode/seinode-operator/internal/workload"
)

// Address is what is known of where peers reach the node from outside of the cluster.
type Address struct {
	// Verdict says whether that is known, and else why not.
	verdict.Verdict
	// Found is the <host>:<port> as it is now, "" while it is not known.
	Found string
	// Told is the one that peers are told, "" for none.
	Told string
	// Asked says that somebody has just begun to look: what was said before stays.
	Asked bool
	// Wait is how long until the pod may be replaced for another address, 0 where it need not or may not.
	Wait time.Duration
}

// Changed says whether peers are told another address than the one that was found.
func (a Address) Changed() bool { return a.Told != "" && a.Found != "" && a.Told != a.Found }

// rest is how long a pod lasts at least before it is replaced for another address alone: one that comes and goes must not keep the node from its peers.
const rest = 10 * time.Minute

// AddressQuestion is what takes a look beside the reconciler to know the node's address; empty where nothing does.
func AddressQuestion(o Observation) lookup.Question {
	service := p2pService(o)
	if service == nil {
		return lookup.Question{}
	}
	host, onMachine := target(o, service)
	switch {
	case onMachine != "":
		return lookup.Question{Machine: onMachine}
	case net.ParseIP(host) == nil:
		return lookup.Question{Name: host}
	}
	return lookup.Question{}
}

// target is the host that peers are to go to, or the machine whose address they are to go to; both "" while neither is known.
func target(o Observation, service *corev1.Service) (host, machine string) {
	ingress, pod := service.Status.LoadBalancer.Ingress, PodOf(o)
	switch own := ptr.Deref(o.Node.Spec.Expose.Host, ""); {
	case own != "":
		return own, ""
	case service.Spec.Type == corev1.ServiceTypeNodePort && pod != nil:
		return "", pod.Spec.NodeName
	case service.Spec.Type == corev1.ServiceTypeLoadBalancer && len(ingress) > 0 && ingress[0].IP != "":
		return ingress[0].IP, ""
	case service.Spec.Type == corev1.ServiceTypeLoadBalancer && len(ingress) > 0:
		return ingress[0].Hostname, ""
	}
	return "", ""
}

// p2pService is the node's own Service for peers, of the type that the spec asks for; nil while there is none.
func p2pService(o Observation) *corev1.Service {
	service, there := o.Live[workload.P2PServiceChild.Key()].(*corev1.Service)
	if !there || !o.Node.Exposes() || !owner.Controls(o.Node, service) || string(service.Spec.Type) != string(o.Node.Spec.Expose.Type) {
		return nil
	}
	return service
}

// AddressOf says where peers reach the node, and which address they are told from now on, given the answer to AddressQuestion.
func AddressOf(o Observation, answer lookup.Answer, now time.Time) Address {
	if !o.Node.Exposes() {
		return Address{Verdict: verdict.Done()}
	}
	address := find(o, answer)
	address.Told = o.Node.Status.ExternalAddress
	if address.Found == "" || address.Told == address.Found {
		return address
	}
	if stillLeads(o, address.Told) {
		address.Found = address.Told
		return address
	}
	wait, may := mayChange(o, address.Told, now)
	if may && wait == 0 {
		address.Told = address.Found
	}
	address.Wait = wait
	return address
}

// find says where peers reach the node now.
func find(o Observation, answer lookup.Answer) Address {
	name, service := workload.P2PServiceChild.NameFor(o.Node.Name), p2pService(o)
	if service == nil {
		return Address{Verdict: verdict.Wait(seiv1alpha1.ReasonAddressPending, "Service %q is not there yet", name)}
	}
	host, machine := target(o, service)
	question := AddressQuestion(o)
	switch {
	case host == "" && machine == "" && service.Spec.Type == corev1.ServiceTypeLoadBalancer:
		return Address{Verdict: verdict.Wait(seiv1alpha1.ReasonAddressPending,
			"Service %q waits for a load balancer: what makes those in this cluster says why in its events, kubectl describe service %s -n %s", name, name, o.Node.Namespace)}
	case host == "" && machine == "":
		return Address{Verdict: verdict.Wait(seiv1alpha1.ReasonAddressPending, "pod %q has no machine yet, whose address peers could be told", o.Node.PodName())}
	case question != lookup.Question{} && !answer.Known:
		return Address{Asked: true, Verdict: verdict.Wait(seiv1alpha1.ReasonAddressPending, "%s is being looked up", host+machine)}
	case question.Name != "" && answer.Address == "":
		return Address{Verdict: verdict.Fail(seiv1alpha1.ReasonAddressUnresolvable,
			"%s; peers are told no name that does not, since seid does not start with one; mend the name, which is looked up every half a minute", answer.Why)}
	case machine != "" && answer.Address == "":
		return Address{Verdict: verdict.Fail(seiv1alpha1.ReasonNoExternalAddress, "%s; name what leads to port %d of it in spec.expose.host", answer.Why, port(service))}
	case machine != "":
		host = answer.Address
	}
	return Address{Verdict: verdict.Done(), Found: net.JoinHostPort(host, strconv.Itoa(int(port(service))))}
}

// port is the one that peers are told.
func port(service *corev1.Service) int32 {
	if service.Spec.Type == corev1.ServiceTypeNodePort {
		return service.Spec.Ports[0].NodePort
	}
	return seid.P2PPort
}

// stillLeads says whether an address that peers are told is one of several of the load balancer: their order says nothing.
func stillLeads(o Observation, told string) bool {
	service := p2pService(o)
	if o.Node.Spec.Expose.Host != nil || service.Spec.Type != corev1.ServiceTypeLoadBalancer {
		return false
	}
	host, at, err := net.SplitHostPort(told)
	return err == nil && at == strconv.Itoa(int(seid.P2PPort)) && slices.ContainsFunc(service.Status.LoadBalancer.Ingress, func(i corev1.LoadBalancerIngress) bool {
		return i.IP == host || i.Hostname == host && host != ""
	})
}

// mayChange says whether peers may be told another address, for which the pod is replaced, and how long that has to wait. The first address enters at once, and
// one that comes with another change. Else a validator is never restarted for it, and no pod whose machine's address it is: the next one may come to another
// machine.
func mayChange(o Observation, told string, now time.Time) (wait time.Duration, may bool) {
	set, pod := ownSet(o), PodOf(o)
	switch {
	case told == "" || set == nil || workload.RollsAnyway(o.Node, set):
		return 0, true
	case o.Node.Mode() == seiv1alpha1.ModeValidator:
		return 0, false
	case onlyTheMachine(o, told):
		return 0, false
	case pod == nil:
		return 0, true
	}
	return max(0, pod.CreationTimestamp.Add(rest).Sub(now)), true
}

// onlyTheMachine says whether the address that peers are told differs in the machine alone.
func onlyTheMachine(o Observation, told string) bool {
	_, at, err := net.SplitHostPort(told)
	return err == nil && o.Node.Spec.Expose.Host == nil && o.Node.Spec.Expose.Type == seiv1alpha1.ExposeNodePort && at == strconv.Itoa(int(port(p2pService(o))))
}
