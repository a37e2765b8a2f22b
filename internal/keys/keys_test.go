package keys_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/client/fake"
	"sigs.k8s.io/controller-runtime/pkg/client/interceptor"

	seiv1alpha1 "github.com/seinode/seinode-operator/api/v1alpha1"
	"github.com/seinode/seinode-operator/internal/keys"
	"github.com/seinode/seinode-operator/internal/verdict"
)

var created = time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)

// signer is a validator that signs with Secret "signing", created so many seconds after the others.
func signer(name string, age int) *seiv1alpha1.SeiNode {
	return &seiv1alpha1.SeiNode{
		ObjectMeta: metav1.ObjectMeta{
			Namespace: "sei", Name: name, UID: types.UID(name), CreationTimestamp: metav1.Time{Time: created.Add(time.Duration(age) * time.Second)},
		},
		Spec: seiv1alpha1.SeiNodeSpec{
			Validator: &seiv1alpha1.ValidatorSpec{SigningKey: &seiv1alpha1.SecretReference{SecretName: "signing"}},
			NodeKey:   &seiv1alpha1.SecretReference{SecretName: "node"},
		},
	}
}

func holding(node *seiv1alpha1.SeiNode) *seiv1alpha1.SeiNode {
	node.Status.SigningSecret = "signing"
	return node
}

func pod(owner string, phase corev1.PodPhase) corev1.Pod {
	yes := true
	return corev1.Pod{
		ObjectMeta: metav1.ObjectMeta{
			Namespace: "sei", Name: "pod-of-" + owner, Labels: map[string]string{seiv1alpha1.LabelNodeUID: owner},
			OwnerReferences: []metav1.OwnerReference{{Kind: "StatefulSet", Name: owner, Controller: &yes}},
		},
		Spec: corev1.PodSpec{Volumes: []corev1.Volume{{Name: "key", VolumeSource: corev1.VolumeSource{
			Secret: &corev1.SecretVolumeSource{SecretName: "signing"},
		}}}},
		Status: corev1.PodStatus{Phase: phase},
	}
}

func TestAKeySignsOnceOrNotAtAll(t *testing.T) {
	for name, test := range map[string]struct {
		facts  keys.Facts
		reason string
		says   string
	}{
		"alone":                          {keys.Facts{Node: signer("a", 0)}, "", ""},
		"an older one names it":          {keys.Facts{Node: signer("a", 5), Rivals: []seiv1alpha1.SeiNode{*signer("b", 0)}}, "SigningKeyInUse", `SeiNode "b"`},
		"a younger one names it":         {keys.Facts{Node: signer("a", 0), Rivals: []seiv1alpha1.SeiNode{*signer("b", 5)}}, "", ""},
		"a younger one signs with it":    {keys.Facts{Node: signer("a", 0), Rivals: []seiv1alpha1.SeiNode{*holding(signer("b", 5))}}, "SigningKeyInUse", `SeiNode "b"`},
		"we sign with it already":        {keys.Facts{Node: holding(signer("a", 5)), Rivals: []seiv1alpha1.SeiNode{*signer("b", 0)}}, "", ""},
		"our own pod has it":             {keys.Facts{Node: signer("a", 0), Pods: []corev1.Pod{pod("a", corev1.PodRunning)}}, "", ""},
		"another's pod has it":           {keys.Facts{Node: holding(signer("a", 0)), Pods: []corev1.Pod{pod("b", corev1.PodRunning)}}, "SigningKeyInUse", `pod "pod-of-b"`},
		"another's pod had it":           {keys.Facts{Node: signer("a", 0), Pods: []corev1.Pod{pod("b", corev1.PodSucceeded), pod("c", corev1.PodFailed)}}, "", ""},
		"a node that signs with nothing": {keys.Facts{Node: &seiv1alpha1.SeiNode{}, Pods: []corev1.Pod{pod("b", "")}}, "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			got := keys.Validate(test.facts)
			if got.Reason != test.reason || got.OK() != (test.reason == "") || !strings.Contains(got.Message, test.says) {
				t.Errorf("%+v, wanted %q …%s…", got, test.reason, test.says)
			}
			if !got.OK() && got.Class != verdict.Transient {
				t.Errorf("class is %s: the node goes on by itself once the key is free", got.Class)
			}
		})
	}
}

