package workload

import (
	appsv1 "k8s.io/api/apps/v1"

	seiv1alpha1 "github.com/seinode/seinode-operator/api/v1alpha1"
)

// Converted is the StatefulSet as this version notes it. A former one had where the data comes from in the mark of what is asked of the pod: while that is on its way
// and still asked for, the same in two notes asks for no other pod.
func Converted(set *appsv1.StatefulSet, node *seiv1alpha1.SeiNode) *appsv1.StatefulSet {
	run := asRun(node)
	_, kept := set.Annotations[seiv1alpha1.AnnotationAskedData]
	if kept || run.Spec.Bootstrap == nil || set.Annotations[seiv1alpha1.AnnotationAsked] != Digest(askedWith(run, run.Spec.Bootstrap), node.InspectionPolicy()) {
		return set
	}
	converted := set.DeepCopy()
	converted.Annotations[seiv1alpha1.AnnotationAsked] = askedFor(run, WiredTo(set))
	converted.Annotations[seiv1alpha1.AnnotationAskedData] = askedOfData(run)
	return converted
}
