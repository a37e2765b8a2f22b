package workload

import (
	"cmp"
	"encoding/json"
	"fmt"
	"regexp"
	"strings"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"

	seiv1alpha1 "github.com/seinode/seinode-operator/api/v1alpha1"
)

// VolumeSnapshotKind is the kind of the snapshots that Kubernetes' own snapshot controller takes. A cluster may lack it: it is read and made as what it
// is, JSON, past the cache.
var VolumeSnapshotKind = schema.GroupVersionKind{Group: "snapshot.storage.k8s.io", Version: "v1", Kind: "VolumeSnapshot"}

// NewVolumeSnapshot is an empty one, to read into.
func NewVolumeSnapshot() *unstructured.Unstructured {
	snapshot := &unstructured.Unstructured{}
	snapshot.SetGroupVersionKind(VolumeSnapshotKind)
	return snapshot
}

// NewVolumeSnapshotContent is an empty one of what a driver keeps of a snapshot, to read into.
func NewVolumeSnapshotContent() *unstructured.Unstructured {
	content := &unstructured.Unstructured{}
	content.SetGroupVersionKind(VolumeSnapshotKind.GroupVersion().WithKind("VolumeSnapshotContent"))
	return content
}

// unnameable is what a name of an upgrade may have, and an object's name may not.
var unnameable = regexp.MustCompile(`[^a-z0-9-]`)

// SnapshotAtHalt is the snapshot that a node is kept down for, when it has just reached an upgrade; nil where none is asked for. Its name tells this halt
// from every other one, also from one of the same upgrade on the data of a snapshot that was restored.
func SnapshotAtHalt(node *seiv1alpha1.SeiNode, reached seiv1alpha1.ReachedUpgrade) *seiv1alpha1.UpgradeSnapshot {
	if node.SnapshotPolicy() == nil {
		return nil
	}
	upgrade := unnameable.ReplaceAllString(strings.ToLower(reached.Name), "-")
	mark := Digest(node.UID, node.AdoptedClaim(), halt(reached))[:8]
	return &seiv1alpha1.UpgradeSnapshot{
		Name: fmt.Sprintf("%s-%s-%d-%s", node.Name, upgrade, reached.Height, mark), State: seiv1alpha1.SnapshotPending,
	}
}

// halt is an upgrade that was reached, and when, as JSON.
func halt(reached seiv1alpha1.ReachedUpgrade) string {
	reached.Snapshot = nil
	text, err := json.Marshal(reached)
	if err != nil {
		panic(err) // names, numbers and times always marshal
	}
	return string(text)
}

// VolumeSnapshot builds the snapshot of a claim at a halt. It has no owner: it outlives the SeiNode, and nobody but the user deletes it.
func VolumeSnapshot(node *seiv1alpha1.SeiNode, claim string, reached seiv1alpha1.ReachedUpgrade) *unstructured.Unstructured {
	snapshot := NewVolumeSnapshot()
	snapshot.SetNamespace(node.Namespace)
	snapshot.SetName(reached.Snapshot.Name)
	snapshot.SetLabels(ClaimLabels(node)) // it may outlive the node, as a claim may
	snapshot.SetAnnotations(map[string]string{
		seiv1alpha1.AnnotationClaimUID: string(node.AdoptedClaim()), seiv1alpha1.AnnotationUpgrade: halt(reached),
	})
	spec := map[string]any{"source": map[string]any{"persistentVolumeClaimName": claim}}
	if policy := node.SnapshotPolicy(); policy != nil && policy.VolumeSnapshotClassName != nil {
		spec["volumeSnapshotClassName"] = *policy.VolumeSnapshotClassName
	}
	snapshot.Object["spec"] = spec
	return snapshot
}

// IsSameSnapshot says whether a VolumeSnapshot is of the very node, claim and halt that the wanted one is of: the name alone proves nothing.
func IsSameSnapshot(found, wanted *unstructured.Unstructured) bool {
	return found.GetLabels()[seiv1alpha1.LabelNodeUID] == wanted.GetLabels()[seiv1alpha1.LabelNodeUID] &&
		sameAnnotation(found, wanted, seiv1alpha1.AnnotationClaimUID) && sameAnnotation(found, wanted, seiv1alpha1.AnnotationUpgrade) &&
		snapshotSource(found) == snapshotSource(wanted)
}

func snapshotSource(snapshot *unstructured.Unstructured) string {
	claim, _, _ := unstructured.NestedString(snapshot.Object, "spec", "source", "persistentVolumeClaimName")
	return claim
}

// SnapshotTaken says whether a VolumeSnapshot is cut: what is written to the volume from then on is not in it. That it can be restored, readyToUse, may
// take hours more, and nobody has to wait for that.
func SnapshotTaken(snapshot *unstructured.Unstructured) bool {
	cut, _, _ := unstructured.NestedString(snapshot.Object, "status", "creationTime")
	_, err := time.Parse(time.RFC3339, cut)
	return err == nil && snapshot.GetDeletionTimestamp() == nil
}

// SnapshotUncut says whether a VolumeSnapshot is known to hold nothing.
func SnapshotUncut(snapshot *unstructured.Unstructured) bool {
	_, cut, err := unstructured.NestedFieldNoCopy(snapshot.Object, "status", "creationTime")
	ready, _, _ := unstructured.NestedBool(snapshot.Object, "status", "readyToUse")
	return err == nil && !cut && !ready
}

// OtherClass says whether a VolumeSnapshot is of another class than the one that is asked for. Where none is, the cluster's default is noted in it.
func OtherClass(found, wanted *unstructured.Unstructured) bool {
	asked := snapshotClass(wanted)
	return asked != "" && snapshotClass(found) != asked
}

func snapshotClass(snapshot *unstructured.Unstructured) string {
	class, _, _ := unstructured.NestedString(snapshot.Object, "spec", "volumeSnapshotClassName")
	return class
}

// SnapshotError is what the snapshot controller, or the volume's driver, says against a VolumeSnapshot, "" for nothing, and since when: at the earliest since
// the VolumeSnapshot was made, whose time is that of another clock.
func SnapshotError(snapshot *unstructured.Unstructured) (words string, since metav1.Time) {
	said, there, _ := unstructured.NestedMap(snapshot.Object, "status", "error")
	if !there {
		return "", since
	}
	since = snapshot.GetCreationTimestamp()
	at, _ := said["time"].(string)
	if when, err := time.Parse(time.RFC3339, at); err == nil && when.After(since.Time) {
		since = metav1.NewTime(when)
	}
	message, _ := said["message"].(string)
	return cmp.Or(strings.Join(strings.Fields(message), " "), "an error without a message"), since
}

// NotesReached says whether a StatefulSet notes what its node has reached.
func NotesReached(set Object, node *seiv1alpha1.SeiNode) bool {
	return set.GetAnnotations()[seiv1alpha1.AnnotationReached] == ReachedBy(node)
}

// understoodSnapshot is a snapshot as a StatefulSet notes it, nil for what the status would be refused for.
func understoodSnapshot(noted *seiv1alpha1.UpgradeSnapshot) *seiv1alpha1.UpgradeSnapshot {
	if noted == nil || noted.Name == "" || len(noted.Name) > 253 || len(noted.Message) > MaxSnapshotMessage {
		return nil
	}
	switch noted.State {
	case seiv1alpha1.SnapshotPending, seiv1alpha1.SnapshotTaken, seiv1alpha1.SnapshotFailed, seiv1alpha1.SnapshotSkipped:
		return noted
	}
	return nil
}

// MaxSnapshotMessage is the CRD's limit of what is said of a snapshot.
const MaxSnapshotMessage = 512
