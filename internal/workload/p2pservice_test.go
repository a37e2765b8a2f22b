package workload_test

import (
	"maps"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/utils/ptr"

	seiv1alpha1 "github.com/seinode/seinode-operator/api/v1alpha1"
	"github.com/seinode/seinode-operator/internal/workload"
)

func exposing(kind seiv1alpha1.ExposeType, annotations map[string]string) *corev1.Service {
	return workload.P2PService(nodeOf(archive, func(s *seiv1alpha1.SeiNodeSpec) {
		s.Expose = &seiv1alpha1.ExposeSpec{Type: kind, Annotations: annotations}
	}))
}

// TestTheServiceForPeersHasOneDoor, to the one pod, ready or not. RPC never rides on it.
func TestTheServiceForPeersHasOneDoor(t *testing.T) {
	for _, mode := range modes {
		node := nodeOf(mode, func(s *seiv1alpha1.SeiNodeSpec) {
			s.Expose = &seiv1alpha1.ExposeSpec{Type: seiv1alpha1.ExposeNodePort, NodePort: ptr.To[int32](30656), ExternalTrafficPolicy: ptr.To(seiv1alpha1.TrafficPolicy("Cluster"))}
		})
		service := workload.P2PService(node)
		ports := service.Spec.Ports
		if len(ports) != 1 || ports[0].Port != 26656 || ports[0].NodePort != 30656 || ports[0].TargetPort.StrVal != "p2p" || ports[0].Protocol != corev1.ProtocolTCP {
			t.Errorf("its ports are %+v", ports)
		}
		if !service.Spec.PublishNotReadyAddresses || !maps.Equal(service.Spec.Selector, workload.SelectorLabels(node)) || service.Spec.Type != corev1.ServiceTypeNodePort {
			t.Errorf("it selects %v, also while not ready: %t, type %s", service.Spec.Selector, service.Spec.PublishNotReadyAddresses, service.Spec.Type)
		}
		if service.Name != node.Name+"-p2p" || service.Spec.ExternalTrafficPolicy != "Cluster" {
			t.Errorf("it is %q, traffic %s", service.Name, service.Spec.ExternalTrafficPolicy)
		}
	}
	if policy := exposing(seiv1alpha1.ExposeLoadBalancer, nil).Spec.ExternalTrafficPolicy; policy != "Local" {
		t.Errorf("by default traffic is %s", policy)
	}
}

// asStored is the Service as the API server, and what makes load balancers, complete it.
func asStored(service *corev1.Service) *corev1.Service {
	live := service.DeepCopy()
	live.Spec.ClusterIP, live.Spec.ClusterIPs = "10.0.0.9", []string{"10.0.0.9"}
	live.Spec.IPFamilies, live.Spec.IPFamilyPolicy = []corev1.IPFamily{corev1.IPv4Protocol}, ptr.To(corev1.IPFamilyPolicySingleStack)
	if live.Spec.Ports[0].NodePort == 0 {
		live.Spec.Ports[0].NodePort = 31000
	}
	live.Annotations["theirs"] = "kept"
	if live.Spec.Type == corev1.ServiceTypeLoadBalancer {
		live.Spec.HealthCheckNodePort, live.Spec.LoadBalancerClass, live.Spec.AllocateLoadBalancerNodePorts = 32000, ptr.To("a.b/c"), ptr.To(true)
	}
	return live
}

// TestWhatIsAllocatedIsNoDrift, and an edit is put right without it.
func TestWhatIsAllocatedIsNoDrift(t *testing.T) {
	for _, kind := range []seiv1alpha1.ExposeType{seiv1alpha1.ExposeNodePort, seiv1alpha1.ExposeLoadBalancer} {
		wanted := exposing(kind, map[string]string{"mine": "a"})
		live := asStored(wanted)
		recorded := workload.P2PServiceChild.Digest(live)
		if d := workload.P2PServiceChild.Decide(live, wanted, recorded); d.Write != nil {
			t.Errorf("%s: what the API server allocated is written", kind)
		}
		for name, edit := range map[string]func(*corev1.Service){
			"an RPC port": func(s *corev1.Service) {
				s.Spec.Ports = append(s.Spec.Ports, corev1.ServicePort{Name: "rpc", Port: 26657})
			},
			"another selector":        func(s *corev1.Service) { s.Spec.Selector = map[string]string{"app": "other"} },
			"external addresses":      func(s *corev1.Service) { s.Spec.ExternalIPs = []string{"1.2.3.4"} },
			"an annotation of ours":   func(s *corev1.Service) { s.Annotations["mine"] = "b" },
			"ours taken off":          func(s *corev1.Service) { delete(s.Annotations, "mine") },
			"which are ours, emptied": func(s *corev1.Service) { s.Annotations[seiv1alpha1.AnnotationAnnotates] = "" },
		} {
			edited := live.DeepCopy()
			edit(edited)
			written, _ := workload.P2PServiceChild.Decide(edited, wanted, recorded).Write.(*corev1.Service)
			if written == nil {
				t.Errorf("%s, %s: it is left", kind, name)
				continue
			}
			if diff := cmp.Diff(live.Spec, written.Spec); diff != "" {
				t.Errorf("%s, %s: spec (-before +written):\n%s", kind, name, diff)
			}
			if diff := cmp.Diff(live.Annotations, written.Annotations); diff != "" {
				t.Errorf("%s, %s: annotations (-before +written):\n%s", kind, name, diff)
			}
		}
		edited := live.DeepCopy()
		edited.Annotations["theirs"] = "changed"
		if d := workload.P2PServiceChild.Decide(edited, wanted, recorded); d.Write != nil {
			t.Errorf("%s: what others note is written", kind)
		}
	}
}

