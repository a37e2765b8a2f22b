package storage

import (
	"context"
	"fmt"
	"path"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	seiv1alpha1 "github.com/seinode/seinode-operator/api/v1alpha1"
	"github.com/seinode/seinode-operator/internal/read"
	"github.com/seinode/seinode-operator/internal/verdict"
)

// Nested is a volume whose folder holds the node's, or lies in it: they share files, and no identity tells. An export of which every volume is a
// folder is one, so that nesting alone is told of, and refused where another SeiNode uses the volume.
type Nested struct {
	// Volume is the other one.
	Volume corev1.PersistentVolume
	// Node is a SeiNode that uses the claim of it; nil if none does.
	Node *seiv1alpha1.SeiNode
}

// folderOf takes a source that names a folder apart: what has the folder, and the folder there; false for any other source.
func folderOf(source string) (place, folder string, is bool) {
	kind, rest, _ := strings.Cut(source, ":")
	if kind != "nfs" && kind != "local" && kind != "smb" {
		return "", "", false
	}
	server, folder, _ := strings.Cut(rest, "/")
	return kind + ":" + server, path.Clean("/" + folder), true
}

// parents are the folders that hold the one that a source names, the nearest first; none for a source that is no folder.
func parents(source string) (folders []string) {
	place, at, _ := folderOf(source)
	for strings.Trim(at, "/") != "" {
		at = path.Dir(at)
		folders = append(folders, place+at)
	}
	return folders
}

// Sharing returns the volumes whose folders hold that of a volume, or lie in it, from the cache; none for a volume that is no folder.
func Sharing(ctx context.Context, reader client.Reader, volume *corev1.PersistentVolume) (sharing []corev1.PersistentVolume, err error) {
	source := Source(volume)
	if _, _, is := folderOf(source); !is {
		return nil, nil
	}
	looks := []client.MatchingFields{{IndexVolumeByParent: source}}
	for _, parent := range parents(source) {
		looks = append(looks, client.MatchingFields{IndexVolumeBySource: parent})
	}
	for _, look := range looks {
		volumes := &corev1.PersistentVolumeList{}
		if err := reader.List(ctx, volumes, look); err != nil {
			return nil, fmt.Errorf("reading the volumes that share files with volume %q: %w", volume.Name, err)
		}
		sharing = append(sharing, volumes.Items...)
	}
	return slices.DeleteFunc(sharing, func(other corev1.PersistentVolume) bool { return !onOneMachine(&other, volume) }), nil
}

func (o *observer) readNested() {
	if o.facts.Volume == nil || o.facts.Err != nil {
		return
	}
	var sharing []corev1.PersistentVolume
	sharing, o.facts.Err = Sharing(o.ctx, o.reader, o.facts.Volume)
	for i := range sharing {
		o.facts.Nested = append(o.facts.Nested, Nested{sharing[i], o.userOf(&sharing[i])})
	}
}

// userOf is a SeiNode, of whichever namespace, that uses the claim which a volume is bound to.
func (o *observer) userOf(volume *corev1.PersistentVolume) *seiv1alpha1.SeiNode {
	ref := volume.Spec.ClaimRef
	if ref == nil || o.facts.Err != nil {
		return nil
	}
	nodes := &seiv1alpha1.SeiNodeList{} // of all namespaces: one that is not watched cannot be asked for
	o.fail(o.reader.List(o.ctx, nodes, client.MatchingFields{IndexNodeByClaim: ref.Name}), "the SeiNodes that use PVC %q", ref.Name)
	using := slices.DeleteFunc(nodes.Items, func(node seiv1alpha1.SeiNode) bool {
		return node.Namespace != ref.Namespace || node.UID == o.facts.Node.UID
	})
	using, err := read.Anew(o.ctx, o.reader, using)
	o.fail(err, "a SeiNode that uses PVC %q", ref.Name)
	if len(using) == 0 {
		return nil
	}
	return &using[0]
}

// sharer is a volume that shares files with the node's and is used by a SeiNode to which the node has to leave them, nil if there is none. Of two that
// came at once both wait: nothing orders nodes of two claims. The one that has its claim goes on, but for one that has one, too.
func (f Facts) sharer() *Nested {
	for i := range f.Nested {
		if other := f.Nested[i].Node; other != nil && (!f.has() || adopted(other)) {
			return &f.Nested[i]
		}
	}
	return nil
}

// AwaitsSharer says whether the node waits for another SeiNode, whose volume shares files with its own: nothing wakes it when that one goes.
func AwaitsSharer(f Facts) bool { return f.sharer() != nil }

func sharesFiles(f Facts, other *Nested) *verdict.Verdict {
	return terminal(seiv1alpha1.ReasonImportVolumeAliased,
		"volume %q of PVC %q (%s) shares files with volume %q (%s), which SeiNode %q in namespace %q uses: one folder lies in the other; "+
			"give one of the two SeiNodes other data, or delete it",
		f.Volume.Name, f.Claim.Name, Identity(f.Volume), other.Volume.Name, Identity(&other.Volume), other.Node.Name, other.Node.Namespace)
}

// nestedFiles tells of a volume that shares files with the node's and that no SeiNode uses.
func nestedFiles(f Facts) string {
	at := slices.IndexFunc(f.Nested, func(n Nested) bool { return n.Node == nil })
	if at < 0 {
		return ""
	}
	other := &f.Nested[at].Volume
	return fmt.Sprintf("volume %q (%s) shares files with volume %q (%s): one folder lies in the other; let nothing write there through it",
		other.Name, Identity(other), f.Volume.Name, Identity(f.Volume))
}
