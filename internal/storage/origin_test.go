package storage_test

import (
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	storagev1 "k8s.io/api/storage/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/utils/ptr"

	seiv1alpha1 "github.com/seinode/seinode-operator/api/v1alpha1"
	"github.com/seinode/seinode-operator/internal/storage"
	"github.com/seinode/seinode-operator/internal/verdict"
)

// copying are the facts of a full node without a claim yet, which is to be a copy of 25000Gi.
func copying(from *seiv1alpha1.BootstrapSpec, origin storage.Origin, options ...option) storage.Facts {
	origin.Class = &storagev1.StorageClass{ObjectMeta: objectNamed("csi"), Provisioner: "ebs.csi.aws.com"}
	all := append([]option{withoutClaim, withNode(func(n *seiv1alpha1.SeiNode) { n.Spec.Bootstrap = from }), func(f *storage.Facts) { f.Origin = origin }}, options...)
	return createFacts(all...)
}

func snapshotted(options ...option) storage.Facts {
	snapshot := &unstructured.Unstructured{Object: map[string]any{"status": map[string]any{"readyToUse": true, "restoreSize": "25000Gi"}}}
	content := &unstructured.Unstructured{Object: map[string]any{"spec": map[string]any{"driver": "ebs.csi.aws.com"}}}
	return copying(&seiv1alpha1.BootstrapSpec{VolumeSnapshot: &seiv1alpha1.VolumeSnapshotSource{Name: "yesterday"}},
		storage.Origin{Snapshot: snapshot, Content: content}, options...)
}

func cloned(options ...option) storage.Facts {
	claim, volume := boundClaim("data-archive-1"), volumeOf("data-archive-1")
	volume.Spec.PersistentVolumeSource = corev1.PersistentVolumeSource{CSI: &corev1.CSIPersistentVolumeSource{Driver: "ebs.csi.aws.com"}}
	return copying(&seiv1alpha1.BootstrapSpec{Claim: &seiv1alpha1.ClaimSource{Name: "data-archive-1"}}, storage.Origin{Claim: claim, Volume: volume}, options...)
}

func ofSnapshot(change func(status map[string]any)) option {
	return func(f *storage.Facts) { change(f.Origin.Snapshot.Object["status"].(map[string]any)) }
}

func ofSource(change func(*corev1.PersistentVolumeClaim)) option {
	return func(f *storage.Facts) { change(f.Origin.Claim) }
}

func required(size string) option {
	return func(f *storage.Facts) { f.Required = storageOf(size)[corev1.ResourceStorage] }
}

