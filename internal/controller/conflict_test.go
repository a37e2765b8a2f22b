package controller

import (
	"errors"
	"testing"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/util/flowcontrol"
	clocktesting "k8s.io/utils/clock/testing"
	ctrl "sigs.k8s.io/controller-runtime"

	seiv1alpha1 "github.com/seinode/seinode-operator/api/v1alpha1"
)

var errConflict = apierrors.NewConflict(schema.GroupResource{Resource: "statefulsets"}, "archive-0", errors.New("it changed"))

// TestAConflictIsTriedAgainEverMoreSeldom: where a watch lags behind another writer, each try is a write that is refused.
func TestAConflictIsTriedAgainEverMoreSeldom(t *testing.T) {
	clock := clocktesting.NewFakeClock(time.Unix(1e9, 0))
	r := &Reconciler{Clock: clock, conflicts: flowcontrol.NewFakeBackOff(2*time.Millisecond, 10*time.Second, clock)}
	node := &seiv1alpha1.SeiNode{}
	node.UID = "node-uid"
	last := time.Duration(0)
	for try := range 20 {
		result, err := r.ignoreConflict(node, ctrl.Result{}, errors.Join(errors.New("something else"), errConflict))
		if err != nil || result.RequeueAfter < last || result.RequeueAfter == 0 || result.RequeueAfter > 10*time.Second {
			t.Fatalf("try %d: after %s, wanted no less than %s (%v)", try, result.RequeueAfter, last, err)
		}
		last = result.RequeueAfter
	}
	if last != 10*time.Second {
		t.Errorf("after 20 conflicts in a row the next try is in %s", last)
	}
	clock.Step(time.Minute)
	if result, _ := r.ignoreConflict(node, ctrl.Result{}, errConflict); result.RequeueAfter > time.Second {
		t.Errorf("a minute later it still waits %s", result.RequeueAfter)
	}
}

func TestNoConflictIsPassedOn(t *testing.T) {
	r, node, wanted := &Reconciler{}, &seiv1alpha1.SeiNode{}, ctrl.Result{RequeueAfter: time.Second}
	if result, err := r.ignoreConflict(node, wanted, nil); result != wanted || err != nil {
		t.Errorf("%v %v", result, err)
	}
	if result, err := r.ignoreConflict(node, wanted, errors.New("no answer")); !result.IsZero() || err == nil {
		t.Errorf("%v %v", result, err)
	}
}
