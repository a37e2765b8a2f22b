// Package reserve keeps what only one node of a cluster may use, the bytes of a volume or a signing key, with one holder. A Lease in the
// operator's own namespace says who that is. It is made once, never renewed, and does not expire: a node at rest costs nothing, and one that
// nobody has heard of for a year may still be writing. Who holds it ends with its SeiNode and the last of its pods, which is proven past
// the cache.
//
// Decisions are pure functions of Facts; only observe.go holds a client.
package reserve

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"strings"

	coordinationv1 "k8s.io/api/coordination/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/utils/ptr"
	"sigs.k8s.io/controller-runtime/pkg/client"

	seiv1alpha1 "github.com/seinode/seinode-operator/api/v1alpha1"
	"github.com/seinode/seinode-operator/internal/agent/wire"
	"github.com/seinode/seinode-operator/internal/verdict"
	"github.com/seinode/seinode-operator/internal/write"
)

// uncached writes a Lease without the cache coming to hold all of them: they are read past it.
const uncached = client.DisableReadYourWritesConsistency

// kindLease is how Kubernetes spells the kind of a Lease.
const kindLease = "Lease"

// Thing is what only one node may use.
type Thing struct {
	// Reason is that of a node which has to leave it to another.
	Reason string
	// Is names it in a sentence.
	Is string

	kind, identity string
}

const keyKind = "key"

// Volume is the bytes behind a volume, by their identity.
func Volume(identity string) Thing {
	return Thing{Reason: seiv1alpha1.ReasonImportPVCInUse, Is: "the volume " + identity, kind: "volume", identity: identity}
}

// Key is a signing key on one chain, by the address of its public key: 40 hexadecimal digits.
func Key(chainID, address string) Thing {
	address = strings.ToUpper(address)
	return Thing{
		Reason: seiv1alpha1.ReasonSigningKeyInUse, Is: "the signing key with address " + address + " on chain " + chainID,
		kind: keyKind, identity: chainID + "|" + address,
	}
}

// Lease is the name of the Lease that says who holds the thing. An identity can be longer than a name.
func (t Thing) Lease() string {
	sum := sha256.Sum256([]byte(t.identity))
	return prefix(t.kind) + hex.EncodeToString(sum[:16])
}

func prefix(kind string) string { return "seinode-" + kind + "-" }

// Facts is all that the decision about one thing rests on.
type Facts struct {
	// Thing is what the node wants to use.
	Thing Thing
	// Namespace is that of the Lease: the operator's own.
	Namespace string
	// Lease is the one of the thing; nil if there is none.
	Lease *coordinationv1.Lease
	// Remembered is another SeiNode that remembers to hold the thing, where there is no Lease; nil if none does, or the node does so itself.
	Remembered *seiv1alpha1.SeiNode
	// HolderGone says whether the holder's SeiNode and every pod of it were looked for, and are no more.
	HolderGone bool
}

// Decide says whether the node may use the thing, and what has to be written before it does; nil for nothing.
func Decide(f Facts, node *seiv1alpha1.SeiNode) (verdict.Verdict, *write.Write) {
	switch {
	case f.Lease == nil && f.Remembered != nil:
		return leaveTo(f, f.Remembered.Name, f.Remembered.Namespace), nil
	case f.Lease == nil:
		return verdict.Done(), write.Create(kindLease, lease(f, node), uncached).Then()
	case holder(f.Lease) == identityOf(node):
		return verdict.Done(), nil
	case f.HolderGone:
		taken := lease(f, node)
		taken.UID, taken.ResourceVersion = f.Lease.UID, f.Lease.ResourceVersion
		if signed, known := f.Lease.Annotations[seiv1alpha1.AnnotationSigned]; known {
			taken.Annotations[seiv1alpha1.AnnotationSigned] = signed
		}
		return verdict.Done(), write.Update(kindLease, taken, uncached).Then()
	}
	other := parse(holder(f.Lease))
	return leaveTo(f, other.name, other.namespace), nil
}

func leaveTo(f Facts, name, namespace string) verdict.Verdict {
	return verdict.Wait(f.Thing.Reason, "%s is held by SeiNode %q in namespace %q (Lease %q): two that use it destroy it, or are slashed; "+
		"delete the SeiNode that is not to use it, and the other goes on when that one and its pod are gone", f.Thing.Is, name, namespace, f.Thing.Lease())
}

// Signed is the most that a key is known to have signed, whoever signed with it; nil where nothing is known.
func (f Facts) Signed() *wire.Signed {
	if f.Lease == nil {
		return nil
	}
	return signedOf(f.Lease)
}

func signedOf(lease *coordinationv1.Lease) *wire.Signed {
	var signed wire.Signed
	if json.Unmarshal([]byte(lease.Annotations[seiv1alpha1.AnnotationSigned]), &signed) != nil {
		return nil
	}
	return &signed
}

// IsKey says whether the thing is a signing key.
func (t Thing) IsKey() bool { return t.kind == keyKind }

// IsOfKey says whether the Lease of that name is one of a signing key.
func IsOfKey(lease string) bool { return strings.HasPrefix(lease, prefix(keyKind)) }

func lease(f Facts, node *seiv1alpha1.SeiNode) *coordinationv1.Lease {
	return &coordinationv1.Lease{
		TypeMeta: metav1.TypeMeta{APIVersion: "coordination.k8s.io/v1", Kind: kindLease},
		ObjectMeta: metav1.ObjectMeta{
			Name: f.Thing.Lease(), Namespace: f.Namespace,
			Labels:      map[string]string{seiv1alpha1.LabelNodeUID: string(node.UID)},
			Annotations: map[string]string{seiv1alpha1.AnnotationReserves: f.Thing.identity},
		},
		Spec: coordinationv1.LeaseSpec{HolderIdentity: ptr.To(identityOf(node))},
	}
}

// who is a SeiNode as a Lease names it.
type who struct{ namespace, name, uid string }

// identityOf is the node as a Lease names it: by UID too, since a namesake is another node.
func identityOf(node *seiv1alpha1.SeiNode) string {
	return node.Namespace + "/" + node.Name + "/" + string(node.UID)
}

func holder(lease *coordinationv1.Lease) string { return ptr.Deref(lease.Spec.HolderIdentity, "") }

func parse(holder string) who {
	parts := append(strings.SplitN(holder, "/", 3), "", "", "")
	return who{parts[0], parts[1], parts[2]}
}
