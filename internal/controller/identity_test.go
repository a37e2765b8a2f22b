package controller_test

import (
	"context"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	appsv1 "k8s.io/api/apps/v1"
	coordinationv1 "k8s.io/api/coordination/v1"
	corev1 "k8s.io/api/core/v1"
	storagev1 "k8s.io/api/storage/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/utils/ptr"
	"sigs.k8s.io/controller-runtime/pkg/client"

	seiv1alpha1 "github.com/seinode/seinode-operator/api/v1alpha1"
)

// aliasOf makes another volume of the same bytes, bound to a claim of another namespace.
func aliasOf(ctx context.Context, claim *corev1.PersistentVolumeClaim) *corev1.PersistentVolume {
	alias := volumeOf(ctx, claim).DeepCopy()
	alias.ObjectMeta = metav1.ObjectMeta{Name: "again-" + string(claim.UID)}
	alias.Spec.ClaimRef = &corev1.ObjectReference{Namespace: "elsewhere", Name: "copy", UID: "copy-uid"}
	create(ctx, alias)
	alias.Status.Phase = corev1.VolumeBound
	Expect(k8s.Status().Update(ctx, alias)).To(Succeed())
	return alias
}

func removeVolume(ctx context.Context, volume *corev1.PersistentVolume) {
	Expect(k8s.Get(ctx, client.ObjectKeyFromObject(volume), volume)).To(Succeed())
	volume.Finalizers = nil
	Expect(k8s.Update(ctx, volume)).To(Succeed())
	remove(ctx, volume)
}

// A volume is its source, whatever it is called.
var _ = Describe("A volume", func() {
	It("that another claim is bound to under another name is refused, until that is gone", func(ctx context.Context) {
		claim := boundClaim(ctx, "one", "10Gi")
		alias := aliasOf(ctx, claim)
		create(ctx, importing("archive", "one"))
		message := expectImport(ctx, "archive", "False/VolumeAliased", volumeOf(ctx, claim).Name, alias.Name, `PVC "copy" in namespace "elsewhere"`)
		Expect(obey(ctx, message)).To(Succeed(), "keeping the data of the other")
		expectNoWorkload(ctx, "archive")
		removeVolume(ctx, alias)
		Expect(expectPhase(ctx, "archive", seiv1alpha1.PhaseRunning).Status.DataVolume.VolumeIdentity).To(Equal("local:/nowhere/" + string(claim.UID)))
	})

	It("that comes to be bound under another name is told of, and the pod is left alone", func(ctx context.Context) {
		claim := running(ctx, "archive", "one")
		alias := aliasOf(ctx, claim)
		expectImport(ctx, "archive", "False/VolumeAliased", alias.Name)
		keepPod(ctx, "archive-0")
		Expect(*set(ctx, "archive").Spec.Replicas).To(BeEquivalentTo(1))
		Eventually(ctx, func() []string { return eventsOf(ctx, "archive") }).Should(ContainElement(HavePrefix("Warning PVCImportFailed VolumeAliased: ")))
		letPodGo(ctx, "archive-0")
		removeVolume(ctx, alias)
		expectImport(ctx, "archive", "True/PVCValidated")
	})

	It("that is attached to a machine where none of our pods is waits until it is detached", func(ctx context.Context) {
		claim := boundClaim(ctx, "one", "10Gi")
		attachment := &storagev1.VolumeAttachment{ObjectMeta: metav1.ObjectMeta{Name: "at-" + string(claim.UID)}, Spec: storagev1.VolumeAttachmentSpec{
			Attacher: "test", NodeName: "machine-7", Source: storagev1.VolumeAttachmentSource{PersistentVolumeName: ptr.To(volumeOf(ctx, claim).Name)},
		}}
		create(ctx, attachment)
		attachment.Status.Attached = true
		Expect(k8s.Status().Update(ctx, attachment)).To(Succeed())
		create(ctx, importing("archive", "one"))
		expectImport(ctx, "archive", "False/VolumeAttachedElsewhere", `machine "machine-7"`)
		expectNoWorkload(ctx, "archive")
		remove(ctx, attachment)
		expectPhase(ctx, "archive", seiv1alpha1.PhaseRunning)
	})

	It("with reclaim policy Delete is told of before it is adopted", func(ctx context.Context) {
		claim := boundClaim(ctx, "one", "10Gi")
		volume := volumeOf(ctx, claim)
		volume.Spec.PersistentVolumeReclaimPolicy = corev1.PersistentVolumeReclaimDelete
		Expect(k8s.Update(ctx, volume)).To(Succeed())
		create(ctx, importing("archive", "one"))
		expectPhase(ctx, "archive", seiv1alpha1.PhaseRunning)
		message := expectImport(ctx, "archive", "True/PVCValidated", "reclaim policy Delete", "kubectl patch pv "+volume.Name)
		Eventually(ctx, func() []string { return eventsOf(ctx, "archive") }).Should(ContainElement(HavePrefix("Warning PVCImportAtRisk volume ")))
		By("obeying the message")
		Expect(obey(ctx, message)).To(Succeed())
		Eventually(ctx, func() string { return expectImport(ctx, "archive", "True/PVCValidated") }).ShouldNot(ContainSubstring("reclaim policy"))
	})
})

