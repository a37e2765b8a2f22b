// Package release lets go of a node's volume: it stops the node, makes sure that nothing uses the volume any more, and deletes the SeiNode so that claim, volume and
// data stay. It never writes to a claim or a volume.
package release

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	storagev1 "k8s.io/api/storage/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/util/wait"
	"k8s.io/utils/ptr"
	"sigs.k8s.io/controller-runtime/pkg/client"

	seiv1alpha1 "github.com/seinode/seinode-operator/api/v1alpha1"
	"github.com/seinode/seinode-operator/cmd/kubectl-sei/internal/finding"
	"github.com/seinode/seinode-operator/internal/owner"
	"github.com/seinode/seinode-operator/internal/storage"
)

// ErrTimeout says that the timeout passed. What was done until then stays done, and the same command goes on from there.
var ErrTimeout = errors.New("the timeout passed")

// Options are what the user asked for.
type Options struct {
	// Keep stops after the node is down: the SeiNode stays, paused.
	Keep bool
	// DryRun has the API server say what it would do, and waits for nothing.
	DryRun bool
	// Timeout is how long all of it may take.
	Timeout time.Duration
	// Every is how often is looked.
	Every time.Duration
	// Say tells of each step as it is done.
	Say func(format string, args ...any)
}

// Report is what was done, and what stays.
type Report struct {
	metav1.TypeMeta `json:",inline"`
	Name            string `json:"name"`
	Namespace       string `json:"namespace"`
	DryRun          bool   `json:"dryRun,omitempty"`
	// Paused, Retained and Deleted say what was done.
	Paused   bool `json:"paused"`
	Retained bool `json:"retained"`
	Deleted  bool `json:"deleted"`
	// Claim, ClaimUID, Volume and Identity are what stays; Identity names the disk.
	Claim    string    `json:"claim"`
	ClaimUID types.UID `json:"claimUID,omitempty"`
	Volume   string    `json:"volume,omitempty"`
	Identity string    `json:"identity,omitempty"`
	// ReclaimPolicy is the volume's: with Delete, whoever deletes the claim destroys the data. "" where the volume cannot be read.
	ReclaimPolicy corev1.PersistentVolumeReclaimPolicy `json:"reclaimPolicy,omitempty"`
	// Specs are those of claim and volume, as far as the user may read them.
	Specs []Spec `json:"specs,omitempty"`
}

// run is one release under way.
type run struct {
	ctx     context.Context
	cluster client.Client
	node    *seiv1alpha1.SeiNode
	Options
	report Report
}

// Release does it. The error is ErrTimeout where the timeout passed.
func Release(ctx context.Context, cluster client.Client, node *seiv1alpha1.SeiNode, options Options) (Report, error) {
	ctx, cancel := context.WithTimeout(ctx, options.Timeout)
	defer cancel()
	r := &run{ctx: ctx, cluster: cluster, node: node.DeepCopy(), Options: options, report: Report{
		TypeMeta: finding.Report("Release"), Name: node.Name, Namespace: node.Namespace, DryRun: options.DryRun,
		Claim: storage.ClaimName(node),
	}}
	steps := []func() error{r.know, r.noteSpecs, r.pause, r.awaitPod, r.awaitDetached}
	if !options.Keep {
		steps = append(steps, r.retain, r.awaitReleased, r.delete)
	}
	for _, step := range append(steps, r.compareSpecs) {
		if err := step(); err != nil {
			return r.report, r.inTime(err)
		}
	}
	return r.report, nil
}

// inTime takes what the end of the time cut off for what it is.
func (r *run) inTime(err error) error {
	if errors.Is(r.ctx.Err(), context.DeadlineExceeded) && !errors.Is(err, ErrTimeout) {
		return fmt.Errorf("%w after %s: %w", ErrTimeout, r.Timeout, err)
	}
	return err
}

// know reads what stays.
func (r *run) know() error {
	claim, err := r.claim()
	if err != nil || claim == nil {
		return err
	}
	r.report.ClaimUID, r.report.Volume = claim.UID, claim.Spec.VolumeName
	volume := &corev1.PersistentVolume{}
	switch err := r.cluster.Get(r.ctx, client.ObjectKey{Name: claim.Spec.VolumeName}, volume); {
	case claim.Spec.VolumeName == "", apierrors.IsNotFound(err):
	case apierrors.IsForbidden(err):
		if shown := r.node.Status.DataVolume; shown != nil {
			r.report.Identity = shown.VolumeIdentity
		}
	case err != nil:
		return err
	default:
		r.report.Identity, r.report.ReclaimPolicy = storage.Identity(volume), volume.Spec.PersistentVolumeReclaimPolicy
	}
	return nil
}

// claim is the node's, nil where there is none.
func (r *run) claim() (*corev1.PersistentVolumeClaim, error) {
	claim := &corev1.PersistentVolumeClaim{}
	err := r.cluster.Get(r.ctx, client.ObjectKey{Namespace: r.node.Namespace, Name: r.report.Claim}, claim)
	if err != nil {
		return nil, client.IgnoreNotFound(err)
	}
	return claim, nil
}

func (r *run) pause() error {
	if !r.node.Paused() {
		if err := r.patch(func(node *seiv1alpha1.SeiNode) { node.Spec.Paused = ptr.To(true) }); err != nil {
			return fmt.Errorf("pausing SeiNode %q: %w", r.node.Name, err)
		}
		r.Say("SeiNode %q is paused", r.node.Name)
	}
	r.report.Paused = true
	return nil
}

