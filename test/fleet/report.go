package main

import (
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"strings"
	"sync"
	"text/tabwriter"
	"time"

	"sigs.k8s.io/yaml"

	_ "embed"
)

// The figures, by what they are, with their units.
const (
	figureBurst         = "applied at once: until the last StatefulSet exists, s"
	figureBusiest       = "most requests in any second"
	figureRunning       = "applied: until the last node is Running, s"
	figureWrites        = "writes a node, from apply to Running"
	figureRestWrites    = "at rest: writes"
	figureRestReads     = "at rest: reads"
	figureCPU           = "at rest: processor, % of a core"
	figureSteady        = "at rest: resident memory, MiB"
	figurePeak          = "the most resident memory so far, MiB"
	figureSilent        = "an agent that falls silent behind a ready pod, until status: p99, s"
	figureHealth        = "a change of a node's health, 5 % of the agents silent, until status: p99, s"
	figurePlan          = "what only the agent tells of a node that is well, until status: p99, s"
	figureStart         = "cold start, until every SeiNode was reconciled, s"
	figureStartWrites   = "cold start: writes"
	figureStartPeak     = "cold start: the most resident memory, MiB"
	figureUpgradePods   = "an upgrade of the operator: pods restarted"
	figureUpgradeWrites = "an upgrade of the operator: writes"
	figureBind          = "Bound to ImportPVCReady, %d waiting: p99, ms"
	figureFair          = "Bound to ImportPVCReady of a healthy one beside broken ones: p99, ms"
	figureForeign       = "resident memory beside foreign objects, times that without"
)

// figure is one that was measured.
type figure struct {
	Name   string  `json:"name"`
	Value  float64 `json:"value"`
	Detail string  `json:"detail,omitempty"`
}

// result is what one run measured, and on what.
type result struct {
	Nodes    int       `json:"nodes"`
	Begun    time.Time `json:"begun"`
	Machine  string    `json:"machine"`
	Versions string    `json:"versions"`
	Figures  []figure  `json:"figures"`
}

func begun(size int) result {
	return result{Nodes: size, Begun: time.Now().UTC(), Machine: machineOf(), Versions: versions()}
}

func machineOf() string {
	load, _ := os.ReadFile("/proc/loadavg")
	memory, _ := os.ReadFile("/proc/meminfo")
	total, _, _ := strings.Cut(string(memory), "\n")
	return fmt.Sprintf("%s/%s, %d processors, %s, load %s, %s", runtime.GOOS, runtime.GOARCH, runtime.NumCPU(), strings.Join(strings.Fields(total), " "),
		strings.TrimSpace(string(load)), speed())
}

// speed tells how fast the machine is now, by the same work on every processor at once: one that is shared with others may be half as fast an hour later, and then
// two runs do not compare.
func speed() string {
	var all sync.WaitGroup
	began := time.Now()
	for range runtime.NumCPU() {
		all.Go(func() {
			for block, i := make([]byte, 1<<20), 0; i < 256; i++ {
				sum := sha256.Sum256(block)
				copy(block, sum[:])
			}
		})
	}
	all.Wait()
	return fmt.Sprintf("256 MiB hashed by each processor in %d ms", time.Since(began).Milliseconds())
}

func versions() string {
	all := []string{runtime.Version()}
	if info, known := debug.ReadBuildInfo(); known {
		for _, dependency := range info.Deps {
			if dependency.Path == "sigs.k8s.io/controller-runtime" || dependency.Path == "k8s.io/client-go" {
				all = append(all, dependency.Path+" "+dependency.Version)
			}
		}
	}
	return strings.Join(all, ", ")
}

func (r *result) add(name string, value float64, detail string) {
	r.Figures = append(r.Figures, figure{name, value, detail})
	fmt.Fprintf(os.Stderr, "          %s: %.4g (%s)\n", name, value, detail)
}

// most is the upper end of a figure's range, and why it is there.
type most struct {
	Most float64 `json:"most"`
	Why  string  `json:"why"`
}

//go:embed ranges.yaml
var rangesFile []byte

// ranges are those of each figure, by the largest number of nodes that they hold for.
type ranges map[int]map[string]most

func readRanges() (known ranges, err error) {
	if err := yaml.UnmarshalStrict(rangesFile, &known); err != nil {
		return nil, fmt.Errorf("test/fleet/ranges.yaml: %w", err)
	}
	return known, nil
}

// of is a figure's range in a run of that size: that of the smallest size which is not below it.
func (r ranges) of(nodes int, name string) *most {
	var found *most
	smallest := 0
	for size, figures := range r {
		if limit, has := figures[name]; has && size >= nodes && (found == nil || size < smallest) {
			found, smallest = &limit, size
		}
	}
	return found
}

// table is for people. A figure that left its range is marked; that is no failure, but a reason to look.
func (r *result) table(known ranges) string {
	var text strings.Builder
	fmt.Fprintf(&text, "\n%d SeiNodes; %s; %s\n\n", r.Nodes, r.Machine, r.Versions)
	columns := tabwriter.NewWriter(&text, 0, 0, 2, ' ', 0)
	_, _ = fmt.Fprintln(columns, "figure\tmeasured\tat most\tdetail")
	for _, figure := range r.Figures {
		limit, mark := "", ""
		if expected := known.of(r.Nodes, figure.Name); expected != nil {
			limit = fmt.Sprintf("%.4g", expected.Most)
			if figure.Value > expected.Most {
				mark = "OUT OF RANGE (" + expected.Why + "); "
			}
		}
		_, _ = fmt.Fprintf(columns, "%s\t%.4g\t%s\t%s%s\n", figure.Name, figure.Value, limit, mark, figure.Detail)
	}
	_ = columns.Flush()
	return text.String()
}

func (r *result) write(dir string) error {
	text, err := json.MarshalIndent(r, "", "  ")
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(dir, fmt.Sprintf("%d.json", r.Nodes)), append(text, '\n'), 0o644) //nolint:gosec // for everybody
}
