package alerts

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/grafana/grafana-foundation-sdk/go/cog"
	grafana "github.com/grafana/grafana-foundation-sdk/go/dashboard"
	"github.com/grafana/grafana-foundation-sdk/go/prometheus"
	"github.com/grafana/grafana-foundation-sdk/go/stat"
	"github.com/grafana/grafana-foundation-sdk/go/table"
	"github.com/grafana/grafana-foundation-sdk/go/timeseries"
)

// ofGrafana is what Grafana's own schema has against a dashboard, its panels and its queries, "" for nothing.
func ofGrafana(text string) string {
	runtime := cog.NewRuntime()
	runtime.RegisterDataqueryVariant(prometheus.VariantConfig())
	runtime.RegisterPanelcfgVariant(stat.VariantConfig())
	runtime.RegisterPanelcfgVariant(table.VariantConfig())
	runtime.RegisterPanelcfgVariant(timeseries.VariantConfig())
	whole := grafana.Dashboard{}
	if err := whole.UnmarshalJSONStrict([]byte(text)); err != nil {
		return err.Error()
	}
	if err := whole.Validate(); err != nil {
		return err.Error() // "" where no field is wrong
	}
	return ""
}

// TestDashboardsAreOfGrafanasSchema, strictly: no field that Grafana does not know, none missing that it wants.
func TestDashboardsAreOfGrafanasSchema(t *testing.T) {
	for file := range dashboards(t) {
		text, err := os.ReadFile(filepath.Join("../../config/prometheus/dashboards", file))
		if err != nil {
			t.Fatal(err)
		}
		if wrong := ofGrafana(string(text)); wrong != "" {
			t.Errorf("%s: %s", file, wrong)
		}
		for was, is := range map[string]string{
			`"gridPos": {`:         `"gridpos": {`,
			`"legendFormat": `:     `"legend": `,
			`"expr": "`:            `"expr": 7, "x": "`,
			`"colorMode": "value"`: `"colorMode": 7`,
		} {
			if wrong := strings.Replace(string(text), was, is, 1); wrong == string(text) || ofGrafana(wrong) == "" {
				t.Errorf("%s, with %s in the place of %s: nothing is found", file, is, was)
			}
		}
	}
}
