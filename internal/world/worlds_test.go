package world

import (
	"cmp"
	"flag"
	"fmt"
	"runtime"
	"runtime/debug"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
)

var (
	count = flag.Uint64("worlds", 10_000, "how many random worlds are tried")
	first = flag.Uint64("seed", 1, "the first world's seed; the others follow it")
	every = flag.String("every", "", "draw and ask for this row of unguarded, too, or all of them")
)

// TestWorlds: no sequence of reconciles ever lets two pods run on one volume or sign with one key, and nothing is destroyed that anybody
// else names.
func TestWorlds(t *testing.T) {
	defer debug.SetGCPercent(debug.SetGCPercent(800)) // worlds are small and short-lived
	var next atomic.Uint64
	var workers sync.WaitGroup
	var mutex sync.Mutex
	acts, happened := drawable(), map[string]int{}
	for range runtime.GOMAXPROCS(0) {
		workers.Go(func() {
			for i := next.Add(1) - 1; i < *count && !t.Failed(); i = next.Add(1) - 1 {
				w := try(t, *first+i, acts)
				mutex.Lock()
				for what, times := range w.counts {
					happened[what] += times
				}
				mutex.Unlock()
			}
		})
	}
	workers.Wait()
	t.Log(table(happened))
	for _, what := range outcomes {
		if *count >= 1000 && happened[what] < int(*count/500) && !t.Failed() {
			t.Errorf("%q came about %d times in %d worlds: they try nothing", what, happened[what], *count)
		}
	}
}

// outcomes have to come about, or the worlds are too tame to try anything.
var outcomes = []string{
	"pod runs", "key refused", "Lease update", "Lease delete", "node gone", "claim deleted", "claim released", "claim collected",
	"pod runs again", "pod runs on, unheard of", "pod removed out of service", "message obeyed", "Lease given back by a living node",
	"disk left to somebody else", "pod signs", "key left to another", "key changed under a pod", "holder in a namespace without rights",
	"snapshot taken",
	"image tried", "image ran",
}

func FuzzWorlds(f *testing.F) {
	f.Add(uint64(1))
	acts := drawable()
	f.Fuzz(func(t *testing.T, seed uint64) { try(t, seed, acts) })
}

// try runs one world. Every fifth is one in which the operator does not read its own writes, every third one in which all volumes are shared.
func try(t *testing.T, seed uint64, acts []act) *world {
	t.Helper()
	drawn, is := draw(seed, acts), nature{stale: seed%5 == 0, shared: seed%3 == 0}
	w := run(drawn, acts, is, false)
	if w.broken != "" {
		short := shortest(drawn, acts, is, promiseOf(w.broken))
		t.Errorf("world %d: %s; the shortest trace:\n%s", seed, w.broken, strings.Join(run(short, acts, is, true).log, "\n"))
	}
	return w
}

func promiseOf(broken string) string {
	promise, _, _ := strings.Cut(broken, ":")
	return promise
}

// shortest leaves steps out, as many at once as it can, as long as the same promise is broken.
func shortest(drawn []step, acts []act, is nature, promise string) []step {
	for size := len(drawn) / 2; size > 0; {
		cut := false
		for at := 0; at+size <= len(drawn); {
			without := slices.Concat(drawn[:at], drawn[at+size:])
			if promiseOf(run(without, acts, is, false).broken) == promise {
				drawn, cut = without, true
				continue
			}
			at++
		}
		if !cut || size > 1 {
			size /= 2
		}
	}
	return drawn
}

func table(happened map[string]int) string {
	var names []string
	for name := range happened {
		names = append(names, name)
	}
	slices.SortFunc(names, func(a, b string) int { return cmp.Compare(happened[b], happened[a]) })
	var out strings.Builder
	for _, name := range names {
		_, _ = fmt.Fprintf(&out, "\n%9d  %s", happened[name], name)
	}
	return out.String()
}
