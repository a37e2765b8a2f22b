package workload_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	networkingv1 "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	seiv1alpha1 "github.com/seinode/seinode-operator/api/v1alpha1"
	"github.com/seinode/seinode-operator/internal/platform"
	"github.com/seinode/seinode-operator/internal/workload"
)

func labelled(value string) []networkingv1.NetworkPolicyPeer {
	return []networkingv1.NetworkPolicyPeer{{PodSelector: &metav1.LabelSelector{MatchLabels: map[string]string{"app": value}}}}
}

func guarded(s *seiv1alpha1.SeiNodeSpec) { s.NetworkPolicy = &seiv1alpha1.NetworkPolicySpec{} }

// letIn are the rules of a policy, one a line: from whom, to which ports.
func letIn(policy *networkingv1.NetworkPolicy) (rules []string) {
	for _, rule := range policy.Spec.Ingress {
		var from, ports []string
		for _, peer := range rule.From {
			if peer.NamespaceSelector != nil {
				from = append(from, peer.NamespaceSelector.MatchLabels["kubernetes.io/metadata.name"])
			} else {
				from = append(from, peer.PodSelector.MatchLabels["app"])
			}
		}
		for _, port := range rule.Ports {
			ports = append(ports, fmt.Sprint(*port.Protocol, " ", port.Port.IntValue()))
		}
		rules = append(rules, strings.Join(from, ",")+": "+strings.Join(ports, ","))
	}
	return rules
}

// TestWhoIsLetIn: peers from everywhere, the operator to the agent, and to questions and metrics those that the spec names.
func TestWhoIsLetIn(t *testing.T) {
	const peers, operator = ": TCP 26656", "operator: TCP 8090"
	const questions = "TCP 8545,TCP 8546,TCP 9090,TCP 1317,TCP 26657"
	named := func(s *seiv1alpha1.SeiNodeSpec) {
		s.NetworkPolicy = &seiv1alpha1.NetworkPolicySpec{MetricsFrom: labelled("prometheus"), RPCFrom: labelled("wallet")}
	}
	for name, test := range map[string]struct {
		mode, policy func(*seiv1alpha1.SeiNodeSpec)
		want         []string
	}{
		"a full node":                       {fullNode, guarded, []string{peers, operator, ": " + questions}},
		"an archive, for some":              {archive, named, []string{peers, operator, "prometheus: TCP 26660,TCP 8090", "wallet: " + questions}},
		"a validator":                       {validator, guarded, []string{peers, operator}},
		"a validator, with metrics":         {validator, named, []string{peers, operator, "prometheus: TCP 26660,TCP 8090"}},
		"a validator that serves":           {modes["serving"], guarded, []string{peers, operator, ": " + questions}},
		"a validator that serves, for some": {modes["serving"], named, []string{peers, operator, "prometheus: TCP 26660,TCP 8090", "wallet: " + questions}},
		"a seed":                            {seed, guarded, []string{peers, operator}},
	} {
		policy := workload.NetworkPolicy(workload.Inputs{Node: nodeOf(test.mode, test.policy), OperatorNamespace: "operator"})
		if diff := cmp.Diff(test.want, letIn(policy)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
		if !slices.Equal(policy.Spec.PolicyTypes, []networkingv1.PolicyType{networkingv1.PolicyTypeIngress}) || policy.Spec.PodSelector.MatchLabels["sei.io/node-uid"] == "" {
			t.Errorf("%s: it is of %v, on %v", name, policy.Spec.PolicyTypes, policy.Spec.PodSelector.MatchLabels)
		}
	}
}

// TestWhoIsLetInIsNotAskedOfThePod: nothing restarts for it.
func TestWhoIsLetInIsNotAskedOfThePod(t *testing.T) {
	plain, asks := statefulSet(nodeOf(archive), claimName, platform.Default(), 1), statefulSet(nodeOf(archive, guarded), claimName, platform.Default(), 1)
	if plain.Annotations[seiv1alpha1.AnnotationAsked] != asks.Annotations[seiv1alpha1.AnnotationAsked] || workload.Mark(plain) != workload.Mark(asks) {
		t.Error("a network policy asks for another pod")
	}
}
