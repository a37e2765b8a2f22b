package world

import (
	"fmt"
	"slices"

	corev1 "k8s.io/api/core/v1"
	storagev1 "k8s.io/api/storage/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/utils/ptr"
)

// What Kubernetes' controllers of claims and volumes do, and who else has a disk attached.

// bind gives the claims that wait for one a volume each, and lets go of the volumes whose claims are gone.
func (w *world) bind() {
	for _, volume := range all[*corev1.PersistentVolume](w.api.stored) {
		if volume.Status.Phase == corev1.VolumeBound && w.byUID(volume.Spec.ClaimRef.UID) == nil {
			change(w.api, volume, func(v *corev1.PersistentVolume) { v.Status.Phase = corev1.VolumeReleased })
		}
	}
	for _, claim := range all[*corev1.PersistentVolumeClaim](w.api.stored) {
		if claim.Status.Phase == "" && claim.DeletionTimestamp == nil {
			w.bindClaim(claim)
		}
	}
}

// bindClaim gives a claim a volume of a new disk.
func (w *world) bindClaim(claim *corev1.PersistentVolumeClaim) {
	w.bindTo(claim, w.newDisk(""))
}

// newDisk is the handle of a new disk, with a copy of a key on it, or one that nobody else has.
func (w *world) newDisk(key string) string {
	w.disks++
	disk := fmt.Sprintf("disk-%d", w.disks)
	if w.keyOn[disk] = key; key == "" {
		w.keyOn[disk] = "K-of-" + disk
	}
	return disk
}

func (w *world) bindTo(claim *corev1.PersistentVolumeClaim, disk string) *corev1.PersistentVolume {
	w.volumes++
	volume := w.create(&corev1.PersistentVolume{
		ObjectMeta: metav1.ObjectMeta{Name: fmt.Sprintf("pv-%d", w.volumes)},
		Spec: corev1.PersistentVolumeSpec{
			PersistentVolumeSource: w.source(disk), Capacity: size(),
			ClaimRef: &corev1.ObjectReference{Namespace: claim.Namespace, Name: claim.Name, UID: claim.UID},
		},
		Status: corev1.PersistentVolumeStatus{Phase: corev1.VolumeBound},
	}).(*corev1.PersistentVolume)
	w.diskOf[volume.Name] = disk
	change(w.api, claim, func(c *corev1.PersistentVolumeClaim) {
		c.Spec.VolumeName, c.Status.Phase, c.Status.Capacity = volume.Name, corev1.ClaimBound, size()
	})
	return volume
}

// source is how a volume names its disk. What is shared over the network is attached to no machine, and mounted by all of them at once.
func (w *world) source(disk string) corev1.PersistentVolumeSource {
	if w.shared {
		return corev1.PersistentVolumeSource{NFS: &corev1.NFSVolumeSource{Server: "files", Path: "/" + disk}}
	}
	return corev1.PersistentVolumeSource{CSI: &corev1.CSIPersistentVolumeSource{Driver: "ebs.csi.aws.com", VolumeHandle: disk}}
}

// protect lets terminating claims go that no pod mounts any more.
func (w *world) protect() {
	for _, claim := range all[*corev1.PersistentVolumeClaim](w.api.stored) {
		if claim.DeletionTimestamp == nil || w.isMounted(claim) {
			continue
		}
		change(w.api, claim, func(c *corev1.PersistentVolumeClaim) {
			c.Finalizers = slices.DeleteFunc(c.Finalizers, func(f string) bool { return f == pvcProtection })
		})
	}
}

// isMounted says whether a pod that has a machine names the claim. One that is not scheduled holds nothing.
func (w *world) isMounted(claim *corev1.PersistentVolumeClaim) bool {
	return slices.ContainsFunc(all[*corev1.Pod](w.api.stored), func(pod *corev1.Pod) bool {
		return pod.Spec.NodeName != "" && pod.Namespace == claim.Namespace && slices.Contains(mountedClaims(pod), claim.Name)
	})
}

// volumesOf are the volumes behind the claims that a pod names, as far as they are there.
func (w *world) volumesOf(pod *corev1.Pod) (found []*corev1.PersistentVolume) {
	for _, name := range mountedClaims(pod) {
		claim := get[*corev1.PersistentVolumeClaim](w.api.stored, name)
		if claim == nil {
			continue
		}
		if volume := get[*corev1.PersistentVolume](w.api.stored, claim.Spec.VolumeName); volume != nil {
			found = append(found, volume)
		}
	}
	return found
}

