package main

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// TestSizesThatMeanNothingAreNamed, and nothing is started.
func TestSizesThatMeanNothingAreNamed(t *testing.T) {
	for text, want := range map[string]string{
		"0": `"0" is no number from 1 to 50000`, "many": `"many" is no number`, "200,": `"" is no number`, "-5": `"-5" is no number`, "50001": `"50001" is no number`,
	} {
		if sizes, err := parseSizes(text); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, %v; wanted %q", text, sizes, err, want)
		}
	}
	if sizes, err := parseSizes("200, 1000"); err != nil || len(sizes) != 2 || sizes[1] != 1000 {
		t.Errorf("%v, %v", sizes, err)
	}
}

// TestHowLongItRestsIsANumberOfTimes, one for each size.
func TestHowLongItRestsIsANumberOfTimes(t *testing.T) {
	for _, text := range []string{"", "1m,", "0s", "-1m", "ten"} {
		if rests, err := parseRests(text); err == nil || !strings.Contains(err.Error(), "is no time like 30s or 10m") {
			t.Errorf("%q: %v, %v", text, rests, err)
		}
	}
	if rests, err := parseRests("1m, 10m"); err != nil || !slices.Equal(rests, []time.Duration{time.Minute, 10 * time.Minute}) {
		t.Errorf("%v, %v", rests, err)
	}
}

// TestStepsThatMeanNothingAreNamed, and which are known.
func TestStepsThatMeanNothingAreNamed(t *testing.T) {
	if wanted, err := parseSteps("rest,dance"); err == nil || !strings.Contains(err.Error(), `"dance" is none of rest, health, restart`) {
		t.Errorf("%v, %v", wanted, err)
	}
	if wanted, err := parseSteps("all"); err != nil || len(wanted) != len(stepNames()) {
		t.Errorf("%v, %v", wanted, err)
	}
	if wanted, err := parseSteps("rest, bind"); err != nil || len(wanted) != 2 || !wanted["bind"] {
		t.Errorf("%v, %v", wanted, err)
	}
}

// TestAMissingProgramIsNamed, by its flag, and a port that is in use.
func TestAMissingProgramIsNamed(t *testing.T) {
	err := options{manager: "/nowhere/manager", kubernetes: t.TempDir(), kwok: "/"}.programs()
	for _, want := range []string{"-manager names no program: /nowhere/manager", "(etcd)", "-kwok names no program"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v; wanted %q", err, want)
		}
	}
}

// TestTheAuditLogIsCounted: what the operator wrote and read in a time, but for what belongs to being the leader.
func TestTheAuditLogIsCounted(t *testing.T) {
	p := &plane{dir: t.TempDir()}
	line := func(second, verb, resource, subresource, name string) string {
		return `{"verb":"` + verb + `","objectRef":{"resource":"` + resource + `","subresource":"` + subresource + `","name":"` + name + `"},"requestReceivedTimestamp":"2026-11-27T12:00:` + second + `.000000Z"}`
	}
	log := strings.Join([]string{
		line("00", "create", "pods", "", "before"), line("10", "create", "events", "", ""), line("11", "patch", "seinodes", "status", "a"), line("12", "patch", "seinodes", "status", "b"),
		line("13", "get", "leases", "", "volume"), line("14", "watch", "pods", "", ""), line("15", "update", "leases", "", "seinode-operator.sei.io"),
		line("16", "create", "tokenreviews", "", ""), line("30", "create", "pods", "", "after"), `{"verb":"cre`,
	}, "\n")
	if err := os.WriteFile(filepath.Join(p.dir, "audit.log"), []byte(log), 0o600); err != nil {
		t.Fatal(err)
	}
	began := time.Date(2026, 11, 27, 12, 0, 10, 0, time.UTC)
	writes, reads, watches, err := p.requests(began, began.Add(20*time.Second))
	if err != nil || writes.per(2) != "create events 0.50, patch seinodes/status 1.00" || reads.per(1) != "get leases 1.00" || watches.sum() != 1 {
		t.Errorf("%s; %s; %v; %v", writes.per(2), reads.per(1), watches, err)
	}
}

// TestTheBusiestSecondIsFound, wherever it begins, of lines in the order of the answers.
func TestTheBusiestSecondIsFound(t *testing.T) {
	began := time.Date(2026, 11, 27, 12, 0, 10, 0, time.UTC)
	log := &trail{}
	for _, after := range []int{-100, -50, -1, 1900, 900, 0, 1899, 1000, 1300} {
		log.lines = append(log.lines, made{what: "get pods", at: began.Add(time.Duration(after) * time.Millisecond)})
	}
	if most := log.busiest(began); most != 4 { // from 0.900 on; 1.900 is a second later
		t.Errorf("%d requests in the busiest second", most)
	}
}

// TestAFigureThatLeftItsRangeIsMarked, and fails nothing; a range holds for fleets that are smaller, too.
func TestAFigureThatLeftItsRangeIsMarked(t *testing.T) {
	known, err := readRanges()
	if err != nil {
		t.Fatal(err)
	}
	r := result{Nodes: 200, Figures: []figure{{Name: figureRestWrites, Value: 1}, {Name: figureStart, Value: 1}}}
	table := r.table(known)
	if strings.Count(table, "OUT OF RANGE") != 1 || !strings.Contains(table, "a fleet at rest costs nothing") {
		t.Error(table)
	}
	for size, figures := range known {
		for name, limit := range figures {
			if limit.Why == "" {
				t.Errorf("%d nodes: nothing says why %q has its range", size, name)
			}
		}
	}
}

// TestQuantiles of a list in any order.
func TestQuantiles(t *testing.T) {
	all := []time.Duration{3, 1, 2}
	if quantile(all, 0.5) != 2 || quantile(all, 0.99) != 3 || quantile(nil, 0.5) != 0 {
		t.Error(all)
	}
}
