package telemetry_test

import (
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"
	"github.com/prometheus/client_golang/prometheus/testutil/promlint"

	"github.com/google/go-cmp/cmp"

	"github.com/seinode/seinode-operator/internal/telemetry"
)

func newMetrics() (*telemetry.Metrics, *prometheus.Registry) {
	registry := prometheus.NewPedanticRegistry()
	return telemetry.NewMetrics(registry, "v1.2.3"), registry
}

// TestTheMetricsAreNamedAndLabelledAsAlertsExpect: four of ten alerts of another operator were keyed on metrics that did not
// exist.
func TestTheMetricsAreNamedAndLabelledAsAlertsExpect(t *testing.T) {
	metrics, registry := newMetrics()
	metrics.ImportValidated("sei", "transient")
	metrics.ImportValidated("sei", "transient")
	metrics.ImportValidated("sei", "valid")
	metrics.ImportValidated("other", "terminal")
	metrics.ImportTerminal("other", "PVCLost")
	wantScrape(t, registry, "", `
# TYPE sei_import_pvc_terminal_total counter
# TYPE sei_import_pvc_validation_total counter
# TYPE sei_operator_build_info gauge
sei_import_pvc_validation_total{namespace="other",result="terminal"} 1
sei_import_pvc_validation_total{namespace="sei",result="transient"} 2
sei_import_pvc_validation_total{namespace="sei",result="valid"} 1
sei_import_pvc_terminal_total{namespace="other",reason="PVCLost"} 1
sei_operator_build_info{version="v1.2.3"} 1
`)
}

func TestTheTimeToValidIsInSecondsAndReachesHours(t *testing.T) {
	metrics, registry := newMetrics()
	metrics.ImportTook("sei", 90*time.Second)
	metrics.ImportTook("sei", 2*time.Hour)
	wantScrape(t, registry, "sei_import_pvc_time_to_valid_seconds", `
# TYPE sei_import_pvc_time_to_valid_seconds histogram
sei_import_pvc_time_to_valid_seconds_bucket{namespace="sei",le="0.05"} 0
sei_import_pvc_time_to_valid_seconds_bucket{namespace="sei",le="0.1"} 0
sei_import_pvc_time_to_valid_seconds_bucket{namespace="sei",le="0.25"} 0
sei_import_pvc_time_to_valid_seconds_bucket{namespace="sei",le="0.5"} 0
sei_import_pvc_time_to_valid_seconds_bucket{namespace="sei",le="1"} 0
sei_import_pvc_time_to_valid_seconds_bucket{namespace="sei",le="5"} 0
sei_import_pvc_time_to_valid_seconds_bucket{namespace="sei",le="15"} 0
sei_import_pvc_time_to_valid_seconds_bucket{namespace="sei",le="60"} 0
sei_import_pvc_time_to_valid_seconds_bucket{namespace="sei",le="300"} 1
sei_import_pvc_time_to_valid_seconds_bucket{namespace="sei",le="900"} 1
sei_import_pvc_time_to_valid_seconds_bucket{namespace="sei",le="3600"} 1
sei_import_pvc_time_to_valid_seconds_bucket{namespace="sei",le="14400"} 2
sei_import_pvc_time_to_valid_seconds_bucket{namespace="sei",le="+Inf"} 2
sei_import_pvc_time_to_valid_seconds_sum{namespace="sei"} 7290
sei_import_pvc_time_to_valid_seconds_count{namespace="sei"} 2
`)
}

// TestForgetDropsEverySeriesOfTheNamespaceAndNoOther: a series that is never deleted alerts for ever.
func TestForgetDropsEverySeriesOfTheNamespaceAndNoOther(t *testing.T) {
	metrics, registry := newMetrics()
	for _, namespace := range []string{"gone", "stays"} {
		metrics.ImportValidated(namespace, "valid")
		metrics.ImportValidated(namespace, "terminal")
		metrics.ImportTerminal(namespace, "PVCLost")
		metrics.ImportTook(namespace, time.Second)
	}
	metrics.Forget("gone")
	if got := scrape(t, registry); strings.Contains(got, "gone") {
		t.Errorf("series of the namespace are left:\n%s", got)
	}
	wantScrape(t, registry, "stays", `
sei_import_pvc_terminal_total{namespace="stays",reason="PVCLost"} 1
sei_import_pvc_time_to_valid_seconds_count{namespace="stays"} 1
sei_import_pvc_validation_total{namespace="stays",result="terminal"} 1
sei_import_pvc_validation_total{namespace="stays",result="valid"} 1
`, "_bucket", "_sum")
}

// TestTheMetricsAreWellNamed asks Prometheus' own linter.
func TestTheMetricsAreWellNamed(t *testing.T) {
	metrics, registry := newMetrics()
	metrics.ImportValidated("sei", "valid")
	metrics.ImportTerminal("sei", "PVCLost")
	metrics.ImportTook("sei", time.Second)
	families, err := registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	problems, err := promlint.NewWithMetricFamilies(families).Lint()
	if err != nil || len(problems) != 0 {
		t.Errorf("error %v, problems %v", err, problems)
	}
}

// scrape is what Prometheus gets.
func scrape(t testing.TB, registry *prometheus.Registry) string {
	t.Helper()
	answer := httptest.NewRecorder()
	promhttp.HandlerFor(registry, promhttp.HandlerOpts{}).ServeHTTP(answer, httptest.NewRequest(http.MethodGet, "/metrics", http.NoBody))
	return answer.Body.String()
}

// wantScrape compares the lines that say what is asked about, without the help texts and those that say one of but.
func wantScrape(t *testing.T, registry *prometheus.Registry, about, want string, but ...string) {
	t.Helper()
	var got []string
	for line := range strings.Lines(scrape(t, registry)) {
		skip := strings.HasPrefix(line, "# HELP") || !strings.Contains(line, about)
		for _, one := range but {
			skip = skip || strings.Contains(line, one)
		}
		if !skip {
			got = append(got, strings.TrimSpace(line))
		}
	}
	wanted := strings.Split(strings.TrimSpace(want), "\n")
	slices.Sort(got)
	slices.Sort(wanted)
	if diff := cmp.Diff(wanted, got); diff != "" {
		t.Errorf("scrape (-want +got):\n%s", diff)
	}
}