// patch writes a change of the spec, and takes the node as it came out.
func (r *run) patch(change func(*seiv1alpha1.SeiNode)) error {
	changed := r.node.DeepCopy()
	change(changed)
	options := []client.PatchOption{}
	if r.DryRun {
		options = append(options, client.DryRunAll)
	}
	err := r.cluster.Patch(r.ctx, changed, client.MergeFrom(r.node), options...)
	if err == nil {
		r.node = changed
	}
	return err
}

// awaitPod waits until the node's pod is gone, and nothing makes another one.
func (r *run) awaitPod() error {
	if err := r.await(fmt.Sprintf("StatefulSet %q may still make a pod", r.node.Name), r.scaledDown, ""); err != nil {
		return err
	}
	return r.await(fmt.Sprintf("pod %q is still there", r.node.PodName()), func() (bool, error) {
		pod := &corev1.Pod{}
		err := r.cluster.Get(r.ctx, client.ObjectKey{Namespace: r.node.Namespace, Name: r.node.PodName()}, pod)
		return apierrors.IsNotFound(err) || err == nil && !owner.Pod(pod, r.node), client.IgnoreNotFound(err)
	}, "the node's pod is gone")
}

// scaledDown says whether the node's StatefulSet is there for no pod.
func (r *run) scaledDown() (bool, error) {
	set := &appsv1.StatefulSet{}
	if err := r.cluster.Get(r.ctx, client.ObjectKeyFromObject(r.node), set); err != nil {
		return apierrors.IsNotFound(err), client.IgnoreNotFound(err)
	}
	down := ptr.Deref(set.Spec.Replicas, 1) == 0 && set.Status.ObservedGeneration >= set.Generation
	return down || !owner.Controls(r.node, set), nil
}

// awaitDetached waits until the volume is attached to no machine. Who may not see that is told so.
func (r *run) awaitDetached() error {
	if r.report.Volume == "" {
		return nil
	}
	unseen := false
	err := r.await(fmt.Sprintf("volume %q is still attached to a machine", r.report.Volume), func() (bool, error) {
		all := &storagev1.VolumeAttachmentList{}
		err := r.cluster.List(r.ctx, all)
		if unseen = apierrors.IsForbidden(err); unseen {
			return true, nil
		}
		return !slices.ContainsFunc(all.Items, func(at storagev1.VolumeAttachment) bool { return storage.AttachedVolume(&at) == r.report.Volume }), err
	}, "")
	switch {
	case unseen:
		r.Say("you may not read VolumeAttachments: whether volume %q is still attached to a machine is not known", r.report.Volume)
	case err == nil && !r.DryRun:
		r.Say("volume %q is attached to no machine", r.report.Volume)
	}
	return err
}

// await looks again and again until it is so; in a dry run it does not look at all.
func (r *run) await(otherwise string, is func() (bool, error), done string) error {
	if r.DryRun {
		return nil
	}
	err := wait.PollUntilContextCancel(r.ctx, r.Every, true, func(context.Context) (bool, error) { return is() })
	switch {
	case errors.Is(r.ctx.Err(), context.DeadlineExceeded):
		return fmt.Errorf("%w after %s: %s; the same command goes on from here", ErrTimeout, r.Timeout, otherwise)
	case err == nil && done != "":
		r.Say("%s", done)
	}
	return err
}

// retain has a claim that the node made outlive it. An imported one always does.
func (r *run) retain() error {
	if storage.Imports(r.node) {
		return nil
	}
	if !storage.Retains(r.node) {
		if err := r.patch(func(node *seiv1alpha1.SeiNode) {
			if node.Spec.DataVolume == nil {
				node.Spec.DataVolume = &seiv1alpha1.DataVolumeSpec{}
			}
			node.Spec.DataVolume.DeletionPolicy = ptr.To(seiv1alpha1.DeletionPolicyRetain)
		}); err != nil {
			return fmt.Errorf("setting spec.dataVolume.deletionPolicy of SeiNode %q: %w", r.node.Name, err)
		}
		r.Say("spec.dataVolume.deletionPolicy is Retain")
	}
	r.report.Retained = true
	return nil
}

// awaitReleased waits until nothing ties the claim to the SeiNode, so that neither the operator nor garbage collection deletes it.
func (r *run) awaitReleased() error {
	if storage.Imports(r.node) {
		return nil
	}
	return r.await(fmt.Sprintf("PVC %q still carries a reference to the SeiNode, with which it would be deleted", r.report.Claim), func() (bool, error) {
		claim, err := r.claim()
		return err == nil && (claim == nil || !owner.Controls(r.node, claim)), err
	}, fmt.Sprintf("PVC %q stays when the SeiNode goes", r.report.Claim))
}

// delete deletes the SeiNode, this very one, and waits until it is gone.
func (r *run) delete() error {
	options := []client.DeleteOption{client.Preconditions{UID: &r.node.UID}}
	if r.DryRun {
		options = append(options, client.DryRunAll)
	}
	if err := r.cluster.Delete(r.ctx, r.node, options...); client.IgnoreNotFound(err) != nil {
		return fmt.Errorf("deleting SeiNode %q: %w", r.node.Name, err)
	}
	r.report.Deleted = true
	return r.await(fmt.Sprintf("SeiNode %q is being deleted", r.node.Name), func() (bool, error) {
		err := r.cluster.Get(r.ctx, client.ObjectKeyFromObject(r.node), &seiv1alpha1.SeiNode{})
		return apierrors.IsNotFound(err), client.IgnoreNotFound(err)
	}, fmt.Sprintf("SeiNode %q is gone", r.node.Name))
}
