package reserve_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	appsv1 "k8s.io/api/apps/v1"
	coordinationv1 "k8s.io/api/coordination/v1"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
	clientgoscheme "k8s.io/client-go/kubernetes/scheme"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/client/fake"
	"sigs.k8s.io/controller-runtime/pkg/client/interceptor"

	seiv1alpha1 "github.com/seinode/seinode-operator/api/v1alpha1"
	"github.com/seinode/seinode-operator/internal/agent/wire"
	"github.com/seinode/seinode-operator/internal/reserve"
)

const operator = "seinode-system"

var disk = reserve.Volume("csi:ebs.csi.aws.com/vol-1")

func node(namespace, name string, uid types.UID) *seiv1alpha1.SeiNode {
	return &seiv1alpha1.SeiNode{ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: name, UID: uid}}
}

func podOf(holder *seiv1alpha1.SeiNode) *corev1.Pod {
	return &corev1.Pod{ObjectMeta: metav1.ObjectMeta{
		Namespace: holder.Namespace, Name: holder.Name + "-0", Labels: map[string]string{seiv1alpha1.LabelNodeUID: string(holder.UID)},
	}}
}

func cluster(t *testing.T, objects ...client.Object) client.WithWatch {
	t.Helper()
	scheme := runtime.NewScheme()
	if err := errors.Join(clientgoscheme.AddToScheme(scheme), seiv1alpha1.AddToScheme(scheme)); err != nil {
		t.Fatal(err)
	}
	return fake.NewClientBuilder().WithScheme(scheme).WithObjects(objects...).Build()
}

// take has the node come to hold the disk, as a reconcile does, and returns what is said against it.
func take(t *testing.T, live client.WithWatch, who *seiv1alpha1.SeiNode) string {
	t.Helper()
	facts, err := reserve.Observe(t.Context(), live, operator, who, disk)
	if err != nil {
		t.Fatal(err)
	}
	said, wanted := reserve.Decide(facts, who)
	if wanted != nil {
		if done, err := wanted.Do(t.Context(), live); err != nil || !done {
			t.Fatalf("done %t, error %v", done, err)
		}
	}
	if said.OK() {
		return ""
	}
	return said.String()
}

func holderOf(t *testing.T, live client.Client) string {
	t.Helper()
	lease := &coordinationv1.Lease{}
	if err := live.Get(t.Context(), client.ObjectKey{Namespace: operator, Name: disk.Lease()}, lease); err != nil {
		return ""
	}
	return *lease.Spec.HolderIdentity
}

func TestOneNodeHoldsAThingUntilItAndItsPodAreGone(t *testing.T) {
	first, second := node("one", "a", "uid-a"), node("two", "b", "uid-b")
	pod := podOf(first)
	left := &appsv1.StatefulSet{ObjectMeta: pod.ObjectMeta}
	live := cluster(t, first, second, pod)
	steps := []struct {
		name   string
		do     func() error
		says   string
		holder string
	}{
		{"the first takes it", func() error { return nil }, "", "one/a/uid-a"},
		{"the SeiNode and its pod are there", func() error { return nil }, `held by SeiNode "a" in namespace "one"`, "one/a/uid-a"},
		{"its pod is made anew", func() error { return live.Delete(t.Context(), pod) }, "held by", "one/a/uid-a"},
		{"its pod still runs", func() error {
			pod.ResourceVersion = ""
			return errors.Join(live.Create(t.Context(), pod), live.Delete(t.Context(), first))
		}, `PVCInUse: the volume csi:ebs.csi.aws.com/vol-1 is held`, "one/a/uid-a"},
		{"a namesake is another node", func() error { return live.Create(t.Context(), node("one", "a", "uid-c")) }, "held by", "one/a/uid-a"},
		{"its StatefulSet was left, and makes the next pod", func() error {
			return errors.Join(live.Create(t.Context(), left), live.Delete(t.Context(), pod))
		}, "held by", "one/a/uid-a"},
		{"all are gone", func() error { return live.Delete(t.Context(), left) }, "", "two/b/uid-b"},
	}
	for i, step := range steps {
		if err := step.do(); err != nil {
			t.Fatal(err)
		}
		who := second
		if i == 0 {
			who = first
		}
		if got := take(t, live, who); (got == "") != (step.says == "") || !strings.Contains(got, step.says) {
			t.Errorf("%s: %q, wanted %q", step.name, got, step.says)
		}
		if got := holderOf(t, live); got != step.holder {
			t.Errorf("%s: held by %q, wanted %q", step.name, got, step.holder)
		}
	}
}

