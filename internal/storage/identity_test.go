package storage_test

import (
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/utils/ptr"

	"github.com/seinode/seinode-operator/internal/storage"
)

type source = corev1.PersistentVolumeSource

func csi(driver, handle string, attributes ...string) source {
	made := &corev1.CSIPersistentVolumeSource{Driver: driver, VolumeHandle: handle, VolumeAttributes: map[string]string{}}
	for i := 0; i+1 < len(attributes); i += 2 {
		made.VolumeAttributes[attributes[i]] = attributes[i+1]
	}
	return source{CSI: made}
}

func nfs(server, path string) source {
	return source{NFS: &corev1.NFSVolumeSource{Server: server, Path: path}}
}

func ebs(id string) source {
	return source{AWSElasticBlockStore: &corev1.AWSElasticBlockStoreVolumeSource{VolumeID: id}}
}

func folder(path string) source { return source{Local: &corev1.LocalVolumeSource{Path: path}} }

// madeOf is a volume of a source, restricted to a machine if one is named.
func madeOf(name string, of source, machine string) *corev1.PersistentVolume {
	volume := &corev1.PersistentVolume{ObjectMeta: metav1.ObjectMeta{Name: name}, Spec: corev1.PersistentVolumeSpec{PersistentVolumeSource: of}}
	if machine != "" {
		need := corev1.NodeSelectorRequirement{Key: corev1.LabelHostname, Operator: corev1.NodeSelectorOpIn, Values: []string{machine}}
		volume.Spec.NodeAffinity = &corev1.VolumeNodeAffinity{Required: &corev1.NodeSelector{
			NodeSelectorTerms: []corev1.NodeSelectorTerm{{MatchExpressions: []corev1.NodeSelectorRequirement{need}}},
		}}
	}
	return volume
}

// placed is a folder that is restricted to the machines of a label.
func placed(name, label, value string) *corev1.PersistentVolume {
	volume := madeOf(name, folder("/d"), value)
	volume.Spec.NodeAffinity.Required.NodeSelectorTerms[0].MatchExpressions[0].Key = label
	return volume
}

func TestTheIdentityOfAVolumeIsItsSource(t *testing.T) {
	gce := source{GCEPersistentDisk: &corev1.GCEPersistentDiskVolumeSource{PDName: "disk-1"}}
	zonal := madeOf("gce", gce, "")
	zonal.Labels = map[string]string{corev1.LabelTopologyZone: "us-east1-b"}
	azure := madeOf("azure", source{AzureDisk: &corev1.AzureDiskVolumeSource{DataDiskURI: "/Subscriptions/S/Disks/D", Kind: ptr.To(corev1.AzureManagedDisk)}}, "")
	tests := map[string]struct {
		volume *corev1.PersistentVolume
		want   string
	}{
		"CSI":                          {madeOf("a", csi("ebs.csi.aws.com", "vol-1"), ""), "csi:ebs.csi.aws.com/vol-1"},
		"in-tree EBS":                  {madeOf("a", ebs("vol-1"), ""), "csi:ebs.csi.aws.com/vol-1"},
		"in-tree EBS with a zone":      {madeOf("a", ebs("aws://us-east-1a/vol-1"), ""), "csi:ebs.csi.aws.com/vol-1"},
		"in-tree disk of Google's":     {zonal, "csi:pd.csi.storage.gke.io/zones/us-east1-b/disks/disk-1"},
		"CSI disk of Google's":         {madeOf("a", csi("pd.csi.storage.gke.io", "projects/p/zones/us-east1-b/disks/disk-1"), ""), "csi:pd.csi.storage.gke.io/zones/us-east1-b/disks/disk-1"},
		"in-tree disk of Azure's":      {azure, "csi:disk.csi.azure.com//subscriptions/s/disks/d"},
		"CSI disk of Azure's":          {madeOf("a", csi("disk.csi.azure.com", "/subscriptions/s/disks/D"), ""), "csi:disk.csi.azure.com//subscriptions/s/disks/d"},
		"in-tree Cinder":               {madeOf("a", source{Cinder: &corev1.CinderPersistentVolumeSource{VolumeID: "c-1"}}, ""), "csi:cinder.csi.openstack.org/c-1"},
		"NFS":                          {madeOf("a", nfs("Server.Example.", "/export/node-0/"), ""), "nfs:server.example/export/node-0"},
		"NFS by its driver":            {madeOf("a", csi("nfs.csi.k8s.io", "anything", "server", "server.example", "share", "/export", "subDir", "node-0"), ""), "nfs:server.example/export/node-0"},
		"NFS as its driver makes it":   {madeOf("a", csi("nfs.csi.k8s.io", "s#e#pvc-1##", "server", "server.example", "share", "/export", "subdir", "pvc-1"), ""), "nfs:server.example/export/pvc-1"},
		"SMB as its driver makes it":   {madeOf("a", csi("smb.csi.k8s.io", "s#pvc-1##", "source", "//Server/share", "subdir", "pvc-1"), ""), "smb:/server/share/pvc-1"},
		"NFS by its driver, handle":    {madeOf("a", csi("nfs.csi.k8s.io", "anything"), ""), "csi:nfs.csi.k8s.io/anything"},
		"SMB by its driver":            {madeOf("a", csi("smb.csi.k8s.io", "anything", "source", "//Server/share"), ""), "smb:/server/share"},
		"a folder of a machine":        {madeOf("a", folder("/disks/1/"), "machine-1"), "local:machine-1/disks/1"},
		"hostPath is such a folder":    {madeOf("a", source{HostPath: &corev1.HostPathVolumeSource{Path: "/disks/1"}}, "machine-1"), "local:machine-1/disks/1"},
		"a folder of any machine":      {madeOf("a", folder("/disks/1"), ""), "local:/disks/1"},
		"iSCSI, the portal is no part": {madeOf("a", source{ISCSI: &corev1.ISCSIPersistentVolumeSource{TargetPortal: "10.0.0.1", IQN: "iqn.2026-01.example:Disk", Lun: 3}}, ""), "iscsi:iqn.2026-01.example:disk/3"},
		"FC by WWID":                   {madeOf("a", source{FC: &corev1.FCVolumeSource{WWIDs: []string{"B", "A"}}}, ""), "fc:a,b"},
		"FC by target":                 {madeOf("a", source{FC: &corev1.FCVolumeSource{TargetWWNs: []string{"50:0A"}, Lun: ptr.To[int32](0)}}, ""), "fc:50:0a/0"},
		"unknown is the volume itself": {madeOf("a", source{FlexVolume: &corev1.FlexPersistentVolumeSource{Driver: "x/y"}}, ""), "pv:a"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			before := test.volume.DeepCopy()
			if got := storage.Identity(test.volume); got != test.want {
				t.Errorf("identity is %q, wanted %q", got, test.want)
			}
			if before.Spec.String() != test.volume.Spec.String() {
				t.Error("the volume was changed")
			}
			stripped := madeOf(test.volume.Name, source{}, "")
			stripped.Annotations = map[string]string{storage.AnnotationSource: storage.Source(test.volume)}
			stripped.Spec.NodeAffinity = test.volume.Spec.NodeAffinity
			if got := storage.Identity(stripped); got != test.want {
				t.Errorf("identity of the cached volume is %q, wanted %q", got, test.want)
			}
		})
	}
}

