package controller

import (
	"context"
	"errors"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	testingclock "k8s.io/utils/clock/testing"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/client/fake"
	"sigs.k8s.io/controller-runtime/pkg/client/interceptor"

	seiv1alpha1 "github.com/seinode/seinode-operator/api/v1alpha1"
	"github.com/seinode/seinode-operator/internal/task"
	"github.com/seinode/seinode-operator/internal/write"
)

var (
	pods       = schema.GroupResource{Resource: "pods"}
	noRight    = apierrors.NewForbidden(pods, "a-pre-pull", errors.New("user cannot create resource"))
	fullQuota  = apierrors.NewForbidden(pods, "a-pre-pull", errors.New("exceeded quota: full, requested: pods=1, used: pods=7"))
	wrongField = apierrors.NewInvalid(schema.GroupKind{Kind: "Pod"}, "a-pre-pull", nil)
	policy     = &apierrors.StatusError{ErrStatus: metav1.Status{Status: metav1.StatusFailure, Code: 400, Message: `admission webhook "policy.example.com" denied the request: no limits`}}
)

// trying is a reconcile of a node whose pre-pull pod is to be made.
func trying(r *Reconciler, node *seiv1alpha1.SeiNode) *task.Scope {
	refused := r.refused.of(node, r.Clock.Now())
	return &task.Scope{
		Observation: task.Observation{Node: node, PrePullRefused: refused}, PrePull: task.PrePull{Write: write.Create("Pod", &corev1.Pod{}), Refused: refused},
	}
}

// TestATrialPutsNothingOff: whatever its pod is answered, what was to be looked at is, and what fails is tried again. Who waits for a trial that is
// refused, or that came to its end, goes on at once.
func TestATrialPutsNothingOff(t *testing.T) {
	proven := func(s *task.Scope) { s.PrePull = task.PrePull{State: task.PrePullProven} }
	told := func(s *task.Scope) { s.PrePull.Refused = "no right" }
	for name, test := range map[string]struct {
		answer       error
		change       func(*task.Scope)
		before, then time.Duration
	}{
		"it is made":                     {nil, nil, 0, 0},
		"it is made, and more is to do":  {nil, nil, time.Millisecond, time.Millisecond},
		"no answer":                      {errors.New("no answer"), nil, 0, startInterval},
		"no answer, and more is to do":   {errors.New("no answer"), nil, time.Millisecond, time.Millisecond},
		"it is there":                    {apierrors.NewAlreadyExists(pods, "a-pre-pull"), nil, 0, 0},
		"a policy":                       {policy, nil, 0, again.RequeueAfter},
		"a policy, and something waits":  {policy, nil, time.Minute, again.RequeueAfter},
		"a policy, a moment ago":         {policy, told, 0, 0},
		"a moment ago, and more is left": {policy, told, time.Minute, time.Minute},
		"it ran":                         {nil, proven, 0, again.RequeueAfter},
	} {
		r := &Reconciler{Clock: testingclock.NewFakePassiveClock(time.Unix(1e9, 0)), Client: interceptor.NewClient(fake.NewFakeClient(), interceptor.Funcs{
			Create: func(context.Context, client.WithWatch, client.Object, ...client.CreateOption) error {
				return test.answer
			},
		})}
		scope := trying(r, &seiv1alpha1.SeiNode{})
		if test.change != nil {
			test.change(scope)
		}
		if got := r.prePull(t.Context(), scope, ctrl.Result{RequeueAfter: test.before}); got.RequeueAfter != test.then {
			t.Errorf("%s: again after %s, wanted %s", name, got.RequeueAfter, test.then)
		}
	}
}

// TestARefusedPrePullPodIsNoErrorAndNotAskedForAgain for a while, unless the spec is another. Whatever else fails is tried again.
func TestARefusedPrePullPodIsNoErrorAndNotAskedForAgain(t *testing.T) {
	for name, test := range map[string]struct {
		answer  error
		refused string
	}{
		"no right":       {noRight, noRight.Error()},
		"a full quota":   {fullQuota, `pods "a-pre-pull" is forbidden: exceeded quota: full`},
		"a wrong field":  {wrongField, wrongField.Error()},
		"a policy":       {policy, policy.Error()},
		"no answer":      {errors.New("no answer"), ""},
		"it is made":     {nil, ""},
		"it is there":    {apierrors.NewAlreadyExists(pods, "a-pre-pull"), ""},
		"a short outage": {apierrors.NewServiceUnavailable("later"), ""},
	} {
		asked, clock := 0, testingclock.NewFakePassiveClock(time.Unix(1e9, 0))
		r := &Reconciler{Clock: clock, Client: interceptor.NewClient(fake.NewFakeClient(), interceptor.Funcs{
			Create: func(context.Context, client.WithWatch, client.Object, ...client.CreateOption) error {
				asked++
				return test.answer
			},
		})}
		node := &seiv1alpha1.SeiNode{ObjectMeta: metav1.ObjectMeta{UID: "uid"}}
		expect := func(when string, calls int) {
			t.Helper()
			scope := trying(r, node)
			r.prePull(t.Context(), scope, ctrl.Result{})
			if words := scope.PrePull.Refused; asked != calls || words != test.refused || scope.PrePullRefused != words {
				t.Errorf("%s, %s: asked %d times, wanted %d; %q", name, when, asked, calls, words)
			}
		}
		if test.refused == "" {
			expect("at once", 1)
			expect("again", 2)
			continue
		}
		expect("at once", 1)
		expect("again", 1)
		node.Generation++
		expect("of another spec", 2)
		clock.SetTime(clock.Now().Add(refusalInterval))
		expect("later", 3)
		r.refused.forget("uid")
		expect("of one that was forgotten", 4)
	}
}
