package poll

import (
	"context"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/types"
	toolscache "k8s.io/client-go/tools/cache"
	"sigs.k8s.io/controller-runtime/pkg/client"

	seiv1alpha1 "github.com/seinode/seinode-operator/api/v1alpha1"
)

// pulse is what of a pod has its agent asked at once when it changes.
type pulse struct {
	ready bool
	// starts counts how often a container of the pod was started again.
	starts int32
}

func pulseOf(pod *corev1.Pod) pulse {
	now := pulse{ready: ready(pod)}
	for _, containers := range [][]corev1.ContainerStatus{pod.Status.InitContainerStatuses, pod.Status.ContainerStatuses} {
		for i := range containers {
			now.starts += containers[i].RestartCount
		}
	}
	return now
}

// watch notices all pods from now on, those that are there first, until what it returns is called. SeiNodes come before them: whose a pod is, is looked up.
func (p *Poller) watch(ctx context.Context) (stop func(), err error) {
	if _, err := p.Informers.GetInformer(ctx, &seiv1alpha1.SeiNode{}); err != nil {
		return nil, err
	}
	pods, err := p.Informers.GetInformer(ctx, &corev1.Pod{})
	if err != nil {
		return nil, err
	}
	registration, err := pods.AddEventHandler(toolscache.ResourceEventHandlerFuncs{
		AddFunc: p.notice, UpdateFunc: func(_, now any) { p.notice(now) }, DeleteFunc: p.lose,
	})
	return func() { _ = pods.RemoveEventHandler(registration) }, err
}

// notice has an agent asked now that nobody has asked yet, or whose pod is not as it was when it was asked last.
func (p *Poller) notice(object any) {
	pod, is := object.(*corev1.Pod)
	if !is {
		return
	}
	key := client.ObjectKeyFromObject(pod)
	if !mayAnswer(pod) {
		p.forget(key)
		return
	}
	p.mutex.Lock()
	defer p.mutex.Unlock()
	if found := p.known[key]; found == nil || found.pod != pod.UID || found.pulse != pulseOf(pod) {
		p.lanes[quick(pod, found)].Add(key)
	}
}

// lose forgets a pod that is gone.
func (p *Poller) lose(object any) {
	if name, err := toolscache.DeletionHandlingObjectToName(object); err == nil {
		p.forget(types.NamespacedName{Namespace: name.Namespace, Name: name.Name})
	}
}

func (p *Poller) forget(key types.NamespacedName) {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	delete(p.known, key)
}

// quick says whether an agent is asked in the lane of those that answer: of a ready pod, and not silent when it was asked last.
func quick(pod *corev1.Pod, found *acquaintance) bool {
	return ready(pod) && (found == nil || found.pod != pod.UID || found.silences == 0)
}
