//go:build e2e

package e2e

import (
	"context"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/utils/ptr"
	"sigs.k8s.io/controller-runtime/pkg/client"

	seiv1alpha1 "github.com/seinode/seinode-operator/api/v1alpha1"
)

var story = Label("story")

// The stories are told twice: in peace, and with -kill-manager, while the manager is killed again and again.
var _ = Describe("A SeiNode", story, func() {
	It("adopts a claim that holds a chain, and goes on from its height", func(ctx context.Context) {
		filledClaim(ctx, "old")
		before := userPart(ctx, "old")
		create(ctx, importing("archive", "old"))
		expectImport(ctx, "archive", seiv1alpha1.ReasonImportPVCValidated)
		expectRunning(ctx, "archive", "old")
		Expect(userPart(ctx, "old")).To(Equal(before))
	})

	It("waits for a claim that comes late, and for the pod that fills it", func(ctx context.Context) {
		create(ctx, importing("archive", "late"))
		expectImport(ctx, "archive", seiv1alpha1.ReasonImportPVCNotFound)
		expectNoPod(ctx, "archive")
		newClaim(ctx, "late")
		Expect(expectImport(ctx, "archive", seiv1alpha1.ReasonImportPVCNotBound)).To(ContainSubstring("binds on first consumer"))
		fill(ctx, "late")
		expectRunning(ctx, "archive", "late")
	})

	It("goes on, the same SeiNode, once its too small volume is expanded", func(ctx context.Context) {
		filledClaim(ctx, "small")
		data := bytesOf(ctx, "small")
		wants := importing("archive", "small")
		wants.Spec.DataVolume.Size = ptr.To(resource.MustParse("3Gi"))
		create(ctx, wants)
		expectImport(ctx, "archive", seiv1alpha1.ReasonImportCapacityTooSmall)
		Eventually(ctx, func(g Gomega) { g.Expect(node(ctx, g, "archive").Status.Phase).To(Equal(seiv1alpha1.PhaseFailed)) }).Should(Succeed())
		expectNoPod(ctx, "archive")
		Expect(bytesOf(ctx, "small")).To(Equal(data), "a refused volume was touched")

		edit(ctx, "small", &corev1.PersistentVolumeClaim{}, func(claim *corev1.PersistentVolumeClaim) {
			claim.Spec.Resources.Requests[corev1.ResourceStorage] = resource.MustParse("3Gi")
		})
		expectRunning(ctx, "archive", "small")
		Expect(node(ctx, Default, "archive").UID).To(Equal(wants.UID))
	})

	It("leaves the imported claim and its bytes when it is deleted, whatever the claim is called", func(ctx context.Context) {
		filledClaim(ctx, "data-archive")
		before := userPart(ctx, "data-archive")
		create(ctx, importing("archive", "data-archive"))
		expectRunning(ctx, "archive", "data-archive")
		pause(ctx, "archive")
		data := bytesOf(ctx, "data-archive")
		deleteNode(ctx, "archive")
		Expect(userPart(ctx, "data-archive")).To(Equal(before))
		Expect(bytesOf(ctx, "data-archive")).To(Equal(data))
	})

	It("makes a claim of its own, and deletes it with itself after the pod is gone", func(ctx context.Context) {
		createdAndRunning(ctx, "archive", nil)
		volume := volumeOf(ctx, Default, "data-archive").Name
		deleteNow(ctx, node(ctx, Default, "archive"))
		Eventually(ctx, func(g Gomega) {
			there := exists(ctx, "archive-0", &corev1.Pod{})
			claim := &corev1.PersistentVolumeClaim{}
			g.Expect(there && exists(ctx, "data-archive", claim) && claim.DeletionTimestamp != nil).To(BeFalse(), "the claim was deleted under its pod")
			g.Expect(there).To(BeFalse())
		}).Should(Succeed())
		expectGone(ctx, "archive", &seiv1alpha1.SeiNode{})
		expectGone(ctx, "data-archive", &corev1.PersistentVolumeClaim{})
		Eventually(ctx, func() error {
			return k8s.Get(ctx, key(volume), &corev1.PersistentVolume{})
		}).Should(MatchError(ContainSubstring("not found")))
	})

	It("retains its claim where it is told to, for another node to adopt", func(ctx context.Context) {
		createdAndRunning(ctx, "first", ptr.To(seiv1alpha1.DeletionPolicyRetain))
		deleteNode(ctx, "first")
		Expect(get(ctx, Default, "data-first", &corev1.PersistentVolumeClaim{}).OwnerReferences).To(BeEmpty())
		create(ctx, importing("second", "data-first"))
		expectRunning(ctx, "second", "data-first")
	})

	It("never uses, touches or deletes a foreign claim of its claim's name", func(ctx context.Context) {
		filledClaim(ctx, "data-archive")
		witness("data-archive")
		before, data := userPart(ctx, "data-archive"), bytesOf(ctx, "data-archive")
		create(ctx, creating("archive"))
		message := expectCondition(ctx, "archive", seiv1alpha1.ConditionReady, metav1.ConditionFalse, seiv1alpha1.ReasonPlanFailed)
		Expect(message).To(Equal(`PVCNotOwned: data PVC "data-archive" already exists and is not owned by SeiNode "archive"; ` +
			`set spec.dataVolume.import.pvcName of another SeiNode to adopt it, and delete this one; or delete the PVC, and its data with it`))
		expectNoPod(ctx, "archive")
		deleteNode(ctx, "archive")
		Expect(userPart(ctx, "data-archive")).To(Equal(before))
		Expect(bytesOf(ctx, "data-archive")).To(Equal(data))
	})

	It("shares its claim with no other SeiNode, and leaves it to that one when it goes", func(ctx context.Context) {
		filledClaim(ctx, "one")
		create(ctx, importing("first", "one"))
		expectRunning(ctx, "first", "one")
		create(ctx, importing("second", "one"))
		expectImport(ctx, "second", seiv1alpha1.ReasonImportPVCInUse)
		expectNoPod(ctx, "second")
		deleteNode(ctx, "first")
		expectRunning(ctx, "second", "one")
	})

	It("stops when it is paused, and comes back", func(ctx context.Context) {
		filledClaim(ctx, "old")
		create(ctx, importing("archive", "old"))
		expectRunning(ctx, "archive", "old")
		pause(ctx, "archive")
		data := bytesOf(ctx, "old")
		Consistently(ctx, func() string { return bytesOf(ctx, "old") }, "3s").Should(Equal(data), "somebody writes to the volume of a paused node")
		setPaused(ctx, "archive", false)
		expectRunning(ctx, "archive", "old")
	})
})

