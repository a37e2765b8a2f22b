package storage

import (
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
	source, machine := Source(volume), machineOf(volume)
	if place, found := strings.CutPrefix(source, local); found && machine != "" {
		return local + machine + place
	}
	return source
}

// Same says whether two volumes hold the same bytes. A folder of a machine that the volume does not name may be one of any machine.
func Same(a, b *corev1.PersistentVolume) bool {
	if Source(a) != Source(b) {
		return false
	}
	one, other := machineOf(a), machineOf(b)
	return one == other || one == "" || other == ""
}

const local = "local:"

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
	handle, attributes := csi.VolumeHandle, csi.VolumeAttributes
	switch csi.Driver {
	case "nfs.csi.k8s.io":
		if attributes["server"] != "" && attributes["share"] != "" {
			return ofNFS(attributes["server"], path.Join(attributes["share"], attributes["subDir"]))
		}
	case "smb.csi.k8s.io":
		if attributes["source"] != "" {
			return "smb:" + strings.ToLower(path.Join(attributes["source"], attributes["subDir"]))
		}
	case "disk.csi.azure.com":
		handle = strings.ToLower(handle)
	case "pd.csi.storage.gke.io":
		handle = googleDisk.ReplaceAllString(handle, "")
	}
	return "csi:" + csi.Driver + "/" + handle
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

// machineOf is the machine that a volume is restricted to, "" for one that names none, or several.
func machineOf(volume *corev1.PersistentVolume) string {
	affinity := volume.Spec.NodeAffinity
	if affinity == nil || affinity.Required == nil || len(affinity.Required.NodeSelectorTerms) != 1 {
		return ""
	}
	term := affinity.Required.NodeSelectorTerms[0]
	for _, need := range append(slices.Clone(term.MatchExpressions), term.MatchFields...) {
		named := need.Key == corev1.LabelHostname || need.Key == "metadata.name"
		if named && need.Operator == corev1.NodeSelectorOpIn && len(need.Values) == 1 {
			return need.Values[0]
		}
	}
	return ""
}
