package world

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/seinode/seinode-operator/internal/faults"
)

// only names the cells that are tried, with a log of what happens; for when one is red.
var only = flag.String("cell", "", "try only the cells of the fault matrix whose name contains this, and log what happens in them")

// figures is where the matrix leaves its table: with go test alone nobody sees what a test that passes logs.
var figures = filepath.Join("..", "..", "artifacts", "fault-matrix.txt")

// cell is one call of a scenario that goes wrong in one way.
type cell struct {
	scenario *scenario
	faults.Call
	faults.Fault
}

func (c cell) String() string { return fmt.Sprintf("%s; %s: %s", c.scenario.name, c.Call, c.Fault) }

// ending is what a scenario comes to.
type ending struct {
	state []string
	done  map[faults.What]int
	calls int
}

// TestFaultMatrix: whichever call of a scenario goes wrong, and in whichever way, the world comes to the same, with hardly a write more. Which calls there
// are, a run without a fault says. After every single write at most one pod template mounts a given claim, and at most one live pod can sign with a given
// key; that nothing is written to a volume or an imported claim, the judges of all worlds see.
func TestFaultMatrix(t *testing.T) {
	defer debug.SetGCPercent(debug.SetGCPercent(800)) // worlds are small and short-lived
	var counted tally
	for i := range scenarios {
		t.Run(scenarios[i].name, func(t *testing.T) { scenarios[i].try(t, &counted) })
	}
	counted.tell(t)
}

// try has each call of a scenario go wrong in every way that it can.
func (s *scenario) try(t *testing.T, counted *tally) {
	usual, cells := s.faultless(t)
	counted.calls(s, usual.calls)
	everyCell(cells, func(c cell) {
		came, wrong, extra := c.try(usual)
		if wrong != "" {
			t.Errorf("%s: %s", c, wrong)
		}
		if came {
			counted.add(c, wrong == "", extra)
		}
	})
}

// perform plays a scenario in a world in which one call goes wrong. The call is one of the acts: what comes before goes well.
func (s *scenario) perform(injector *faults.Injector) *play {
	p := newPlay(&faults.Injector{})
	p.logs = *only != ""
	for _, do := range s.before {
		do(p)
		p.rest()
	}
	p.begin(injector)
	for _, do := range s.acts {
		do(p)
		p.rest()
	}
	return p
}

// faultless is what a scenario comes to when nothing goes wrong, and all that can.
func (s *scenario) faultless(t *testing.T) (ending, []cell) {
	injector := &faults.Injector{}
	p := s.perform(injector)
	if p.broken != "" {
		t.Fatalf("%s, and nothing goes wrong: %s", s.name, p.broken)
	}
	var cells []cell
	for _, call := range injector.Calls() {
		for _, fault := range faults.Of(call.What) {
			if c := (cell{s, call, fault}); strings.Contains(c.String(), *only) {
				cells = append(cells, c)
			}
		}
	}
	return ending{p.state(), injector.Done(), len(injector.Calls())}, cells
}

func everyCell(cells []cell, try func(cell)) {
	var next atomic.Int64
	var workers sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		workers.Go(func() {
			for i := int(next.Add(1)) - 1; i < len(cells); i = int(next.Add(1)) - 1 {
				try(cells[i])
			}
		})
	}
	workers.Wait()
}

// try plays a cell, and says whether its fault came about, what is wrong with what the world came to, and how many writes more it took.
func (c cell) try(usual ending) (came bool, wrong string, extra int) {
	injector := &faults.Injector{At: c.Call, Fault: c.Fault}
	p := c.scenario.perform(injector)
	if *only != "" {
		fmt.Println(c, "\n", strings.Join(p.log, "\n"))
	}
	if !injector.Fired() {
		return false, "", 0
	}
	extra, tooMany := surplus(usual.done, injector.Done(), c.forgetful(usual))
	switch state := p.state(); {
	case p.broken != "":
		wrong = p.broken
	case !slices.Equal(state, usual.state):
		wrong = "it ends otherwise:\n" + differences(usual.state, state)
	case tooMany != "":
		wrong = "it takes more: " + tooMany
	}
	return true, wrong, extra
}

// forgetful is how many nodes forget how what was made for them looks: a process that ends forgets it of all.
func (c cell) forgetful(usual ending) int {
	nodes := 0
	for what := range usual.done {
		if what.Verb == faults.PatchStatus {
			nodes++
		}
	}
	if c.Fault != faults.Crash {
		return 1
	}
	return nodes
}

// differences are the lines that one has and the other has not, the first of them.
func differences(usual, is []string) string {
	var out []string
	for _, line := range strings.Split(cmp.Diff(strings.Join(usual, "\n"), strings.Join(is, "\n")), "\n") {
		if strings.HasPrefix(line, "-") || strings.HasPrefix(line, "+") {
			out = append(out, line)
		}
	}
	return strings.Join(out[:min(len(out), 24)], "\n")
}

// tally counts what came of the cells.
type tally struct {
	mutex     sync.Mutex
	scenarios map[*scenario]sums
	faults    map[faults.Fault]sums
	all       sums
	mostExtra int
}

// sums are calls that can go wrong, how often one did, and how often the world came to the same all the same.
type sums struct{ calls, faults, converged int }

func (s sums) plus(more sums) sums {
	return sums{s.calls + more.calls, s.faults + more.faults, s.converged + more.converged}
}

func (t *tally) calls(s *scenario, count int) {
	if t.scenarios == nil {
		t.scenarios, t.faults = map[*scenario]sums{}, map[faults.Fault]sums{}
	}
	t.scenarios[s], t.all = sums{calls: count}, t.all.plus(sums{calls: count})
}

func (t *tally) add(c cell, converged bool, extra int) {
	t.mutex.Lock()
	defer t.mutex.Unlock()
	one := sums{faults: 1}
	if converged {
		one.converged = 1
	}
	t.scenarios[c.scenario], t.faults[c.Fault], t.all = t.scenarios[c.scenario].plus(one), t.faults[c.Fault].plus(one), t.all.plus(one)
	t.mostExtra = max(t.mostExtra, extra)
}

// tell prints the figures, and keeps them. A fault that never came about was tried on nothing.
func (t *tally) tell(test *testing.T) {
	var out strings.Builder
	for i := range scenarios {
		of := t.scenarios[&scenarios[i]]
		_, _ = fmt.Fprintf(&out, "%-50s %4d calls, %4d faults, %4d converged\n", scenarios[i].name, of.calls, of.faults, of.converged)
	}
	isWhole := len(t.scenarios) == len(scenarios) && *only == ""
	for _, fault := range faults.All {
		_, _ = fmt.Fprintf(&out, "%-50s             %4d faults, %4d converged\n", fault, t.faults[fault].faults, t.faults[fault].converged)
		if isWhole && t.faults[fault].faults == 0 {
			test.Errorf("%s never came about", fault)
		}
	}
	_, _ = fmt.Fprintf(&out, "%d scenarios, %d calls, %d faults, %d converged, with %d writes more at the most\n",
		len(t.scenarios), t.all.calls, t.all.faults, t.all.converged, t.mostExtra)
	test.Log("\n" + out.String())
	if isWhole && os.MkdirAll(filepath.Dir(figures), 0o750) == nil {
		_ = os.WriteFile(figures, []byte(out.String()), 0o600)
	}
}