// Garbage collection does not wait for anybody's finalizer: each policy is tried with the real one.
var _ = DescribeTable("A SeiNode that is deleted", story, func(ctx context.Context, policy metav1.DeletionPropagation, stays bool) {
	createdAndRunning(ctx, "archive", nil)
	uid := get(ctx, Default, "archive-0", &corev1.Pod{}).UID
	Expect(k8s.Delete(ctx, node(ctx, Default, "archive"), client.PropagationPolicy(policy))).To(Succeed())
	expectGone(ctx, "archive", &seiv1alpha1.SeiNode{})
	if !stays {
		Expect(exists(ctx, "archive-0", &corev1.Pod{})).To(BeFalse(), "the SeiNode goes after its pod")
		expectGone(ctx, "archive", &appsv1.StatefulSet{})
		expectGone(ctx, "data-archive", &corev1.PersistentVolumeClaim{})
		return
	}
	Consistently(ctx, func(g Gomega) {
		left := get(ctx, g, "archive-0", &corev1.Pod{})
		g.Expect(left.UID).To(Equal(uid))
		g.Expect(left.DeletionTimestamp).To(BeNil())
		g.Expect(get(ctx, g, "data-archive", &corev1.PersistentVolumeClaim{}).DeletionTimestamp).To(BeNil())
	}).Should(Succeed(), "what was orphaned stays, and runs on")
	create(ctx, importing("again", "data-archive"))
	expectImport(ctx, "again", seiv1alpha1.ReasonImportPVCInUse)
	expectNoPod(ctx, "again")
	deleteNow(ctx, get(ctx, Default, "archive", &appsv1.StatefulSet{}))
	expectRunning(ctx, "again", "data-archive")
},
	Entry("in the background: all of it goes, the pod first", metav1.DeletePropagationBackground, false),
	Entry("in the foreground: the same", metav1.DeletePropagationForeground, false),
	Entry("with --cascade=orphan: pod, StatefulSet and claim stay", metav1.DeletePropagationOrphan, true),
)

