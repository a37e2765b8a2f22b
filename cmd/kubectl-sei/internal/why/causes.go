package why

import (
	"fmt"
	"slices"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	seiv1alpha1 "github.com/seinode/seinode-operator/api/v1alpha1"
	"github.com/seinode/seinode-operator/cmd/kubectl-sei/internal/finding"
	"github.com/seinode/seinode-operator/internal/owner"
	"github.com/seinode/seinode-operator/internal/storage"
)

// links are what a node takes, each resting on the ones before it; nil for one that this node has not.
var links = []func(Facts) *finding.Finding{claim, volume, bootstrap, data, key, pod, seid, peers, chain, address, upgrade, update}

func causes(f Facts) (all []finding.Finding) {
	for _, link := range links {
		if one := link(f); one != nil {
			all = append(all, *one)
		}
	}
	return all
}

func found(of string, state finding.State, format string, args ...any) *finding.Finding {
	return &finding.Finding{Of: of, State: state, Message: fmt.Sprintf(format, args...)}
}

// told is what a condition says: unmet where it is False, later where there is none yet.
func told(of string, c *metav1.Condition, unmet finding.State, later string) *finding.Finding {
	switch {
	case c == nil:
		return found(of, finding.Skipped, "%s", later)
	case c.Status == metav1.ConditionTrue:
		return &finding.Finding{Of: of, State: finding.Met, Reason: c.Reason, Message: c.Message}
	case c.Reason == seiv1alpha1.ReasonNotApplicable:
		return &finding.Finding{Of: of, State: finding.Skipped, Reason: c.Reason, Message: c.Message}
	case c.Status == metav1.ConditionUnknown:
		return &finding.Finding{Of: of, State: finding.Unknown, Reason: c.Reason, Message: c.Message}
	}
	return &finding.Finding{Of: of, State: unmet, Reason: c.Reason, Message: c.Message}
}

func unread(f Facts, kind string) bool {
	return slices.Contains(f.Refused.Kinds(), kind)
}

func claim(f Facts) *finding.Finding {
	name, failed := storage.ClaimName(f.Node), failure(f, seiv1alpha1.TaskEnsureDataPVC)
	switch {
	case storage.Imports(f.Node):
		unmet := finding.Waits
		if failed != nil {
			unmet = finding.Refused
		}
		return told("claim", condition(f, seiv1alpha1.ConditionImportPVCReady), unmet, fmt.Sprintf("PVC %q has not been judged yet", name))
	case failed != nil:
		return &finding.Finding{Of: "claim", State: finding.Refused, Reason: failed.Reason, Message: failed.Message}
	case unread(f, "PersistentVolumeClaim"):
		return found("claim", finding.Unknown, "PVC %q: you may not read it", name)
	case f.Claim == nil && f.Node.AdoptedClaim() != "":
		return found("claim", finding.Refused, "PVC %q, which this node made, is gone", name)
	case f.Claim == nil:
		return found("claim", finding.Waits, "PVC %q, which this node makes, does not exist yet", name)
	case f.Claim.Status.Phase != corev1.ClaimBound:
		return found("claim", finding.Waits, "PVC %q has phase %s; wanted Bound, which it may only become once the pod is there", name, f.Claim.Status.Phase)
	}
	return found("claim", finding.Met, "PVC %q, made by this node, is Bound with %s", name, f.Claim.Status.Capacity.Storage())
}

// failure is why a task of the node failed, nil where it did not.
func failure(f Facts, task seiv1alpha1.TaskType) *seiv1alpha1.FailedTaskDetail {
	if plan := f.Node.Status.Plan; plan != nil && plan.FailedTaskDetail != nil && plan.FailedTaskDetail.Type == task {
		return plan.FailedTaskDetail
	}
	return nil
}

func volume(f Facts) *finding.Finding {
	switch name := volumeName(f); {
	case name == "":
		return found("volume", finding.Skipped, "the claim has none yet")
	case unread(f, "PersistentVolume"):
		return found("volume", finding.Unknown, "%q%s: you may not read it", name, identity(f))
	case f.Volume == nil:
		return found("volume", finding.Waits, "%q does not exist; restore that PersistentVolume", name)
	case f.Volume.Status.Phase == corev1.VolumeFailed:
		return found("volume", finding.Refused, "%q is in phase Failed: %s", name, f.Volume.Status.Message)
	}
	v, state := f.Volume, finding.Met
	if v.Status.Phase != corev1.VolumeBound {
		state = finding.Waits
	}
	return found("volume", state, "%q is %s (%s), with %s and reclaim policy %s",
		v.Name, v.Status.Phase, storage.Identity(v), v.Spec.Capacity.Storage(), v.Spec.PersistentVolumeReclaimPolicy)
}

