package v1alpha1

import (
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/apimachinery/pkg/types"
)

// Mode returns the role that the spec sets, or "" where it sets none, which admission refuses.
func (n *SeiNode) Mode() Mode {
	switch {
	case n.Spec.FullNode != nil:
		return ModeFullNode
	case n.Spec.Archive != nil:
		return ModeArchive
	case n.Spec.Validator != nil:
		return ModeValidator
	case n.Spec.Seed != nil:
		return ModeSeed
	}
	return ""
}

// Volume returns the data volume's settings, empty where the spec has none.
func (n *SeiNode) Volume() DataVolumeSpec {
	if n.Spec.DataVolume == nil {
		return DataVolumeSpec{}
	}
	return *n.Spec.DataVolume
}

// Paused says whether the user stopped the node.
func (n *SeiNode) Paused() bool { return n.Spec.Paused != nil && *n.Spec.Paused }

// ManagedElsewhere says whether another operator has the SeiNode, by its finalizer. What bears the node's name, and its UID as the controller's, may be of that
// operator's making then.
func (n *SeiNode) ManagedElsewhere() bool { return slices.Contains(n.Finalizers, FinalizerElsewhere) }

// AdoptedClaim returns the UID of the claim that the node adopted or created, "" before.
func (n *SeiNode) AdoptedClaim() types.UID {
	if n.Status.DataVolume == nil {
		return ""
	}
	return n.Status.DataVolume.ClaimUID
}

// SigningSecret returns the name of the Secret that the node signs with, "" for none.
func (n *SeiNode) SigningSecret() string {
	if n.Spec.Validator == nil || n.Spec.Validator.SigningKey == nil {
		return ""
	}
	return n.Spec.Validator.SigningKey.SecretName
}

// HomePath returns where the home lies on the volume, "" for its root or .sei.
func (n *SeiNode) HomePath() string {
	if path := n.Volume().HomePath; path != nil {
		return *path
	}
	return ""
}

// StateSync returns how the node gets its first state from its peers, nil where it does not.
func (n *SeiNode) StateSync() *StateSyncSource {
	if n.Spec.Bootstrap == nil {
		return nil
	}
	return n.Spec.Bootstrap.StateSync
}

// Published returns the archive that the pod fetches before seid starts, of data or of a snapshot for state sync; nil for none.
func (n *SeiNode) Published() *ArchiveSource {
	from := n.Spec.Bootstrap
	switch {
	case from == nil:
		return nil
	case from.StateSync == nil:
		return from.Archive
	case from.StateSync.Snapshot == nil:
		return nil
	}
	s := from.StateSync.Snapshot
	return &ArchiveSource{URL: s.URL, SHA256: s.SHA256, Compression: s.Compression, AuthSecret: s.AuthSecret, Spool: s.Spool}
}

// PodName is the name of the node's one pod: that which its StatefulSet gives.
func (n *SeiNode) PodName() string { return n.Name + "-0" }

// Bootstrapped says that the status shows the data of an empty volume to have come, or to have been there.
func (n *SeiNode) Bootstrapped() bool {
	return meta.IsStatusConditionTrue(n.Status.Conditions, ConditionBootstrapped)
}

// SignsFresh says that the user knows the validator's key to have signed nothing yet.
func (n *SeiNode) SignsFresh() bool {
	return n.Spec.Validator != nil && n.Spec.Validator.SignState != nil && *n.Spec.Validator.SignState == SignStateFresh
}

// Exposes says whether a Service is made for peers from outside of the cluster.
func (n *SeiNode) Exposes() bool {
	return n.Spec.Expose != nil && n.Spec.Expose.Type != ExposeClusterIP
}

// ExternalAddress is the <host>:<port> that peers are told to reach the node at, "" for none: what the spec says, or what was found out.
func (n *SeiNode) ExternalAddress() string {
	switch {
	case n.Exposes():
		return n.Status.ExternalAddress
	case n.Spec.ExternalAddress != nil:
		return *n.Spec.ExternalAddress
	}
	return ""
}

