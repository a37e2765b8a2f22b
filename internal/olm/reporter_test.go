package olm

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/client/fake"
	"sigs.k8s.io/controller-runtime/pkg/client/interceptor"

	seiv1alpha1 "github.com/seinode/seinode-operator/api/v1alpha1"
)

var key = client.ObjectKey{Namespace: "operator", Name: "seinode-operator.v0.2.0"}

// made is the OperatorCondition as OLM makes it, with what somebody else said by it.
func made() *unstructured.Unstructured {
	object := &unstructured.Unstructured{Object: map[string]any{"spec": map[string]any{
		"deployments": []any{"seinode-controller-manager"},
		"conditions": []any{map[string]any{
			"type": "Other", "status": "True", "reason": "Said", "message": "by somebody else", "lastTransitionTime": "2026-01-01T00:00:00Z"}},
	}}}
	object.SetGroupVersionKind(operatorCondition)
	object.SetNamespace(key.Namespace)
	object.SetName(key.Name)
	return object
}

// cluster counts the updates that were tried, and fails the first ones.
type cluster struct {
	client.Client
	updates atomic.Int32
}

func newCluster(t *testing.T, failing int32) *cluster {
	t.Helper()
	scheme := runtime.NewScheme()
	if err := seiv1alpha1.AddToScheme(scheme); err != nil {
		t.Fatal(err)
	}
	c := &cluster{}
	c.Client = fake.NewClientBuilder().WithScheme(scheme).WithObjects(made()).WithInterceptorFuncs(interceptor.Funcs{
		Update: func(ctx context.Context, to client.WithWatch, object client.Object, options ...client.UpdateOption) error {
			if !(&client.UpdateOptions{}).ApplyOptions(options).DisableReadYourWritesConsistency {
				t.Error("the client would watch OperatorConditions, which OLM lets nobody do")
			}
			if c.updates.Add(1) <= failing {
				return errors.New("the API server is busy")
			}
			return to.Update(ctx, object, options...)
		},
	}).Build()
	return c
}

// reporter is one that has told nothing yet, as after a start.
func (c *cluster) reporter() *Reporter {
	return &Reporter{nodes: c, live: c, writer: c, key: key, together: together, news: make(chan struct{}, 1)}
}

// said is what the OperatorCondition says now: the statuses of its conditions by type.
func (c *cluster) said(t *testing.T) map[string]string {
	t.Helper()
	object := made()
	if err := c.Get(t.Context(), key, object); err != nil {
		t.Fatal(err)
	}
	if deployments, _, _ := unstructured.NestedStringSlice(object.Object, "spec", "deployments"); len(deployments) != 1 {
		t.Errorf("OLM's own field is gone: %v", object.Object["spec"])
	}
	found := map[string]string{}
	conditions, _, _ := unstructured.NestedSlice(object.Object, "spec", "conditions")
	for _, condition := range conditions {
		of := condition.(map[string]any)
		found[of["type"].(string)] = of["status"].(string)
	}
	if found["Other"] != "True" {
		t.Errorf("what somebody else said is gone: %v", conditions)
	}
	return found
}

func (c *cluster) expect(t *testing.T, updates int32, upgradeable string) {
	t.Helper()
	if got := c.said(t)[ConditionUpgradeable]; c.updates.Load() != updates || got != upgradeable {
		t.Errorf("%d updates, Upgradeable %q; wanted %d, %q", c.updates.Load(), got, updates, upgradeable)
	}
}

// TestOLMIsToldOnce: a fleet at rest costs no write, and a manager that starts again none either.
func TestOLMIsToldOnce(t *testing.T) {
	c := newCluster(t, 0)
	for range 2 {
		r := c.reporter()
		for range 2 {
			if err := r.tell(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
	}
	c.expect(t, 1, "True")
}

// TestWhatCannotBeToldIsTriedAgain, ever more seldom, and holds up nothing.
func TestWhatCannotBeToldIsTriedAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCluster(t, 2)
		r := c.reporter()
		r.wake()
		go r.report(t.Context())
		for _, look := range []struct {
			after   time.Duration
			updates int32
			says    string
		}{{together, 1, ""}, {again + together, 2, ""}, {again + together, 2, ""}, {again, 3, "True"}, {24 * time.Hour, 3, "True"}} {
			time.Sleep(look.after + time.Second)
			synctest.Wait()
			c.expect(t, look.updates, look.says)
		}
	})
}

// TestNewsThatComeTogetherAreToldTogether: a thousand volumes that are adopted at once are few writes.
func TestNewsThatComeTogetherAreToldTogether(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCluster(t, 0)
		r := c.reporter()
		go r.report(t.Context())
		for _, name := range []string{"a", "b", "c", "d"} {
			adopts := node(name, imports, accepted, unreadyFor(seiv1alpha1.ReasonInitializing))
			if err := c.Create(t.Context(), &adopts); err != nil {
				t.Fatal(err)
			}
			r.wake()
			time.Sleep(time.Second)
		}
		time.Sleep(2 * together)
		synctest.Wait()
		c.expect(t, 1, "False")
	})
}

// TestOnlyWhatChangesWakes: that a height is written, or a condition's message, is no news to OLM.
func TestOnlyWhatChangesWakes(t *testing.T) {
	rests, adopts := node("a", ready), node("a", imports, accepted, unreadyFor(seiv1alpha1.ReasonInitializing))
	later := rests
	later.Status.Node = &seiv1alpha1.NodeStatus{Height: 7}
	for name, test := range map[string]struct {
		send func(*Reporter)
		want int
	}{
		"a height":         {func(r *Reporter) { r.listens().OnUpdate(&rests, &later) }, 0},
		"a node begins":    {func(r *Reporter) { r.listens().OnUpdate(&rests, &adopts) }, 1},
		"a node ends":      {func(r *Reporter) { r.listens().OnUpdate(&adopts, &rests) }, 1},
		"a node comes":     {func(r *Reporter) { r.listens().OnAdd(&adopts, false) }, 1},
		"a node goes":      {func(r *Reporter) { r.listens().OnDelete(&adopts) }, 1},
		"two nodes begin,": {func(r *Reporter) { r.listens().OnAdd(&adopts, false); r.listens().OnAdd(&adopts, false) }, 1},
	} {
		r := newCluster(t, 0).reporter()
		test.send(r)
		if len(r.news) != test.want {
			t.Errorf("%s: %d news, wanted %d", name, len(r.news), test.want)
		}
	}
}
