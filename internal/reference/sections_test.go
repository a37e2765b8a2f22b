package reference_test

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/seinode/seinode-operator/internal/reference"
)

// section is a row of the reference with an address of its own, and named what it is the section of.
var section = regexp.MustCompile("(?m)^\\| <a id=\"([a-z]+)-([a-z]+)\"></a>\\[?`(\\w+)`")

// sections are the addresses of conditions, reasons and events, by what they are of.
func sections(t *testing.T) map[string][]string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("..", "..", "docs", referencePage))
	if err != nil {
		t.Fatal(err)
	}
	found := map[string][]string{}
	for _, match := range section.FindAllStringSubmatch(string(text), -1) {
		if match[2] != strings.ToLower(match[3]) {
			t.Errorf("docs/%s: the row of %s has the address %s-%s", referencePage, match[3], match[1], match[2])
		}
		found[match[3]] = append(found[match[3]], match[1]+"-"+match[2])
	}
	return found
}

// TestEverySectionHasOneAddress: condition, reason and event, each under what it is said of.
func TestEverySectionHasOneAddress(t *testing.T) {
	wanted, found := map[string]bool{}, map[string]bool{}
	for heading, prefix := range addressed(t) {
		for name := range firstColumn(t, referencePage, heading) {
			wanted[prefix+"-"+strings.ToLower(name)] = true
		}
	}
	for _, addresses := range sections(t) {
		for _, address := range addresses {
			if found[address] {
				t.Errorf("docs/%s has the address %s twice", referencePage, address)
			}
			found[address] = true
		}
	}
	compare(t, "addresses", wanted, found)
}

// TestTheListOfSectionsIsThePages: a program names no section that is not there.
func TestTheListOfSectionsIsThePages(t *testing.T) {
	listed, err := os.ReadFile("sections.txt")
	if err != nil {
		t.Fatal(err)
	}
	found := slices.Sorted(slices.Values(slices.Concat(slices.Collect(maps.Values(sections(t)))...)))
	if diff := cmp.Diff(strings.Join(found, "\n")+"\n", string(listed)); diff != "" {
		t.Errorf("sections.txt (-page +listed):\n%s", diff)
	}
}

// TestSection: the first condition that has the reason counts, and none is made up.
func TestSection(t *testing.T) {
	const page = "https://github.com/seinode/seinode-operator/blob/main/docs/reference/README.md#"
	for _, test := range []struct {
		reason string
		of     []string
		want   string
	}{
		{"DiskFull", []string{"Ready"}, page + "ready-diskfull"},
		{"ChainMismatch", []string{"Bootstrapped", "DataInspected"}, page + "datainspected-chainmismatch"},
		{"UpgradeHalt", []string{"Synced", "Ready"}, page + "synced-upgradehalt"},
		{"PVCNotOwned", []string{"Ready", reference.Task}, page + "task-pvcnotowned"},
		{"DiskFull", []string{"Synced"}, ""},
		{"DiskFull", nil, ""},
		{"", []string{"Ready"}, ""},
		{"NeverHeardOf", []string{"Ready"}, ""},
	} {
		if got := reference.Section(test.reason, test.of...); got != test.want {
			t.Errorf("%s of %q: %q, wanted %q", test.reason, test.of, got, test.want)
		}
	}
}

// TestTheHomeIsOne: what is shipped and is not Go names the same.
func TestTheHomeIsOne(t *testing.T) {
	for _, line := range []struct{ file, text string }{
		{"config/manifests/bases/seinode-operator.clusterserviceversion.yaml", "repository: " + reference.Home + "\n"},
		{"hack/chart/static/Chart.yaml", "home: " + reference.Home + "\n"},
		{"hack/release.sh", "org.opencontainers.image.source=" + reference.Home + " "},
	} {
		if !strings.Contains(text(t, filepath.FromSlash(line.file)), line.text) {
			t.Errorf("%s has no %q", line.file, strings.TrimSpace(line.text))
		}
	}
}

// addressed are the headings whose rows have addresses, and what these begin with.
func addressed(t *testing.T) map[string]string {
	t.Helper()
	found := map[string]string{"Conditions": "condition", "Events": "event", "Reasons of a failed task": "task"}
	for condition := range values(t, "api/v1alpha1/conditions.go", "Condition") {
		found["Reasons of "+condition] = strings.ToLower(condition)
	}
	return found
}

// quoted is a name in code, and where it is a link, where that leads.
var quoted = regexp.MustCompile("(\\[?)`(\\w+)`(?:\\]\\(([^)\\s]+)\\))?")

// TestReasonsLinkToTheirSections: in the runbooks each, elsewhere those that are links; also in a runbook that tells of no reason.
func TestReasonsLinkToTheirSections(t *testing.T) {
	known := sections(t)
	for pattern, each := range map[string]bool{"docs/runbooks/*.md": true, "docs/how-to/*.md": false, "docs/explanation/*.md": false, "docs/tutorials/*.md": false, "README.md": false} {
		paths, err := filepath.Glob(filepath.Join("..", "..", pattern))
		if err != nil {
			t.Fatal(err)
		}
		for _, path := range paths {
			content, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			for _, wrong := range astray(string(content), known, each) {
				t.Errorf("%s: %s", path, wrong)
			}
		}
	}
}

// astray are the names of reasons that are no links to their sections.
func astray(content string, known map[string][]string, each bool) (found []string) {
	for _, match := range quoted.FindAllStringSubmatch(content, -1) {
		addresses, target := reasonsAmong(known[match[2]]), match[3]
		_, anchor, _ := strings.Cut(target, referencePage[strings.LastIndex(referencePage, "/")+1:]+"#")
		switch {
		case len(addresses) == 0, target == "" && (!each || match[1] != ""), slices.Contains(addresses, anchor):
		case target == "" || strings.Contains(target, "reference/"):
			found = append(found, fmt.Sprintf("%s links to %q, wanted one of %q of docs/%s", match[2], target, addresses, referencePage))
		}
	}
	return found
}

func reasonsAmong(addresses []string) []string {
	return slices.DeleteFunc(slices.Clone(addresses), func(address string) bool {
		return strings.HasPrefix(address, "condition-") || strings.HasPrefix(address, "event-")
	})
}

func TestReasonsThatGoAstrayAreFound(t *testing.T) {
	known := map[string][]string{"DiskFull": {"ready-diskfull"}, "Ready": {"condition-ready"}}
	for content, wrong := range map[string]int{
		"[`DiskFull`](../reference/README.md#ready-diskfull)":  0,
		"[`DiskFull`](../reference/README.md#ready-oomkilled)": 1,
		"`DiskFull`":                           1,
		"`Ready` and `spec.paused` and `Else`": 0,
		"[`DiskFull` and more](elsewhere.md)":  0,
	} {
		if found := astray(content, known, true); len(found) != wrong {
			t.Errorf("%s: found %q, wanted %d", content, found, wrong)
		}
	}
	if found := astray("`DiskFull`", known, false); len(found) != 0 {
		t.Errorf("found %q where not each has to be a link", found)
	}
}
