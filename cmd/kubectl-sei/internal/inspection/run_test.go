package inspection

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/client/fake"
	"sigs.k8s.io/controller-runtime/pkg/client/interceptor"

	"github.com/seinode/seinode-operator/cmd/kubectl-sei/internal/cluster"
)

// says is what an agent says.
const says = `{"reason":"Inspected","message":"a home","layout":"Root","ownerUid":65532}`

// pod is one that looks.
func pod() *corev1.Pod {
	return &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Namespace: "sei", Name: "looks"}, Spec: corev1.PodSpec{
		Containers: []corev1.Container{{Name: "inspect", Image: "agent:v1"}},
		Volumes:    []corev1.Volume{{VolumeSource: corev1.VolumeSource{PersistentVolumeClaim: &corev1.PersistentVolumeClaimVolumeSource{ClaimName: "data", ReadOnly: true}}}},
	}}
}

// kubelet shows a pod as a kubelet would have it, and notes what is written.
type kubelet struct {
	shows   func(*corev1.Pod)
	creates error
	lost    bool
	writes  []string
}

func (k *kubelet) on(to client.WithWatch) client.WithWatch {
	return interceptor.NewClient(to, interceptor.Funcs{
		Create: func(ctx context.Context, c client.WithWatch, o client.Object, options ...client.CreateOption) error {
			asked := client.CreateOptions{}
			asked.ApplyOptions(options)
			if ctx.Err() != nil {
				return ctx.Err()
			}
			k.writes = append(k.writes, strings.TrimSpace("create "+o.GetName()+" "+strings.Join(asked.DryRun, "")))
			if k.creates != nil {
				return k.creates
			}
			if err := c.Create(ctx, o, options...); err != nil || !k.lost {
				return err
			}
			o.SetUID("")
			return errors.New("the connection broke")
		},
		Get: func(ctx context.Context, c client.WithWatch, key client.ObjectKey, o client.Object, options ...client.GetOption) error {
			if err := errors.Join(ctx.Err(), c.Get(ctx, key, o, options...)); err != nil {
				return err
			}
			if shown, is := o.(*corev1.Pod); is && k.shows != nil {
				k.shows(shown)
			}
			return nil
		},
		Delete: func(ctx context.Context, c client.WithWatch, o client.Object, options ...client.DeleteOption) error {
			if ctx.Err() != nil { // as on a real connection
				return ctx.Err()
			}
			k.writes = append(k.writes, "delete "+o.GetName())
			return c.Delete(ctx, o, options...)
		},
	})
}

func ended(code int32, message string) func(*corev1.Pod) {
	return func(pod *corev1.Pod) {
		pod.Status.ContainerStatuses = []corev1.ContainerStatus{{Name: "inspect", State: corev1.ContainerState{
			Terminated: &corev1.ContainerStateTerminated{ExitCode: code, Reason: "Error", Message: message},
		}}}
	}
}

