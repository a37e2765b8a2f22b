package alerts

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// dashboard is what is looked at of a Grafana dashboard.
type dashboard struct {
	UID, Title    string
	SchemaVersion int
	Panels        []panel
	Templating    struct {
		List []variable
	}
}

type variable struct{ Name, Type, Definition string }

type panel struct {
	ID          int
	Type, Title string
	Datasource  datasource
	GridPos     struct{ X, Y, W, H int }
	FieldConfig struct{ Defaults struct{ Unit string } }
	Targets     []struct {
		Datasource                datasource
		Expr, RefID, LegendFormat string
	}
}

type datasource struct{ Type, UID string }

// chosen is the datasource that the user chooses: a dashboard that names one shows nothing where that is called otherwise.
var chosen = datasource{"prometheus", "${datasource}"}

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
	uids := map[string]string{}
	for file, dashboard := range dashboards(t) {
		if dashboard.UID == "" || uids[dashboard.UID] != "" || dashboard.Title == "" || dashboard.SchemaVersion == 0 {
			t.Errorf("%s has no uid of its own, title or schemaVersion", file)
		}
		uids[dashboard.UID] = file
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

// TestPanelsShowWhatIsChosen, of the datasource that the user chooses, in a unit, and say which line is which.
func TestPanelsShowWhatIsChosen(t *testing.T) {
	for file, dashboard := range dashboards(t) {
		if !slices.ContainsFunc(dashboard.Templating.List, func(v variable) bool { return v.Name == "datasource" && v.Type == "datasource" }) {
			t.Errorf("%s has no variable of type datasource", file)
		}
		for _, panel := range dashboard.Panels {
			for _, wrong := range panel.wrong() {
				t.Errorf("%s: %q %s", file, panel.Title, wrong)
			}
		}
	}
}

// wrong is what is wrong with a panel that is to show something.
func (p panel) wrong() (found []string) {
	if p.Type == "row" {
		return nil
	}
	if !slices.Contains([]string{"stat", "table", "timeseries"}, p.Type) || p.FieldConfig.Defaults.Unit == "" || p.Datasource != chosen {
		found = append(found, fmt.Sprintf("is a %q, in %q, of %v; wanted a panel that is known here, with a unit, of the datasource that is chosen", p.Type, p.FieldConfig.Defaults.Unit, p.Datasource))
	}
	refs, legends := map[string]bool{}, map[string]bool{}
	for _, target := range p.Targets {
		if target.Datasource != chosen || refs[target.RefID] || p.Type == "timeseries" && (target.LegendFormat == "" || legends[target.LegendFormat]) {
			found = append(found, fmt.Sprintf("has query %q, of %v, called %q; wanted one ID and one legend a query, of the datasource that is chosen", target.RefID, target.Datasource, target.LegendFormat))
		}
		refs[target.RefID], legends[target.LegendFormat] = true, true
	}
	return found
}

// TestAPanelThatIsWrongIsFound.
func TestAPanelThatIsWrongIsFound(t *testing.T) {
	for name, spoil := range map[string]func(*panel){
		"of another datasource":         func(p *panel) { p.Datasource.UID = "prometheus" },
		"a query of another datasource": func(p *panel) { p.Targets[0].Datasource.UID = "prometheus" },
		"of a type that was dropped":    func(p *panel) { p.Type = "graph" },
		"without a unit":                func(p *panel) { p.FieldConfig.Defaults.Unit = "" },
		"without a legend":              func(p *panel) { p.Targets[0].LegendFormat = "" },
		"two queries with one ID":       func(p *panel) { p.Targets = append(p.Targets, p.Targets[0]) },
	} {
		whole := dashboards(t)["node.json"].Panels[10]
		if wrong := whole.wrong(); whole.Type != "timeseries" || len(wrong) > 0 {
			t.Fatalf("%q, a %s, is wrong to begin with: %q", whole.Title, whole.Type, wrong)
		}
		if spoil(&whole); len(whole.wrong()) == 0 {
			t.Errorf("%s: not found", name)
		}
	}
}
