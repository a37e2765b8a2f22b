package alerts

import (
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// dashboard is what is looked at of a Grafana dashboard.
type dashboard struct {
	UID, Title    string
	SchemaVersion int
	Panels        []panel
	Templating    struct {
		List []struct{ Name, Type, Definition string }
	}
}

type panel struct {
	ID          int
	Type, Title string
	GridPos     struct{ X, Y, W, H int }
	Targets     []struct{ Expr, RefID string }
}

func dashboards(t *testing.T) map[string]dashboard {
	t.Helper()
	paths, err := filepath.Glob("../../config/prometheus/dashboards/*.json")
	if err != nil || len(paths) == 0 {
		t.Fatalf("there are no dashboards (%v)", err)
	}
	found := map[string]dashboard{}
	for _, path := range paths {
		var one dashboard
		text, err := os.ReadFile(path)
		if err == nil {
			err = json.Unmarshal(text, &one)
		}
		if err != nil {
			t.Fatalf("%s: %v", path, err)
		}
		found[filepath.Base(path)] = one
	}
	return found
}

// query is an expression as Grafana asks it, with something in the place of each variable.
func query(expression string) string {
	return strings.NewReplacer("$__rate_interval", "2m", "$namespace", "sei", "$node", "archive-0", "$chain", "pacific-1").Replace(expression)
}

// TestEveryQueryOfADashboardCanBeAsked, and names metrics that somebody tells, and variables that the dashboard has.
func TestEveryQueryOfADashboardCanBeAsked(t *testing.T) {
	known := told(t)
	for file, dashboard := range dashboards(t) {
		variables := map[string]bool{"__rate_interval": true}
		for _, variable := range dashboard.Templating.List {
			variables[variable.Name] = true
			if inner := regexp.MustCompile(`^label_values\((.*), \w+\)$`).FindStringSubmatch(variable.Definition); variable.Type == "query" && (inner == nil || len(unknown(t, query(inner[1]), known)) > 0) {
				t.Errorf("%s: variable %s is %q", file, variable.Name, variable.Definition)
			}
		}
		for _, panel := range dashboard.Panels {
			for _, target := range panel.Targets {
				if names := unknown(t, query(target.Expr), known); len(names) > 0 {
					t.Errorf("%s: %q names %q: nobody tells them", file, panel.Title, names)
				}
				for _, match := range regexp.MustCompile(`\$(\w+)`).FindAllStringSubmatch(target.Expr, -1) {
					if !variables[match[1]] {
						t.Errorf("%s: %q has no variable %s", file, panel.Title, match[1])
					}
				}
			}
		}
	}
}

// TestDashboardsAreWhole: panels have a place of their own, an ID, a title, and something to show.
func TestDashboardsAreWhole(t *testing.T) {
	for file, dashboard := range dashboards(t) {
		if dashboard.UID == "" || dashboard.Title == "" || dashboard.SchemaVersion == 0 {
			t.Errorf("%s has no uid, title or schemaVersion", file)
		}
		places, ids := map[[2]int]string{}, map[int]bool{}
		for _, panel := range dashboard.Panels {
			if panel.Title == "" || ids[panel.ID] || panel.Type != "row" && len(panel.Targets) == 0 || panel.GridPos.X+panel.GridPos.W > 24 {
				t.Errorf("%s: panel %d, %q: wanted a title, an ID of its own, a query, and a place within 24 columns", file, panel.ID, panel.Title)
			}
			ids[panel.ID] = true
			for x := panel.GridPos.X; x < panel.GridPos.X+panel.GridPos.W; x++ {
				for y := panel.GridPos.Y; y < panel.GridPos.Y+panel.GridPos.H; y++ {
					if other := places[[2]int{x, y}]; other != "" {
						t.Fatalf("%s: %q lies on %q", file, panel.Title, other)
					}
					places[[2]int{x, y}] = panel.Title
				}
			}
		}
	}
}
