package reference_test

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"sigs.k8s.io/yaml"

	"github.com/seinode/seinode-operator/internal/reference"
)

// alert is one of the rules.
type alert struct {
	Alert, For          string
	Labels, Annotations map[string]string
}

func alerts(t *testing.T) (found []alert) {
	t.Helper()
	var file struct{ Groups []struct{ Rules []alert } }
	read(t, &file, "dist", "rules.yml")
	for _, group := range file.Groups {
		found = append(found, group.Rules...)
	}
	if len(found) == 0 {
		t.Fatal("there are no alerts")
	}
	return found
}

func read(t *testing.T, into any, path ...string) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(append([]string{"..", ".."}, path...)...))
	if err == nil {
		err = yaml.Unmarshal(text, into)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// TestEveryAlertSaysWhatToDo: which node, what was found, what was wanted, and where it is written what to do.
func TestEveryAlertSaysWhatToDo(t *testing.T) {
	for _, alert := range alerts(t) {
		description := alert.Annotations["description"]
		if severity := alert.Labels["severity"]; severity != "critical" && severity != "warning" {
			t.Errorf("%s: severity %q; wanted critical or warning", alert.Alert, severity)
		}
		if alert.Annotations["summary"] == "" || !strings.Contains(description, "; wanted ") || strings.Contains(description, "{{ $labels.instance") {
			t.Errorf("%s: %q says not what was found and wanted", alert.Alert, description)
		}
		if want := reference.Files + "docs/runbooks/" + alert.Alert + ".md"; alert.Annotations["runbook_url"] != want {
			t.Errorf("%s: runbook_url %q; wanted %q", alert.Alert, alert.Annotations["runbook_url"], want)
		}
	}
}

// TestEveryAlertHasItsRunbook, listed as the alert is, and no page is of an alert that there is not.
func TestEveryAlertHasItsRunbook(t *testing.T) {
	index, err := os.ReadFile(filepath.Join("..", "..", "docs", "runbooks", "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	pages, documented := map[string]bool{}, map[string]bool{}
	for _, alert := range alerts(t) {
		pages[alert.Alert] = true
		if alert.For == "" {
			alert.For = "0m"
		}
		if row := fmt.Sprintf("\n| [%[1]s](%[1]s.md) | %s | %s | ", alert.Alert, alert.Labels["severity"], alert.For); !strings.Contains(string(index), row) {
			t.Errorf("docs/runbooks/README.md has no row that begins %q", strings.TrimSpace(row))
		}
	}
	paths, err := filepath.Glob(filepath.Join("..", "..", "docs", "runbooks", "Sei*.md"))
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range paths {
		name := strings.TrimSuffix(filepath.Base(path), ".md")
		documented[name] = true
		page, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		got := regexp.MustCompile(`(?m)^#.*$`).FindAllString(regexp.MustCompile("(?s)```.*?```").ReplaceAllString(string(page), ""), -1)
		if want := []string{"# " + name, "## Meaning", "## Impact", "## Look", "## Mend"}; !slices.Equal(got, want) {
			t.Errorf("%s: headings %q; wanted %q", path, got, want)
		}
	}
	compare(t, "runbooks", pages, documented)
}

// TestEveryAlertIsTriedBothWays: one that never fires is as good as none, and so is one that always does.
func TestEveryAlertIsTriedBothWays(t *testing.T) {
	fires, stays := tried(t)
	for _, alert := range alerts(t) {
		if fires[alert.Alert] == "" || !stays[alert.Alert] {
			t.Errorf("%s: tried where it fires: %q, and where it does not: %t; see test/alerts", alert.Alert, fires[alert.Alert], stays[alert.Alert])
		}
	}
}

// TestTheTableOfTestsIsTrue: the document says of each alert which file of test/alerts has it fire, and which are tried on a real cluster.
func TestTheTableOfTestsIsTrue(t *testing.T) {
	document := text(t, "docs", "how-to", "observability.md")
	live, listed := text(t, "test", "e2e", "alerts_test.go"), 0
	fires, _ := tried(t)
	for _, alert := range alerts(t) {
		row := regexp.MustCompile(`(?m)^\| ` + alert.Alert + ` \| ` + "`([a-z]+.yaml)`" + ` \| ?(.*)\|$`).FindStringSubmatch(document)
		if len(row) == 0 || row[1] != fires[alert.Alert] {
			t.Errorf("docs/how-to/observability.md has no row %q, %q under How the alerts are tried", alert.Alert, fires[alert.Alert])
			continue
		}
		listed++
		if isLive := strings.Contains(live, strconv.Quote(alert.Alert)); isLive != (row[2] != "") {
			t.Errorf("%s is tried on a real node: %t; docs/how-to/observability.md says %q", alert.Alert, isLive, row[2])
		}
	}
	if rows := strings.Count(document, ".yaml` |"); rows != listed {
		t.Errorf("docs/how-to/observability.md has %d rows of alerts; wanted %d", rows, listed)
	}
}

// text is a file of the checkout.
func text(t *testing.T, path ...string) string {
	t.Helper()
	content, err := os.ReadFile(filepath.Join(append([]string{"..", ".."}, path...)...))
	if err != nil {
		t.Fatal(err)
	}
	return string(content)
}

// tried are the alerts that a file of test/alerts has fire, with its name, and those that one has not fire.
func tried(t *testing.T) (fires map[string]string, stays map[string]bool) {
	t.Helper()
	fires, stays = map[string]string{}, map[string]bool{}
	paths, err := filepath.Glob(filepath.Join("..", "..", "test", "alerts", "*.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range paths {
		var file struct {
			Tests []struct {
				Alerts []struct {
					Alert string `json:"alertname"`
					Want  []any  `json:"exp_alerts"`
				} `json:"alert_rule_test"`
			}
		}
		read(t, &file, "test", "alerts", filepath.Base(path))
		for _, test := range file.Tests {
			for _, try := range test.Alerts {
				if len(try.Want) > 0 {
					fires[try.Alert] = filepath.Base(path)
				}
				stays[try.Alert] = stays[try.Alert] || len(try.Want) == 0
			}
		}
	}
	return fires, stays
}
