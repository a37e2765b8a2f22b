//go:build e2e

package e2e

import (
	"context"
	"fmt"

	. "github.com/onsi/gomega"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/utils/ptr"

	seiv1alpha1 "github.com/seinode/seinode-operator/api/v1alpha1"
)

// importing builds an archive that adopts the claim, and registers the claim with the witness.
func importing(name, claim string) *seiv1alpha1.SeiNode {
	witness(claim)
	node := creating(name)
	node.Spec.DataVolume.Import = &seiv1alpha1.DataVolumeImport{PVCName: claim}
	return node
}

// creating builds an archive that makes a claim of its own.
func creating(name string) *seiv1alpha1.SeiNode {
	return &seiv1alpha1.SeiNode{
		ObjectMeta: objectMeta(name),
		Spec: seiv1alpha1.SeiNodeSpec{
			ChainID: chainID, Image: image, Archive: &seiv1alpha1.ArchiveSpec{},
			DataVolume: &seiv1alpha1.DataVolumeSpec{Size: ptr.To(resource.MustParse("2Gi"))},
		},
	}
}

// newClaim creates a claim of 2Gi as a user would.
func newClaim(ctx context.Context, name string) {
	create(ctx, &corev1.PersistentVolumeClaim{ObjectMeta: objectMeta(name), Spec: corev1.PersistentVolumeClaimSpec{
		AccessModes: []corev1.PersistentVolumeAccessMode{corev1.ReadWriteOnce},
		Resources:   corev1.VolumeResourceRequirements{Requests: corev1.ResourceList{corev1.ResourceStorage: resource.MustParse("2Gi")}},
	}})
}

// filledClaim creates a claim and lets an earlier node write a chain to its volume.
func filledClaim(ctx context.Context, name string) {
	newClaim(ctx, name)
	fill(ctx, name)
}

func node(ctx context.Context, g Gomega, name string) *seiv1alpha1.SeiNode {
	return get(ctx, g, name, &seiv1alpha1.SeiNode{})
}

// expectCondition waits for a condition's status and reason, and returns its message.
func expectCondition(ctx context.Context, name, kind string, status metav1.ConditionStatus, reason string) string {
	message := ""
	Eventually(ctx, func(g Gomega) {
		found := meta.FindStatusCondition(node(ctx, g, name).Status.Conditions, kind)
		g.Expect(found).NotTo(BeNil(), "SeiNode %s has no condition %s", name, kind)
		g.Expect(fmt.Sprintf("%s/%s: %s", found.Status, found.Reason, found.Message)).To(HavePrefix(fmt.Sprintf("%s/%s: ", status, reason)))
		message = found.Message
	}).Should(Succeed())
	return message
}

func expectImport(ctx context.Context, name, reason string) string {
	status := metav1.ConditionFalse
	if reason == seiv1alpha1.ReasonImportPVCValidated {
		status = metav1.ConditionTrue
	}
	return expectCondition(ctx, name, seiv1alpha1.ConditionImportPVCReady, status, reason)
}

// expectRunning waits until the node is up, on the claim that it names, and has blocks beyond those the volume held.
func expectRunning(ctx context.Context, name, claim string) {
	expectCondition(ctx, name, seiv1alpha1.ConditionReady, metav1.ConditionTrue, seiv1alpha1.ReasonNodeReady)
	Eventually(ctx, func(g Gomega) {
		g.Expect(node(ctx, g, name).Status.Phase).To(Equal(seiv1alpha1.PhaseRunning))
	}).Should(Succeed())
	Expect(mountedClaim(ctx, name)).To(Equal(claim))
	expectChainGoesOn(ctx, name)
}

// mountedClaim is what the node's pod really mounts.
func mountedClaim(ctx context.Context, name string) string {
	for _, volume := range get(ctx, Default, name+"-0", &corev1.Pod{}).Spec.Volumes {
		if volume.PersistentVolumeClaim != nil {
			return volume.PersistentVolumeClaim.ClaimName
		}
	}
	return ""
}

func replicas(ctx context.Context, g Gomega, name string) int32 {
	return ptr.Deref(get(ctx, g, name, &appsv1.StatefulSet{}).Spec.Replicas, 1)
}