// TestWhoHoldsItWritesNothing: at rest nothing is written, and what a crash left half done is found.
func TestWhoHoldsItWritesNothing(t *testing.T) {
	who := node("one", "a", "uid-a")
	live := cluster(t, who)
	_ = take(t, live, who)
	facts, err := reserve.Observe(t.Context(), live, operator, who, disk)
	if err != nil {
		t.Fatal(err)
	}
	if said, wanted := reserve.Decide(facts, who); !said.OK() || wanted != nil {
		t.Errorf("%v, write %v; wanted nothing", said, wanted)
	}
}

// TestTwoThatTakeOverAtOnce: the one that was slower is refused by the version of the Lease, or finds it made.
func TestTwoThatTakeOverAtOnce(t *testing.T) {
	gone, second, third := node("one", "a", "uid-a"), node("two", "b", "uid-b"), node("two", "c", "uid-c")
	for name, before := range map[string]*seiv1alpha1.SeiNode{"free": nil, "of one that is gone": gone} {
		t.Run(name, func(t *testing.T) {
			live := cluster(t, second, third)
			if before != nil {
				_ = take(t, live, before)
			}
			facts, err := reserve.Observe(t.Context(), live, operator, third, disk)
			if err != nil {
				t.Fatal(err)
			}
			_ = take(t, live, second)
			_, late := reserve.Decide(facts, third)
			if done, err := late.Do(t.Context(), live); done {
				t.Errorf("the slower one took it, error %v", err)
			}
			if got := holderOf(t, live); got != "two/b/uid-b" {
				t.Errorf("held by %q", got)
			}
		})
	}
}

// TestWhatCannotBeReadIsNotGone: of a namespace without rights nothing is known, and an error is an error.
func TestWhatCannotBeReadIsNotGone(t *testing.T) {
	forbidden := apierrors.NewForbidden(schema.GroupResource{Resource: "any"}, "a", errors.New("no rights"))
	for name, test := range map[string]struct {
		get, list error
		fails     bool
	}{
		"SeiNodes forbidden": {get: forbidden}, "pods forbidden": {list: forbidden},
		"SeiNodes unanswered": {get: errors.New("no answer"), fails: true}, "pods unanswered": {list: errors.New("no answer"), fails: true},
	} {
		t.Run(name, func(t *testing.T) {
			inner := cluster(t)
			_ = take(t, inner, node("one", "a", "uid-a"))
			live := interceptor.NewClient(inner, interceptor.Funcs{
				Get: func(ctx context.Context, c client.WithWatch, key client.ObjectKey, o client.Object, opts ...client.GetOption) error {
					if _, is := o.(*seiv1alpha1.SeiNode); is && test.get != nil {
						return test.get
					}
					return c.Get(ctx, key, o, opts...)
				},
				List: func(ctx context.Context, c client.WithWatch, l client.ObjectList, opts ...client.ListOption) error {
					if test.list != nil {
						return test.list
					}
					return c.List(ctx, l, opts...)
				},
			})
			facts, err := reserve.Observe(t.Context(), live, operator, node("two", "b", "uid-b"), disk)
			if (err != nil) != test.fails || facts.HolderGone {
				t.Errorf("error %v, gone %t", err, facts.HolderGone)
			}
		})
	}
}

