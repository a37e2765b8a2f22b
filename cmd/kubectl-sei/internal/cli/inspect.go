package cli

import (
	"cmp"
	"context"
	"errors"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/seinode/seinode-operator/cmd/kubectl-sei/internal/cluster"
	"github.com/seinode/seinode-operator/cmd/kubectl-sei/internal/inspection"
	"github.com/seinode/seinode-operator/cmd/kubectl-sei/internal/operator"
	"github.com/seinode/seinode-operator/cmd/kubectl-sei/internal/preflight"
	"github.com/seinode/seinode-operator/internal/platform"
	"github.com/seinode/seinode-operator/internal/storage"
	"github.com/seinode/seinode-operator/internal/version"
	"github.com/seinode/seinode-operator/internal/workload"
)

// inspectFlags are those of preflight --inspect.
type inspectFlags struct {
	inspect       bool
	image, dryRun string
	timeout       time.Duration
}

func (f *inspectFlags) add(command *cobra.Command) {
	command.Flags().BoolVar(&f.inspect, "inspect", false, "look at what is on the volume, too, by a pod that has it read-only and is deleted after. It writes that pod")
	command.Flags().StringVar(&f.image, "agent-image", "", "with --inspect: the image that has the agent; without it the operator's own, as it runs in the cluster, else that of this release")
	command.Flags().StringVar(&f.dryRun, "dry-run", "none", "with --inspect: none, or server: the API server says what it would do, and does nothing")
	command.Flags().DurationVar(&f.timeout, "timeout", 2*time.Minute, "with --inspect: how long the pod may take")
}

// check says what does not go together. chainless says that nobody named the chain.
func (f *inspectFlags) check(command *cobra.Command, chainless bool) error {
	for _, flag := range []string{"agent-image", "dry-run", "timeout"} {
		if !f.inspect && command.Flags().Changed(flag) {
			return usage("--%s is for --inspect", flag)
		}
	}
	_, err := isDryRun(f.dryRun)
	switch {
	case err != nil:
		return err
	case f.timeout < time.Second:
		return usage("--timeout is %s; wanted 1s or more", f.timeout)
	case f.inspect && chainless:
		return usage("--inspect wants --chain with --claim: the agent compares what is on the volume with it")
	}
	return nil
}

// lookInto looks at what is on the volume, and adds what was found to the report.
func (s *session) lookInto(ctx context.Context, access cluster.Access, facts preflight.Facts, config platform.Config, flags inspectFlags, report *preflight.Report) error {
	if err := inspection.May(facts); err != nil {
		return coded{Refused, err}
	}
	image, err := agentImage(ctx, access, cmp.Or(flags.image, config.Images.Agent))
	if err != nil {
		return err
	}
	config.Images.Agent = image
	dryRun, err := isDryRun(flags.dryRun)
	if err != nil {
		return err
	}
	pod := workload.Inspection(facts.Node, s.name(), storage.ClaimName(facts.Node), int64(flags.timeout.Seconds()), config)
	found, err := inspection.Run(ctx, access.Client, pod, inspection.Options{DryRun: dryRun, Timeout: flags.timeout, Every: s.every(), Say: s.saying(dryRun)})
	switch {
	case errors.Is(err, inspection.ErrTimeout):
		return coded{TimedOut, err}
	case err != nil:
		return err
	case dryRun:
		s.saying(dryRun)("nothing was written, and the volume was not looked at")
		return nil
	}
	report.Inspected(*found, facts.Data.Claim.Status.Capacity.Storage().String())
	return nil
}

// name is that of the pod.
func (s *session) name() string {
	if s.Name != nil {
		return s.Name()
	}
	return inspection.Name()
}

// agentImage is the image that has the agent: the one that is named, else the operator's, else this release's.
func agentImage(ctx context.Context, access cluster.Access, named string) (string, error) {
	if named != "" {
		return named, nil
	}
	pods, _, err := operator.Pods(ctx, access.Client)
	if err != nil {
		return "", err
	}
	if image := operator.AgentImage(pods); image != "" {
		return image, nil
	}
	if version.Version == "dev" {
		return "", usage("the operator was not found in the cluster, as far as you may see, and this build is of no release: name the image that has the agent in --agent-image")
	}
	return operator.Image + ":" + strings.TrimPrefix(version.Version, "v"), nil
}