// identity is which disk the operator saw behind the volume.
func identity(f Facts) string {
	if shown := f.Node.Status.DataVolume; shown != nil && shown.VolumeIdentity != "" {
		return fmt.Sprintf(" (%s when the operator saw it)", shown.VolumeIdentity)
	}
	return ""
}

func bootstrap(f Facts) *finding.Finding {
	if f.Node.Spec.Bootstrap == nil {
		return nil
	}
	said := told("bootstrap", condition(f, seiv1alpha1.ConditionBootstrapped), finding.Waits, "nothing has been fetched yet")
	if shown := f.Node.Status.Bootstrap; shown != nil && shown.Percent != nil && said.State == finding.Waits {
		said.Message += fmt.Sprintf(" (%d %%)", *shown.Percent)
	}
	return said
}

// data is what the agent found. Where the node runs in spite of it, spec.dataVolume.inspection is Warn.
func data(f Facts) *finding.Finding {
	c, unmet := condition(f, seiv1alpha1.ConditionDataInspected), finding.Refused
	switch {
	case isReady(f):
		unmet = finding.Warns
	case c != nil && (c.Reason == seiv1alpha1.ReasonKeyNotReserved || c.Reason == seiv1alpha1.ReasonUpgradePassed):
		unmet = finding.Waits
	}
	return told("inspection", c, unmet, "the pod has not looked at the volume yet")
}

func key(f Facts) *finding.Finding {
	ready := condition(f, seiv1alpha1.ConditionReady)
	switch {
	case f.Node.Mode() != seiv1alpha1.ModeValidator:
		return nil
	case ready != nil && ready.Reason == seiv1alpha1.ReasonSigningKeyInUse:
		return &finding.Finding{Of: "key", State: finding.Waits, Reason: ready.Reason, Message: ready.Message}
	case f.Node.Status.Signing == nil || f.Node.Status.Signing.KeyAddress == "":
		return found("key", finding.Skipped, "it is not known yet which one the node signs with")
	}
	return found("key", finding.Met, "the node signs with %s, and no other node of the operator does", f.Node.Status.Signing.KeyAddress)
}

func pod(f Facts) *finding.Finding {
	name := f.Node.PodName()
	switch {
	case unread(f, "Pod"):
		return found("pod", finding.Unknown, "%q: you may not read it", name)
	case f.Pod == nil && f.Node.Paused():
		return found("pod", finding.Skipped, "there is none, since spec.paused is true")
	case f.Pod == nil:
		return found("pod", finding.Waits, "%q is not there", name)
	case !owner.Pod(f.Pod, f.Node):
		return found("pod", finding.Refused, "%q is not this node's; delete it, or what controls it", name)
	case f.Pod.DeletionTimestamp != nil:
		return found("pod", finding.Waits, "%q on machine %q is stopping", name, f.Pod.Spec.NodeName)
	case f.Pod.Spec.NodeName == "":
		return found("pod", finding.Waits, "%q has no machine yet%s", name, words(f.Pod, corev1.PodScheduled))
	case isTrue(f.Pod, corev1.PodReady):
		return found("pod", finding.Met, "%q is ready on machine %q", name, f.Pod.Spec.NodeName)
	}
	return found("pod", finding.Waits, "%q on machine %q is not ready%s%s", name, f.Pod.Spec.NodeName, initializing(f.Pod), words(f.Pod, corev1.PodReady))
}

func podCondition(of *corev1.Pod, kind corev1.PodConditionType) *corev1.PodCondition {
	at := slices.IndexFunc(of.Status.Conditions, func(c corev1.PodCondition) bool { return c.Type == kind })
	if at < 0 {
		return nil
	}
	return &of.Status.Conditions[at]
}

func isTrue(of *corev1.Pod, kind corev1.PodConditionType) bool {
	c := podCondition(of, kind)
	return c != nil && c.Status == corev1.ConditionTrue
}

// words are what Kubernetes says of a condition of the pod, "" for nothing.
func words(of *corev1.Pod, kind corev1.PodConditionType) string {
	if c := podCondition(of, kind); c != nil && c.Message != "" {
		return ": " + c.Message
	}
	return ""
}

// initializing names the container that the pod is at before seid, "" for none.
func initializing(of *corev1.Pod) string {
	for _, c := range of.Status.InitContainerStatuses {
		if !c.Ready && c.State.Terminated == nil && !(c.Started != nil && *c.Started) {
			return fmt.Sprintf(" (container %q comes first)", c.Name)
		}
	}
	return ""
}

// at is a time as every time of the plugin is written.
func at(t metav1.Time) string { return t.UTC().Format(time.RFC3339) }
