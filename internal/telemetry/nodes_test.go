package telemetry_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil/promlint"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	seiv1alpha1 "github.com/seinode/seinode-operator/api/v1alpha1"
	"github.com/seinode/seinode-operator/internal/telemetry"
)

// cached are the SeiNodes that a cache shows.
type cached struct {
	client.Reader
	nodes []seiv1alpha1.SeiNode
	err   error
}

func (c *cached) List(_ context.Context, list client.ObjectList, options ...client.ListOption) error {
	if !slices.Contains(options, client.ListOption(client.UnsafeDisableDeepCopy)) {
		return errors.New("each scrape would copy the fleet")
	}
	list.(*seiv1alpha1.SeiNodeList).Items = c.nodes
	return c.err
}

func seiNode(name string, conditions ...metav1.Condition) seiv1alpha1.SeiNode {
	node := seiv1alpha1.SeiNode{ObjectMeta: metav1.ObjectMeta{Namespace: "sei", Name: name}}
	node.Spec.ChainID, node.Spec.Archive = "pacific-1", &seiv1alpha1.ArchiveSpec{}
	node.Status.DataVolume = &seiv1alpha1.DataVolumeStatus{ClaimName: "data-" + name}
	node.Status.CurrentImage, node.Status.Conditions = "sei:v6", conditions
	return node
}

func condition(kind string, status metav1.ConditionStatus, reason string) metav1.Condition {
	return metav1.Condition{Type: kind, Status: status, Reason: reason}
}

func nodesIn(cache *cached) *prometheus.Registry {
	registry := prometheus.NewPedanticRegistry()
	registry.MustRegister(telemetry.NewNodes(cache))
	return registry
}

// TestANodesConditionIsTold as it is now, and no state that it had before.
func TestANodesConditionIsTold(t *testing.T) {
	cache := &cached{nodes: []seiv1alpha1.SeiNode{
		seiNode("a", condition("Ready", "True", "NodeReady"), condition("ImportPVCReady", "True", "PVCValidated")),
		seiNode("new"),
	}}
	cache.nodes[1].Status.DataVolume, cache.nodes[1].Status.CurrentImage = nil, ""
	registry := nodesIn(cache)
	wantScrape(t, registry, "{", `
sei_seinode_condition{namespace="sei",node="a",reason="NodeReady",status="True",type="Ready"} 1
sei_seinode_info{chain="pacific-1",claim="",image="",mode="archive",namespace="sei",node="new"} 1
sei_seinode_info{chain="pacific-1",claim="data-a",image="sei:v6",mode="archive",namespace="sei",node="a"} 1
`)
	cache.nodes = []seiv1alpha1.SeiNode{seiNode("a", condition("Ready", "False", "PlanFailed"), condition("ImportPVCReady", "False", "PVCLost"))}
	wantScrape(t, registry, "sei_seinode_condition{", `
sei_seinode_condition{namespace="sei",node="a",reason="PVCLost",status="False",type="ImportPVCReady"} 1
sei_seinode_condition{namespace="sei",node="a",reason="PlanFailed",status="False",type="Ready"} 1
`)
}

// TestTheSeriesOfANodeGoWithIt: a series that stays alerts for ever.
func TestTheSeriesOfANodeGoWithIt(t *testing.T) {
	cache := &cached{nodes: []seiv1alpha1.SeiNode{seiNode("gone", condition("Ready", "False", "Crashed")), seiNode("stays")}}
	registry := nodesIn(cache)
	if got := scrape(t, registry); !strings.Contains(got, `node="gone"`) {
		t.Fatalf("nothing is told of the node while it is there:\n%s", got)
	}
	cache.nodes = cache.nodes[1:]
	if got := scrape(t, registry); strings.Contains(got, "gone") || !strings.Contains(got, "stays") {
		t.Errorf("the node is gone, and told is:\n%s", got)
	}
}

// TestWhatRestsIsNotTold: a fleet at rest has two series a node.
func TestWhatRestsIsNotTold(t *testing.T) {
	resting := []metav1.Condition{
		condition("ImportPVCReady", "True", "PVCValidated"), condition("DataInspected", "True", "Inspected"), condition("Synced", "True", "CaughtUp"),
		condition("NodeUpdateInProgress", "False", "UpToDate"), condition("UpgradeReady", "True", "NotPlanned"), condition("Exposed", "True", "Advertised"),
		condition("Bootstrapped", "True", "Restored"), condition("Peered", "True", "Connected"), condition("Synced", "Unknown", "NotApplicable"),
	}
	restless := []metav1.Condition{
		condition("ImportPVCReady", "False", "PVCLost"), condition("ImportPVCReady", "Unknown", "ValidationError"), condition("DataInspected", "False", "ChainMismatch"),
		condition("Synced", "False", "CatchingUp"), condition("Synced", "Unknown", "NoAnswer"), condition("NodeUpdateInProgress", "False", "Blocked"),
		condition("NodeUpdateInProgress", "True", "Updating"), condition("NodeUpdateInProgress", "False", "RolloutPending"), condition("UpgradeReady", "False", "ImageMissing"),
		condition("Peered", "False", "NoPeers"),
	}
	for _, c := range resting {
		if got := scrape(t, nodesIn(&cached{nodes: []seiv1alpha1.SeiNode{seiNode("a", c)}})); strings.Contains(got, c.Type) {
			t.Errorf("%s=%s, %s is told", c.Type, c.Status, c.Reason)
		}
	}
	for _, c := range restless {
		want := fmt.Sprintf(`reason=%q,status=%q,type=%q`, c.Reason, c.Status, c.Type)
		if got := scrape(t, nodesIn(&cached{nodes: []seiv1alpha1.SeiNode{seiNode("a", c)}})); !strings.Contains(got, want) {
			t.Errorf("no %s in:\n%s", want, got)
		}
	}
}

// TestACacheThatIsNotFilledCostsNoOtherMetric: an error would cost the whole scrape.
func TestACacheThatIsNotFilledCostsNoOtherMetric(t *testing.T) {
	registry := nodesIn(&cached{err: errors.New("the cache is not started, can not read objects")})
	telemetry.NewMetrics(registry, "v1.2.3")
	wantScrape(t, registry, "{", `sei_operator_build_info{version="v1.2.3"} 1`)
}

func TestTheNodesMetricsAreWellNamed(t *testing.T) {
	families, err := nodesIn(&cached{nodes: []seiv1alpha1.SeiNode{seiNode("a", condition("Ready", "True", "NodeReady"))}}).Gather()
	if err != nil {
		t.Fatal(err)
	}
	problems, err := promlint.NewWithMetricFamilies(families).Lint()
	if err != nil || len(problems) != 0 {
		t.Errorf("error %v, problems %v", err, problems)
	}
}

// BenchmarkScrape is what a scrape of 1,000 SeiNodes at rest costs, and how many bytes it has.
func BenchmarkScrape(b *testing.B) {
	cache := &cached{}
	for i := range 1000 {
		cache.nodes = append(cache.nodes, seiNode(fmt.Sprintf("archive-%d", i), condition("Ready", "True", "NodeReady"), condition("Synced", "True", "CaughtUp")))
	}
	registry := nodesIn(cache)
	b.ReportAllocs()
	for b.Loop() {
		b.ReportMetric(float64(len(scrape(b, registry))), "bytes")
	}
}
