package workload

import (
	"maps"
	"reflect"
	"strings"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	policyv1 "k8s.io/api/policy/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	seiv1alpha1 "github.com/seinode/seinode-operator/api/v1alpha1"
	"github.com/seinode/seinode-operator/internal/seid"
)

// annotationKept is on objects in the cache alone, never on the API server: the version that was kept, and the digest of the whole of it. One that somebody
// writes on an object names a version before the one that it makes, and counts for nothing.
const annotationKept = "sei.io/kept"

// Kept leaves of an object, which that node's SeiNode controls, what is read of it, in place. What is only compared is in a digest of the whole, and what a write
// replaces in any case is left out: what is written is the object that is wanted, with the metadata of the one that is there.
func Kept(object Object, node string) {
	for _, kind := range Children {
		if kind.Keep != nil && object.GetName() == kind.NameFor(node) && reflect.TypeOf(object) == reflect.TypeOf(kind.New()) {
			digest := kind.Digest(object)
			kind.Keep(object)
			keepMeta(object, digest)
		}
	}
}

// keepMeta leaves out our own labels, which every write sets again, and notes without a value.
func keepMeta(object Object, digest string) {
	labels, annotations := maps.Clone(object.GetLabels()), map[string]string{annotationKept: keptAs(object) + digest}
	for key := range Labels(&seiv1alpha1.SeiNode{}) {
		delete(labels, key)
	}
	for key, value := range object.GetAnnotations() {
		if key != annotationKept && (value != "" || !readAsEmpty[key]) {
			annotations[key] = value
		}
	}
	object.SetLabels(orNil(labels))
	object.SetAnnotations(annotations)
	object.SetManagedFields(nil)
}

// readAsEmpty are notes of which nobody asks whether they are there: only what they say counts.
var readAsEmpty = map[string]bool{
	seiv1alpha1.AnnotationReached: true, seiv1alpha1.AnnotationRollout: true, seiv1alpha1.AnnotationShields: true,
}

// Only returns the values of these keys, nil where there are none.
func Only(of map[string]string, keys ...string) map[string]string {
	kept := map[string]string{}
	for _, key := range keys {
		if value, there := of[key]; there {
			kept[key] = value
		}
	}
	return orNil(kept)
}

func orNil(labels map[string]string) map[string]string {
	if len(labels) == 0 {
		return nil
	}
	return labels
}

// keptAs is what the digest of this very version follows.
func keptAs(object metav1.Object) string { return object.GetResourceVersion() + "/" }

// keptDigest is the digest of an object of which only a part was kept.
func keptDigest(object metav1.Object) (digest string, kept bool) {
	return strings.CutPrefix(object.GetAnnotations()[annotationKept], keptAs(object))
}

// keepStatefulSet keeps how many pods there are to be, and what is read of their template. All else of it is compared, and replaced as a whole.
func keepStatefulSet(set *appsv1.StatefulSet) {
	spec := set.Spec
	set.Spec = appsv1.StatefulSetSpec{Replicas: spec.Replicas}
	set.Spec.Template.Annotations = Only(spec.Template.Annotations, seiv1alpha1.AnnotationTemplate, seiv1alpha1.AnnotationReservation, seiv1alpha1.AnnotationImageUntil)
	set.Spec.Template.Spec.Containers = keepSeid(set, spec.Template.Spec.Containers)
	set.Status = appsv1.StatefulSetStatus{ObservedGeneration: set.Status.ObservedGeneration}
}

// keepSeid keeps the address that seid tells its peers, and its image where no note tells what was asked for.
func keepSeid(set *appsv1.StatefulSet, containers []corev1.Container) (kept []corev1.Container) {
	_, noted := set.Annotations[seiv1alpha1.AnnotationAsked]
	for _, container := range containers {
		var told []corev1.EnvVar
		for _, variable := range container.Env {
			if variable.Name == seid.Variable(addressKey) {
				told = append(told, variable)
			}
		}
		if len(told) > 0 || container.Name == ContainerSeid && !noted {
			kept = append(kept, corev1.Container{Name: container.Name, Image: container.Image, Env: told})
		}
	}
	return kept
}

// keepService keeps what the API server allocated.
func keepService(service *corev1.Service) {
	spec := service.Spec
	service.Spec = corev1.ServiceSpec{ClusterIPs: spec.ClusterIPs, IPFamilies: spec.IPFamilies, IPFamilyPolicy: spec.IPFamilyPolicy}
	service.Status = corev1.ServiceStatus{}
}

func keepBudget(budget *policyv1.PodDisruptionBudget) {
	budget.Spec, budget.Status = policyv1.PodDisruptionBudgetSpec{}, policyv1.PodDisruptionBudgetStatus{}
}

func keepNetworkPolicy(policy *networkingv1.NetworkPolicy) {
	policy.Spec = networkingv1.NetworkPolicySpec{}
}
