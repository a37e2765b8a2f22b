package workload

import (
	corev1 "k8s.io/api/core/v1"
	"k8s.io/utils/ptr"

	seiv1alpha1 "github.com/seinode/seinode-operator/api/v1alpha1"
	"github.com/seinode/seinode-operator/internal/seid"
)

const (
	// keyMode lets seid's group, which the pod's fsGroup gives to a Secret's files, read a key, and nobody write it.
	keyMode int32 = 0o440
	// keyModeNoGroup is for a pod without an fsGroup, where a Secret's files are root's. A node key is mounted into seid's container, a signing key into those
	// of inspect and prepare; they lie in memory, below a folder that only root enters.
	keyModeNoGroup int32 = 0o444
)

// RunAs returns the user and the group that the node's containers run as.
func RunAs(node *seiv1alpha1.SeiNode) (user, group int64) {
	if as := node.Spec.RunAs; as != nil {
		return as.User, ptr.Deref(as.Group, as.User)
	}
	return seid.User, seid.User
}

// podSecurity gives a created volume, whose file system belongs to root, to the group that seid runs as. It changes the files only where the
// root's owner is wrong: a recursive chown of an archive's millions of files takes longer than its sync. On an imported volume Kubernetes is
// to change no owner and no mode of anything, keys least of all, so that there is no fsGroup at all.
func podSecurity(node *seiv1alpha1.SeiNode) *corev1.PodSecurityContext {
	user, group := RunAs(node)
	security := &corev1.PodSecurityContext{
		RunAsNonRoot:   ptr.To(true),
		RunAsUser:      &user,
		RunAsGroup:     &group,
		SeccompProfile: &corev1.SeccompProfile{Type: corev1.SeccompProfileTypeRuntimeDefault},
	}
	if !imports(node) {
		security.FSGroup, security.FSGroupChangePolicy = &group, ptr.To(corev1.FSGroupChangeOnRootMismatch)
	}
	return security
}

// secretMode is the mode of a key's file.
func secretMode(node *seiv1alpha1.SeiNode) int32 {
	if imports(node) {
		return keyModeNoGroup
	}
	return keyMode
}

// imports says whether the node's volume was there before the node.
func imports(node *seiv1alpha1.SeiNode) bool { return node.Volume().Import != nil }
