package poll

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	toolscache "k8s.io/client-go/tools/cache"
	"k8s.io/utils/ptr"
	"sigs.k8s.io/controller-runtime/pkg/cache"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/client/interceptor"

	"github.com/seinode/seinode-operator/internal/agent/wire"
)

// informers are a cache's, with pods that are there already.
type informers struct {
	cache.Informers
	pods []*corev1.Pod
}

func (i informers) GetInformer(context.Context, client.Object, ...cache.InformerGetOption) (cache.Informer, error) {
	return informer{pods: i.pods}, nil
}

type informer struct {
	cache.Informer
	pods []*corev1.Pod
}

func (i informer) AddEventHandler(handler toolscache.ResourceEventHandler) (toolscache.ResourceEventHandlerRegistration, error) {
	for _, pod := range i.pods {
		handler.OnAdd(pod, true)
	}
	return nil, nil
}

func (i informer) RemoveEventHandler(toolscache.ResourceEventHandlerRegistration) error { return nil }

// TestAChangeOfThePodHasItsAgentAskedAtOnce, and what else happens to the pod does not.
func TestAChangeOfThePodHasItsAgentAskedAtOnce(t *testing.T) {
	var says atomic.Pointer[wire.NodeStatus]
	says.Store(ptr.To(answer()))
	url, pod := agent(t, &says), podOf("archive-0")
	p := New(nil, 0)
	p.Address = func(*corev1.Pod) (string, error) { return url, nil }
	for _, step := range []struct {
		name        string
		change      func(*corev1.Pod)
		quick, slow int
	}{
		{"it came", func(*corev1.Pod) {}, 0, 1},
		{"a label", func(pod *corev1.Pod) { pod.Labels["a"] = "b" }, 0, 0},
		{"it is ready", isReady, 1, 0},
		{"an annotation", func(pod *corev1.Pod) { pod.Annotations = map[string]string{"a": "b"} }, 0, 0},
		{"a container was started again", func(pod *corev1.Pod) { pod.Status.ContainerStatuses = []corev1.ContainerStatus{{RestartCount: 1}} }, 1, 0},
		{"it is not ready", func(pod *corev1.Pod) { pod.Status.Conditions = nil }, 0, 1},
		{"it is another one", func(pod *corev1.Pod) { pod.UID = "another" }, 0, 1},
		{"it ended", func(pod *corev1.Pod) { pod.Status.Phase = corev1.PodFailed }, 0, 0},
	} {
		step.change(pod)
		p.Reader = cluster(t, pod.DeepCopy(), nodeOf("archive-0"))
		p.notice(pod)
		p.notice(pod)
		if quick, slow := p.lanes[true].Len(), p.lanes[false].Len(); quick != step.quick || slow != step.slow {
			t.Errorf("%s: %d and %d are to be asked, wanted %d and %d", step.name, quick, slow, step.quick, step.slow)
		}
		for _, lane := range p.lanes {
			for lane.Len() > 0 {
				key, _ := lane.Get()
				p.visit(t.Context(), key)
				lane.Done(key)
			}
		}
	}
	if len(p.known) > 0 {
		t.Error("the words of a pod that ended are kept")
	}
}

// TestWhoIsSilentLeavesTheLaneOfThoseThatAnswer, even where the pod still says that it is ready.
func TestWhoIsSilentLeavesTheLaneOfThoseThatAnswer(t *testing.T) {
	var says atomic.Pointer[wire.NodeStatus]
	url, pod := agent(t, &says), podOf("archive-0", isReady)
	p := New(cluster(t, pod, nodeOf("archive-0")), 0)
	p.Address = func(*corev1.Pod) (string, error) { return url, nil }
	if _, isQuick := p.visit(t.Context(), client.ObjectKeyFromObject(pod)); isQuick {
		t.Error("it is asked among those that answer")
	}
	p.Hurry(pod)
	if p.lanes[true].Len() != 0 || p.lanes[false].Len() != 1 {
		t.Error("it is hurried among those that answer")
	}
	says.Store(ptr.To(answer()))
	if _, isQuick := p.visit(t.Context(), client.ObjectKeyFromObject(pod)); !isQuick {
		t.Error("it answers, and is asked among those that do not")
	}
}

// TestWhatCannotBeReadIsTriedAgain: nothing else would bring the pod back.
func TestWhatCannotBeReadIsTriedAgain(t *testing.T) {
	pod := podOf("archive-0")
	broken := interceptor.NewClient(cluster(t, pod, nodeOf("archive-0")), interceptor.Funcs{
		Get: func(context.Context, client.WithWatch, client.ObjectKey, client.Object, ...client.GetOption) error {
			return errors.New("not now")
		},
	})
	if again, _ := New(broken, 0).visit(t.Context(), client.ObjectKeyFromObject(pod)); again <= 0 {
		t.Error("it is never asked again")
	}
}

// TestWhoIsNotWellIsAskedSoon, among however many, though its pod does not show it.
func TestWhoIsNotWellIsAskedSoon(t *testing.T) {
	among := func(changes ...func(*wire.NodeStatus)) time.Duration {
		a := &acquaintance{pod: "x"}
		for range 2 {
			a.heard(pulse{ready: true}, answer(changes...), true)
		}
		return a.pause(10000, start)
	}
	if wait := among(); wait < askReady {
		t.Errorf("one that is well is asked after %s", wait)
	}
	if wait := among(func(s *wire.NodeStatus) { s.Ready = false }); wait > askUnready {
		t.Errorf("one that is not is asked after %s", wait)
	}
}
