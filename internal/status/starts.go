package status

import (
	"strings"

	"k8s.io/apimachinery/pkg/api/equality"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	seiv1alpha1 "github.com/seinode/seinode-operator/api/v1alpha1"
	"github.com/seinode/seinode-operator/internal/plan"
)

// OnlyStarts says whether all that is new since a status was shown is that what the node's first plan makes is made, and its pod is starting. What keeps the pod
// is news, and that it is ready.
func OnlyStarts(shown, is seiv1alpha1.SeiNodeStatus) bool {
	ready := meta.FindStatusCondition(is.Conditions, seiv1alpha1.ConditionReady)
	if !awaitsPod(shown.Plan, is.Plan) || ready == nil || !strings.HasSuffix(ready.Message, isStarting) {
		return false
	}
	rest := is.DeepCopy()
	rest.Plan, rest.Children = shown.Plan, shown.Children
	was := meta.FindStatusCondition(shown.Conditions, seiv1alpha1.ConditionReady)
	if was == nil || was.Status != metav1.ConditionFalse || was.Reason != seiv1alpha1.ReasonInitializing {
		return false
	}
	*meta.FindStatusCondition(rest.Conditions, seiv1alpha1.ConditionReady) = *was
	return equality.Semantic.DeepEqual(*rest, shown)
}

// awaitsPod says whether the same first plan goes on, and nothing is left of it but to wait for the pod.
func awaitsPod(shown, is *seiv1alpha1.Plan) bool {
	if shown == nil || is == nil || shown.ID != is.ID || is.Phase != seiv1alpha1.PlanActive || plan.Updates(is) {
		return false
	}
	for i := range is.Tasks {
		if is.Tasks[i].Status != seiv1alpha1.TaskComplete && is.Tasks[i].Type != seiv1alpha1.TaskAwaitNodeReady {
			return false
		}
	}
	return true
}
