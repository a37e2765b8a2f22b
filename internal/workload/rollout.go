package workload

import (
	"bytes"
	"encoding/json"
	"fmt"
	"reflect"
	"strings"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"

	seiv1alpha1 "github.com/seinode/seinode-operator/api/v1alpha1"
	"github.com/seinode/seinode-operator/internal/agent/wire"
	"github.com/seinode/seinode-operator/internal/seid"
)

// Decision is what is to become of one object that is there already.
type Decision struct {
	// Write is the object to write; nil where there is nothing to write.
	Write Object
	// Rolls says whether the write replaces the pod: the user asked for another template.
	Rolls bool
	// Pending says what waits for the user's next change, and how to take it now; "" for nothing.
	Pending string
}

// Decide says what is to become of any object but a StatefulSet. recorded is the digest after the operator's last write, ""
// where it is not known: then the object is written once, which changes nothing if it is as wanted.
func (c Child) Decide(live, wanted Object, recorded string) Decision {
	if c.Digest(live) == recorded && sameAnnotation(live, wanted, seiv1alpha1.AnnotationSpecHash) {
		return Decision{}
	}
	return Decision{Write: c.laid(live, wanted)}
}

// DecideStatefulSet says what is to become of the StatefulSet.
//
// What the user asked for is written, and rolls the pod. What somebody else edited is put right, and rolls nothing: the pod never had
// it. What neither asked for, a newer operator's template or a changed default, waits for the user's next change: else an upgrade of
// the operator would restart a fleet. A template carries a mark, which the pods made from it show, and the StatefulSet beside it notes the
// mark that its pods are to have: a pod with another one is replaced. What is put right, then, is of the newest template, under the old mark.
func DecideStatefulSet(live, wanted *appsv1.StatefulSet, recorded string) Decision {
	asked, other := userAsked(live, wanted), PodMark(live) != Mark(&wanted.Spec.Template)
	decision := Decision{Rolls: asked && other}
	if asked || !noted(live, wanted) || StatefulSetChild.Digest(live) != recorded {
		laid := StatefulSetChild.laid(live, wanted).(*appsv1.StatefulSet)
		if !decision.Rolls { // put right under the old mark: the pod stays
			setMark(laid, PodMark(live))
		}
		decision.Write = laid
	}
	if !asked && ownMark(PodMark(live)) != ownMark(Mark(&wanted.Spec.Template)) {
		decision.Pending = pending(live)
	}
	return decision
}

// userAsked says whether the user changed what the template is made of since it was applied, or asks for it to be taken now. Of an
// object of a version that kept no note of it only the image tells.
func userAsked(live, wanted *appsv1.StatefulSet) bool {
	before, kept := live.Annotations[seiv1alpha1.AnnotationAsked]
	if !kept {
		return SeidImage(live.Spec.Template.Spec) != SeidImage(wanted.Spec.Template.Spec)
	}
	now := wanted.Annotations[seiv1alpha1.AnnotationRollout] == seiv1alpha1.RolloutNow
	return before != wanted.Annotations[seiv1alpha1.AnnotationAsked] || !sameData(live, wanted) || now && !sameAnnotation(live, wanted, seiv1alpha1.AnnotationRollout)
}

// RollsAnyway says whether the pod is to be replaced for something that the user asks for, whatever its external address.
func RollsAnyway(node *seiv1alpha1.SeiNode, set *appsv1.StatefulSet) bool {
	before, kept := set.Annotations[seiv1alpha1.AnnotationAsked]
	now := rollout(node) == seiv1alpha1.RolloutNow && set.Annotations[seiv1alpha1.AnnotationRollout] != seiv1alpha1.RolloutNow
	return now || kept && before != askedFor(asRun(node), WiredTo(set))
}

// addressKey is the setting for the address that seid tells its peers.
const addressKey = "p2p.external-address"

// AdvertisedBy is the external address that a StatefulSet's pods tell their peers, "" for none.
func AdvertisedBy(set *appsv1.StatefulSet) string {
	for _, container := range set.Spec.Template.Spec.Containers {
		for _, variable := range container.Env {
			if variable.Name == seid.Variable(addressKey) {
				return variable.Value
			}
		}
	}
	return ""
}

// noted says whether the live object carries the notes that the wanted one would.
func noted(live, wanted *appsv1.StatefulSet) bool {
	_, marked := live.GetAnnotations()[seiv1alpha1.AnnotationTemplate]
	return marked && sameData(live, wanted) && sameClaim(live, wanted) && sameKey(live, wanted) && live.Spec.Template.Annotations[seiv1alpha1.AnnotationImageUntil] == wanted.Spec.Template.Annotations[seiv1alpha1.AnnotationImageUntil] &&
		sameAnnotation(live, wanted, seiv1alpha1.AnnotationReached) && sameAnnotation(live, wanted, seiv1alpha1.AnnotationShields) && sameAnnotation(live, wanted, seiv1alpha1.AnnotationSpecHash) &&
		sameAnnotation(live, wanted, seiv1alpha1.AnnotationAsked) && sameAnnotation(live, wanted, seiv1alpha1.AnnotationRollout)
}

