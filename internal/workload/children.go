package workload

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"maps"
	"strings"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	policyv1 "k8s.io/api/policy/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/types"

	seiv1alpha1 "github.com/seinode/seinode-operator/api/v1alpha1"
	"github.com/seinode/seinode-operator/internal/platform"
)

// Object is any of Kubernetes' objects.
type Object interface {
	metav1.Object
	runtime.Object
}

// Inputs are what the objects of a node are built from.
type Inputs struct {
	// Node is the SeiNode.
	Node *seiv1alpha1.SeiNode
	// ClaimName is the name of the claim that the pod mounts.
	ClaimName string
	// ClaimUID is the UID of the claim that was found usable; "" where none was yet.
	ClaimUID types.UID
	// Reservation is what inspect is told of a validator's key, as JSON; "" while nothing is known of it.
	Reservation string
	// ImageUntil is the height from which on the data is not for the pod's image, told before its first start, 0 for any; nil once seid has begun on the claim.
	ImageUntil *int64
	// Peers is who the pod is to be connected to, besides those that the spec names.
	Peers Peers
	// Platform is the operator's configuration.
	Platform platform.Config
	// OperatorNamespace is where the operator runs.
	OperatorNamespace string
	// Replicas is 0 or 1.
	Replicas int32
}

// Child is one kind of object that the operator makes for a node, under the node's own name.
type Child struct {
	// Kind is the object's kind, as Kubernetes spells it.
	Kind string
	// Suffix is what the name of a second object of a kind ends in, after the node's; "" for the first.
	Suffix string
	// Task is the task that applies it.
	Task seiv1alpha1.TaskType
	// NotOwned is the reason where an object of the name is somebody else's.
	NotOwned string
	// Wanted says whether the spec asks for it; nil for one that every node has.
	Wanted func(*seiv1alpha1.SeiNode) bool
	// New returns an empty object of the kind.
	New func() Object
	// Build returns the object that the spec asks for.
	Build func(Inputs) Object
	// Lay lays the spec that is wanted over the live object, in place. What the API server allocated stays.
	Lay func(live, wanted Object)
	// Spec is what of an object the operator decides. For a StatefulSet it leaves out the number of replicas: a pause has its own way.
	Spec func(Object) any
	// Keep leaves of an object what is read of it, and what Lay keeps of it; nil where all of it is.
	Keep func(Object)
}

// The kinds of objects, in the order in which they are applied.
var (
	// ServiceChild is the headless Service.
	ServiceChild = Child{
		Kind: "Service", Task: seiv1alpha1.TaskApplyService, NotOwned: seiv1alpha1.ReasonServiceNotOwned,
		New:   func() Object { return &corev1.Service{} },
		Build: func(in Inputs) Object { return Service(in.Node) },
		Lay:   func(live, wanted Object) { layService(live.(*corev1.Service), wanted.(*corev1.Service)) },
		Spec:  func(o Object) any { return o.(*corev1.Service).Spec },
		Keep:  func(o Object) { keepService(o.(*corev1.Service)) },
	}
	// StatefulSetChild is the StatefulSet of one pod.
	StatefulSetChild = Child{
		Kind: "StatefulSet", Task: seiv1alpha1.TaskApplyStatefulSet, NotOwned: seiv1alpha1.ReasonStatefulSetNotOwned,
		New:   func() Object { return &appsv1.StatefulSet{} },
		Build: func(in Inputs) Object { return StatefulSet(in) },
		Lay:   func(live, wanted Object) { live.(*appsv1.StatefulSet).Spec = wanted.(*appsv1.StatefulSet).Spec },
		Spec:  func(o Object) any { return specWithoutReplicas(o.(*appsv1.StatefulSet)) },
		Keep:  func(o Object) { keepStatefulSet(o.(*appsv1.StatefulSet)) },
	}
	// DisruptionBudgetChild is a validator's PodDisruptionBudget.
	DisruptionBudgetChild = Child{
		Kind: "PodDisruptionBudget", Task: seiv1alpha1.TaskApplyDisruptionBudget, NotOwned: seiv1alpha1.ReasonDisruptionBudgetNotOwned,
		Wanted: func(node *seiv1alpha1.SeiNode) bool { return node.Mode() == seiv1alpha1.ModeValidator },
		New:    func() Object { return &policyv1.PodDisruptionBudget{} },
		Build:  func(in Inputs) Object { return DisruptionBudget(in.Node) },
		Lay: func(live, wanted Object) {
			live.(*policyv1.PodDisruptionBudget).Spec = wanted.(*policyv1.PodDisruptionBudget).Spec
		},
		Spec: func(o Object) any { return o.(*policyv1.PodDisruptionBudget).Spec },
		Keep: func(o Object) { keepBudget(o.(*policyv1.PodDisruptionBudget)) },
	}
	// P2PServiceChild is the Service for peers from outside of the cluster, where the spec asks for one.
	P2PServiceChild = Child{
		Kind: "Service", Suffix: p2pSuffix, Task: seiv1alpha1.TaskApplyP2PService, NotOwned: seiv1alpha1.ReasonServiceNotOwned,
		Wanted: (*seiv1alpha1.SeiNode).Exposes,
		New:    func() Object { return &corev1.Service{} },
		Build:  func(in Inputs) Object { return P2PService(in.Node) },
		Lay:    func(live, wanted Object) { layP2PService(live.(*corev1.Service), wanted.(*corev1.Service)) },
		Spec:   func(o Object) any { return []any{o.(*corev1.Service).Spec, annotated(o)} },
	}
	// NetworkPolicyChild is the NetworkPolicy, where the spec asks for one.
	NetworkPolicyChild = Child{
		Kind: "NetworkPolicy", Task: seiv1alpha1.TaskApplyNetworkPolicy, NotOwned: seiv1alpha1.ReasonNetworkPolicyNotOwned,
		Wanted: func(node *seiv1alpha1.SeiNode) bool { return node.Spec.NetworkPolicy != nil },
		New:    func() Object { return &networkingv1.NetworkPolicy{} },
		Build:  func(in Inputs) Object { return NetworkPolicy(in) },
		Lay: func(live, wanted Object) {
			live.(*networkingv1.NetworkPolicy).Spec = wanted.(*networkingv1.NetworkPolicy).Spec
		},
		Spec: func(o Object) any { return o.(*networkingv1.NetworkPolicy).Spec },
		Keep: func(o Object) { keepNetworkPolicy(o.(*networkingv1.NetworkPolicy)) },
	}
)

