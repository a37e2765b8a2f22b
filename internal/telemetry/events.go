package telemetry

import (
	"fmt"
	"strings"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/client-go/tools/events"
	"k8s.io/utils/ptr"

	seiv1alpha1 "github.com/seinode/seinode-operator/api/v1alpha1"
)

// The reasons of the events on a SeiNode.
const (
	// EventImportValidated (Normal): the imported claim meets every requirement.
	EventImportValidated = "PVCImportValidated"
	// EventImportFailed (Warning): the imported claim does not, or no longer; the message has the condition's reason.
	EventImportFailed = "PVCImportFailed"
	// EventImportAtRisk (Warning): something may take the imported claim or its data away, although nothing is wrong with it now.
	EventImportAtRisk = "PVCImportAtRisk"
	// EventTaskFailed (Warning): a task other than the import's failed.
	EventTaskFailed = "TaskFailed"
	// EventClaimKept (Normal): the SeiNode was deleted, and the claim that it created stays; the message has why, and how to delete it.
	EventClaimKept = "DataVolumeKept"
	// EventUpgradeReached (Normal): the node stopped for a listed upgrade of the chain, or began with data that has it, and goes on from its image.
	EventUpgradeReached = "UpgradeReached"
	// EventUpgradeNotReady (Warning): the chain has planned an upgrade that the node cannot take, or the image of a listed one was tried in vain; the
	// message has the condition's reason.
	EventUpgradeNotReady = "UpgradeNotReady"
	// EventUpgradeSnapshotTaken (Normal): the data as it was before an upgrade is in a VolumeSnapshot.
	EventUpgradeSnapshotTaken = "UpgradeSnapshotTaken"
	// EventUpgradeSnapshotFailed (Warning): there is no snapshot of the data before an upgrade, and the node goes on; the message says why.
	EventUpgradeSnapshotFailed = "UpgradeSnapshotFailed"
	// EventBootstrapped (Normal): the data of an empty volume has come, whole, and fits the node.
	EventBootstrapped = "Bootstrapped"
	// EventBootstrapFailed (Warning): the data of an empty volume does not come; the message has the condition's reason.
	EventBootstrapFailed = "BootstrapFailed"
	// EventAddressAdvertised (Normal): peers are told where the node is reached from outside of the cluster.
	EventAddressAdvertised = "AddressAdvertised"
	// EventAddressNotAdvertised (Warning): they are told no address, or not the one that it is; the message has the condition's reason.
	EventAddressNotAdvertised = "AddressNotAdvertised"
	// EventRunning (Normal): the node came up.
	EventRunning = "NodeRunning"
)

// Events records events on SeiNodes. Each is sent at a transition, never again while nothing changes.
type Events struct {
	// Recorder is where events go.
	Recorder events.EventRecorder
}

// ImportValidated says that the imported claim may be used.
func (e Events) ImportValidated(node *seiv1alpha1.SeiNode, message string) {
	e.send(node, corev1.EventTypeNormal, EventImportValidated, "Validate", message)
}

// ImportFailed says that the imported claim may not be used; text is "<Reason>: <message>".
func (e Events) ImportFailed(node *seiv1alpha1.SeiNode, text string) {
	e.send(node, corev1.EventTypeWarning, EventImportFailed, "Validate", text)
}

// ImportAtRisk says what may take the imported claim or its data away.
func (e Events) ImportAtRisk(node *seiv1alpha1.SeiNode, risks string) {
	e.send(node, corev1.EventTypeWarning, EventImportAtRisk, "Validate", risks)
}

// TaskFailed says that a task failed; text is "<Reason>: <message>".
func (e Events) TaskFailed(node *seiv1alpha1.SeiNode, text string) {
	e.send(node, corev1.EventTypeWarning, EventTaskFailed, "Reconcile", text)
}

// ClaimKept says why the claim that the node created stays when the node goes.
func (e Events) ClaimKept(node *seiv1alpha1.SeiNode, claim, why string) {
	e.send(node, corev1.EventTypeNormal, EventClaimKept, "Delete", fmt.Sprintf(
		"PVC %s and its data stay, because %s; once nobody needs it: kubectl delete pvc %s -n %s", claim, why, claim, node.Namespace))
}

