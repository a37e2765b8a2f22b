package inspection

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/fields"
	"k8s.io/apimachinery/pkg/util/rand"
	"k8s.io/apimachinery/pkg/util/wait"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/seinode/seinode-operator/internal/agent/wire"
	"github.com/seinode/seinode-operator/internal/verdict"
	"github.com/seinode/seinode-operator/internal/workload"
)

// ErrTimeout says that the timeout passed. The pod is gone all the same.
var ErrTimeout = errors.New("the timeout passed")

// removing is how long the pod may take to be gone, also after the timeout and after an interrupt.
const removing = 30 * time.Second

// Options are what the user asked for.
type Options struct {
	// DryRun has the API server say what it would do.
	DryRun bool
	// Timeout is how long the look may take.
	Timeout time.Duration
	// Every is how often is looked.
	Every time.Duration
	// Say tells of each step as it is done.
	Say func(format string, args ...any)
}

// Name is one that no pod has.
func Name() string { return "seinode-inspection-" + rand.String(8) }

// run is one look under way.
type run struct {
	ctx     context.Context
	cluster client.Client
	pod     *corev1.Pod
	// made says that the pod is there, or may be.
	made bool
	Options
}

// Run makes the pod, waits for what its agent says, and deletes it in every case. What was found is nil in a dry run.
func Run(ctx context.Context, cluster client.Client, pod *corev1.Pod, options Options) (found *wire.Inspection, err error) {
	ctx, cancel := context.WithTimeout(ctx, options.Timeout)
	defer cancel()
	r := &run{ctx: ctx, cluster: cluster, pod: pod.DeepCopy(), Options: options}
	if options.DryRun {
		return nil, r.create(client.DryRunAll)
	}
	defer func() { err = errors.Join(err, r.remove()) }()
	if err := r.create(); err != nil {
		return nil, err
	}
	return r.await()
}

// create makes the pod. Where nobody said that it was refused it may be there: the answer may have been lost, or not waited for.
func (r *run) create(options ...client.CreateOption) error {
	err := r.cluster.Create(r.ctx, r.pod, options...)
	r.made = !refused(err)
	if err != nil {
		return fmt.Errorf("making pod %q: %w", r.pod.Name, err)
	}
	r.Say("pod %q looks at PVC %q, which it has read-only, by image %q", r.pod.Name, r.pod.Spec.Volumes[0].PersistentVolumeClaim.ClaimName, r.pod.Spec.Containers[0].Image)
	return nil
}

// refused says whether the API server answered that it did not do it.
func refused(err error) bool {
	answer := apierrors.APIStatus(nil)
	if !errors.As(err, &answer) {
		return false
	}
	code := answer.Status().Code
	return code >= http.StatusBadRequest && code < http.StatusInternalServerError
}

// await waits until the agent has spoken, or the pod ended otherwise.
func (r *run) await() (found *wire.Inspection, err error) {
	seen := r.pod
	err = wait.PollUntilContextCancel(r.ctx, r.Every, true, func(ctx context.Context) (bool, error) {
		now := &corev1.Pod{}
		if err := r.cluster.Get(ctx, client.ObjectKeyFromObject(r.pod), now); err != nil {
			return false, fmt.Errorf("looking at pod %q: %w", r.pod.Name, err)
		}
		seen = now
		var failed error
		found, failed = said(now)
		return found != nil, failed
	})
	switch {
	case found != nil:
		return found, nil
	case errors.Is(r.ctx.Err(), context.DeadlineExceeded):
		return nil, fmt.Errorf("%w after %s: %s", ErrTimeout, r.Timeout, r.hangs(seen))
	case r.ctx.Err() != nil:
		return nil, errors.New("interrupted before the agent had looked")
	}
	return nil, err
}

// said is what the agent in a pod said; the error is that it ended without a word of its own.
func said(pod *corev1.Pod) (*wire.Inspection, error) {
	for _, c := range pod.Status.ContainerStatuses {
		ended := c.State.Terminated
		if ended == nil {
			continue
		}
		if found, is := wire.ParseInspection(ended.Message); is {
			return &found, nil
		}
		return nil, fmt.Errorf("the agent ended with exit code %d (%s) and found nothing out: %q", ended.ExitCode, ended.Reason, verdict.Bound(ended.Message, 600))
	}
	if pod.Status.Phase == corev1.PodFailed {
		return nil, fmt.Errorf("pod %q failed (%s): %s", pod.Name, pod.Status.Reason, pod.Status.Message)
	}
	return nil, nil
}

// hangs is why a pod does not come to an end.
func (r *run) hangs(pod *corev1.Pod) string {
	if why, is := workload.Unscheduled(pod); is {
		return fmt.Sprintf("pod %q is not scheduled: %s", pod.Name, why)
	}
	for _, c := range pod.Status.ContainerStatuses {
		if stuck := workload.Stuck(c); stuck != nil {
			return fmt.Sprintf("container %q of pod %q does not start: %s %s", c.Name, pod.Name, stuck.Reason, stuck.Message)
		}
	}
	if warning := r.warning(pod); warning != "" {
		return fmt.Sprintf("pod %q does not start: %s", pod.Name, warning)
	}
	return fmt.Sprintf("pod %q is in phase %q", pod.Name, pod.Status.Phase)
}

// warning is the last one on the pod, such as that its volume cannot be mounted; "" for none, or none that may be read.
func (r *run) warning(pod *corev1.Pod) (last string) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(r.ctx), removing)
	defer cancel()
	events, at := &corev1.EventList{}, time.Time{}
	on := client.MatchingFieldsSelector{Selector: fields.OneTermEqualSelector("involvedObject.uid", string(pod.UID))}
	if err := r.cluster.List(ctx, events, client.InNamespace(pod.Namespace), on); err != nil {
		return ""
	}
	for i := range events.Items {
		if event := &events.Items[i]; event.Type == corev1.EventTypeWarning && !workload.LastSeen(event).Before(at) {
			last, at = event.Reason+": "+strings.Join(strings.Fields(event.Message), " "), workload.LastSeen(event)
		}
	}
	return last
}

// remove deletes the pod, this very one, and waits until it is gone: until then it has the volume.
func (r *run) remove() error {
	if !r.made {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(r.ctx), removing)
	defer cancel()
	options := []client.DeleteOption{}
	if r.pod.UID != "" {
		options = append(options, client.Preconditions{UID: &r.pod.UID})
	}
	err := client.IgnoreNotFound(r.cluster.Delete(ctx, r.pod, options...))
	if err == nil {
		err = wait.PollUntilContextCancel(ctx, r.Every, true, func(ctx context.Context) (bool, error) {
			err := r.cluster.Get(ctx, client.ObjectKeyFromObject(r.pod), &corev1.Pod{})
			return apierrors.IsNotFound(err), client.IgnoreNotFound(err)
		})
	}
	if err != nil {
		return fmt.Errorf("pod %q may still be there, and has the volume read-only: %w; delete it: kubectl -n %s delete pod %s", r.pod.Name, err, r.pod.Namespace, r.pod.Name)
	}
	r.Say("pod %q is gone", r.pod.Name)
	return nil
}