// A deletion in the foreground has the garbage collector delete what the SeiNode controls before the operator hears of it.
var _ = DescribeTable("A SeiNode that is deleted in the foreground leaves its claim", story, func(ctx context.Context, keep func(context.Context) (then func())) {
	createdAndRunning(ctx, "archive", nil)
	claim := get(ctx, Default, "data-archive", &corev1.PersistentVolumeClaim{})
	then := keep(ctx)
	Eventually(ctx, func(g Gomega) {
		g.Expect(get(ctx, g, "data-archive", &corev1.PersistentVolumeClaim{}).OwnerReferences).To(BeEmpty())
	}).Should(Succeed())
	Expect(k8s.Delete(ctx, node(ctx, Default, "archive"), client.PropagationPolicy(metav1.DeletePropagationForeground))).To(Succeed())
	expectGone(ctx, "archive", &seiv1alpha1.SeiNode{})
	Consistently(ctx, func(g Gomega) {
		left := get(ctx, g, "data-archive", &corev1.PersistentVolumeClaim{})
		g.Expect(left.UID).To(Equal(claim.UID))
		g.Expect(left.DeletionTimestamp).To(BeNil())
	}).Should(Succeed())
	then()
},
	Entry("if its policy became Retain while an update does not come up", func(ctx context.Context) func() {
		setImage(ctx, "archive", "seid-standin:no-such-tag")
		expectCondition(ctx, "archive", seiv1alpha1.ConditionReady, "False", seiv1alpha1.ReasonContainerFailed)
		edit(ctx, "archive", &seiv1alpha1.SeiNode{}, func(node *seiv1alpha1.SeiNode) {
			node.Spec.DataVolume.DeletionPolicy = ptr.To(seiv1alpha1.DeletionPolicyRetain)
		})
		return func() {}
	}),
	Entry("if another SeiNode imports it, which then runs on it", func(ctx context.Context) func() {
		importer := creating("importer")
		importer.Spec.DataVolume.Import = &seiv1alpha1.DataVolumeImport{PVCName: "data-archive"}
		create(ctx, importer)
		expectImport(ctx, "importer", seiv1alpha1.ReasonImportPVCInUse)
		return func() { expectRunning(ctx, "importer", "data-archive") }
	}),
)

// createdAndRunning brings up a node on a claim of its own, which is filled while the node is paused.
func createdAndRunning(ctx context.Context, name string, policy *seiv1alpha1.DeletionPolicy) {
	fresh := creating(name)
	fresh.Spec.Paused, fresh.Spec.DataVolume.DeletionPolicy = ptr.To(true), policy
	create(ctx, fresh)
	Eventually(ctx, func() bool { return exists(ctx, "data-"+name, &corev1.PersistentVolumeClaim{}) }).Should(BeTrue())
	fill(ctx, "data-"+name)
	setPaused(ctx, name, false)
	expectRunning(ctx, name, "data-"+name)
}

func setPaused(ctx context.Context, name string, paused bool) {
	edit(ctx, name, &seiv1alpha1.SeiNode{}, func(node *seiv1alpha1.SeiNode) { node.Spec.Paused = &paused })
}

func pause(ctx context.Context, name string) {
	setPaused(ctx, name, true)
	expectCondition(ctx, name, seiv1alpha1.ConditionReady, metav1.ConditionFalse, seiv1alpha1.ReasonPaused)
	expectGone(ctx, name+"-0", &corev1.Pod{})
}

func deleteNode(ctx context.Context, name string) {
	deleteNow(ctx, node(ctx, Default, name))
	expectGone(ctx, name, &seiv1alpha1.SeiNode{})
	Expect(exists(ctx, name+"-0", &corev1.Pod{})).To(BeFalse(), "the SeiNode went before its pod")
}
