//go:build e2e

package e2e

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/utils/ptr"

	seiv1alpha1 "github.com/seinode/seinode-operator/api/v1alpha1"
)

var _ = Describe("Nodes that select each other by label", func() {
	It("are all connected, and none was restarted for it", func(ctx context.Context) {
		first := following(ctx, "mesh-0", chainNamespace)
		began, pods := time.Now(), map[string]types.UID{}
		for i := range 5 {
			create(ctx, meshed(first, fmt.Sprintf("mesh-%d", i)))
		}
		for i := range 5 {
			name := fmt.Sprintf("mesh-%d", i)
			Eventually(ctx, func(g Gomega) { pods[name] = get(ctx, g, name+"-0", &corev1.Pod{}).UID }, "3m", "200ms").Should(Succeed())
		}
		AddReportEntry("five nodes", "have started "+time.Since(began).Round(time.Second).String()+" after they were applied at once", ReportEntryVisibilityAlways)
		ids := map[string]string{}
		for name := range pods {
			expectRunning(ctx, name, "data-"+name)
			ids[name] = nodeID(ctx, namespace, name+"-0")
		}
		for name := range pods {
			others := maps.Clone(ids)
			delete(others, name)
			Eventually(ctx, func() []string { return connections(ctx, name) }).Should(ContainElements(slices.Collect(maps.Values(others))), name+" is not connected to all others")
			Expect(podUID(ctx, name+"-0")).To(Equal(pods[name]), name+" was restarted")
		}
		AddReportEntry("five nodes", "are all connected "+time.Since(began).Round(time.Second).String()+" after they were applied", ReportEntryVisibilityAlways)
	})
})

var _ = Describe("A validator behind two sentries", func() {
	It("is connected to them alone, and nobody else learns of it", func(ctx context.Context) {
		pattern := following(ctx, "pattern", chainNamespace)
		for _, name := range []string{"sentry-0", "sentry-1", "other"} {
			made := meshed(pattern, name)
			if name != "other" {
				made.Labels["sentry"] = "validator-0"
			}
			create(ctx, made)
		}
		for _, name := range []string{"sentry-0", "sentry-1", "other"} {
			expectRunning(ctx, name, "data-"+name)
		}
		validator := meshed(pattern, "validator-0") // with the label by which the others select
		validator.Spec.FullNode, validator.Spec.Validator = nil, &seiv1alpha1.ValidatorSpec{RPCAccess: ptr.To(seiv1alpha1.RPCAccessCluster)}
		validator.Spec.Peers, validator.Spec.Sentries = nil, &seiv1alpha1.SeiNodeSelector{MatchLabels: map[string]seiv1alpha1.LabelValue{"sentry": "validator-0"}}
		create(ctx, validator)

		By("coming to the tip through them")
		began := time.Now()
		expectRunning(ctx, "validator-0", "data-validator-0")
		AddReportEntry("a validator", "is at the tip "+time.Since(began).Round(time.Second).String()+" after it was applied, behind two sentries that ran", ReportEntryVisibilityAlways)
		sentries := []string{nodeID(ctx, namespace, "sentry-0-0"), nodeID(ctx, namespace, "sentry-1-0")}
		Eventually(ctx, func(g Gomega) { // the pod that began with a key which nobody knew is made again, once
			made := get(ctx, g, "validator-0-0", &corev1.Pod{})
			g.Expect(made.Annotations).To(HaveKeyWithValue(seiv1alpha1.AnnotationReservation, Not(BeEmpty())))
			g.Expect(isReady(made)).To(BeTrue())
		}).Should(Succeed())
		Eventually(ctx, func() []string { return connections(ctx, "validator-0") }).Should(ConsistOf(sentries))

		By("being told of by nobody")
		id := nodeID(ctx, namespace, "validator-0-0")
		Consistently(ctx, func(g Gomega) {
			g.Expect(connections(ctx, "validator-0")).To(HaveEach(BeElementOf(sentries)))
			for _, told := range []string{string(rpc(ctx, namespace, "other-0", "/net_info")), string(rpc(ctx, chainNamespace, "devnet", "/net_info")), string(rpc(ctx, chainNamespace, "companion", "/net_info"))} {
				g.Expect(told).To(ContainSubstring("peer_connections"))
				g.Expect(strings.ToLower(told)).NotTo(ContainSubstring(id))
			}
		}, "20s", "1s").Should(Succeed())
		Expect(node(ctx, Default, "validator-0").Status.Peers.Waiting).To(BeEmpty())
	})
})

// meshed is a full node of the pattern's chain that selects all that are made so; the pattern alone names peers by their address.
func meshed(pattern *seiv1alpha1.SeiNode, name string) *seiv1alpha1.SeiNode {
	made := pattern.DeepCopy()
	if name != pattern.Name && pattern.Name != "pattern" {
		made.Spec.Peers.Static = nil
	}
	made.Name, made.Labels = name, map[string]string{"mesh": "a"}
	made.Spec.Peers.Nodes = &seiv1alpha1.SeiNodeSelector{MatchLabels: map[string]seiv1alpha1.LabelValue{"mesh": "a"}}
	return made
}

// connections are the IDs of those that a node is connected to, whoever dialled.
func connections(ctx context.Context, name string) (ids []string) {
	var answer struct {
		Connections []struct {
			ID string `json:"node_id"`
		} `json:"peer_connections"`
	}
	if json.Unmarshal(rpc(ctx, namespace, name+"-0", "/net_info"), &answer) != nil {
		return nil
	}
	for _, connection := range answer.Connections {
		ids = append(ids, connection.ID)
	}
	return ids
}