// Children is the table of all kinds. A new one costs a builder, a row here, and its rights.
var Children = []Child{ServiceChild, StatefulSetChild, DisruptionBudgetChild, P2PServiceChild, NetworkPolicyChild}

// Key tells the object from the node's others.
func (c Child) Key() string {
	if c.Suffix == "" {
		return c.Kind
	}
	return c.Kind + "/" + c.Suffix
}

// NameFor is the name of a node's object.
func (c Child) NameFor(node string) string {
	if c.Suffix == "" {
		return node
	}
	return node + "-" + c.Suffix
}

// NodesOf are the names of the nodes that an object of that name could be of.
func NodesOf(object string) []string {
	names := []string{object}
	for _, kind := range Children {
		if node, has := strings.CutSuffix(object, "-"+kind.Suffix); has && kind.Suffix != "" {
			names = append(names, node)
		}
	}
	return names
}

// IsWanted says whether the spec asks for the object.
func (c Child) IsWanted(node *seiv1alpha1.SeiNode) bool { return c.Wanted == nil || c.Wanted(node) }

// layService keeps what the API server allocated: it is no wish of anybody's.
func layService(live, wanted *corev1.Service) {
	spec := *wanted.Spec.DeepCopy()
	spec.ClusterIPs, spec.IPFamilies, spec.IPFamilyPolicy = live.Spec.ClusterIPs, live.Spec.IPFamilies, live.Spec.IPFamilyPolicy
	live.Spec = spec
}

// specWithoutReplicas leaves out, too, what is known of a validator's key: it changes as the chain goes on, and is written when a pod starts.
func specWithoutReplicas(set *appsv1.StatefulSet) appsv1.StatefulSetSpec {
	spec := set.Spec
	spec.Replicas = nil
	if _, told := spec.Template.Annotations[seiv1alpha1.AnnotationReservation]; told {
		spec.Template.Annotations = maps.Clone(spec.Template.Annotations)
		delete(spec.Template.Annotations, seiv1alpha1.AnnotationReservation)
	}
	return spec
}

// Digest is a mark of how the object looks, in what the operator decides of it. The operator keeps the one of the object that the
// API server returned from its last write: an object that looks different was edited by somebody else. Comparing with what is wanted
// instead would find what the API server defaults, rounds or drops, and write it for ever.
func (c Child) Digest(object Object) string {
	if digest, kept := keptDigest(object); kept {
		return digest
	}
	return Digest(ownLabels(object), c.Spec(object))
}

// ownLabels are the object's labels of the operator's own keys.
func ownLabels(object metav1.Object) map[string]string {
	labels := map[string]string{}
	for key, value := range object.GetLabels() {
		if strings.HasPrefix(key, "sei.io/") || strings.HasPrefix(key, "app.kubernetes.io/") {
			labels[key] = value
		}
	}
	return labels
}

// Digest is 16 hexadecimal digits of a SHA-256 of the values' JSON.
func Digest(values ...any) string {
	data, err := json.Marshal(values)
	if err != nil {
		panic(err) // Kubernetes' own types always marshal
	}
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:8])
}

// laid is the live object with what is wanted laid over it: the spec, our labels and our annotations. What others noted in its
// metadata stays.
func (c Child) laid(live, wanted Object) Object {
	object := live.DeepCopyObject().(Object)
	c.Lay(object, wanted)
	object.SetLabels(merged(object.GetLabels(), wanted.GetLabels()))
	if labels := object.GetLabels(); labels[seiv1alpha1.LabelInstance] == object.GetName() { // set by a former version, and by nobody else
		delete(labels, seiv1alpha1.LabelInstance)
	}
	object.SetAnnotations(merged(object.GetAnnotations(), wanted.GetAnnotations()))
	delete(object.GetAnnotations(), annotationKept)
	object.GetObjectKind().SetGroupVersionKind(wanted.GetObjectKind().GroupVersionKind())
	return object
}

func merged(live, wanted map[string]string) map[string]string {
	all := map[string]string{}
	for key, value := range live {
		all[key] = value
	}
	for key, value := range wanted {
		all[key] = value
	}
	return all
}
