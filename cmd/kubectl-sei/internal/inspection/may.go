// Package inspection looks at what is on a volume before there is a node for it: by a pod that lives for a moment, has the volume read-only, and is deleted in every
// case.
package inspection

import (
	"fmt"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/utils/ptr"

	"github.com/seinode/seinode-operator/cmd/kubectl-sei/internal/preflight"
	"github.com/seinode/seinode-operator/internal/storage"
)

// rules are why nobody is to look at a volume now, the first that speaks. To mount a volume, also to read it, may replay a file system's journal: whoever else has
// it open must not be there, and what is not known is taken for that.
var rules = []func(preflight.Facts) string{exists, noImport, unknown, unbound, ofANode, mounted, elsewhere}

// May says why nobody is to look at the claim's volume now, nil where one may. It is pure.
func May(f preflight.Facts) error {
	for _, rule := range rules {
		if why := rule(f); why != "" {
			return fmt.Errorf("what is on the volume is not looked at: %s", why)
		}
	}
	return nil
}

func exists(f preflight.Facts) string {
	if !f.Exists {
		return ""
	}
	return fmt.Sprintf("SeiNode %q exists, and its own pod looks at it: kubectl sei why %s -n %s", f.Node.Name, f.Node.Name, f.Node.Namespace)
}

func noImport(f preflight.Facts) string {
	if storage.Imports(f.Node) {
		return ""
	}
	return fmt.Sprintf("SeiNode %q imports no claim, so that its volume is yet to be made; wanted spec.dataVolume.import", f.Node.Name)
}

// needed are the kinds that tell who uses a volume.
var needed = []string{"PersistentVolumeClaim", "PersistentVolume", "Pod", "SeiNode", "VolumeAttachment"}

func unknown(f preflight.Facts) string {
	var missing []string
	for _, kind := range needed {
		if slices.Contains(f.Refused.Kinds(), kind) {
			missing = append(missing, kind+"s")
		}
	}
	if len(missing) == 0 {
		return ""
	}
	return fmt.Sprintf("you may not read %s, so that it is not known who uses PVC %q; ask somebody who may", strings.Join(missing, ", "), storage.ClaimName(f.Node))
}

func unbound(f preflight.Facts) string {
	name, c := storage.ClaimName(f.Node), f.Data.Claim
	switch {
	case c == nil:
		return fmt.Sprintf("PVC %q does not exist in namespace %q", name, f.Node.Namespace)
	case c.DeletionTimestamp != nil:
		return fmt.Sprintf("PVC %q is being deleted", name)
	case c.Status.Phase != corev1.ClaimBound || f.Data.Volume == nil:
		return fmt.Sprintf("PVC %q is in phase %q; wanted Bound, to a volume that exists", name, c.Status.Phase)
	case ptr.Deref(c.Spec.VolumeMode, corev1.PersistentVolumeFilesystem) == corev1.PersistentVolumeBlock:
		return fmt.Sprintf("PVC %q is a raw block device; wanted one with a file system", name)
	}
	return ""
}

func ofANode(f preflight.Facts) string {
	if len(f.Data.Rivals) == 0 {
		return ""
	}
	other := f.Data.Rivals[0]
	return fmt.Sprintf("PVC %q is the data of SeiNode %q, whose own pod looks at it: kubectl sei why %s -n %s", storage.ClaimName(f.Node), other.Name, other.Name, other.Namespace)
}

// mounted says who has the claim mounted, where it does not let several read at once.
func mounted(f preflight.Facts) string {
	for i := range f.Data.Pods {
		pod := &f.Data.Pods[i]
		over := pod.Status.Phase == corev1.PodSucceeded || pod.Status.Phase == corev1.PodFailed
		if !over && !shared(f) {
			return fmt.Sprintf("pod %q mounts PVC %q, which is not for several (ReadWriteMany, ReadOnlyMany); wait until it is gone", pod.Name, storage.ClaimName(f.Node))
		}
	}
	return ""
}

// elsewhere says who has the volume by another way than the claim.
func elsewhere(f preflight.Facts) string {
	if shared(f) {
		return ""
	}
	for i := range f.Data.Aliases {
		if alias := &f.Data.Aliases[i]; alias.Status.Phase == corev1.VolumeBound {
			return fmt.Sprintf("volume %q holds the same bytes as %q, and serves another claim", alias.Name, f.Data.Volume.Name)
		}
	}
	for i := range f.Data.Attachments {
		if at := &f.Data.Attachments[i]; at.Status.Attached {
			return fmt.Sprintf("volume %q is attached to machine %q, and no pod shows who uses it; wait until it is detached", f.Data.Volume.Name, at.Spec.NodeName)
		}
	}
	return ""
}

// shared says whether the claim lets several mount it at once.
func shared(f preflight.Facts) bool {
	return slices.ContainsFunc(f.Data.Claim.Spec.AccessModes, func(mode corev1.PersistentVolumeAccessMode) bool {
		return mode == corev1.ReadWriteMany || mode == corev1.ReadOnlyMany
	})
}
