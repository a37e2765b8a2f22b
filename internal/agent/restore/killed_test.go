package restore

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/seinode/seinode-operator/internal/agent/volume"
	"github.com/seinode/seinode-operator/internal/agent/wire"
	"github.com/seinode/seinode-operator/internal/seid"
)

// asChild is the variable that makes of the test's program a restore, in a process of its own.
const asChild = "RESTORE_AS_CHILD"

func TestMain(m *testing.M) {
	var o Options
	if text := os.Getenv(asChild); text != "" {
		if err := json.Unmarshal([]byte(text), &o); err != nil {
			panic(err)
		}
		end := quick(o).run(context.Background())
		memory, _ := os.ReadFile("/proc/self/status")
		fmt.Printf("%s%+v\n", memory, end)
		if !end.Done() {
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// wholeOrNothing fails where a volume holds part of the archive's data for all to see.
func wholeOrNothing(t *testing.T, folder string) {
	t.Helper()
	opened, err := volume.Open(folder, volume.Place{})
	must(t, err)
	defer opened.Close()
	layout, _ := opened.Home()
	shown := lies(t, folder)
	maps.DeleteFunc(shown, func(name, _ string) bool { return strings.HasPrefix(name, seid.RestoreDir) })
	switch {
	case layout == wire.LayoutDataOnly && maps.Equal(shown, ofSeid()):
	case layout == wire.LayoutEmpty && (len(shown) == 0 || maps.Equal(shown, ofSeid().only("wasm/", ""))):
	default:
		t.Fatalf("%s, with %v", layout, slices.Sorted(maps.Keys(shown)))
	}
}

// start starts a restore in a process of its own.
func start(t testing.TB, o Options) *exec.Cmd {
	t.Helper()
	child := exec.CommandContext(t.Context(), os.Args[0]) //nolint:gosec // this program
	child.Env = append(os.Environ(), asChild+"="+asJSON(t, o))
	child.Stderr, child.Stdout = os.Stderr, &bytes.Buffer{}
	must(t, child.Start())
	return child
}

// TestKilledBetweenAnyTwoSteps of what is done to the volume, and then run again.
func TestKilledBetweenAnyTwoSteps(t *testing.T) {
	at := serveFiles(t, map[string][]byte{"archive": pack(t, ofSeid())})
	var steps []string
	for number := 0; ; number++ {
		folder := t.TempDir()
		plant(t, folder, tree{"data/" + seid.Temporary + "A": "x"})
		r := quick(options(at, folder))
		step, died := diesAfter(t.Context(), r, number)
		if !died {
			break
		}
		steps = append(steps, step)
		must(t, os.RemoveAll(filepath.Join(folder, "data", seid.Temporary+"A")))
		wholeOrNothing(t, folder)
		asked := at.asked.Load()
		end := quick(options(at, folder)).run(t.Context())
		if !end.Done() || (at.asked.Load() > asked) != (steps[number] == "durable") {
			t.Errorf("after %s: %+v, with %d requests", steps[number], end, at.asked.Load()-asked)
		}
		holds(t, folder, ofSeid())
	}
	if want := "[durable whole before wasm wasm before data data discard]"; fmt.Sprint(steps) != want {
		t.Errorf("the steps are %v; wanted %s", steps, want)
	}
}

// diesAfter runs until so many steps are done, and says at which one it died; false where it came to its end.
func diesAfter(ctx context.Context, r *restorer, number int) (step string, died bool) {
	now := 0
	r.step = func(name string) error {
		now++
		if now > number {
			step = name
			panic(name)
		}
		return nil
	}
	defer func() { died = recover() != nil }()
	r.run(ctx)
	return step, false
}

// peakOf is the most memory that a child that ended had, in bytes, as it said itself: what the kernel tells its parent may be the parent's own.
func peakOf(t testing.TB, child *exec.Cmd) int64 {
	t.Helper()
	found := regexp.MustCompile(`VmHWM:\s+(\d+) kB`).FindStringSubmatch(child.Stdout.(*bytes.Buffer).String())
	if len(found) < 2 {
		t.Fatal("the child did not say how much memory it had")
	}
	peak, err := strconv.ParseInt(found[1], 10, 64)
	must(t, err)
	return peak << 10
}

func asJSON(t testing.TB, o Options) string {
	t.Helper()
	text, err := json.Marshal(o)
	must(t, err)
	return string(text)
}