// A claim that something else controls goes with it.
var _ = Describe("A claim that something else controls", func() {
	It("is refused, until it is freed as the message says", func(ctx context.Context) {
		claim := boundClaim(ctx, "one", "10Gi")
		claim.OwnerReferences = []metav1.OwnerReference{{APIVersion: "v1", Kind: "Pod", Name: "gone", UID: "gone-uid", Controller: ptr.To(true)}}
		Expect(k8s.Update(ctx, claim)).To(Succeed())
		create(ctx, importing("archive", "one"))
		message := expectImport(ctx, "archive", "False/PVCOwnedElsewhere", `Pod "gone"`)
		expectNoWorkload(ctx, "archive")
		Expect(obey(ctx, message)).To(Succeed())
		expectPhase(ctx, "archive", seiv1alpha1.PhaseRunning)
	})
})

// The status is a cache of what the objects say: backup tools drop it.
var _ = Describe("A status that was wiped", func() {
	It("does not make another claim of the name the node's", func(ctx context.Context) {
		claim := running(ctx, "archive", "one")
		remove(ctx, claim)
		expectImport(ctx, "archive", "False/PVCTerminating")
		release(ctx, "one")
		other := boundClaim(ctx, "one", "10Gi")
		expectImport(ctx, "archive", "False/PVCReplaced")
		wiped := node(ctx, "archive")
		wiped.Status = seiv1alpha1.SeiNodeStatus{}
		Eventually(ctx, func() error {
			wiped.ResourceVersion = node(ctx, "archive").ResourceVersion
			return k8s.Status().Update(ctx, wiped.DeepCopy())
		}).Should(Succeed())
		expectImport(ctx, "archive", "False/PVCReplaced", string(claim.UID), string(other.UID))
		Expect(*set(ctx, "archive").Spec.Replicas).To(BeZero())
	})
})

// A use is any use, of a claim that the node made as well.
var _ = Describe("A created claim that a foreign pod mounts", func() {
	It("is no place for the node's pod until that is gone", func(ctx context.Context) {
		create(ctx, podOn("data-creator"))
		create(ctx, creating("creator"))
		expectReady(ctx, "creator", "False/DataVolumeNotReady", "PVCInUse", `pod "stranger"`)
		Expect(exists(ctx, "creator", &appsv1.StatefulSet{})).To(BeFalse())
		remove(ctx, podOn("data-creator"))
		Eventually(ctx, func() bool { return exists(ctx, "creator", &appsv1.StatefulSet{}) }).Should(BeTrue())
	})
})

// A Lease says who uses the bytes of a volume, in all namespaces and after the claims are gone.
var _ = Describe("A volume's Lease", func() {
	leaseOf := func(ctx context.Context, name string) string {
		held := node(ctx, name).Status.Leases
		ExpectWithOffset(1, held).To(HaveLen(1))
		return held[0][len(leases)+1:]
	}

	It("is made once, before the pod, and goes with the node", func(ctx context.Context) {
		running(ctx, "archive", "one")
		lease := &coordinationv1.Lease{}
		held := client.ObjectKey{Namespace: leases, Name: leaseOf(ctx, "archive")}
		Expect(k8s.Get(ctx, held, lease)).To(Succeed())
		Expect(*lease.Spec.HolderIdentity).To(Equal(namespace + "/archive/" + string(node(ctx, "archive").UID)))
		Expect(lease.CreationTimestamp.Time).NotTo(BeTemporally(">", set(ctx, "archive").CreationTimestamp.Time))
		remove(ctx, node(ctx, "archive"))
		expectGone(ctx, "archive", &seiv1alpha1.SeiNode{})
		Expect(apierrors.IsNotFound(k8s.Get(ctx, held, lease))).To(BeTrue())
	})

	It("keeps a node from a volume that another's pod may still write to", func(ctx context.Context) {
		running(ctx, "archive", "one")
		held := client.ObjectKey{Namespace: leases, Name: leaseOf(ctx, "archive")}
		remove(ctx, node(ctx, "archive"))
		expectGone(ctx, "archive", &seiv1alpha1.SeiNode{})
		left := podOn("another")
		left.Labels = map[string]string{seiv1alpha1.LabelNodeUID: "former-uid"}
		create(ctx, left)
		former := &coordinationv1.Lease{
			ObjectMeta: metav1.ObjectMeta{Namespace: held.Namespace, Name: held.Name},
			Spec:       coordinationv1.LeaseSpec{HolderIdentity: ptr.To(namespace + "/former/former-uid")},
		}
		create(ctx, former)
		create(ctx, importing("again", "one"))
		expectImport(ctx, "again", "False/PVCInUse", `held by SeiNode "former"`, held.Name)
		expectNoWorkload(ctx, "again")
		remove(ctx, left)
		editNode(ctx, "again", func(node *seiv1alpha1.SeiNode) { node.Annotations = map[string]string{"wake": "up"} })
		expectPhase(ctx, "again", seiv1alpha1.PhaseRunning)
		Expect(k8s.Get(ctx, held, former)).To(Succeed())
		Expect(*former.Spec.HolderIdentity).To(HavePrefix(namespace + "/again/"))
	})
})