// Bootstrapped says that the data of the node's volume has come.
func (e Events) Bootstrapped(node *seiv1alpha1.SeiNode, message string) {
	e.send(node, corev1.EventTypeNormal, EventBootstrapped, "Bootstrap", message)
}

// BootstrapFailed says why the data of the node's volume does not come; text is "<Reason>: <message>".
func (e Events) BootstrapFailed(node *seiv1alpha1.SeiNode, text string) {
	e.send(node, corev1.EventTypeWarning, EventBootstrapFailed, "Bootstrap", text)
}

// AddressAdvertised says which address peers are told.
func (e Events) AddressAdvertised(node *seiv1alpha1.SeiNode, message string) {
	e.send(node, corev1.EventTypeNormal, EventAddressAdvertised, "Expose", message)
}

// AddressNotAdvertised says what keeps peers from being told the address; text is "<Reason>: <message>".
func (e Events) AddressNotAdvertised(node *seiv1alpha1.SeiNode, text string) {
	e.send(node, corev1.EventTypeWarning, EventAddressNotAdvertised, "Expose", text)
}

// UpgradeReached says that the node goes on from the image of an upgrade.
func (e Events) UpgradeReached(node *seiv1alpha1.SeiNode, upgrade seiv1alpha1.ReachedUpgrade) {
	how := "is reached"
	if ptr.Deref(upgrade.Early, false) {
		how = "is taken before it"
	}
	e.send(node, corev1.EventTypeNormal, EventUpgradeReached, "Upgrade", fmt.Sprintf(
		"upgrade %q of the chain at height %d %s; the node goes on from image %q%s", upgrade.Name, upgrade.Height, how, node.NextImage(), after(upgrade)))
}

// after is what comes before the node goes on, "" for nothing.
func after(upgrade seiv1alpha1.ReachedUpgrade) string {
	if upgrade.Snapshot == nil || upgrade.Snapshot.State != seiv1alpha1.SnapshotPending {
		return ""
	}
	return fmt.Sprintf(" once VolumeSnapshot %q is taken", upgrade.Snapshot.Name)
}

// UpgradeSnapshot says how a snapshot at the halt of an upgrade went. One that the user took out of the policy is none.
func (e Events) UpgradeSnapshot(node *seiv1alpha1.SeiNode, reached seiv1alpha1.ReachedUpgrade, claim string) {
	switch snapshot := reached.Snapshot; snapshot.State {
	case seiv1alpha1.SnapshotTaken:
		e.send(node, corev1.EventTypeNormal, EventUpgradeSnapshotTaken, "Snapshot", fmt.Sprintf(
			"VolumeSnapshot %q has PVC %q as it was before upgrade %q at height %d", snapshot.Name, claim, reached.Name, reached.Height))
	case seiv1alpha1.SnapshotFailed:
		e.send(node, corev1.EventTypeWarning, EventUpgradeSnapshotFailed, "Snapshot", fmt.Sprintf(
			"VolumeSnapshot %q of PVC %q before upgrade %q at height %d is not taken: %s; the node goes on without it", snapshot.Name, claim, reached.Name, reached.Height, snapshot.Message))
	}
}

// UpgradeNotReady says what keeps the node from an upgrade that the chain has planned, or that is listed; text is "<Reason>: <message>".
func (e Events) UpgradeNotReady(node *seiv1alpha1.SeiNode, text string) {
	e.send(node, corev1.EventTypeWarning, EventUpgradeNotReady, "Upgrade", text)
}

// Running says that the node came up.
func (e Events) Running(node *seiv1alpha1.SeiNode, claim string) {
	e.send(node, corev1.EventTypeNormal, EventRunning, "Start", "node is up on PVC "+claim)
}

func (e Events) send(node *seiv1alpha1.SeiNode, kind, reason, action, text string) {
	const limit = 1024 // of an event's note
	if len(text) > limit {
		text = strings.ToValidUTF8(text[:limit], "")
	}
	e.Recorder.Eventf(node, nil, kind, reason, action, "%s", text)
}
