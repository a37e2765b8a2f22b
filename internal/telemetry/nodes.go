package telemetry

import (
	"context"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	seiv1alpha1 "github.com/seinode/seinode-operator/api/v1alpha1"
)

// Nodes are the metrics of the SeiNodes: what each of them is, and how it is. They are made of the cache when somebody asks for them: a fleet that nobody asks
// about costs nothing, what is told is what is, and the series of a SeiNode are gone with it.
type Nodes struct {
	reader          client.Reader
	info, condition *prometheus.Desc
}

// NewNodes tells of the SeiNodes that a reader finds. That has to be a cache: it is read at each scrape.
func NewNodes(cache client.Reader) *Nodes {
	return &Nodes{
		reader: cache,
		info: prometheus.NewDesc("sei_seinode_info", "Always 1, for each SeiNode; the labels say what it is.",
			[]string{"namespace", "node", "chain", "mode", "claim", "image"}, nil),
		condition: prometheus.NewDesc("sei_seinode_condition",
			"Always 1: condition Ready of each SeiNode as it is now, and each other one while it says that something is under way or wrong.",
			[]string{"namespace", "node", "type", "status", "reason"}, nil),
	}
}

// Describe names the metrics.
func (n *Nodes) Describe(descriptions chan<- *prometheus.Desc) {
	descriptions <- n.info
	descriptions <- n.condition
}

// answerWithin is how long a cache that is not filled yet is waited for.
const answerWithin = 2 * time.Second

// Collect tells of each SeiNode. While the cache is not filled it tells of none: an error would cost the scrape all other metrics.
func (n *Nodes) Collect(metrics chan<- prometheus.Metric) {
	ctx, cancel := context.WithTimeout(context.Background(), answerWithin)
	defer cancel()
	nodes := &seiv1alpha1.SeiNodeList{}
	if n.reader.List(ctx, nodes, client.UnsafeDisableDeepCopy) != nil { // they are only read
		return
	}
	for i := range nodes.Items {
		n.tell(&nodes.Items[i], metrics)
	}
}

func (n *Nodes) tell(node *seiv1alpha1.SeiNode, metrics chan<- prometheus.Metric) {
	is := func(what *prometheus.Desc, labels ...string) {
		metrics <- prometheus.MustNewConstMetric(what, prometheus.GaugeValue, 1, append([]string{node.Namespace, node.Name}, labels...)...)
	}
	claim := ""
	if volume := node.Status.DataVolume; volume != nil {
		claim = volume.ClaimName
	}
	is(n.info, node.Spec.ChainID, string(node.Mode()), claim, node.Status.CurrentImage)
	for i := range node.Status.Conditions {
		if condition := &node.Status.Conditions[i]; condition.Type == seiv1alpha1.ConditionReady || !rests(condition) {
			is(n.condition, condition.Type, string(condition.Status), condition.Reason)
		}
	}
}

// rests says that a condition is as it is of a node that is well, and stays so. Of a fleet at rest these are not told: nine series a node would be more than
// all else that the manager says, and tell what their absence tells.
func rests(condition *metav1.Condition) bool {
	switch condition.Type {
	case seiv1alpha1.ConditionNodeUpdateInProgress:
		return condition.Status == metav1.ConditionFalse && condition.Reason == seiv1alpha1.ReasonUpToDate
	case seiv1alpha1.ConditionSynced:
		return condition.Status == metav1.ConditionTrue || condition.Reason == seiv1alpha1.ReasonNotApplicable
	}
	return condition.Status == metav1.ConditionTrue
}
