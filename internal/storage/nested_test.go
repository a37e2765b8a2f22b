package storage_test

import (
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/seinode/seinode-operator/internal/storage"
)

// boundVolume is a volume of a source that is bound to a claim.
func boundVolume(name string, of source, machine, namespace, claim string) *corev1.PersistentVolume {
	volume := madeOf(name, of, machine)
	volume.Spec.ClaimRef = &corev1.ObjectReference{Namespace: namespace, Name: claim, UID: types.UID("uid-of-" + claim)}
	volume.Status.Phase = corev1.VolumeBound
	return volume
}

// TestVolumesThatShareFilesAreFound: a folder that holds the node's, at any depth, or lies in it, on one server or one machine.
func TestVolumesThatShareFilesAreFound(t *testing.T) {
	tests := map[string]struct {
		own, other source
		machine    string
		shares     bool
	}{
		"the whole export":             {nfs("s", "/export/a"), nfs("s", "/export"), "", true},
		"the server's root":            {nfs("s", "/export/a"), nfs("s", "/"), "", true},
		"a folder in ours":             {nfs("s", "/export/a"), nfs("s", "/export/a/b/.sei"), "", true},
		"ours is the root":             {nfs("s", "/"), nfs("s", "/export/a"), "", true},
		"by its driver":                {nfs("s", "/export/a"), csi("nfs.csi.k8s.io", "x", "server", "s", "share", "/export"), "", true},
		"a share of SMB":               {csi("smb.csi.k8s.io", "x", "source", "//s/share", "subdir", "a"), csi("smb.csi.k8s.io", "y", "source", "//s/share"), "", true},
		"a folder of our machine":      {folder("/disks/1"), folder("/disks/1/.sei"), "machine-1", true},
		"a folder of any machine":      {folder("/disks/1"), folder("/disks"), "", true},
		"a folder of another machine":  {folder("/disks/1"), folder("/disks"), "machine-2", false},
		"a folder beside ours":         {nfs("s", "/export/a"), nfs("s", "/export/b"), "", false},
		"one whose name begins so":     {nfs("s", "/export/a"), nfs("s", "/export/ab"), "", false},
		"another server":               {nfs("s", "/export/a"), nfs("t", "/export"), "", false},
		"a disk whose handle has this": {csi("x", "/disks/1"), csi("x", "/disks"), "", false},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			own := madeOf("pv-archive-0", test.own, "machine-1")
			facts := observe(t, cluster(t, boundClaim(importName), own, madeOf("other", test.other, test.machine)))
			if facts.Err != nil || (len(facts.Nested) == 1) != test.shares {
				t.Errorf("error %v, found %v, wanted one: %t", facts.Err, facts.Nested, test.shares)
			}
		})
	}
}

// TestTwoNodesOnVolumesThatShareFiles: both wait where neither has its claim, and the one that has it goes on.
func TestTwoNodesOnVolumesThatShareFiles(t *testing.T) {
	const shares, valid = "VolumeAliased", "PVCValidated"
	user := func(uid types.UID, namespace string, has bool) client.Object {
		node := importingNode("other")
		node.Namespace, node.UID, node.Spec.DataVolume.Import.PVCName = namespace, uid, "theirs"
		if has {
			adopted("their-claim")(&storage.Facts{Node: node})
		}
		return node
	}
	for name, test := range map[string]struct {
		has    bool
		others []client.Object
		want   string
		told   bool
	}{
		"nobody uses the other":              {false, nil, valid, true},
		"of another namespace's claim":       {false, []client.Object{user("x", "elsewhere", true)}, valid, true},
		"neither has its claim":              {false, []client.Object{user("x", "sei", false)}, shares, false},
		"the other has its claim":            {false, []client.Object{user("x", "sei", true)}, shares, false},
		"this one has its claim":             {true, []client.Object{user("x", "sei", false)}, valid, false},
		"both have, since somebody moved it": {true, []client.Object{user("x", "sei", true)}, shares, false},
	} {
		t.Run(name, func(t *testing.T) {
			own := boundVolume("pv-archive-0", nfs("s", "/export/a"), "", "sei", importName)
			other := boundVolume("pv-export", nfs("s", "/export"), "", "sei", "theirs")
			facts := observe(t, cluster(t, append(test.others, boundClaim(importName), own, other)...))
			good := importFacts()
			good.Nested = facts.Nested
			if test.has {
				adopted(claimUID)(&good)
			}
			var says []string
			if test.want == shares {
				says = []string{`volume "pv-export" (nfs:s/export)`, `SeiNode "other" in namespace "sei"`}
			}
			expectVerdict(t, storage.Validate(good), test.want, says)
			if storage.AwaitsSharer(good) != (test.want == shares) {
				t.Errorf("waits: %t", storage.AwaitsSharer(good))
			}
			if told := strings.Contains(storage.Risks(good), `volume "pv-export" (nfs:s/export) shares files`); told != test.told {
				t.Errorf("told: %t, wanted %t: %s", told, test.told, storage.Risks(good))
			}
		})
	}
}
