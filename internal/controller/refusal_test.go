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
)

// TestARefusedPrePullPodIsNoErrorAndNotAskedForAgain for a while, unless the spec is another. Everything else that fails is tried again at once.
func TestARefusedPrePullPodIsNoErrorAndNotAskedForAgain(t *testing.T) {
	for name, test := range map[string]struct {
		answer  error
		refused string
	}{
		"no right":       {noRight, noRight.Error()},
		"a full quota":   {fullQuota, `pods "a-pre-pull" is forbidden: exceeded quota: full`},
		"a wrong field":  {wrongField, wrongField.Error()},
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
		ask := func() (string, error) {
			scope := &task.Scope{Observation: task.Observation{Node: node}, PrePull: task.PrePull{Write: write.Create("Pod", &corev1.Pod{})}}
			err := r.prePull(t.Context(), scope)
			return scope.PrePull.Refused, err
		}
		expect := func(when string, calls int) {
			t.Helper()
			words, err := ask()
			if asked != calls || words != test.refused || (err != nil) != (test.refused == "" && test.answer != nil && !apierrors.IsAlreadyExists(test.answer)) {
				t.Errorf("%s, %s: asked %d times, wanted %d; %q (%v)", name, when, asked, calls, words, err)
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