// TestSame: a folder of a machine is another on another machine, and any's where none is named. An annotation proves nothing beside a source.
func TestSame(t *testing.T) {
	forged := madeOf("forged", ebs("vol-2"), "")
	forged.Annotations = map[string]string{storage.AnnotationSource: "csi:ebs.csi.aws.com/vol-1"}
	tests := map[string]struct {
		a, b *corev1.PersistentVolume
		want bool
	}{
		"one handle, in two ways":                   {madeOf("a", ebs("aws://z/vol-1"), ""), madeOf("b", csi("ebs.csi.aws.com", "vol-1"), ""), true},
		"two handles":                               {madeOf("a", ebs("vol-1"), ""), madeOf("b", ebs("vol-2"), ""), false},
		"one handle of two drivers":                 {madeOf("a", csi("x", "1"), ""), madeOf("b", csi("y", "1"), ""), false},
		"one folder of one machine":                 {madeOf("a", folder("/d"), "m"), madeOf("b", folder("/d/"), "m"), true},
		"one folder of two machines":                {madeOf("a", folder("/d"), "m"), madeOf("b", folder("/d"), "n"), false},
		"one export, two folders":                   {madeOf("a", csi("nfs.csi.k8s.io", "1", "server", "s", "share", "/e", "subdir", "pvc-1"), ""), madeOf("b", csi("nfs.csi.k8s.io", "2", "server", "s", "share", "/e", "subdir", "pvc-2"), ""), false},
		"one folder by another label, two machines": {placed("a", "openebs.io/nodename", "m"), placed("b", "openebs.io/nodename", "n"), false},
		"one folder by another label, one machine":  {placed("a", "openebs.io/nodename", "m"), placed("b", "openebs.io/nodename", "m"), true},
		"one folder by two labels":                  {placed("a", "openebs.io/nodename", "m"), madeOf("b", folder("/d"), "m"), true},
		"a folder of any machine":                   {madeOf("a", folder("/d"), "m"), madeOf("b", folder("/d"), ""), true},
		"two that are not known":                    {madeOf("a", source{}, ""), madeOf("b", source{}, ""), false},
		"a forged note of the cache":                {madeOf("a", ebs("vol-1"), ""), forged, false},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			if storage.Same(test.a, test.b) != test.want || storage.Same(test.b, test.a) != test.want {
				t.Errorf("%q and %q: wanted the same: %t", storage.Identity(test.a), storage.Identity(test.b), test.want)
			}
		})
	}
}