// TestTheAddressThatIsNotedInTheSpecStays: what makes load balancers would note it again without end. Another type has none.
func TestTheAddressThatIsNotedInTheSpecStays(t *testing.T) {
	balancer, port := exposing(seiv1alpha1.ExposeLoadBalancer, nil), exposing(seiv1alpha1.ExposeNodePort, nil)
	live := asStored(balancer)
	recorded := workload.P2PServiceChild.Digest(live)
	live.Spec.LoadBalancerIP = "203.0.113.7"
	for wanted, want := range map[*corev1.Service]string{balancer: live.Spec.LoadBalancerIP, port: ""} {
		written, _ := workload.P2PServiceChild.Decide(live, wanted, recorded).Write.(*corev1.Service)
		if written == nil || written.Spec.LoadBalancerIP != want {
			t.Errorf("type %s: %+v", wanted.Spec.Type, written)
		}
	}
}

// TestAnAnnotationThatIsTakenOutIsTakenOff, and those of others stay.
func TestAnAnnotationThatIsTakenOutIsTakenOff(t *testing.T) {
	live := asStored(exposing(seiv1alpha1.ExposeLoadBalancer, map[string]string{"a": "1", "b": "2"}))
	recorded := workload.P2PServiceChild.Digest(live)
	written, _ := workload.P2PServiceChild.Decide(live, exposing(seiv1alpha1.ExposeLoadBalancer, map[string]string{"b": "3"}), recorded).Write.(*corev1.Service)
	if written == nil {
		t.Fatal("it is not written")
	}
	var kept []string
	for name, value := range written.Annotations {
		if name != seiv1alpha1.AnnotationSpecHash {
			kept = append(kept, name+"="+value)
		}
	}
	slices.Sort(kept)
	if diff := cmp.Diff([]string{"b=3", "sei.io/annotates=b", "theirs=kept"}, kept); diff != "" {
		t.Errorf("annotations (-want +got):\n%s", diff)
	}
}

// TestAnotherTypeGivesBackWhatOnlyTheFormerHad: the API server refuses a health check port on a Service of type NodePort.
func TestAnotherTypeGivesBackWhatOnlyTheFormerHad(t *testing.T) {
	live := asStored(exposing(seiv1alpha1.ExposeLoadBalancer, nil))
	written, _ := workload.P2PServiceChild.Decide(live, exposing(seiv1alpha1.ExposeNodePort, nil), workload.P2PServiceChild.Digest(live)).Write.(*corev1.Service)
	if written == nil || written.Spec.HealthCheckNodePort != 0 || written.Spec.LoadBalancerClass != nil || written.Spec.AllocateLoadBalancerNodePorts != nil {
		t.Fatalf("written is %+v", written)
	}
	if written.Spec.Ports[0].NodePort != 31000 || written.Spec.ClusterIP != "10.0.0.9" {
		t.Errorf("port %d, address %s: peers know the port", written.Spec.Ports[0].NodePort, written.Spec.ClusterIP)
	}
}

// TestAddressesReachSeid: the one of the spec, and the one that was found for a node that is exposed.
func TestAddressesReachSeid(t *testing.T) {
	const variable = "SEID_P2P_EXTERNAL_ADDRESS"
	for name, test := range map[string]struct {
		change func(*seiv1alpha1.SeiNode)
		want   string
	}{
		"none":                   {func(*seiv1alpha1.SeiNode) {}, ""},
		"the spec's":             {func(n *seiv1alpha1.SeiNode) { n.Spec.ExternalAddress = ptr.To("a:1") }, "a:1"},
		"found, and not exposed": {func(n *seiv1alpha1.SeiNode) { n.Status.ExternalAddress = "b:1" }, ""},
		"found": {func(n *seiv1alpha1.SeiNode) {
			n.Status.ExternalAddress, n.Spec.Expose = "b:1", &seiv1alpha1.ExposeSpec{Type: seiv1alpha1.ExposeNodePort}
		}, "b:1"},
		"found, inside of the cluster": {func(n *seiv1alpha1.SeiNode) {
			n.Status.ExternalAddress, n.Spec.Expose, n.Spec.ExternalAddress = "b:1", &seiv1alpha1.ExposeSpec{Type: seiv1alpha1.ExposeClusterIP}, ptr.To("a:1")
		}, "a:1"},
	} {
		node := nodeOf(archive)
		test.change(node)
		if got := environment(node)[variable]; got != test.want {
			t.Errorf("%s: %q, wanted %q", name, got, test.want)
		}
		set := workload.StatefulSet(workload.Inputs{Node: node, ClaimName: claimName, Replicas: 1})
		if got := workload.AdvertisedBy(set); got != test.want {
			t.Errorf("%s: the StatefulSet tells %q", name, got)
		}
	}
}

// TestNodesOfAnObject: a Service may be the first of one node, or the second of another.
func TestNodesOfAnObject(t *testing.T) {
	for object, want := range map[string][]string{"a": {"a"}, "a-p2p": {"a-p2p", "a"}, "p2p": {"p2p"}, "-p2p": {"-p2p", ""}} {
		if diff := cmp.Diff(want, workload.NodesOf(object)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", object, diff)
		}
	}
}
