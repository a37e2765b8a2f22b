package storage

import (
	"maps"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"

	corev1 "k8s.io/api/core/v1"
	csitranslation "k8s.io/csi-translation-lib"
	"k8s.io/klog/v2"
)

// AnnotationSource is on volumes in the cache alone, never on the API server: what the volume is made of, which the cache keeps in place of
// the source itself.
const AnnotationSource = "sei.io/volume-source"

// inTree knows which driver, and under which handle, serves a volume of a source that Kubernetes once had built in.
var inTree = csitranslation.New()

// Identity names the disk, or the folder of a server or of a machine, that is behind a volume. Two volumes of one identity hold the same
// bytes, whatever they are called: nothing in Kubernetes keeps two claims from being bound to them.
func Identity(volume *corev1.PersistentVolume) string {
	source := Source(volume)
	place, isLocal := strings.CutPrefix(source, local)
	if !isLocal {
		return source
	}
	return local + strings.Join(slices.Sorted(maps.Values(placesOf(volume))), ",") + place
}

// Same says whether two volumes hold the same bytes. A folder of one machine is none of another's; where the volumes do not tell the machines
// apart it may be the same one.
func Same(a, b *corev1.PersistentVolume) bool {
	return Source(a) == Source(b) && onOneMachine(a, b)
}

// onOneMachine says whether nothing tells two volumes apart by where they are. What is no folder of a machine is one thing everywhere.
func onOneMachine(a, b *corev1.PersistentVolume) bool {
	if !IsLocal(a) {
		return true
	}
	others := placesOf(b)
	for label, place := range placesOf(a) {
		if other, both := others[label]; both && other != place {
			return false
		}
	}
	return true
}

const local = "local:"

// IsLocal says whether a volume is a folder of a machine: which one is part of its identity.
func IsLocal(volume *corev1.PersistentVolume) bool { return strings.HasPrefix(Source(volume), local) }

// Source is Identity without the machine. Of a source that is not known it is the volume's own name.
func Source(volume *corev1.PersistentVolume) string {
	if kept, stripped := volume.Annotations[AnnotationSource]; stripped && volume.Spec.PersistentVolumeSource == (corev1.PersistentVolumeSource{}) {
		return kept
	}
	spec := volume.Spec.PersistentVolumeSource
	switch {
	case spec.CSI != nil:
		return ofDriver(spec.CSI)
	case spec.NFS != nil:
		return ofNFS(spec.NFS.Server, spec.NFS.Path)
	case spec.Local != nil:
		return local + path.Clean("/"+spec.Local.Path)
	case spec.HostPath != nil:
		return local + path.Clean("/"+spec.HostPath.Path)
	case spec.ISCSI != nil: // a qualified name is one target the world over, through whichever portal
		return "iscsi:" + strings.ToLower(spec.ISCSI.IQN) + "/" + strconv.Itoa(int(spec.ISCSI.Lun))
	case spec.FC != nil:
		return ofFibreChannel(spec.FC)
	}
	if csi := translated(volume); csi != nil {
		return ofDriver(csi)
	}
	return "pv:" + volume.Name
}

// translated is the CSI source that takes the place of one that Kubernetes once had built in, nil for one that has none.
func translated(volume *corev1.PersistentVolume) *corev1.CSIPersistentVolumeSource {
	if !inTree.IsPVMigratable(volume) {
		return nil
	}
	migrated, err := inTree.TranslateInTreePVToCSI(klog.Background(), volume)
	if err != nil {
		return nil
	}
	return migrated.Spec.CSI
}

// googleDisk is the handle of a disk of Google's. The translation does not know the project, and a cluster has one.
var googleDisk = regexp.MustCompile(`^projects/[^/]+/`)

// ofDriver is a driver's handle, but for drivers whose handle is any text, and whose source is in the attributes.
func ofDriver(csi *corev1.CSIPersistentVolumeSource) string {
	handle, attributes := csi.VolumeHandle, lowerKeys(csi.VolumeAttributes)
	switch csi.Driver {
	case "nfs.csi.k8s.io":
		if attributes["server"] != "" && attributes["share"] != "" {
			return ofNFS(attributes["server"], path.Join(attributes["share"], attributes["subdir"]))
		}
	case "smb.csi.k8s.io":
		if attributes["source"] != "" {
			return "smb:" + strings.ToLower(path.Join(attributes["source"], attributes["subdir"]))
		}
	case "disk.csi.azure.com":
		handle = strings.ToLower(handle)
	case "pd.csi.storage.gke.io":
		handle = googleDisk.ReplaceAllString(handle, "")
	}
	return "csi:" + csi.Driver + "/" + handle
}

// lowerKeys are attributes as these drivers read them: in either case.
func lowerKeys(attributes map[string]string) map[string]string {
	lower := map[string]string{}
	for key, value := range attributes {
		lower[strings.ToLower(key)] = value
	}
	return lower
}

func ofNFS(server, folder string) string {
	return "nfs:" + strings.ToLower(strings.TrimSuffix(server, ".")) + path.Clean("/"+folder)
}

func ofFibreChannel(fc *corev1.FCVolumeSource) string {
	if len(fc.WWIDs) > 0 {
		return "fc:" + strings.ToLower(strings.Join(slices.Sorted(slices.Values(fc.WWIDs)), ","))
	}
	lun := ""
	if fc.Lun != nil {
		lun = strconv.Itoa(int(*fc.Lun))
	}
	return "fc:" + strings.ToLower(strings.Join(slices.Sorted(slices.Values(fc.TargetWWNs)), ",")) + "/" + lun
}

// placesOf are the labels of machines that a volume is restricted to, each with the one value that it asks for.
func placesOf(volume *corev1.PersistentVolume) map[string]string {
	places := map[string]string{}
	affinity := volume.Spec.NodeAffinity
	if affinity == nil || affinity.Required == nil || len(affinity.Required.NodeSelectorTerms) != 1 {
		return places
	}
	term := affinity.Required.NodeSelectorTerms[0]
	for _, need := range append(slices.Clone(term.MatchExpressions), term.MatchFields...) {
		if need.Operator == corev1.NodeSelectorOpIn && len(need.Values) == 1 {
			places[need.Key] = need.Values[0]
		}
	}
	return places
}
