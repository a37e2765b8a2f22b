package storage

import (
	"context"
	"fmt"

	corev1 "k8s.io/api/core/v1"
	storagev1 "k8s.io/api/storage/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/resource"
	storagevolume "k8s.io/component-helpers/storage/volume"
	"sigs.k8s.io/controller-runtime/pkg/client"

	seiv1alpha1 "github.com/seinode/seinode-operator/api/v1alpha1"
	"github.com/seinode/seinode-operator/internal/read"
)

// The keys of the cache's field indexes that Observe reads by.
const (
	// IndexNodeByClaim finds the SeiNodes that use a claim: ClaimName.
	IndexNodeByClaim = "claimName"
	// IndexPodByClaim finds the pods that name a claim: MountedClaims.
	IndexPodByClaim = "mountedClaims"
	// IndexVolumeBySource finds the volumes that are made of one thing: Source.
	IndexVolumeBySource = "volumeSource"
	// IndexVolumeByParent finds the volumes whose folders lie in one.
	IndexVolumeByParent = "volumeParents"
	// IndexAttachmentByVolume finds where a volume is attached.
	IndexAttachmentByVolume = "attachedVolume"
)

// Indexes registers the cache's field indexes that Observe reads by; index is told of each.
func Indexes(index func(of client.Object, key string, values client.IndexerFunc)) {
	index(&seiv1alpha1.SeiNode{}, IndexNodeByClaim, func(o client.Object) []string { return []string{ClaimName(o.(*seiv1alpha1.SeiNode))} })
	index(&corev1.Pod{}, IndexPodByClaim, func(o client.Object) []string { return MountedClaims(o.(*corev1.Pod)) })
	index(&corev1.PersistentVolume{}, IndexVolumeBySource, func(o client.Object) []string { return []string{Source(o.(*corev1.PersistentVolume))} })
	index(&corev1.PersistentVolume{}, IndexVolumeByParent, func(o client.Object) []string { return parents(Source(o.(*corev1.PersistentVolume))) })
	index(&storagev1.VolumeAttachment{}, IndexAttachmentByVolume, func(o client.Object) []string {
		return []string{AttachedVolume(o.(*storagev1.VolumeAttachment))}
	})
}

// +kubebuilder:rbac:groups="",resources=persistentvolumes,verbs=get;list;watch
// +kubebuilder:rbac:groups=storage.k8s.io,resources=storageclasses;volumeattachments,verbs=get;list;watch
// +kubebuilder:rbac:groups=snapshot.storage.k8s.io,resources=volumesnapshotcontents,verbs=get

// Observe reads the facts about a node's data volume: one read each of the claim, its volume, the volume's aliases and attachments, the rivals, the node's pod and
// the pods, of the StorageClass while the claim is Pending, and of the volumes that share files with a folder. A failed read is in
// Facts.Err.
func Observe(ctx context.Context, reader client.Reader, node *seiv1alpha1.SeiNode, required resource.Quantity) Facts {
	o := observer{ctx: ctx, reader: reader, facts: Facts{Node: node, Required: required}}
	o.readClaim()
	o.readVolumes()
	o.readNested()
	o.readAttachments()
	o.readClass()
	o.readRivals()
	o.awaitPod()
	o.readPods()
	return o.facts
}

// observer stops reading at the first error.
type observer struct {
	ctx    context.Context
	reader client.Reader
	facts  Facts
}

// get reads one object of a kind and says whether it is there.
func (o *observer) get(kind string, key client.ObjectKey, object client.Object) bool {
	if o.facts.Err != nil {
		return false
	}
	err := o.reader.Get(o.ctx, key, object)
	o.fail(client.IgnoreNotFound(err), "%s %q", kind, key.Name)
	return err == nil
}

// fail keeps an error, and what was read when it came.
func (o *observer) fail(err error, what string, args ...any) {
	if err != nil {
		o.facts.Err = fmt.Errorf("reading "+what+": %w", append(args, err)...)
	}
}

func (o *observer) readClaim() {
	claim := &corev1.PersistentVolumeClaim{}
	if o.get(kindClaim, client.ObjectKey{Namespace: o.facts.Node.Namespace, Name: ClaimName(o.facts.Node)}, claim) {
		o.facts.Claim = claim
	}
}

func (o *observer) readVolumes() {
	if o.facts.Err == nil && o.facts.Claim != nil {
		o.facts.Volume, o.facts.Aliases, o.facts.Err = Volumes(o.ctx, o.reader, o.facts.Claim)
	}
}

