// Package telemetry holds the operator's metrics and events, each in one place.
package telemetry

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// Metrics are the operator's own. Their names are a public contract: alerts are keyed on them.
type Metrics struct {
	validations *prometheus.CounterVec
	terminals   *prometheus.CounterVec
	timeToValid *prometheus.HistogramVec
	build       *prometheus.GaugeVec
}

// NewMetrics registers the metrics. The build information is set at once, to version.
func NewMetrics(registry prometheus.Registerer, version string) *Metrics {
	m := &Metrics{
		validations: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "sei_import_pvc_validation_total",
			Help: "Validations of imported claims, by result: valid, transient or terminal.",
		}, []string{"namespace", "result"}),
		terminals: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "sei_import_pvc_terminal_total",
			Help: "Imported claims found unusable, by reason: waiting alone will not mend them.",
		}, []string{"namespace", "reason"}),
		timeToValid: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name:    "sei_import_pvc_time_to_valid_seconds",
			Help:    "Time from the submission of ensure-data-pvc to a valid imported claim, in seconds.",
			Buckets: []float64{.05, .1, .25, .5, 1, 5, 15, 60, 300, 900, 3600, 14400}, // a late claim takes a person, or a restore
		}, []string{"namespace"}),
		build: prometheus.NewGaugeVec(prometheus.GaugeOpts{
			Name: "sei_operator_build_info",
			Help: "Always 1; the label says which version runs.",
		}, []string{"version"}),
	}
	registry.MustRegister(m.validations, m.terminals, m.timeToValid, m.build)
	m.build.WithLabelValues(version).Set(1)
	return m
}

// ImportValidated counts one validation of an imported claim.
func (m *Metrics) ImportValidated(namespace, result string) {
	m.validations.WithLabelValues(namespace, result).Inc()
}

// ImportTerminal counts a claim that was found unusable for a new reason.
func (m *Metrics) ImportTerminal(namespace, reason string) {
	m.terminals.WithLabelValues(namespace, reason).Inc()
}

// ImportTook records how long an import waited for a valid claim.
func (m *Metrics) ImportTook(namespace string, waited time.Duration) {
	m.timeToValid.WithLabelValues(namespace).Observe(waited.Seconds())
}

// Forget drops the series of a namespace that has no SeiNode any more.
func (m *Metrics) Forget(namespace string) {
	labels := prometheus.Labels{"namespace": namespace}
	m.validations.DeletePartialMatch(labels)
	m.terminals.DeletePartialMatch(labels)
	m.timeToValid.DeletePartialMatch(labels)
}