// TestThePodIsGoneInEveryCase: whatever comes of it, the pod is deleted, and nothing else is written.
func TestThePodIsGoneInEveryCase(t *testing.T) {
	forbidden := apierrors.NewForbidden(schema.GroupResource{Resource: "pods"}, "looks", errors.New(`User "alice" cannot`))
	both := "create looks, delete looks"
	for name, test := range map[string]struct {
		kubelet *kubelet
		dryRun  bool
		cancels bool
		writes  string
		says    string
	}{
		"the agent finds a home":     {kubelet: &kubelet{shows: ended(0, says)}, writes: both},
		"the agent refuses it":       {kubelet: &kubelet{shows: ended(1, says)}, writes: both},
		"the agent says nonsense":    {kubelet: &kubelet{shows: ended(2, "no such command")}, writes: both, says: `the agent ended with exit code 2 (Error) and found nothing out: "no such command"`},
		"the pod is evicted":         {kubelet: &kubelet{shows: func(p *corev1.Pod) { p.Status.Phase, p.Status.Reason = corev1.PodFailed, "Evicted" }}, writes: both, says: `pod "looks" failed (Evicted)`},
		"nothing happens":            {kubelet: &kubelet{}, writes: both, says: `the timeout passed after 500ms: pod "looks" is in phase ""`},
		"the image is not there":     {kubelet: &kubelet{shows: waits}, writes: both, says: `container "inspect" of pod "looks" does not start: ImagePullBackOff no such image`},
		"no machine takes it":        {kubelet: &kubelet{shows: unscheduled}, writes: both, says: `pod "looks" is not scheduled: 0/3 machines`},
		"the user interrupts":        {kubelet: &kubelet{}, cancels: true, writes: both, says: "interrupted before the agent had looked"},
		"it may not be made":         {kubelet: &kubelet{creates: forbidden}, writes: "create looks", says: `making pod "looks": pods "looks" is forbidden`},
		"nobody says whether it was": {kubelet: &kubelet{lost: true}, writes: both, says: `making pod "looks": the connection broke`},
		"a dry run":                  {kubelet: &kubelet{}, dryRun: true, writes: "create looks All"},
	} {
		t.Run(name, func(t *testing.T) {
			real := fake.NewClientBuilder().WithScheme(cluster.Scheme).
				WithIndex(&corev1.Event{}, "involvedObject.uid", func(o client.Object) []string { return []string{string(o.(*corev1.Event).InvolvedObject.UID)} }).Build()
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			if test.cancels {
				test.kubelet.shows = func(*corev1.Pod) { cancel() }
			}
			told := []string{}
			found, err := Run(ctx, test.kubelet.on(real), pod(), Options{DryRun: test.dryRun, Timeout: timeout(test.says), Every: time.Millisecond, Say: func(format string, args ...any) {
				told = append(told, fmt.Sprintf(format, args...))
			}})
			if got := strings.Join(test.kubelet.writes, ", "); got != test.writes {
				t.Errorf("written was %q, wanted %q", got, test.writes)
			}
			if (err == nil) != (test.says == "") || err != nil && !strings.Contains(err.Error(), test.says) {
				t.Errorf("%v, wanted %q", err, test.says)
			}
			if wants := test.says == "" && !test.dryRun; (found != nil) != wants || wants && (found.Layout != "Root" || len(told) != 2) {
				t.Errorf("found %+v, told %q", found, told)
			}
			left := &corev1.PodList{}
			if err := real.List(t.Context(), left); err != nil || len(left.Items) > 0 {
				t.Errorf("left is %v (%v)", left.Items, err)
			}
		})
	}
}

// timeout is short where it is what is waited for.
func timeout(says string) time.Duration {
	for _, waits := range []string{"the timeout", "does not start", "not scheduled"} {
		if strings.Contains(says, waits) {
			return 500 * time.Millisecond
		}
	}
	return time.Minute
}

func waits(pod *corev1.Pod) {
	pod.Status.ContainerStatuses = []corev1.ContainerStatus{{Name: "inspect", State: corev1.ContainerState{
		Waiting: &corev1.ContainerStateWaiting{Reason: "ImagePullBackOff", Message: "no such image"},
	}}}
}

func unscheduled(pod *corev1.Pod) {
	pod.Status.Conditions = []corev1.PodCondition{{Type: corev1.PodScheduled, Status: corev1.ConditionFalse, Message: "0/3 machines"}}
}

// TestWhatKeepsAVolumeFromBeingMounted is in no status, but in an event.
func TestWhatKeepsAVolumeFromBeingMounted(t *testing.T) {
	real := fake.NewClientBuilder().WithScheme(cluster.Scheme).WithObjects(
		&corev1.Event{ObjectMeta: metav1.ObjectMeta{Namespace: "sei", Name: "e"}, Type: "Warning", Reason: "FailedMount", Message: "the disk\nis away", InvolvedObject: corev1.ObjectReference{UID: "uid-1"}},
	).WithIndex(&corev1.Event{}, "involvedObject.uid", func(o client.Object) []string { return []string{string(o.(*corev1.Event).InvolvedObject.UID)} }).Build()
	looks := pod()
	looks.UID = "uid-1"
	_, err := Run(t.Context(), real, looks, Options{Timeout: 500 * time.Millisecond, Every: time.Millisecond, Say: func(string, ...any) {}})
	if !errors.Is(err, ErrTimeout) || !strings.Contains(err.Error(), `pod "looks" does not start: FailedMount: the disk is away`) {
		t.Error(err)
	}
}
