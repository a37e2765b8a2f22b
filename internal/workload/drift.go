package workload

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/equality"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	seiv1alpha1 "github.com/seinode/seinode-operator/api/v1alpha1"
)

// stamp writes a hash of what we want onto the object: together with a look at the live fields it tells drift without a
// write. Comparing whole objects would find the API server's defaults, and rewrite them for ever.
func stamp(object metav1.Object, spec any) {
	data, err := json.Marshal([]any{object.GetLabels(), spec})
	if err != nil {
		panic(err) // Kubernetes' own types always marshal
	}
	sum := sha256.Sum256(data)
	object.SetAnnotations(map[string]string{seiv1alpha1.AnnotationSpecHash: hex.EncodeToString(sum[:8])})
}

// ServiceDrifted says whether the live Service differs from the wanted one in what we set.
func ServiceDrifted(live, wanted *corev1.Service) bool {
	return live == nil || !sameStamp(live, wanted) || !equality.Semantic.DeepDerivative(wanted.Spec, live.Spec)
}

// An unset string, list or pointer is what the API server may have defaulted; an unset number is a wanted 0, so the builders
// spell out the numbers that it would default.

// StatefulSetDrifted says whether the live StatefulSet differs from the wanted one in what we set. The number of replicas
// is no drift: pausing has its own way.
func StatefulSetDrifted(live, wanted *appsv1.StatefulSet) bool {
	if live == nil || !sameStamp(live, wanted) {
		return true
	}
	spec := wanted.Spec
	spec.Replicas = live.Spec.Replicas
	return !equality.Semantic.DeepDerivative(spec, live.Spec)
}

// sameStamp finds what a look at the set fields cannot: that something which we wanted once is wanted no more.
func sameStamp(live, wanted metav1.Object) bool {
	const key = seiv1alpha1.AnnotationSpecHash
	return live.GetAnnotations()[key] == wanted.GetAnnotations()[key]
}

// PodOutdated says whether the pod was made from another revision than the StatefulSet's newest, ready or not. Unknown
// while the StatefulSet's controller has not seen its newest spec.
func PodOutdated(pod *corev1.Pod, set *appsv1.StatefulSet) bool {
	if pod == nil || set == nil || !Observed(set) || set.Status.UpdateRevision == "" {
		return false
	}
	return pod.Labels[appsv1.StatefulSetRevisionLabel] != set.Status.UpdateRevision
}

// Observed says whether the StatefulSet's status speaks of its newest spec.
func Observed(set *appsv1.StatefulSet) bool { return set.Status.ObservedGeneration >= set.Generation }

// Ready says whether the node's pod is of the newest revision and passes its readiness probe.
func Ready(set *appsv1.StatefulSet) bool {
	if set == nil || !Observed(set) || set.Status.ReadyReplicas < 1 {
		return false
	}
	return set.Status.UpdateRevision == "" || set.Status.UpdatedReplicas >= 1
}