func TestReleaseDeletesWhatTheNodeHoldsAndNothingElse(t *testing.T) {
	first, second := node("one", "a", "uid-a"), node("two", "b", "uid-b")
	live := cluster(t, first, second)
	_ = take(t, live, first)
	forged := &coordinationv1.Lease{ObjectMeta: metav1.ObjectMeta{
		Namespace: operator, Name: "seinode-volume-other", Labels: map[string]string{seiv1alpha1.LabelNodeUID: "uid-a"},
	}}
	if err := live.Create(t.Context(), forged); err != nil {
		t.Fatal(err)
	}
	if err := reserve.Release(t.Context(), live, live, operator, second); err != nil || holderOf(t, live) != "one/a/uid-a" {
		t.Errorf("error %v, held by %q", err, holderOf(t, live))
	}
	if err := reserve.Release(t.Context(), live, live, operator, first); err != nil || holderOf(t, live) != "" {
		t.Errorf("error %v, held by %q", err, holderOf(t, live))
	}
	if err := live.Get(t.Context(), client.ObjectKeyFromObject(forged), forged); err != nil {
		t.Errorf("a Lease that only bears the label: %v", err)
	}
}

// TestWhatAKeySignedOutlivesItsNode: the Lease stays with the holder that is gone, and whoever takes the key over is told.
func TestWhatAKeySignedOutlivesItsNode(t *testing.T) {
	first, second, key := node("one", "a", "uid-a"), node("two", "b", "uid-b"), reserve.Key("pacific-1", "AB")
	live := cluster(t, first, second)
	observe := func(who *seiv1alpha1.SeiNode) reserve.Facts {
		facts, err := reserve.Observe(t.Context(), live, operator, who, key)
		if err != nil {
			t.Fatal(err)
		}
		return facts
	}
	hold := func(who *seiv1alpha1.SeiNode) {
		if _, wanted := reserve.Decide(observe(who), who); wanted != nil {
			if _, err := wanted.Do(t.Context(), live); err != nil {
				t.Fatal(err)
			}
		}
	}
	note := func(who *seiv1alpha1.SeiNode, height int64) {
		if err := reserve.NoteSigned(t.Context(), live, live, operator, who, key, wire.Signed{Height: height, Step: 3}); err != nil {
			t.Fatal(err)
		}
	}
	hold(first)
	note(first, 1200)
	note(first, 7)       // less is never noted
	note(second, 999999) // nor what somebody else says
	if err := errors.Join(live.Delete(t.Context(), first), reserve.Release(t.Context(), live, live, operator, first)); err != nil {
		t.Fatal(err)
	}
	hold(second)
	if facts := observe(second); facts.Signed() == nil || facts.Signed().Height != 1200 || *facts.Lease.Spec.HolderIdentity != "two/b/uid-b" {
		t.Errorf("signed %+v, held by %q", facts.Signed(), *facts.Lease.Spec.HolderIdentity)
	}
}

