package task

import (
	"fmt"

	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// setReplicas changes the number of replicas of the StatefulSet that was observed, and of no other.
func setReplicas(ctx Context, scope *Scope, replicas int32) error {
	own := scope.OwnStatefulSet()
	patch := fmt.Appendf(nil, `{"metadata":{"uid":%q,"resourceVersion":%q},"spec":{"replicas":%d}}`, own.UID, own.ResourceVersion, replicas)
	return scope.Client.Patch(ctx, own.DeepCopy(), client.RawPatch(types.MergePatchType, patch), client.FieldOwner(FieldOwner))
}
