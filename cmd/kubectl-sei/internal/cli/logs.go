package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/types"

	"github.com/seinode/seinode-operator/cmd/kubectl-sei/internal/cluster"
	"github.com/seinode/seinode-operator/cmd/kubectl-sei/internal/logs"
	"github.com/seinode/seinode-operator/internal/owner"
	"github.com/seinode/seinode-operator/internal/workload"
)

// logsFlags are those of the verb.
type logsFlags struct {
	container        string
	follow, previous bool
	tail             int64
	since            time.Duration
}

func (s *session) logs() *cobra.Command {
	flags := &logsFlags{}
	command := &cobra.Command{
		Use:   "logs NODE",
		Short: "Show what the container of a node's pod said that matters now",
		Long: "logs shows what a container of a node's pod said: the first, in the order in which they start, that crashed, waits, or is at work before seid; else seid. Of one that\n" +
			"crashed it shows what it said until then. Which one that is, and why, it says on the standard error.\n\n" +
			"Exit codes: 0 it was shown, 4 there is no pod, or the container has said nothing yet.",
		Example:           "  kubectl sei logs archive-0 -n sei -f\n  kubectl sei logs archive-0 -n sei --container agent --tail 100",
		Args:              exactly(1, "the name of one SeiNode"),
		ValidArgsFunction: s.completeNode,
		RunE:              func(command *cobra.Command, args []string) error { return s.runLogs(command, args, flags) },
	}
	command.Flags().StringVarP(&flags.container, "container", "c", logs.Auto, "the container's name; auto picks the one that matters")
	command.Flags().BoolVarP(&flags.follow, "follow", "f", false, "go on with what is said from now on")
	command.Flags().BoolVarP(&flags.previous, "previous", "p", false, "the life before the one that runs; left open, it is shown after a crash")
	command.Flags().Int64Var(&flags.tail, "tail", -1, "how many of the last lines; -1 is all")
	command.Flags().DurationVar(&flags.since, "since", 0, "only what was said in so long a time, such as 10m; 0 is all")
	containers := []string{
		logs.Auto, workload.ContainerHome, workload.ContainerInspect, workload.ContainerBootstrap, workload.ContainerPrepare, workload.ContainerAgent, workload.ContainerSeid,
	}
	_ = command.RegisterFlagCompletionFunc("container", cobra.FixedCompletions(containers, cobra.ShellCompDirectiveNoFileComp)) // the flag was just made
	return command
}

func (s *session) runLogs(command *cobra.Command, args []string, flags *logsFlags) error {
	if flags.tail < -1 || flags.since < 0 {
		return usage("--tail is %d and --since %s; wanted no less than -1 and 0", flags.tail, flags.since)
	}
	access, err := s.Connect(s.config)
	if err != nil {
		return err
	}
	pod, err := podOf(command.Context(), access, args[0])
	if err != nil {
		return err
	}
	asked := logs.Asked{Container: flags.container, Follow: flags.follow}
	if command.Flags().Changed("previous") {
		asked.Previous = &flags.previous
	}
	choice, err := logs.Pick(pod, asked, s.Now())
	if err != nil {
		return coded{Usage, err}
	}
	fmt.Fprintf(s.Err, "kubectl sei: container %q of pod %q: %s\n", choice.Container, pod.Name, choice.Why)
	if choice.Silent {
		s.code = Waits
		return nil
	}
	return s.stream(command.Context(), access, pod, options(choice, flags))
}

// podOf is the node's pod. That there is none, or another's, is an error that says what to do.
func podOf(ctx context.Context, access cluster.Access, name string) (*corev1.Pod, error) {
	node, err := nodeOf(ctx, access, name)
	if err != nil {
		return nil, err
	}
	pod := &corev1.Pod{}
	err = access.Client.Get(ctx, types.NamespacedName{Namespace: access.Namespace, Name: node.PodName()}, pod)
	switch {
	case apierrors.IsNotFound(err):
		return nil, coded{Waits, fmt.Errorf("SeiNode %q has no pod now; why that is: kubectl sei why %s -n %s", name, name, access.Namespace)}
	case err == nil && !owner.Pod(pod, node):
		return nil, coded{Refused, fmt.Errorf("pod %q is not this node's; what controls it: kubectl -n %s describe pod %s", pod.Name, access.Namespace, pod.Name)}
	}
	return pod, err
}

func options(choice logs.Choice, flags *logsFlags) *corev1.PodLogOptions {
	options := &corev1.PodLogOptions{Container: choice.Container, Previous: choice.Previous, Follow: flags.follow}
	if flags.tail >= 0 {
		options.TailLines = &flags.tail
	}
	if flags.since > 0 {
		options.SinceSeconds = new(int64(max(1, flags.since.Seconds())))
	}
	return options
}

// stream shows what a container says, until it ends, or is interrupted.
func (s *session) stream(ctx context.Context, access cluster.Access, pod *corev1.Pod, options *corev1.PodLogOptions) error {
	said, err := access.Logs(ctx, types.NamespacedName{Namespace: pod.Namespace, Name: pod.Name}, options)
	if err != nil {
		return err
	}
	_, err = io.Copy(s.Out, said)
	if ctx.Err() != nil {
		err = nil
	}
	return errors.Join(err, said.Close())
}
