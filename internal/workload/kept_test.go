package workload_test

import (
	"testing"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	policyv1 "k8s.io/api/policy/v1"
	"k8s.io/apimachinery/pkg/api/equality"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/utils/ptr"

	seiv1alpha1 "github.com/seinode/seinode-operator/api/v1alpha1"
	"github.com/seinode/seinode-operator/internal/platform"
	"github.com/seinode/seinode-operator/internal/workload"
)

// keptNodes are nodes that have each kind of object, and each way of being told where they are.
func keptNodes() map[string]*seiv1alpha1.SeiNode {
	exposed := nodeOf(fullNode, everything, func(s *seiv1alpha1.SeiNodeSpec) {
		s.NetworkPolicy, s.Expose = &seiv1alpha1.NetworkPolicySpec{}, &seiv1alpha1.ExposeSpec{Type: "NodePort", Annotations: map[string]string{"dns": "a.b"}}
	})
	exposed.Status.ExternalAddress = "c:2"
	return map[string]*seiv1alpha1.SeiNode{"an archive": nodeOf(archive, imported), "a validator": nodeOf(signing), "all that there is": exposed}
}

// afterwards is what may have become of an object since it was written.
var afterwards = map[string]func(workload.Object){
	"nothing":                 func(workload.Object) {},
	"other specs":             editSpec,
	"what others noted":       func(o workload.Object) { editSpec(o); note(o, "theirs", "x"); o.SetFinalizers([]string{"their/own"}) },
	"a label of ours is gone": func(o workload.Object) { delete(o.GetLabels(), seiv1alpha1.LabelNodeUID) },
	"a label of ours differs": func(o workload.Object) { o.GetLabels()[seiv1alpha1.LabelMode] = "x" },
	"a label of a former version": func(o workload.Object) {
		o.GetLabels()[seiv1alpha1.LabelInstance] = o.GetName()
	},
	"no notes": func(o workload.Object) { o.SetAnnotations(nil) },
	"no notes, and another template": func(o workload.Object) {
		o.SetAnnotations(nil)
		if set, is := o.(*appsv1.StatefulSet); is {
			set.Spec.Template.Annotations = nil
		}
	},
	"another spec asked": func(o workload.Object) { note(o, seiv1alpha1.AnnotationSpecHash, "x") },
	"another asked for":  func(o workload.Object) { note(o, seiv1alpha1.AnnotationAsked, "x") },
	"another mark":       func(o workload.Object) { note(o, seiv1alpha1.AnnotationTemplate, "x") },
	"a forged note":      func(o workload.Object) { editSpec(o); note(o, "sei.io/kept", "41/0123456789abcdef") },
}

func note(object workload.Object, key, value string) {
	all := object.GetAnnotations()
	if all == nil {
		all = map[string]string{}
	}
	all[key] = value
	object.SetAnnotations(all)
}

// editSpec changes what the operator decides.
func editSpec(object workload.Object) {
	switch o := object.(type) {
	case *appsv1.StatefulSet:
		o.Spec.Template.Spec.TerminationGracePeriodSeconds, o.Spec.Replicas = ptr.To[int64](1), ptr.To[int32](2)
	case *corev1.Service:
		o.Spec.Ports = append(o.Spec.Ports, corev1.ServicePort{Name: "more", Port: 1})
	case *policyv1.PodDisruptionBudget:
		o.Spec.MinAvailable = ptr.To(*o.Spec.MaxUnavailable)
	case *networkingv1.NetworkPolicy:
		o.Spec.Ingress = nil
	}
}

// asServed is an object as an API server has it: with what it allocated.
func asServed(object workload.Object) workload.Object {
	stored := object.DeepCopyObject().(workload.Object)
	stored.SetUID("uid")
	stored.SetResourceVersion("42")
	if service, is := stored.(*corev1.Service); is {
		service.Spec.ClusterIPs, service.Spec.IPFamilies = []string{"None"}, []corev1.IPFamily{corev1.IPv6Protocol}
		service.Spec.IPFamilyPolicy, service.Spec.Type = ptr.To(corev1.IPFamilyPolicySingleStack), corev1.ServiceTypeClusterIP
		service.Spec.Ports[0].NodePort = 30123
	}
	return stored
}

func inputs(node *seiv1alpha1.SeiNode) workload.Inputs {
	return workload.Inputs{Node: node, ClaimName: claimName, ClaimUID: "claim-uid", Platform: platform.Default(), Replicas: 1, Reservation: `{"keyAddress":"AB"}`, ImageUntil: ptr.To[int64](7)}
}

