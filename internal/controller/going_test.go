package controller

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/utils/ptr"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/client/interceptor"

	seiv1alpha1 "github.com/seinode/seinode-operator/api/v1alpha1"
)

// goingNode imports a claim, and is being deleted.
func goingNode() *seiv1alpha1.SeiNode {
	node := recordedNode("node-uid")
	node.Finalizers, node.DeletionTimestamp = []string{seiv1alpha1.Finalizer}, ptr.To(metav1.Now())
	node.Spec.DataVolume = &seiv1alpha1.DataVolumeSpec{Import: &seiv1alpha1.DataVolumeImport{PVCName: "data-archive"}}
	return node
}

// goingSet is the node's StatefulSet, deleted as the operator does it.
func goingSet(node *seiv1alpha1.SeiNode) *appsv1.StatefulSet {
	return &appsv1.StatefulSet{ObjectMeta: metav1.ObjectMeta{
		Name: node.Name, Namespace: node.Namespace, Finalizers: []string{metav1.FinalizerDeleteDependents}, DeletionTimestamp: ptr.To(metav1.Now()),
		OwnerReferences: []metav1.OwnerReference{*metav1.NewControllerRef(node, seiv1alpha1.GroupVersion.WithKind("SeiNode"))},
	}}
}

// controlled is the node's pod, under its StatefulSet.
func controlled() *corev1.Pod {
	pod := ownPodNamed("archive-0")
	pod.OwnerReferences = []metav1.OwnerReference{{APIVersion: "apps/v1", Kind: "StatefulSet", Name: "archive", Controller: ptr.To(true)}}
	return pod
}

// deaf is a reconciler that has a cache, and nobody behind it: a read past the cache is an error.
func deaf(t *testing.T, objects ...client.Object) *Reconciler {
	t.Helper()
	r, cached := seeing(t, objects...)
	unasked := errors.New("the API server was asked")
	r.Client = cached
	r.Live = interceptor.NewClient(cached.(client.WithWatch), interceptor.Funcs{
		Get: func(context.Context, client.WithWatch, client.ObjectKey, client.Object, ...client.GetOption) error {
			return unasked
		},
		List: func(context.Context, client.WithWatch, client.ObjectList, ...client.ListOption) error { return unasked },
	})
	r.Prepare()
	return r
}

// TestADeletionThatWaitsAsksNobody: what it waits for is seen, and looked at ever more seldom.
func TestADeletionThatWaitsAsksNobody(t *testing.T) {
	for name, test := range map[string]struct {
		pods []client.Object
		want string
	}{
		"for its pod":         {[]client.Object{controlled()}, "waiting for pod \"archive-0\""},
		"for its StatefulSet": {nil, "waiting for StatefulSet \"archive\" to be gone"},
	} {
		t.Run(name, func(t *testing.T) {
			node := goingNode()
			r := deaf(t, append(test.pods, node, goingSet(node))...)
			var pauses []time.Duration
			for range 7 {
				result, err := r.delete(t.Context(), node)
				if err != nil {
					t.Fatal(err)
				}
				pauses = append(pauses, result.RequeueAfter)
			}
			if pauses[0] < deletionInterval || pauses[0] > 2*deletionInterval || pauses[6] < deletionLongest {
				t.Errorf("looked at again after %v", pauses)
			}
			if ready := node.Status.Conditions[0]; !strings.HasPrefix(ready.Message, test.want) {
				t.Errorf("%s; wanted %s", ready.Message, test.want)
			}
		})
	}
}

// TestADeletionThatMayActReadsPastTheCache: whatever is not seen to go by itself.
func TestADeletionThatMayActReadsPastTheCache(t *testing.T) {
	stays, anothers, orphan := goingSet(goingNode()), goingSet(goingNode()), goingSet(goingNode())
	stays.Finalizers, stays.DeletionTimestamp = nil, nil
	anothers.OwnerReferences[0].UID = "another-uid"
	orphan.Finalizers = []string{metav1.FinalizerOrphanDependents}
	for name, cached := range map[string][]client.Object{
		"no StatefulSet":               {},
		"one that is not deleted":      {stays},
		"a namesake's":                 {anothers},
		"one that leaves its pods":     {orphan},
		"a pod that nobody would stop": {goingSet(goingNode()), ownPodNamed("archive-0")},
	} {
		t.Run(name, func(t *testing.T) {
			node := goingNode()
			if result, err := deaf(t, append(cached, node)...).delete(t.Context(), node); err == nil {
				t.Errorf("it waits %s, and asked nobody", result.RequeueAfter)
			}
		})
	}
}