// TestOfTwoSignersExactlyOneYields in every combination of age and holding.
func TestOfTwoSignersExactlyOneYields(t *testing.T) {
	for _, ages := range [][2]int{{0, 0}, {0, 5}, {5, 0}} {
		for _, holder := range []string{"", "a", "b"} {
			a, b := signer("a", ages[0]), signer("b", ages[1])
			for _, node := range []*seiv1alpha1.SeiNode{a, b} {
				if node.Name == holder {
					holding(node)
				}
			}
			first := keys.Validate(keys.Facts{Node: a, Rivals: []seiv1alpha1.SeiNode{*b}}).OK()
			second := keys.Validate(keys.Facts{Node: b, Rivals: []seiv1alpha1.SeiNode{*a}}).OK()
			if first == second {
				t.Errorf("ages %v, holder %q: a may sign: %t, b may sign: %t", ages, holder, first, second)
			}
		}
	}
}

func TestMountedSecrets(t *testing.T) {
	one := pod("a", "")
	one.Spec.Volumes = append(one.Spec.Volumes, corev1.Volume{Name: "p", VolumeSource: corev1.VolumeSource{Projected: &corev1.ProjectedVolumeSource{
		Sources: []corev1.VolumeProjection{{Secret: &corev1.SecretProjection{LocalObjectReference: corev1.LocalObjectReference{Name: "projected"}}}, {}},
	}}}, corev1.Volume{Name: "e"})
	if got := strings.Join(keys.MountedSecrets(&one), " "); got != "signing projected" {
		t.Errorf("%q", got)
	}
}

func TestObserve(t *testing.T) {
	scheme := runtime.NewScheme()
	if err := errors.Join(corev1.AddToScheme(scheme), seiv1alpha1.AddToScheme(scheme)); err != nil {
		t.Fatal(err)
	}
	mounts := pod("b", corev1.PodRunning)
	build := func(objects ...client.Object) client.WithWatch {
		builder := fake.NewClientBuilder().WithScheme(scheme).WithObjects(objects...)
		keys.Indexes(func(of client.Object, key string, values client.IndexerFunc) { builder.WithIndex(of, key, values) })
		return builder.Build()
	}
	cluster := build(signer("a", 0), signer("b", 1), &mounts)

	t.Run("everything is read", func(t *testing.T) {
		if facts := keys.Observe(t.Context(), cluster, signer("a", 0)); len(facts.Rivals) != 1 || len(facts.Pods) != 1 || facts.Err != nil {
			t.Errorf("%+v", facts)
		}
	})
	t.Run("no Secret is read, and nothing at all for a node that names none", func(t *testing.T) {
		blind := interceptor.NewClient(cluster, interceptor.Funcs{
			Get: func(ctx context.Context, real client.WithWatch, key client.ObjectKey, object client.Object, options ...client.GetOption) error {
				if _, is := object.(*seiv1alpha1.SeiNode); !is {
					t.Errorf("%T was read", object)
				}
				return real.Get(ctx, key, object, options...)
			},
		})
		keys.Observe(t.Context(), blind, signer("a", 0))
		if facts := keys.Observe(t.Context(), nil, &seiv1alpha1.SeiNode{}); facts.Err != nil {
			t.Error(facts.Err)
		}
	})
	t.Run("an error names what was read", func(t *testing.T) {
		down := interceptor.NewClient(cluster, interceptor.Funcs{
			List: func(context.Context, client.WithWatch, client.ObjectList, ...client.ListOption) error {
				return errors.New("down")
			},
		})
		if facts := keys.Observe(t.Context(), down, signer("a", 0)); facts.Err == nil || !strings.Contains(facts.Err.Error(), `Secret "signing"`) {
			t.Errorf("%+v", facts)
		}
	})
}

// TestARivalIsTakenAsItsOwnReconcileLeftIt: a list that waits for nobody's writes does not say who signs.
func TestARivalIsTakenAsItsOwnReconcileLeftIt(t *testing.T) {
	scheme := runtime.NewScheme()
	if err := errors.Join(corev1.AddToScheme(scheme), seiv1alpha1.AddToScheme(scheme)); err != nil {
		t.Fatal(err)
	}
	late := interceptor.NewClient(fake.NewClientBuilder().WithScheme(scheme).WithObjects(holding(signer("b", 1))).Build(), interceptor.Funcs{
		List: func(_ context.Context, _ client.WithWatch, list client.ObjectList, _ ...client.ListOption) error {
			if nodes, is := list.(*seiv1alpha1.SeiNodeList); is {
				nodes.Items = []seiv1alpha1.SeiNode{*signer("b", 1)}
			}
			return nil
		},
	})
	if facts := keys.Observe(t.Context(), late, signer("a", 0)); facts.Err != nil || keys.Validate(facts).OK() {
		t.Errorf("a key that another signs with is taken: %+v", facts)
	}
}