func decisionOf(kind workload.Child, live, wanted workload.Object, node *seiv1alpha1.SeiNode, recorded string) workload.Decision {
	if set, is := live.(*appsv1.StatefulSet); is {
		return workload.DecideStatefulSet(workload.Converted(set, node), wanted.(*appsv1.StatefulSet), recorded)
	}
	return kind.Decide(live, wanted, recorded)
}

// TestWhatIsKeptDecidesAsTheWhole: the same is decided, and what is written is the same to the letter, of a whole object and of what the cache keeps of it. A
// write that is based on less would take away what was left out.
func TestWhatIsKeptDecidesAsTheWhole(t *testing.T) {
	for name, node := range keptNodes() {
		for _, kind := range workload.Children {
			for happened, change := range afterwards {
				if !kind.IsWanted(node) {
					continue
				}
				wanted := kind.Build(inputs(node))
				whole := asServed(wanted)
				recorded := kind.Digest(whole)
				change(whole)
				kept := whole.DeepCopyObject().(workload.Object)
				workload.Kept(kept, node.Name)
				workload.Kept(kept, node.Name) // as it may be twice
				from := decisionOf(kind, whole, wanted, node, recorded)
				got := decisionOf(kind, kept, wanted, node, recorded)
				if (got.Write != nil) != (from.Write != nil) || got.Rolls != from.Rolls || got.Pending != from.Pending {
					t.Errorf("%s, %s, %s: decided %+v, wanted %+v", name, kind.Key(), happened, got, from)
				}
				if got.Write != nil && !sameWrite(got.Write, from.Write) {
					t.Errorf("%s, %s, %s: wrote\n%+v, wanted\n%+v", name, kind.Key(), happened, got.Write, from.Write)
				}
			}
		}
	}
}

// sameWrite says whether two writes are the same. A forged note is taken off by both.
func sameWrite(a, b workload.Object) bool {
	a.SetLabels(orEmpty(a.GetLabels()))
	b.SetLabels(orEmpty(b.GetLabels()))
	return equality.Semantic.DeepEqual(a, b)
}

func orEmpty(labels map[string]string) map[string]string {
	if labels == nil {
		return map[string]string{}
	}
	return labels
}

// TestWhatIsReadOfAKeptStatefulSet: each thing that somebody asks of one.
func TestWhatIsReadOfAKeptStatefulSet(t *testing.T) {
	for name, node := range keptNodes() {
		whole := asServed(workload.StatefulSet(inputs(node))).(*appsv1.StatefulSet)
		whole.Generation, whole.Status.ObservedGeneration = 3, 3
		kept := whole.DeepCopy()
		workload.Kept(kept, node.Name)
		for what, of := range map[string]func(*appsv1.StatefulSet) any{
			"replicas":     func(s *appsv1.StatefulSet) any { return *s.Spec.Replicas },
			"address":      func(s *appsv1.StatefulSet) any { return workload.AdvertisedBy(s) },
			"mark":         func(s *appsv1.StatefulSet) any { return workload.PodMark(s) },
			"key":          func(s *appsv1.StatefulSet) any { return workload.ReservedKey(&s.Spec.Template) },
			"image until":  func(s *appsv1.StatefulSet) any { return workload.ImageUntil(&s.Spec.Template) },
			"observed":     func(s *appsv1.StatefulSet) any { return workload.Observed(s) },
			"who controls": func(s *appsv1.StatefulSet) any { return metav1.GetControllerOf(s).UID },
			"rolls anyway": func(s *appsv1.StatefulSet) any { return workload.RollsAnyway(node, s) },
		} {
			if got, wanted := of(kept), of(whole); got != wanted {
				t.Errorf("%s: %s is %v, wanted %v", name, what, got, wanted)
			}
		}
		if len(kept.Spec.Template.Spec.InitContainers)+len(kept.Spec.Template.Spec.Volumes) > 0 || kept.Spec.Selector != nil {
			t.Errorf("%s: more is kept than is read: %+v", name, kept.Spec)
		}
	}
}

// TestWhatSomebodyElseControlsIsKept: the operator reads no object by a name that is not its own.
func TestWhatSomebodyElseControlsIsKept(t *testing.T) {
	service := asServed(workload.Service(nodeOf(archive))).(*corev1.Service)
	service.Name = "another"
	workload.Kept(service, "archive-0")
	if len(service.Spec.Ports) == 0 {
		t.Error("what is not the object that the operator makes was cut down as if it were")
	}
}
