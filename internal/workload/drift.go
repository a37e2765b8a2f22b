package workload

import (
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	seiv1alpha1 "github.com/seinode/seinode-operator/api/v1alpha1"
)

// stamp writes a digest of what we want onto the object: where a newer operator, or a changed spec, wants something else, it tells so
// without a look at the fields.
//
// The label that former versions set is in the digest still: without it an upgrade would write every object for its sake, and a StatefulSet's
// newer template along with it.
func stamp(object metav1.Object, spec any) {
	labels := merged(object.GetLabels(), map[string]string{seiv1alpha1.LabelInstance: object.GetName()})
	object.SetAnnotations(map[string]string{seiv1alpha1.AnnotationSpecHash: Digest(labels, spec)})
}
