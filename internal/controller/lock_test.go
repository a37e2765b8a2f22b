package controller

import (
	"context"
	"errors"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	clocktesting "k8s.io/utils/clock/testing"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"

	seiv1alpha1 "github.com/seinode/seinode-operator/api/v1alpha1"
)

// locked records which keys are locked.
type locked struct {
	kind string
	held *[]string
}

func (l locked) LockKey(id string) { *l.held = append(*l.held, l.kind+" "+id) }

func (l locked) UnlockKey(id string) error {
	before := len(*l.held)
	if *l.held = slices.DeleteFunc(*l.held, func(h string) bool { return h == l.kind+" "+id }); len(*l.held) == before {
		return errors.New("it was not locked")
	}
	return nil
}

// oneNode is a client that has one SeiNode, and answers nothing else. It notes what is locked when it is asked the second time.
type oneNode struct {
	client.Client // what is not overridden is not called
	node          *seiv1alpha1.SeiNode
	held          *[]string
	asked         bool
	saw           []string
}

var errNoAnswer = errors.New("no answer")

func (o *oneNode) Get(_ context.Context, _ client.ObjectKey, object client.Object, _ ...client.GetOption) error {
	if node, is := object.(*seiv1alpha1.SeiNode); is && !o.asked {
		o.node.DeepCopyInto(node)
		o.asked = true
		return nil
	}
	o.saw = slices.Clone(*o.held)
	return errNoAnswer
}

func (o *oneNode) List(context.Context, client.ObjectList, ...client.ListOption) error {
	return errNoAnswer
}

func (o *oneNode) Status() client.SubResourceWriter { return anyStatus{} }

// anyStatus takes any status.
type anyStatus struct{ client.SubResourceWriter }

func (anyStatus) Patch(context.Context, client.Object, client.Patch, ...client.SubResourcePatchOption) error {
	return nil
}

// TestTheNodesOfOneClaimOrKeyComeOneAfterTheOther: whatever a reconcile looks at, it has locked the claim's name before, and then the keys'. A turn that it
// took ends with it.
func TestTheNodesOfOneClaimOrKeyComeOneAfterTheOther(t *testing.T) {
	importing := &seiv1alpha1.DataVolumeSpec{Import: &seiv1alpha1.DataVolumeImport{PVCName: "disk"}}
	signing := &seiv1alpha1.ValidatorSpec{SigningKey: &seiv1alpha1.SecretReference{SecretName: "key"}}
	for name, test := range map[string]struct {
		spec seiv1alpha1.SeiNodeSpec
		want []string
	}{
		"its own claim":             {seiv1alpha1.SeiNodeSpec{FullNode: &seiv1alpha1.FullNodeSpec{}}, []string{"claim sei/data-a"}},
		"an import":                 {seiv1alpha1.SeiNodeSpec{FullNode: &seiv1alpha1.FullNodeSpec{}, DataVolume: importing}, []string{"claim sei/disk"}},
		"an import, and a Secret":   {seiv1alpha1.SeiNodeSpec{Validator: signing, DataVolume: importing}, []string{"claim sei/disk", "key sei/key"}},
		"a validator's own key":     {seiv1alpha1.SeiNodeSpec{Validator: &seiv1alpha1.ValidatorSpec{}}, []string{"claim sei/data-a"}},
		"its own claim, and Secret": {seiv1alpha1.SeiNodeSpec{Validator: signing}, []string{"claim sei/data-a", "key sei/key"}},
		"a node key, too":           {seiv1alpha1.SeiNodeSpec{Validator: signing, NodeKey: &seiv1alpha1.SecretReference{SecretName: "id"}}, []string{"claim sei/data-a", "key sei/key", "id sei/id"}},
	} {
		t.Run(name, func(t *testing.T) {
			node := &seiv1alpha1.SeiNode{Spec: test.spec}
			node.Namespace, node.Name, node.UID, node.Finalizers = "sei", "a", "uid", []string{seiv1alpha1.Finalizer}
			var held []string
			answers := &oneNode{node: node, held: &held}
			r := &Reconciler{Client: answers, Clock: clocktesting.NewFakePassiveClock(start)}
			r.Prepare()
			r.claims, r.signers, r.ids = locked{"claim", &held}, locked{"key", &held}, locked{"id", &held}
			r.turns.take(node, "pacific-1/v7")
			if _, err := r.Reconcile(t.Context(), ctrl.Request{}); !errors.Is(err, errNoAnswer) {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want, answers.saw); diff != "" || len(held) > 0 || len(r.turns.taken) > 0 {
				t.Errorf("locked while it looked (-want +got):\n%s\nlocked afterwards: %v, %v", diff, held, r.turns.taken)
			}
		})
	}
}
