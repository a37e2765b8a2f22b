// Command mutants takes each guard of a table out of the code, one at a time, and runs the test that must turn red without it. It fails
// where one stays green, where the text of a guard is not found exactly once, and where the tree does not compile without it. It changes
// no file: the compiler is given a copy of the one that is changed.
//
// With arguments it tries only the guards whose name, file or danger contains one of them.
package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"time"
)

func main() {
	half := flag.Int("half", -1, "try every second guard: 0 or 1 says which")
	flag.Parse()
	if err := run(flag.Args(), *half); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// everySecond returns half of the guards: those at even places for 0, the others for 1, all for any other number.
func everySecond(of []guard, half int) (chosen []guard) {
	for i, g := range of {
		if half != 0 && half != 1 || i%2 == half {
			chosen = append(chosen, g)
		}
	}
	return chosen
}

func run(names []string, half int) error {
	started := time.Now()
	chosen := everySecond(choose(guards, names), half)
	if len(chosen) == 0 {
		return fmt.Errorf("no guard is named like %s", strings.Join(names, ", "))
	}
	if err := intact(chosen); err != nil {
		return err
	}
	dir, err := os.MkdirTemp("", "mutants-")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	faults := each(chosen, func(number int, g guard) error { return g.try(filepath.Join(dir, fmt.Sprint(number))) })
	fmt.Printf("%d guards, %d without a test that sees them go, in %s\n", len(chosen), len(faults), time.Since(started).Round(time.Second))
	return errors.Join(faults...)
}

func choose(all []guard, names []string) (chosen []guard) {
	for _, g := range all {
		wanted := len(names) == 0
		for _, name := range names {
			wanted = wanted || strings.Contains(g.name+" "+g.file+" "+g.danger, name)
		}
		if wanted {
			chosen = append(chosen, g)
		}
	}
	return chosen
}

// intact runs the tests on the tree as it is: a test that is red anyway proves nothing.
func intact(chosen []guard) error {
	tests := map[string][]string{}
	var packages []string
	for _, g := range chosen {
		if tests[g.tests] == nil {
			packages = append(packages, g.tests)
		}
		tests[g.tests] = append(tests[g.tests], "^"+g.run+"$")
	}
	for _, name := range packages {
		if out, err := goTest(name, strings.Join(tests[name], "|")); err != nil {
			return fmt.Errorf("the tests of %s are red with every guard in its place:\n%s", name, out)
		}
	}
	return nil
}

// each tries the guards, as many at once as there are processors, and returns what was wrong.
func each(chosen []guard, try func(int, guard) error) (faults []error) {
	var workers sync.WaitGroup
	var mutex sync.Mutex
	slots := make(chan struct{}, runtime.GOMAXPROCS(0))
	for number, g := range chosen {
		workers.Go(func() {
			slots <- struct{}{}
			defer func() { <-slots }()
			err := try(number, g)
			mutex.Lock()
			defer mutex.Unlock()
			verdict := "red, as it must be"
			if err != nil {
				verdict = "FAULT"
				faults = append(faults, err)
			}
			fmt.Printf("%-18s %s: %s\n", verdict, g.file, g.name)
		})
	}
	workers.Wait()
	return faults
}

// try runs the guard's test without it.
func (g guard) try(dir string) error {
	overlay, err := g.takeOut(dir)
	if err != nil {
		return err
	}
	out, err := goTest(g.tests, "^"+g.run+"$", "-overlay", overlay)
	switch {
	case err == nil:
		return fmt.Errorf("%s: %q can be taken out and %s in %s stays green: it needs a test that turns red", g.file, g.name, g.run, g.tests)
	case strings.Contains(out, "[build failed]"), strings.Contains(out, "[setup failed]"):
		return fmt.Errorf("%s: without %q it does not compile; what takes its place has to:\n%s", g.file, g.name, out)
	case !strings.Contains(out, "FAIL"):
		return fmt.Errorf("%s: %q: the test did not run: %w\n%s", g.file, g.name, err, out)
	}
	return nil
}

// takeOut writes a copy of the guard's file without the guard, and the overlay that has the compiler read it.
func (g guard) takeOut(dir string) (string, error) {
	content, err := g.without()
	if err != nil {
		return "", err
	}
	original, err := filepath.Abs(g.file)
	if err != nil {
		return "", err
	}
	changed, overlay := filepath.Join(dir, "mutant.go"), filepath.Join(dir, "overlay.json")
	data, err := json.Marshal(map[string]map[string]string{"Replace": {original: changed}})
	if err != nil {
		return "", err
	}
	return overlay, errors.Join(os.Mkdir(dir, 0o700), os.WriteFile(changed, content, 0o600), os.WriteFile(overlay, data, 0o600))
}

// without is the guard's file without the guard.
func (g guard) without() ([]byte, error) {
	content, err := os.ReadFile(g.file)
	if err != nil {
		return nil, err
	}
	if found := bytes.Count(content, []byte(g.out)); found != 1 {
		return nil, fmt.Errorf("%s: %q: the text %q is there %d times, wanted once: adapt the row in hack/mutants", g.file, g.name, g.out, found)
	}
	return bytes.Replace(content, []byte(g.out), []byte(g.in), 1), nil
}

// goTest runs tests as fast as they can be built: without the race detector and without vet, which make test has. What a mutant hangs on is
// ended.
func goTest(name, pattern string, flags ...string) (string, error) {
	module, name := moduleOf(name)
	args := append([]string{"test", "-C", module, "-vet=off", "-timeout=3m", "-run", pattern}, flags...)
	out, err := exec.Command("go", append(args, name)...).CombinedOutput()
	return string(out), err
}

// moduleOf is the folder of the module that a package is of, and the package as it is named there.
func moduleOf(name string) (module, inside string) {
	for module = filepath.Clean(name); module != "."; module = filepath.Dir(module) {
		if _, err := os.Stat(filepath.Join(module, "go.mod")); err == nil {
			break
		}
	}
	return module, "./" + strings.TrimPrefix(strings.TrimPrefix(filepath.Clean(name), module), "/")
}