// attach has the disks that a pod needs attached to its machine, each once no other machine has it.
func (w *world) attach() {
	for _, pod := range all[*corev1.Pod](w.api.stored) {
		if pod.Spec.NodeName == "" || w.shared {
			continue
		}
		for _, volume := range w.volumesOf(pod) {
			w.attachTo(volume, pod.Spec.NodeName)
		}
	}
}

// attachTo makes the one attachment of a disk to a machine, if there is none, and attaches it, if nothing is in the way.
func (w *world) attachTo(volume *corev1.PersistentVolume, name string) (attachment *storagev1.VolumeAttachment, isNew bool) {
	disk := w.diskOf[volume.Name]
	attachment = w.attachment(disk, name)
	if isNew = attachment == nil; isNew {
		attachment = w.create(&storagev1.VolumeAttachment{
			ObjectMeta: metav1.ObjectMeta{Name: "csi-" + disk + "-" + name},
			Spec: storagev1.VolumeAttachmentSpec{
				Attacher: "ebs.csi.aws.com", NodeName: name, Source: storagev1.VolumeAttachmentSource{PersistentVolumeName: ptr.To(volume.Name)},
			},
		}).(*storagev1.VolumeAttachment)
	}
	if elsewhere := slices.ContainsFunc(machines, func(other string) bool { return w.areAttached([]string{disk}, other) }); elsewhere {
		return attachment, isNew
	}
	return change(w.api, attachment, func(a *storagev1.VolumeAttachment) { a.Status.Attached = true }), isNew
}

func (w *world) attachment(disk, name string) *storagev1.VolumeAttachment {
	return get[*storagev1.VolumeAttachment](w.api.stored, "csi-"+disk+"-"+name)
}

// areAttached says whether a machine has the disks.
func (w *world) areAttached(disks []string, name string) bool {
	return w.shared || !slices.ContainsFunc(disks, func(disk string) bool {
		attachment := w.attachment(disk, name)
		return attachment == nil || !attachment.Status.Attached
	})
}

// detach takes the disks off the machines on which nothing needs them any more. Others do so with their own.
func (w *world) detach() {
	for _, attachment := range all[*storagev1.VolumeAttachment](w.api.stored) {
		if disk := w.diskOf[*attachment.Spec.Source.PersistentVolumeName]; !w.foreign[attachment.UID] && !w.needs(attachment.Spec.NodeName, disk) {
			w.api.remove(attachment)
		}
	}
}

// needs says whether a pod of a machine names a disk, or a process there still has it.
func (w *world) needs(name, disk string) bool {
	for _, p := range w.processes {
		if p.pod.Spec.NodeName == name && slices.Contains(p.disks, disk) {
			return true
		}
	}
	return slices.ContainsFunc(w.podsOn(name), func(pod *corev1.Pod) bool {
		return slices.ContainsFunc(w.volumesOf(pod), func(v *corev1.PersistentVolume) bool { return w.diskOf[v.Name] == disk })
	})
}

// volumeActs are what others do with disks.
var volumeActs = []act{
	{"attach and detach volumes", 4, func(w *world, _ [4]uint32) { w.detach(); w.attach() }},
	{"somebody attaches a disk", 2, func(w *world, args [4]uint32) {
		if volume, there := pickOf[*corev1.PersistentVolume](w, args[0]); there {
			w.attachForeign(volume, pick(machines, args[1]))
		}
	}},
	{"create a claim on a disk that somebody has attached", 2, func(w *world, args [4]uint32) {
		if claim := w.create(newClaim(pick(claims, args[0]))); claim != nil {
			w.attachForeign(w.bindTo(claim.(*corev1.PersistentVolumeClaim), w.newDisk("")), pick(machines, args[1]))
		}
	}},
	{"somebody detaches their disk", 2, func(w *world, args [4]uint32) {
		if attachment, there := pickOf[*storagev1.VolumeAttachment](w, args[0]); there {
			delete(w.foreign, attachment.UID)
		}
	}},
}

// attachForeign attaches a disk to a machine for somebody whom no claim shows, unless it is attached there already.
func (w *world) attachForeign(volume *corev1.PersistentVolume, name string) {
	if w.shared {
		return
	}
	if attachment, isNew := w.attachTo(volume, name); isNew {
		w.foreign[attachment.UID] = true
	}
}