// TestACopyIsMadeOnceItCanBe, and nothing before: of what is ready, fits, and is of the same driver.
func TestACopyIsMadeOnceItCanBe(t *testing.T) {
	for name, test := range map[string]struct {
		facts  storage.Facts
		create bool
		reason string
		says   []string
	}{
		"a snapshot":                             {snapshotted(), true, "DataVolumeNotReady", nil},
		"a larger copy of a snapshot":            {snapshotted(required("30000Gi")), true, "DataVolumeNotReady", nil},
		"a snapshot of unknown size":             {snapshotted(ofSnapshot(func(s map[string]any) { delete(s, "restoreSize") })), true, "DataVolumeNotReady", nil},
		"a snapshot of a driver not known":       {snapshotted(func(f *storage.Facts) { f.Origin.Content = nil }), true, "DataVolumeNotReady", nil},
		"a class not known":                      {snapshotted(func(f *storage.Facts) { f.Origin.Class = nil }), true, "DataVolumeNotReady", nil},
		"a snapshot that is not there":           {snapshotted(func(f *storage.Facts) { f.Origin.Snapshot = nil }), false, "SourceNotReady", []string{`"yesterday"`, `"data-archive-0"`, "does not exist", "immutable"}},
		"a kind that is not there":               {snapshotted(func(f *storage.Facts) { f.Origin.Snapshot, f.Origin.Refused = nil, "no CRDs" }), false, "SourceNotReady", []string{"no CRDs"}},
		"a snapshot that goes":                   {snapshotted(func(f *storage.Facts) { f.Origin.Snapshot.SetDeletionTimestamp(&someTime) }), false, "SourceNotReady", []string{"being deleted"}},
		"a snapshot that says nothing yet":       {snapshotted(func(f *storage.Facts) { delete(f.Origin.Snapshot.Object, "status") }), false, "SourceNotReady", []string{"not ready to use yet"}},
		"a snapshot that is not ready":           {snapshotted(ofSnapshot(func(s map[string]any) { s["readyToUse"] = false })), false, "SourceNotReady", []string{"not ready to use yet"}},
		"a snapshot that failed":                 {snapshotted(ofSnapshot(func(s map[string]any) { s["readyToUse"], s["error"] = false, map[string]any{"message": "no\nquota"} })), false, "SourceNotReady", []string{"says: no quota"}},
		"a snapshot that failed, and is ready":   {snapshotted(ofSnapshot(func(s map[string]any) { s["error"] = map[string]any{"message": "once"} })), true, "DataVolumeNotReady", nil},
		"a snapshot that is too large":           {snapshotted(required("24999Gi")), false, "NoSpace", []string{"takes 25000Gi", "would have 24999Gi", "spec.dataVolume.size 25000Gi"}},
		"a snapshot of another driver":           {snapshotted(func(f *storage.Facts) { f.Origin.Class.Provisioner = "other" }), false, "DriverMismatch", []string{`"ebs.csi.aws.com"`, `"other"`, `"csi"`}},
		"a claim":                                {cloned(), true, "DataVolumeNotReady", nil},
		"a larger copy of a claim":               {cloned(required("30000Gi")), true, "DataVolumeNotReady", nil},
		"a claim that is not there":              {cloned(func(f *storage.Facts) { f.Origin.Claim, f.Origin.Volume = nil, nil }), false, "SourceNotReady", []string{`"data-archive-1"`, "does not exist"}},
		"a claim that goes":                      {cloned(ofSource(func(c *corev1.PersistentVolumeClaim) { c.DeletionTimestamp = &someTime })), false, "SourceNotReady", []string{"being deleted"}},
		"a claim that is not bound":              {cloned(ofSource(func(c *corev1.PersistentVolumeClaim) { c.Status.Phase = "Pending" })), false, "SourceNotReady", []string{"phase Pending", "wanted Bound"}},
		"a claim of no phase yet":                {cloned(ofSource(func(c *corev1.PersistentVolumeClaim) { c.Status.Phase = "" })), false, "SourceNotReady", []string{"phase none"}},
		"a claim without a capacity":             {cloned(ofSource(func(c *corev1.PersistentVolumeClaim) { c.Status.Capacity = nil })), false, "SourceNotReady", []string{"how large"}},
		"a claim whose volume is not there":      {cloned(func(f *storage.Facts) { f.Origin.Volume = nil }), false, "SourceNotReady", []string{"which volume"}},
		"a raw block device":                     {cloned(ofSource(func(c *corev1.PersistentVolumeClaim) { c.Spec.VolumeMode = ptr.To(corev1.PersistentVolumeBlock) })), false, "DriverMismatch", []string{"Block"}},
		"a claim that is too large":              {cloned(required("24999Gi")), false, "NoSpace", []string{"takes 25000Gi", `"data-archive-1"`}},
		"a claim of another driver":              {cloned(func(f *storage.Facts) { f.Origin.Class.Provisioner = "other" }), false, "DriverMismatch", []string{`"other"`}},
		"a claim of no driver":                   {cloned(func(f *storage.Facts) { f.Origin.Volume.Spec.CSI = nil }), false, "DriverMismatch", []string{"no CSI driver's"}},
		"a rival that names the claim to be":     {cloned(withRival(importingNode("archive-1")), func(f *storage.Facts) { f.Rivals[0].Status.DataVolume = &seiv1alpha1.DataVolumeStatus{ClaimUID: "x"} }), false, "PVCInUse", nil},
		"one that had a claim, which is gone":    {cloned(adopted(claimUID)), false, "DataVolumeLost", nil},
		"one that has a claim asks for no other": {cloned(func(f *storage.Facts) { f.Claim, f.Origin = boundClaim("data-archive-0"), storage.Origin{} }, withClaim(owned)), false, "PVCValidated", nil},
	} {
		t.Run(name, func(t *testing.T) {
			create, v := storage.DecideCreate(test.facts)
			if create != test.create || v.Reason != test.reason {
				t.Errorf("create %t, %s", create, v)
			}
			for _, text := range test.says {
				if !strings.Contains(v.Message, text) {
					t.Errorf("%q does not say %q", v.Message, text)
				}
			}
			if waits := v.Class == verdict.Transient; v.Reason == "SourceNotReady" && !waits || (v.Reason == "NoSpace" || v.Reason == "DriverMismatch") && waits {
				t.Errorf("%s is %s", v.Reason, v.Class)
			}
			if concerns := storage.ConcernsSource(v); concerns != (test.says != nil) {
				t.Errorf("it concerns the source: %t", concerns)
			}
		})
	}
}

// TestTheClaimSaysWhatItIsACopyOf, and one that begins empty says nothing.
func TestTheClaimSaysWhatItIsACopyOf(t *testing.T) {
	for name, test := range map[string]struct {
		facts storage.Facts
		want  *corev1.TypedObjectReference
	}{
		"empty":      {createFacts(withoutClaim), nil},
		"archive":    {copying(&seiv1alpha1.BootstrapSpec{Archive: &seiv1alpha1.ArchiveSource{URL: "https://example.com/"}}, storage.Origin{}), nil},
		"a snapshot": {snapshotted(), &corev1.TypedObjectReference{APIGroup: ptr.To("snapshot.storage.k8s.io"), Kind: "VolumeSnapshot", Name: "yesterday"}},
		"a claim":    {cloned(), &corev1.TypedObjectReference{Kind: "PersistentVolumeClaim", Name: "data-archive-1"}},
	} {
		got := storage.NewClaim(test.facts, nil, storageOf("1Gi"), nil).Spec.DataSourceRef
		if (got == nil) != (test.want == nil) || got != nil && (got.Kind != test.want.Kind || got.Name != test.want.Name || got.Namespace != nil || ptr.Deref(got.APIGroup, "") != ptr.Deref(test.want.APIGroup, "")) {
			t.Errorf("%s: %v", name, got)
		}
	}
}
