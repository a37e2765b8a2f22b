package controller

import (
	"context"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	policyv1 "k8s.io/api/policy/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	seiv1alpha1 "github.com/seinode/seinode-operator/api/v1alpha1"
	"github.com/seinode/seinode-operator/internal/keys"
	"github.com/seinode/seinode-operator/internal/storage"
	"github.com/seinode/seinode-operator/internal/task"
	"github.com/seinode/seinode-operator/internal/workload"
)

// observe reads all that this reconcile rests on. After it nothing reads the API but the deletion's look for pods.
func (r *Reconciler) observe(ctx context.Context, node *seiv1alpha1.SeiNode) *task.Scope {
	scope := &task.Scope{Client: r.Client, Platform: r.Platform, Node: node, Before: *node.Status.DeepCopy()}
	scope.Data = storage.Observe(ctx, r.Client, node, r.Platform.Required(node))
	scope.Err = scope.Data.Err
	key := client.ObjectKeyFromObject(node)
	scope.Service = read(ctx, r.Client, scope, key, &corev1.Service{})
	scope.Budget = read(ctx, r.Client, scope, key, &policyv1.PodDisruptionBudget{})
	scope.StatefulSet = read(ctx, r.Client, scope, key, &appsv1.StatefulSet{})
	r.observeKeys(ctx, scope)
	if storage.Imports(node) && scope.Data.Err == nil {
		verdict := storage.Validate(scope.Data)
		scope.Import = &verdict
	}
	return scope
}

// observeKeys looks at the Secrets themselves only while the pod is not ready: a fleet at rest costs nothing.
func (r *Reconciler) observeKeys(ctx context.Context, scope *task.Scope) {
	facts := keys.Observe(ctx, r.Client, r.Live, scope.Node, !workload.Ready(scope.OwnStatefulSet()))
	scope.Err = firstOf(scope.Err, facts.Err)
	scope.Keys = keys.Validate(facts)
}

// read gets one object, nil if there is none, and keeps the first error.
func read[T client.Object](ctx context.Context, reader client.Reader, scope *task.Scope, key client.ObjectKey, object T) T {
	var none T
	err := reader.Get(ctx, key, object)
	if client.IgnoreNotFound(err) != nil && scope.Err == nil {
		scope.Err = err
	}
	if err != nil {
		return none
	}
	return object
}