// ServesRPC says whether the node's RPC, REST and gRPC are for others than the containers of its own pod.
func (n *SeiNode) ServesRPC() bool {
	switch n.Mode() {
	case ModeSeed: // which has none
		return false
	case ModeValidator:
		return n.Spec.Validator.RPCAccess != nil && *n.Spec.Validator.RPCAccess == RPCAccessCluster
	}
	return true
}

// InspectionPolicy returns what becomes of a volume whose content does not fit the node.
func (n *SeiNode) InspectionPolicy() InspectionPolicy {
	if policy := n.Volume().Inspection; policy != nil {
		return *policy
	}
	return InspectionEnforce
}

// Holds says whether the node is known to hold a Lease.
func (n *SeiNode) Holds(namespace, lease string) bool {
	return slices.Contains(n.Status.Leases, namespace+"/"+lease)
}

// Remembers says whether the status names a Lease, in whichever namespace: the operator may have been installed anew.
func (n *SeiNode) Remembers(lease string) bool {
	return slices.ContainsFunc(n.Status.Leases, func(held string) bool { return strings.HasSuffix(held, "/"+lease) })
}

// RememberedLeases are the names of the Leases that the status names, of whichever namespace.
func (n *SeiNode) RememberedLeases() (names []string) {
	for _, held := range n.Status.Leases {
		names = append(names, held[strings.LastIndex(held, "/")+1:])
	}
	return names
}

// SetHolds keeps that the node holds a Lease: the newest 16.
func (n *SeiNode) SetHolds(namespace, lease string) {
	if n.Holds(namespace, lease) {
		return
	}
	n.Status.Leases = append(n.Status.Leases, namespace+"/"+lease)
	n.Status.Leases = n.Status.Leases[max(0, len(n.Status.Leases)-maxLeases):]
}

// Drops keeps that the node holds a Lease no more.
func (n *SeiNode) Drops(namespace, lease string) {
	n.Status.Leases = slices.DeleteFunc(n.Status.Leases, func(held string) bool { return held == namespace+"/"+lease })
}

// maxLeases is the CRD's limit of status.leases.
const maxLeases = 16

// Written returns the digest of the object of that kind after the operator's last write, "" where none is known.
func (n *SeiNode) Written(kind string) string {
	for _, child := range n.Status.Children {
		if child.Kind == kind {
			return child.Digest
		}
	}
	return ""
}

// SetWritten keeps the digest of the object of that kind after the operator's write.
func (n *SeiNode) SetWritten(kind, digest string) {
	for i := range n.Status.Children {
		if n.Status.Children[i].Kind == kind {
			n.Status.Children[i].Digest = digest
			return
		}
	}
	n.Status.Children = append(n.Status.Children, ChildStatus{Kind: kind, Digest: digest})
}

// ForgetWritten drops the digest of an object that the operator deleted.
func (n *SeiNode) ForgetWritten(kind string) {
	n.Status.Children = slices.DeleteFunc(n.Status.Children, func(child ChildStatus) bool { return child.Kind == kind })
}

// The kinds of what a created claim begins as a copy of.
const (
	KindVolumeSnapshot = "VolumeSnapshot"
	KindClaim          = "PersistentVolumeClaim"
)

// CopyOf is what the node's created claim begins as a copy of: KindVolumeSnapshot or KindClaim, and its name. Both are "" where it begins empty.
func (n *SeiNode) CopyOf() (kind, name string) {
	switch from := n.Spec.Bootstrap; {
	case from == nil:
	case from.VolumeSnapshot != nil:
		return KindVolumeSnapshot, from.VolumeSnapshot.Name
	case from.Claim != nil:
		return KindClaim, from.Claim.Name
	}
	return "", ""
}

// Copies says whether the node's claim begins as a copy of another volume.
func (n *SeiNode) Copies() bool {
	kind, _ := n.CopyOf()
	return kind != ""
}
