package controller_test

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"slices"
	"strings"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes/scheme"
	"k8s.io/client-go/rest"
	"k8s.io/utils/ptr"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	ctrlconfig "sigs.k8s.io/controller-runtime/pkg/config"
	metricsserver "sigs.k8s.io/controller-runtime/pkg/metrics/server"
)

// standIns plays what an API server alone lacks, as far as it concerns a StatefulSet of one pod: its controller, the
// kubelet and the garbage collector. A pod is ready unless its image is called bad.
type standIns struct{ client.Client }

func newStandIns(config *rest.Config) (ctrl.Manager, error) {
	manager, err := ctrl.NewManager(config, ctrl.Options{
		Scheme: scheme.Scheme, Metrics: metricsserver.Options{BindAddress: "0"}, Controller: ctrlconfig.Controller{SkipNameValidation: ptr.To(true)},
	})
	if err != nil {
		return nil, err
	}
	// Reads are uncached: a stand-in that acts on old news would only confuse.
	direct, err := client.New(config, client.Options{Scheme: scheme.Scheme})
	if err != nil {
		return nil, err
	}
	return manager, ctrl.NewControllerManagedBy(manager).Named("stand-ins").For(&appsv1.StatefulSet{}).Owns(&corev1.Pod{}).Complete(&standIns{direct})
}

func (s *standIns) Reconcile(ctx context.Context, request ctrl.Request) (ctrl.Result, error) {
	set := &appsv1.StatefulSet{}
	if err := s.Get(ctx, request.NamespacedName, set); err != nil {
		return ctrl.Result{}, client.IgnoreNotFound(err)
	}
	pod, err := s.podOf(ctx, set)
	if err != nil {
		return ctrl.Result{}, err
	}
	if set.DeletionTimestamp != nil {
		return ctrl.Result{}, s.collect(ctx, set, pod)
	}
	return ctrl.Result{}, s.bring(ctx, set, pod)
}

func (s *standIns) podOf(ctx context.Context, set *appsv1.StatefulSet) (*corev1.Pod, error) {
	pod := &corev1.Pod{}
	err := s.Get(ctx, client.ObjectKey{Namespace: set.Namespace, Name: set.Name + "-0"}, pod)
	if err != nil || !metav1.IsControlledBy(pod, set) {
		return nil, client.IgnoreNotFound(err)
	}
	return pod, nil
}

// collect is garbage collection in the foreground: the pod first.
func (s *standIns) collect(ctx context.Context, set *appsv1.StatefulSet, pod *corev1.Pod) error {
	if pod != nil {
		return client.IgnoreNotFound(s.Delete(ctx, pod))
	}
	set.Finalizers = slices.DeleteFunc(set.Finalizers, func(name string) bool { return name == metav1.FinalizerDeleteDependents })
	return client.IgnoreNotFound(s.Update(ctx, set))
}

// bring makes or deletes the pod, has it become ready, and says in the StatefulSet's status what it has seen.
func (s *standIns) bring(ctx context.Context, set *appsv1.StatefulSet, pod *corev1.Pod) error {
	revision := revisionOf(set)
	switch wanted := ptr.Deref(set.Spec.Replicas, 1); {
	case wanted == 0 && pod != nil:
		return client.IgnoreNotFound(s.Delete(ctx, pod))
	case wanted == 1 && pod == nil:
		return client.IgnoreAlreadyExists(s.Create(ctx, podFrom(set, revision)))
	case pod != nil && pod.Status.Phase == corev1.PodPending && pod.DeletionTimestamp == nil && !strings.Contains(pod.Spec.Containers[0].Image, "stuck"):
		if err := s.start(ctx, pod); err != nil {
			return err
		}
	}
	set.Status = appsv1.StatefulSetStatus{ObservedGeneration: set.Generation, UpdateRevision: revision, CurrentRevision: revision}
	return client.IgnoreNotFound(s.Status().Update(ctx, set))
}

// start is the kubelet. A pod of a bad image runs and does not become ready; one of a stuck image is left to the test.
func (s *standIns) start(ctx context.Context, pod *corev1.Pod) error {
	ready := corev1.ConditionTrue
	if strings.Contains(pod.Spec.Containers[0].Image, "bad") {
		ready = corev1.ConditionFalse
	}
	pod.Status.Phase = corev1.PodRunning
	pod.Status.Conditions = []corev1.PodCondition{{Type: corev1.PodReady, Status: ready}}
	return client.IgnoreNotFound(s.Status().Update(ctx, pod))
}

func revisionOf(set *appsv1.StatefulSet) string {
	text, _ := json.Marshal(set.Spec.Template)
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:5])
}

func podFrom(set *appsv1.StatefulSet, revision string) *corev1.Pod {
	pod := &corev1.Pod{ObjectMeta: *set.Spec.Template.ObjectMeta.DeepCopy(), Spec: *set.Spec.Template.Spec.DeepCopy()}
	pod.Namespace, pod.Name = set.Namespace, set.Name+"-0"
	pod.Labels[appsv1.StatefulSetRevisionLabel] = revision
	pod.OwnerReferences = []metav1.OwnerReference{*metav1.NewControllerRef(set, appsv1.SchemeGroupVersion.WithKind("StatefulSet"))}
	return pod
}
