// Command fleet measures the operator over a fleet: a real API server and etcd, Kubernetes' own StatefulSet controller, machines that kwok plays, agents
// that answer on addresses of this machine, and the manager as a process of its own, with its flags and memory limit as they are shipped. It prints a table
// a size, and writes the same as JSON. The figures are of /proc, the audit log and the objects, not of the operator's own word.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"sigs.k8s.io/controller-runtime/pkg/log"
	"sigs.k8s.io/controller-runtime/pkg/log/zap"
)

type options struct {
	sizes      []int
	rests      []time.Duration
	manager    string
	kubernetes string
	kwok       string
	out        string
	steps      map[string]bool
	profile    bool
}

func main() {
	log.SetLogger(zap.New(zap.WriteTo(os.Stderr)))
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	defer stop()
	if err := run(ctx); err != nil {
		fmt.Fprintln(os.Stderr, "fleet: "+err.Error())
		os.Exit(1) //nolint:gocritic // the signals end with the process
	}
}

func run(ctx context.Context) error {
	o, err := parse(os.Args[1:])
	if err != nil {
		return err
	}
	known, err := readRanges()
	if err != nil {
		return err
	}
	for i, size := range o.sizes {
		result, err := measure(ctx, o, size, o.rests[min(i, len(o.rests)-1)])
		if err != nil {
			err = fmt.Errorf("with %d nodes: %w", size, err)
		}
		if len(result.Figures) > 0 { // what was measured before it failed, too
			fmt.Print(result.table(known))
			err = errors.Join(err, result.write(o.out))
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func parse(args []string) (options, error) {
	var o options
	flags := flag.NewFlagSet("fleet", flag.ContinueOnError)
	sizes := flags.String("sizes", "200,1000,10000", "how many SeiNodes, one run for each `number`")
	rests := flags.String("rest", "1m", "how `long` the fleet at rest is looked at: for all sizes, or 1m,1m,10m one for each, the last for all that follow")
	flags.StringVar(&o.manager, "manager", "bin/manager", "the operator's `program`")
	flags.StringVar(&o.kubernetes, "kubernetes", os.Getenv("KUBEBUILDER_ASSETS"), "`folder` with etcd, kube-apiserver and kube-controller-manager")
	flags.StringVar(&o.kwok, "kwok", "", "`folder` with kwok")
	flags.StringVar(&o.out, "out", "artifacts/fleet", "`folder` for the results and the logs")
	steps := flags.String("steps", "all", "which `steps` come after the fleet runs: "+strings.Join(stepNames(), ", "))
	flags.BoolVar(&o.profile, "profile", false, "write the manager's profiles at rest beside its log")
	if err := flags.Parse(args); err != nil {
		return o, err
	}
	var err error
	if o.steps, err = parseSteps(*steps); err != nil {
		return o, err
	}
	if o.sizes, err = parseSizes(*sizes); err != nil {
		return o, err
	}
	if o.rests, err = parseRests(*rests); err != nil {
		return o, err
	}
	return o, errors.Join(o.programs(), free(agentPort))
}

func parseSizes(text string) (sizes []int, err error) {
	for _, part := range strings.Split(text, ",") {
		size, err := strconv.Atoi(strings.TrimSpace(part))
		if err != nil || size < 1 || size > 50_000 {
			return nil, fmt.Errorf("-sizes is %q; %q is no number from 1 to 50000", text, part)
		}
		sizes = append(sizes, size)
	}
	return sizes, nil
}

func parseRests(text string) (rests []time.Duration, err error) {
	for _, part := range strings.Split(text, ",") {
		rest, err := time.ParseDuration(strings.TrimSpace(part))
		if err != nil || rest <= 0 {
			return nil, fmt.Errorf("-rest is %q; %q is no time like 30s or 10m", text, part)
		}
		rests = append(rests, rest)
	}
	return rests, nil
}

// parseSteps returns which steps are to be run; "all" are all of them.
func parseSteps(text string) (map[string]bool, error) {
	wanted, known := map[string]bool{}, stepNames()
	if text == "all" {
		text = strings.Join(known, ",")
	}
	for _, name := range strings.Split(text, ",") {
		if name = strings.TrimSpace(name); !slices.Contains(known, name) {
			return nil, fmt.Errorf("-steps is %q; %q is none of %s", text, name, strings.Join(known, ", "))
		}
		wanted[name] = true
	}
	return wanted, nil
}

// programs says which program is missing.
func (o options) programs() error {
	var missing []error
	for flag, path := range map[string]string{
		"-manager": o.manager,
		"-kubernetes, or KUBEBUILDER_ASSETS (etcd)": filepath.Join(o.kubernetes, "etcd"),
		"-kubernetes (kube-apiserver)":              filepath.Join(o.kubernetes, "kube-apiserver"),
		"-kubernetes (kube-controller-manager)":     filepath.Join(o.kubernetes, "kube-controller-manager"),
		"-kwok":                                     filepath.Join(o.kwok, "kwok"),
	} {
		if info, err := os.Stat(path); err != nil || info.IsDir() {
			missing = append(missing, fmt.Errorf("%s names no program: %s is not there; make bench-fleet builds all of them", flag, path))
		}
	}
	return errors.Join(missing...)
}
