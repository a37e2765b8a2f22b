package storage

import (
	"fmt"

	corev1 "k8s.io/api/core/v1"
	storagev1 "k8s.io/api/storage/v1"
	storagevolume "k8s.io/component-helpers/storage/volume"
)

// whyNotBound tells the stories that end in a claim which no waiting will bind, the first that fits.
func whyNotBound(f Facts) string {
	for _, story := range []func(Facts) string{noSuchVolume, servesAnother, reserved, doesNotFit, waitsForConsumer} {
		if text := story(f); text != "" {
			return text
		}
	}
	return "wanted Bound; see the events of the PVC for what its provisioner waits for"
}

func noSuchVolume(f Facts) string {
	if f.Claim.Spec.VolumeName == "" || f.Volume != nil {
		return ""
	}
	return fmt.Sprintf("its volume %q does not exist; create the PersistentVolume", f.Claim.Spec.VolumeName)
}

// servesAnother is a volume that is not free: whatever is done to its reference makes somebody's claim Lost.
func servesAnother(f Facts) string {
	if f.Volume == nil || f.isFree() || f.volumeIsBound() || !f.isReserved() {
		return ""
	}
	return fmt.Sprintf("volume %q serves %s and is %s: one volume serves one PVC; name another volume in spec.volumeName of a new PVC",
		f.Volume.Name, claimRef(f.Volume.Spec.ClaimRef), phaseOf(f.Volume))
}

// reserved is a volume that its former claim left behind, with its data on it.
func reserved(f Facts) string {
	if f.Volume == nil || f.volumeIsBound() || !f.isReserved() {
		return ""
	}
	return fmt.Sprintf("volume %q is %s, and still reserved for a former claim, %s; keep its data and free it with: %s",
		f.Volume.Name, phaseOf(f.Volume), claimRef(f.Volume.Spec.ClaimRef), reserving(f))
}

// isReserved says whether the volume names a claim, with a UID, or one of another name.
func (f Facts) isReserved() bool {
	ref := f.Volume.Spec.ClaimRef
	return ref != nil && (ref.UID != "" || ref.Namespace != f.Claim.Namespace || ref.Name != f.Claim.Name)
}

// isFree says whether the claim that the volume was bound to is gone, or there never was one.
func (f Facts) isFree() bool {
	return f.Volume.Status.Phase == corev1.VolumeReleased || f.Volume.Status.Phase == corev1.VolumeAvailable
}

// reserving is the command that reserves a free volume for this claim by name; the binder fills in the UID. It fails on a volume that is not
// free any more.
func reserving(f Facts) string {
	return fmt.Sprintf(`kubectl patch pv %s --type=json -p '[{"op":"test","path":"/status/phase","value":%q},`+
		`{"op":"replace","path":"/spec/claimRef","value":{"namespace":%q,"name":%q}}]'`,
		f.Volume.Name, f.Volume.Status.Phase, f.Claim.Namespace, f.Claim.Name)
}

// pointing is what to do about a bound claim whose volume is not bound to it.
func pointing(f Facts) string {
	ref := f.Volume.Spec.ClaimRef
	switch {
	case ref == nil || ref.UID == "" && ref.Namespace == f.Claim.Namespace && ref.Name == f.Claim.Name:
		return "Kubernetes completes the reference by itself"
	case f.isFree():
		return "reserve it for this PVC with: " + reserving(f)
	}
	return "one volume serves one PVC: take a PVC that has a volume of its own"
}

// doesNotFit is a claim whose named volume is another than it asks for. None of these fields of a claim can be changed, and a claim that
// was never bound holds no data.
func doesNotFit(f Facts) string {
	if f.Volume == nil || f.Claim.Spec.VolumeName == "" {
		return ""
	}
	for _, pair := range []struct{ what, claim, volume string }{
		{"storageClassName", storagevolume.GetPersistentVolumeClaimClass(f.Claim), storagevolume.GetPersistentVolumeClass(f.Volume)},
		{"volumeMode", modeOf(f.Claim.Spec.VolumeMode), modeOf(f.Volume.Spec.VolumeMode)},
	} {
		if pair.claim != pair.volume {
			return fmt.Sprintf("its %s is %q, that of volume %q is %q; delete this PVC, which was never bound, and create it with %s: %q",
				pair.what, pair.claim, f.Volume.Name, pair.volume, pair.what, pair.volume)
		}
	}
	return asksForMore(f)
}

func asksForMore(f Facts) string {
	requested, has := f.Claim.Spec.Resources.Requests[corev1.ResourceStorage], f.Volume.Spec.Capacity[corev1.ResourceStorage]
	if requested.Cmp(has) > 0 {
		return fmt.Sprintf("it requests %s, and volume %q has %s; delete this PVC, which was never bound, and create it with a request of at most that",
			requested.String(), f.Volume.Name, has.String())
	}
	for _, mode := range f.Claim.Spec.AccessModes {
		if !allows(f.Volume, mode) {
			return fmt.Sprintf("it wants access mode %s, and volume %q allows %v; delete this PVC, which was never bound, and create it with one of those, "+
				"or add the mode to the volume", mode, f.Volume.Name, f.Volume.Spec.AccessModes)
		}
	}
	return ""
}

func allows(volume *corev1.PersistentVolume, wanted corev1.PersistentVolumeAccessMode) bool {
	for _, mode := range volume.Spec.AccessModes {
		if mode == wanted {
			return true
		}
	}
	return false
}

func modeOf(mode *corev1.PersistentVolumeMode) string {
	if mode == nil {
		return string(corev1.PersistentVolumeFilesystem)
	}
	return string(*mode)
}

func waitsForConsumer(f Facts) string {
	if f.Class == nil || !bindsOnFirstConsumer(f.Class) || f.Claim.Spec.VolumeName != "" {
		return ""
	}
	return fmt.Sprintf("StorageClass %q binds on first consumer, so an empty claim will never bind by itself; "+
		"set spec.volumeName to the volume that holds the data, or fill the PVC from a pod that mounts it", f.Class.Name)
}

func bindsOnFirstConsumer(class *storagev1.StorageClass) bool {
	return class.VolumeBindingMode != nil && *class.VolumeBindingMode == storagev1.VolumeBindingWaitForFirstConsumer
}
