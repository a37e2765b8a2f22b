package task

import (
	"context"
	"fmt"

	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// Scale starts or stops the pod where the wanted number of replicas is not the live one: on a pause and after it, in any
// phase. It is no task, so that no plan stands in its way.
func Scale(ctx context.Context, scope *Scope) error {
	own := scope.OwnStatefulSet()
	if own == nil || scope.Err != nil || own.DeletionTimestamp != nil || scope.WantedReplicas() == scope.currentReplicas() {
		return nil
	}
	return setReplicas(ctx, scope, scope.WantedReplicas())
}

// setReplicas changes the number of replicas of the StatefulSet that was observed, and of no other.
func setReplicas(ctx context.Context, scope *Scope, replicas int32) error {
	own := scope.OwnStatefulSet()
	patch := fmt.Appendf(nil, `{"metadata":{"uid":%q,"resourceVersion":%q},"spec":{"replicas":%d}}`, own.UID, own.ResourceVersion, replicas)
	return scope.Client.Patch(ctx, own.DeepCopy(), client.RawPatch(types.MergePatchType, patch), client.FieldOwner(FieldOwner))
}