// TestWhatALivingNodeGivesBackIsFree: the Lease of a volume goes, that of a key stays with what the key signed, and nobody else's is touched.
func TestWhatALivingNodeGivesBackIsFree(t *testing.T) {
	first, second, key := node("one", "a", "uid-a"), node("two", "b", "uid-b"), reserve.Key("pacific-1", "AB")
	live := cluster(t, first, second, podOf(first))
	_ = take(t, live, first)
	hold := func(who *seiv1alpha1.SeiNode) reserve.Facts {
		facts, err := reserve.Observe(t.Context(), live, operator, who, key)
		if err != nil {
			t.Fatal(err)
		}
		if _, wanted := reserve.Decide(facts, who); wanted != nil {
			if _, err := wanted.Do(t.Context(), live); err != nil {
				t.Fatal(err)
			}
		}
		return facts
	}
	hold(first)
	leave := func(who *seiv1alpha1.SeiNode) {
		if err := reserve.Leave(t.Context(), live, live, operator, who, []string{disk.Lease(), key.Lease(), "seinode-volume-gone"}); err != nil {
			t.Fatal(err)
		}
	}
	if err := reserve.NoteSigned(t.Context(), live, live, operator, first, key, wire.Signed{Height: 1200, Step: 3}); err != nil {
		t.Fatal(err)
	}
	leave(second)
	if got := holderOf(t, live); got != "one/a/uid-a" || hold(second).HolderGone {
		t.Errorf("another gave it back: held by %q", got)
	}
	leave(first)
	if got := take(t, live, second); got != "" || holderOf(t, live) != "two/b/uid-b" {
		t.Errorf("%s, held by %q", got, holderOf(t, live))
	}
	hold(second)
	if facts := hold(second); *facts.Lease.Spec.HolderIdentity != "two/b/uid-b" || facts.Signed() == nil || facts.Signed().Height != 1200 {
		t.Errorf("%+v, signed %+v", facts.Lease.Spec, facts.Signed())
	}
	leave(first) // late, and it is another's by now
	if got := holderOf(t, live); got != "two/b/uid-b" {
		t.Errorf("held by %q", got)
	}
}

// TestAThingThatAnotherRemembersIsLeftToIt: the Leases went with the operator's namespace, and who used the thing before goes on with it.
func TestAThingThatAnotherRemembersIsLeftToIt(t *testing.T) {
	first, second := node("one", "a", "uid-a"), node("two", "b", "uid-b")
	said, wanted := reserve.Decide(reserve.Facts{Thing: disk, Namespace: operator, Remembered: first}, second)
	if said.OK() || wanted != nil || !strings.Contains(said.Message, `SeiNode "a" in namespace "one"`) {
		t.Errorf("%v, write %v", said, wanted)
	}
}

// TestTheBookBelievesLeasesAndNoStatus: what is gone, or of a namesake, is not held; what this process wrote is.
func TestTheBookBelievesLeasesAndNoStatus(t *testing.T) {
	first, again := node("one", "a", "uid-a"), node("one", "a", "uid-z")
	live := cluster(t, first)
	_ = take(t, live, first)
	book, other := &reserve.Book{}, reserve.Volume("csi:ebs.csi.aws.com/vol-2")
	is := func(what string, who *seiv1alpha1.SeiNode, thing reserve.Thing, wanted reserve.Holder) {
		t.Helper()
		if holder, err := book.Holder(t.Context(), live, operator, who, thing); err != nil || holder != wanted {
			t.Errorf("%s: %s (%v), wanted %s", what, holder, err, wanted)
		}
	}
	first.SetHolds(operator, other.Lease())
	is("its own", first, disk, reserve.Itself)
	is("a namesake's", again, disk, reserve.Unsure)
	is("one that only the status names", first, other, reserve.Nobody)
	book.Note(first, other)
	is("what was written", first, other, reserve.Itself)
	is("another's", again, other, reserve.Unsure)
	book.Forget(other.Lease())
	is("what was given back", first, other, reserve.Nobody)
	book.Doubt(other)
	is("what could not be written", first, other, reserve.Unsure)
	key := reserve.Key("pacific-1", "AB")
	book.Note(first, key)
	book.Forget(key.Lease())
	is("the key that was given back, whose Lease stays", first, key, reserve.Unsure)
}

func TestAThingHasOneName(t *testing.T) {
	names := map[string]bool{}
	for _, thing := range []reserve.Thing{
		disk, reserve.Volume("csi:ebs.csi.aws.com/vol-2"), reserve.Key("pacific-1", "AB"), reserve.Key("atlantic-2", "AB"), reserve.Key("pacific-1", "AC"),
	} {
		if names[thing.Lease()] || len(thing.Lease()) > 63 {
			t.Errorf("%s", thing.Lease())
		}
		names[thing.Lease()] = true
	}
	if reserve.Key("pacific-1", "ab").Lease() != reserve.Key("pacific-1", "AB").Lease() {
		t.Error("an address is one in either case")
	}
}