// sameKey says whether the pods of both may sign with the same key.
func sameKey(live, wanted *appsv1.StatefulSet) bool {
	return ReservedKey(&live.Spec.Template) == ReservedKey(&wanted.Spec.Template)
}

// ReservedKey is the address of the key that a pod, or those of a template, may sign with, "" for none.
func ReservedKey(of interface{ GetAnnotations() map[string]string }) string {
	var reserved wire.Reservation
	_ = json.Unmarshal([]byte(of.GetAnnotations()[seiv1alpha1.AnnotationReservation]), &reserved) // what is no JSON names none
	return reserved.KeyAddress
}

// sameClaim says whether the object names the claim that is wanted. One of a version that kept no note is not written for it.
func sameClaim(live, wanted Object) bool {
	return live.GetAnnotations()[seiv1alpha1.AnnotationClaimUID] == "" || sameAnnotation(live, wanted, seiv1alpha1.AnnotationClaimUID)
}

func sameAnnotation(live, wanted Object, key string) bool {
	return live.GetAnnotations()[key] == wanted.GetAnnotations()[key]
}

func pending(set *appsv1.StatefulSet) string {
	return "a newer pod template of the operator, or a changed default of the platform, waits for the next change of this SeiNode's spec; " +
		"to take it now, which replaces the pod: " + RolloutCommand(set)
}

// RolloutCommand is what has the pod of a StatefulSet replaced by one of the newest template.
func RolloutCommand(set *appsv1.StatefulSet) string {
	again := ""
	if set.Annotations[seiv1alpha1.AnnotationRollout] == seiv1alpha1.RolloutNow { // it counts once
		again = fmt.Sprintf("kubectl annotate seinode %s -n %s %s- && ", set.Name, set.Namespace, seiv1alpha1.AnnotationRollout)
	}
	return fmt.Sprintf("%skubectl annotate seinode %s -n %s %s=%s", again, set.Name, set.Namespace, seiv1alpha1.AnnotationRollout, seiv1alpha1.RolloutNow)
}

// SeidImage is the image that seid runs from in a pod, "" where it has no such container.
func SeidImage(pod corev1.PodSpec) string {
	for _, container := range pod.Containers {
		if container.Name == ContainerSeid {
			return container.Image
		}
	}
	return ""
}

// askedFor is a mark of what the user asked for of the pod: the spec, without what restarts no pod.
func askedFor(node *seiv1alpha1.SeiNode, shields []seiv1alpha1.PeerStatus) string {
	asked := askedWith(node, nil)
	if len(shields) > 0 { // as the validators' own specs ask
		return Digest(asked, node.InspectionPolicy(), shields)
	}
	return Digest(asked, node.InspectionPolicy())
}

// askedWith is what of the spec asks for another pod. Where the data comes from has a mark of its own.
func askedWith(node *seiv1alpha1.SeiNode, data *seiv1alpha1.BootstrapSpec) json.RawMessage {
	spec := node.Spec.DeepCopy()
	spec.Paused, spec.NetworkPolicy, spec.Expose, spec.Bootstrap, spec.DataVolume = nil, nil, nil, data, asksOfPod(spec.DataVolume)
	if address := node.ExternalAddress(); address != "" { // whoever found it: the pod is told
		spec.ExternalAddress = &address
	}
	return marked(spec)
}

// marked is the JSON of the spec that marks are made of. Static peers alone are in it as former versions had them, in a list: to convert that asks
// for no other pod.
func marked(spec *seiv1alpha1.SeiNodeSpec) json.RawMessage {
	text := asJSON(spec)
	if peers := spec.Peers; peers != nil && reflect.DeepEqual(*peers, seiv1alpha1.PeersSpec{Static: peers.Static}) {
		text = bytes.Replace(text, append([]byte(`"peers":`), asJSON(peers)...), append([]byte(`"peers":`), asJSON(peers.Static)...), 1)
	}
	return text
}

func asJSON(value any) json.RawMessage {
	text, err := json.Marshal(value)
	if err != nil {
		panic(err) // Kubernetes' own types always marshal
	}
	return text
}

// came is the mark of a node that has its data: where that came from asks for no other pod.
const came = "came"

// askedOfData is a mark of where the data of an empty volume is to come from, "" for nowhere.
func askedOfData(node *seiv1alpha1.SeiNode) string {
	switch {
	case hasData(node):
		return came
	case node.Spec.Bootstrap == nil:
		return ""
	}
	return Digest(node.Spec.Bootstrap)
}