// Volumes reads the volume of a claim and its aliases, from the cache; nil where the claim names none, or it does not exist.
func Volumes(ctx context.Context, reader client.Reader, claim *corev1.PersistentVolumeClaim) (
	volume *corev1.PersistentVolume, aliases []corev1.PersistentVolume, err error,
) {
	if claim.Spec.VolumeName == "" {
		return nil, nil, nil
	}
	volume = &corev1.PersistentVolume{}
	err = reader.Get(ctx, client.ObjectKey{Name: claim.Spec.VolumeName}, volume)
	switch {
	case apierrors.IsNotFound(err):
		return nil, nil, nil
	case err != nil:
		return nil, nil, fmt.Errorf("reading PersistentVolume %q: %w", claim.Spec.VolumeName, err)
	}
	all := &corev1.PersistentVolumeList{}
	if err := reader.List(ctx, all, client.MatchingFields{IndexVolumeBySource: Source(volume)}); err != nil {
		return volume, nil, fmt.Errorf("reading the volumes of one source: %w", err)
	}
	for i := range all.Items {
		if all.Items[i].Name != volume.Name && Same(&all.Items[i], volume) {
			aliases = append(aliases, all.Items[i])
		}
	}
	return volume, aliases, nil
}

func (o *observer) readAttachments() {
	if o.facts.Volume == nil {
		return
	}
	for _, volume := range append([]corev1.PersistentVolume{*o.facts.Volume}, o.facts.Aliases...) {
		if o.facts.Err != nil {
			return
		}
		attachments := &storagev1.VolumeAttachmentList{}
		o.fail(o.reader.List(o.ctx, attachments, client.MatchingFields{IndexAttachmentByVolume: volume.Name}), "the attachments of the volume")
		o.facts.Attachments = append(o.facts.Attachments, attachments.Items...)
	}
}

// AttachedVolume is the name of the volume that an attachment is of, "" for one that a pod's own inline source names.
func AttachedVolume(attachment *storagev1.VolumeAttachment) string {
	if name := attachment.Spec.Source.PersistentVolumeName; name != nil {
		return *name
	}
	return ""
}

func (o *observer) readClass() {
	if o.facts.Claim == nil || o.facts.Claim.Status.Phase == corev1.ClaimBound {
		return
	}
	name := storagevolume.GetPersistentVolumeClaimClass(o.facts.Claim)
	class := &storagev1.StorageClass{}
	if name != "" && o.get("StorageClass", client.ObjectKey{Name: name}, class) {
		o.facts.Class = class
	}
}

func (o *observer) readRivals() {
	if o.facts.Err != nil {
		return
	}
	nodes := &seiv1alpha1.SeiNodeList{}
	o.fail(o.reader.List(o.ctx, nodes, client.InNamespace(o.facts.Node.Namespace),
		client.MatchingFields{IndexNodeByClaim: ClaimName(o.facts.Node)}), "the SeiNodes that use the claim")
	rivals, err := read.Anew(o.ctx, o.reader, Rivals(o.facts.Node, nodes.Items))
	o.fail(err, "a SeiNode that uses the claim")
	o.facts.Rivals = rivals
}

// Rivals are those of the namespace's SeiNodes, but for the node itself, that use a claim of the same name.
func Rivals(node *seiv1alpha1.SeiNode, all []seiv1alpha1.SeiNode) (rivals []seiv1alpha1.SeiNode) {
	for i := range all {
		if all[i].UID != node.UID && ClaimName(&all[i]) == ClaimName(node) {
			rivals = append(rivals, all[i])
		}
	}
	return rivals
}

// awaitPod waits until the cache shows what was last written to the node's own pod: one that was deleted is not listed as if it was not.
func (o *observer) awaitPod() {
	o.get("pod", client.ObjectKey{Namespace: o.facts.Node.Namespace, Name: o.facts.Node.PodName()}, &corev1.Pod{})
}

func (o *observer) readPods() {
	if o.facts.Err != nil {
		return
	}
	pods := &corev1.PodList{}
	o.fail(o.reader.List(o.ctx, pods, client.InNamespace(o.facts.Node.Namespace),
		client.MatchingFields{IndexPodByClaim: ClaimName(o.facts.Node)}), "the pods that mount the claim")
	o.facts.Pods = pods.Items
}
