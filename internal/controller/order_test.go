package controller

import (
	"context"
	"slices"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/controller/priorityqueue"
	"sigs.k8s.io/controller-runtime/pkg/event"
	"sigs.k8s.io/controller-runtime/pkg/handler"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	seiv1alpha1 "github.com/seinode/seinode-operator/api/v1alpha1"
	"github.com/seinode/seinode-operator/internal/fixture"
	"github.com/seinode/seinode-operator/internal/task"
)

func requestFor(name string) reconcile.Request {
	return reconcile.Request{NamespacedName: types.NamespacedName{Namespace: "sei", Name: name}}
}

// TestAVerdictThatIsWaitedForComesFirst, then what users change, then what follows from the operator's own writes, and the first looks of a start last.
func TestAVerdictThatIsWaitedForComesFirst(t *testing.T) {
	queue := priorityqueue.New[reconcile.Request]("test")
	defer queue.ShutDown()
	same := handler.EnqueueRequestsFromMapFunc(func(_ context.Context, object client.Object) []reconcile.Request {
		return []reconcile.Request{requestFor(object.GetName())}
	})
	object := func(name, version string) client.Object {
		return &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Name: name, ResourceVersion: version}}
	}
	update := func(name string) event.UpdateEvent {
		return event.UpdateEvent{ObjectOld: object(name, "1"), ObjectNew: object(name, "2")}
	}
	same.Create(t.Context(), event.CreateEvent{Object: object("at the start", "1"), IsInInitialList: true}, queue)
	inOrder(soon, same).Create(t.Context(), event.CreateEvent{Object: object("a claim that was there at the start", "1"), IsInInitialList: true}, queue)
	queue.AddWithOpts(priorityqueue.AddOpts{Priority: next(ctrl.Result{RequeueAfter: startInterval}).Priority}, requestFor("looked at"))
	inOrder(follows, same).Update(t.Context(), update("a Service"), queue)
	inOrder(follows, same).Delete(t.Context(), event.DeleteEvent{Object: object("a pod", "1")}, queue)
	queue.AddWithOpts(priorityqueue.AddOpts{Priority: next(again).Priority}, requestFor("a plan"))
	queue.Add(requestFor("a spec"))
	inOrder(soon, same).Update(t.Context(), update("a claim"), queue)
	var order []string
	for range 7 {
		request, _, _ := queue.GetWithPriority()
		order = append(order, request.Name)
		queue.Done(request)
	}
	if queue.Len() != 0 {
		t.Errorf("%d more wait", queue.Len())
	}
	if want := []string{"a claim", "a spec", "a Service", "a pod", "a plan", "looked at", "at the start"}; !slices.Equal(order, want) {
		t.Errorf("%q, wanted %q", order, want)
	}
}

// TestWhatAUserWaitsToHear is that an imported claim may be used; not of a node that makes its own, nor of one that said so before, or never said anything.
func TestWhatAUserWaitsToHear(t *testing.T) {
	said := func(status metav1.ConditionStatus) fixture.Change {
		return func(o *task.Observation) {
			o.Node.Status.Conditions = []metav1.Condition{{Type: seiv1alpha1.ConditionImportPVCReady, Status: status}}
		}
	}
	for name, test := range map[string]struct {
		changes []fixture.Change
		want    bool
	}{
		"it was not usable, and is":     {[]fixture.Change{said(metav1.ConditionFalse)}, true},
		"it was usable":                 {[]fixture.Change{said(metav1.ConditionTrue)}, false},
		"it is not usable":              {[]fixture.Change{said(metav1.ConditionFalse), fixture.Lost}, false},
		"nothing was said":              {nil, false},
		"the node runs":                 {[]fixture.Change{fixture.Made, said(metav1.ConditionFalse)}, false},
		"the node makes its own volume": {[]fixture.Change{fixture.Creates, said(metav1.ConditionFalse)}, false},
	} {
		if got := awaitsWord(fixture.Scope(test.changes...)); got != test.want {
			t.Errorf("%s: it is told first: %t", name, got)
		}
	}
}

// TestAStatusThatIsLeftOutIsToldAfterAWhile, and is known meanwhile, unless somebody writes to the SeiNode.
func TestAStatusThatIsLeftOutIsToldAfterAWhile(t *testing.T) {
	u, now := &untold{}, time.Unix(1e9, 0)
	node := &seiv1alpha1.SeiNode{ObjectMeta: metav1.ObjectMeta{UID: "uid", ResourceVersion: "7"}}
	node.SetWritten("Service", "digest")
	shown := func(version string) *seiv1alpha1.SeiNode {
		found := &seiv1alpha1.SeiNode{ObjectMeta: metav1.ObjectMeta{UID: "uid", ResourceVersion: version}}
		u.recall(found)
		return found
	}
	if shown("7").Written("Service") != "" || u.leave(node, now) != grace || shown("7").Written("Service") != "digest" {
		t.Error("it is not left out, or forgotten")
	}
	if shown("8").Written("Service") != "" {
		t.Error("it takes the place of what somebody wrote")
	}
	if wait := u.leave(node, now.Add(grace-time.Second)); wait != time.Second {
		t.Errorf("it waits for %s more", wait)
	}
	node.ResourceVersion = "8" // somebody wrote to it
	if wait := u.leave(node, now.Add(grace)); wait != 0 {
		t.Errorf("it is not told in the end, but in %s", wait)
	}
	u.forget("uid")
	if shown("8").Written("Service") != "" || len(u.nodes) != 0 {
		t.Error("what was told is kept")
	}
}