// sameData says whether the data of both comes from the same place, or has come: that it did is true for good.
func sameData(live, wanted *appsv1.StatefulSet) bool {
	return wanted.Annotations[seiv1alpha1.AnnotationAskedData] == came || live.Annotations[seiv1alpha1.AnnotationAskedData] == came || sameAnnotation(live, wanted, seiv1alpha1.AnnotationAskedData)
}

// asksOfPod is what of the data volume's settings the pod is told; nil where that is nothing, as in the marks of older versions.
func asksOfPod(volume *seiv1alpha1.DataVolumeSpec) *seiv1alpha1.DataVolumeSpec {
	if volume == nil || volume.HomePath == nil && len(volume.Ignore) == 0 {
		return nil
	}
	return &seiv1alpha1.DataVolumeSpec{HomePath: volume.HomePath, Ignore: volume.Ignore}
}

// rollout is the value of the node's rollout annotation, "" for one that means nothing.
func rollout(node *seiv1alpha1.SeiNode) string {
	if node.Annotations[seiv1alpha1.AnnotationRollout] == seiv1alpha1.RolloutNow {
		return seiv1alpha1.RolloutNow
	}
	return ""
}

// markOf is the mark of a template that has none yet, and after a dot, of whom it dials and is to trust. A newer agent alone makes no other mark: its image moves on with the next change of
// anything else. Other peers do, and yet wait as silently: who comes later dials whom was there.
func markOf(template *corev1.PodTemplateSpec, others Peers) string {
	marked := template.DeepCopy()
	for i := range marked.Spec.InitContainers {
		if marked.Spec.InitContainers[i].Name != ContainerHome {
			marked.Spec.InitContainers[i].Image = ""
		}
	}
	mark := Digest(marked)
	if len(others.Dial)+len(others.Witnesses) > 0 {
		mark += "." + dialsMark(others.Dial)
	}
	if len(others.Witnesses) > 0 {
		mark += "." + witnessesMark(others.Witnesses)
	}
	return mark
}

func dialsMark(peers []seiv1alpha1.PeerStatus) string {
	if len(peers) == 0 {
		return ""
	}
	return Digest(peers)
}

// Dials says whether the pods of a StatefulSet dial these very SeiNodes.
func Dials(set *appsv1.StatefulSet, peers []seiv1alpha1.PeerStatus) bool {
	_, others, _ := strings.Cut(PodMark(set), ".")
	dials, _, _ := strings.Cut(others, ".")
	return dials == dialsMark(peers)
}

// Trusts says whether the pods of a StatefulSet trust their chain by these very SeiNodes.
func Trusts(set *appsv1.StatefulSet, witnesses []string) bool {
	_, others, _ := strings.Cut(PodMark(set), ".")
	_, trusted, _ := strings.Cut(others, ".")
	return trusted == witnessesMark(witnesses)
}

func witnessesMark(witnesses []string) string {
	if len(witnesses) == 0 {
		return ""
	}
	return Digest(witnesses)
}

// ownMark is what of a mark is the template's own, without whom it dials.
func ownMark(mark string) string {
	own, _, _ := strings.Cut(mark, ".")
	return own
}

// Mark returns the mark of a template, or of a pod made from it; "" for one of a version that made none.
func Mark(of interface{ GetAnnotations() map[string]string }) string {
	return of.GetAnnotations()[seiv1alpha1.AnnotationTemplate]
}

// PodMark is the mark that the pods of the StatefulSet are to have: its own note of it, which an edit of the template, or `kubectl rollout undo`,
// leaves alone. An object of a version that kept none has it on the template only.
func PodMark(set *appsv1.StatefulSet) string {
	if mark, noted := set.Annotations[seiv1alpha1.AnnotationTemplate]; noted {
		return mark
	}
	return Mark(&set.Spec.Template)
}

// setMark marks the template, and notes it on the StatefulSet.
func setMark(set *appsv1.StatefulSet, mark string) {
	set.Annotations = merged(set.Annotations, map[string]string{seiv1alpha1.AnnotationTemplate: mark})
	annotations := merged(set.Spec.Template.Annotations, map[string]string{seiv1alpha1.AnnotationTemplate: mark})
	if mark == "" {
		delete(annotations, seiv1alpha1.AnnotationTemplate)
	}
	set.Spec.Template.Annotations = annotations
}

// PodOutdated says whether the pod was made from another template than it is to be, ready or not.
func PodOutdated(pod *corev1.Pod, set *appsv1.StatefulSet) bool {
	return pod != nil && set != nil && Mark(pod) != PodMark(set)
}

// Observed says whether the StatefulSet's controller has seen its newest spec: before that it would make a pod of the old one again.
func Observed(set *appsv1.StatefulSet) bool { return set.Status.ObservedGeneration >= set.Generation }

// PodReady says whether the pod passes its readiness probe and is not stopping.
func PodReady(pod *corev1.Pod) bool {
	return pod != nil && pod.DeletionTimestamp == nil && IsTrue(pod, corev1.PodReady)
}
