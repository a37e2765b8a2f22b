package controller_test

import (
	"context"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/utils/ptr"

	seiv1alpha1 "github.com/seinode/seinode-operator/api/v1alpha1"
	"github.com/seinode/seinode-operator/internal/fixture"
)

// obey does what a message says.
func obey(ctx context.Context, message string) error { return fixture.Obey(ctx, k8s, message) }

// reservedFor makes a claim that names a volume, Pending, and the volume as its former claim left it.
func reservedFor(ctx context.Context, former corev1.ObjectReference, phase corev1.PersistentVolumePhase) *corev1.PersistentVolumeClaim {
	claim := boundClaim(ctx, "one", "10Gi")
	volume := volumeOf(ctx, claim)
	volume.Spec.ClaimRef = &former
	Expect(k8s.Update(ctx, volume)).To(Succeed())
	volume.Status.Phase = phase
	Expect(k8s.Status().Update(ctx, volume)).To(Succeed())
	setClaimStatus(ctx, claim, corev1.ClaimPending, "10Gi")
	return claim
}

// A printed command is right in the state that prints it: it is run, and what comes of it is what the message says.
var _ = Describe("The command of a message", func() {
	for name, former := range map[string]corev1.ObjectReference{
		"of the claim's own name": {Name: "one", UID: "former"},
		"of another name":         {Name: "past", UID: "former"},
		"of another namespace":    {Name: "past", Namespace: "past", UID: "former"},
	} {
		It("frees a Released volume "+name, func(ctx context.Context) {
			if former.Namespace == "" {
				former.Namespace = namespace
			}
			claim := reservedFor(ctx, former, corev1.VolumeReleased)
			create(ctx, importing("archive", "one"))
			message := expectImport(ctx, "archive", "False/PVCNotBound", "is Released", "keep its data and free it with")
			Expect(obey(ctx, message)).To(Succeed())
			volume := volumeOf(ctx, claim)
			Expect(*volume.Spec.ClaimRef).To(Equal(corev1.ObjectReference{Namespace: namespace, Name: "one"}), "reserved by name, which binds")
			By("binding it, as the volume controller does")
			volume.Spec.ClaimRef.UID = claim.UID
			Expect(k8s.Update(ctx, volume)).To(Succeed())
			volume.Status.Phase = corev1.VolumeBound
			Expect(k8s.Status().Update(ctx, volume)).To(Succeed())
			setClaimStatus(ctx, claim, corev1.ClaimBound, "10Gi")
			expectPhase(ctx, "archive", seiv1alpha1.PhaseRunning)
			By("obeying it too late")
			Expect(obey(ctx, message)).NotTo(Succeed(), "the volume serves a claim")
			Expect(volumeOf(ctx, claim).Spec.ClaimRef.UID).To(Equal(claim.UID))
		})
	}

	It("is none where the volume serves a claim that lives", func(ctx context.Context) {
		reservedFor(ctx, corev1.ObjectReference{Namespace: "elsewhere", Name: "live", UID: "live"}, corev1.VolumeBound)
		create(ctx, importing("archive", "one"))
		Expect(expectImport(ctx, "archive", "False/PVCNotBound", "serves elsewhere/live", "one volume serves one PVC")).NotTo(ContainSubstring("kubectl"))
	})

	It("accepts a claim that took the place of the one that was adopted", func(ctx context.Context) {
		claim := running(ctx, "archive", "one")
		remove(ctx, claim)
		By("keeping the volume of the one that is being deleted")
		Expect(obey(ctx, expectImport(ctx, "archive", "False/PVCTerminating", "keep its volume"))).To(Succeed())
		Expect(volumeOf(ctx, claim).Spec.PersistentVolumeReclaimPolicy).To(Equal(corev1.PersistentVolumeReclaimRetain))
		release(ctx, "one")
		expectImport(ctx, "archive", "False/PVCNotFound", string(claim.UID), volumeOf(ctx, claim).Name, "a new PVC is another one")
		boundClaim(ctx, "one", "10Gi")
		Expect(obey(ctx, expectImport(ctx, "archive", "False/PVCReplaced"))).To(Succeed())
		expectReady(ctx, "archive", "True/NodeReady")
	})

	It("puts a mark back on the node's own claim", func(ctx context.Context) {
		create(ctx, creating("creator"))
		Eventually(ctx, func() bool { return exists(ctx, "data-creator", &corev1.PersistentVolumeClaim{}) }).Should(BeTrue())
		bind(ctx, get(ctx, "data-creator", &corev1.PersistentVolumeClaim{}), "10Gi")
		expectPhase(ctx, "creator", seiv1alpha1.PhaseRunning)
		edit(ctx, "data-creator", &corev1.PersistentVolumeClaim{}, func(c *corev1.PersistentVolumeClaim) { c.Labels, c.OwnerReferences = nil, nil })
		Expect(obey(ctx, expectReady(ctx, "creator", "False/DataVolumeNotReady", "PVCNotOwned", "took the node's marks off"))).To(Succeed())
		expectReady(ctx, "creator", "True/NodeReady")
	})

	It("keeps a StatefulSet from taking a claim along", func(ctx context.Context) {
		policy := &appsv1.StatefulSetPersistentVolumeClaimRetentionPolicy{
			WhenDeleted: appsv1.DeletePersistentVolumeClaimRetentionPolicyType, WhenScaled: appsv1.DeletePersistentVolumeClaimRetentionPolicyType,
		}
		labels := map[string]string{"app": "db"}
		db := &appsv1.StatefulSet{ObjectMeta: objectMeta("db"), Spec: appsv1.StatefulSetSpec{
			Replicas: ptr.To[int32](0), Selector: &metav1.LabelSelector{MatchLabels: labels}, PersistentVolumeClaimRetentionPolicy: policy,
			Template: corev1.PodTemplateSpec{ObjectMeta: metav1.ObjectMeta{Labels: labels}, Spec: corev1.PodSpec{Containers: []corev1.Container{{Name: "c", Image: "db"}}}},
		}}
		create(ctx, db)
		claim := boundClaim(ctx, "one", "10Gi")
		claim.OwnerReferences = []metav1.OwnerReference{*metav1.NewControllerRef(db, appsv1.SchemeGroupVersion.WithKind("StatefulSet"))}
		Expect(k8s.Update(ctx, claim)).To(Succeed())
		create(ctx, importing("archive", "one"))
		Expect(obey(ctx, expectImport(ctx, "archive", "False/PVCOwnedElsewhere", `StatefulSet "db"`))).To(Succeed())
		Expect(*set(ctx, "db").Spec.PersistentVolumeClaimRetentionPolicy).To(Equal(appsv1.StatefulSetPersistentVolumeClaimRetentionPolicy{
			WhenDeleted: appsv1.RetainPersistentVolumeClaimRetentionPolicyType, WhenScaled: appsv1.RetainPersistentVolumeClaimRetentionPolicyType,
		}), "or its controller puts the reference back")
		expectPhase(ctx, "archive", seiv1alpha1.PhaseRunning)
	})
})
