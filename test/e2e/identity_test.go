//go:build e2e

package e2e

import (
	"context"
	"os/exec"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/utils/ptr"
	"sigs.k8s.io/controller-runtime/pkg/client"

	seiv1alpha1 "github.com/seinode/seinode-operator/api/v1alpha1"
	"github.com/seinode/seinode-operator/internal/fixture"
)

// keep makes the volume of a claim one that outlives it.
func keep(ctx context.Context, claim string) *corev1.PersistentVolume {
	volume := volumeOf(ctx, Default, claim)
	volume.Spec.PersistentVolumeReclaimPolicy = corev1.PersistentVolumeReclaimRetain
	Expect(k8s.Update(ctx, volume)).To(Succeed())
	return volume
}

// claimOn creates a claim that names its volume.
func claimOn(ctx context.Context, namespace, name string, volume *corev1.PersistentVolume) *corev1.PersistentVolumeClaim {
	claim := &corev1.PersistentVolumeClaim{
		ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: name},
		Spec: corev1.PersistentVolumeClaimSpec{
			AccessModes: volume.Spec.AccessModes, VolumeName: volume.Name, StorageClassName: ptr.To(volume.Spec.StorageClassName),
			Resources: corev1.VolumeResourceRequirements{Requests: corev1.ResourceList{corev1.ResourceStorage: resource.MustParse("2Gi")}},
		},
	}
	create(ctx, claim)
	return claim
}

// The commands of the messages, obeyed where Kubernetes' own controllers answer.
var _ = Describe("A claim that cannot be used yet", func() {
	DescribeTable("is bound to the volume that another left, as the message says", func(ctx context.Context, former, claim string) {
		filledClaim(ctx, former)
		volume := keep(ctx, former)
		deleteNow(ctx, get(ctx, Default, former, &corev1.PersistentVolumeClaim{}))
		Eventually(ctx, func(g Gomega) {
			g.Expect(k8s.Get(ctx, client.ObjectKeyFromObject(volume), volume)).To(Succeed())
			g.Expect(volume.Status.Phase).To(Equal(corev1.VolumeReleased))
		}).Should(Succeed())
		claimOn(ctx, namespace, claim, volume)
		create(ctx, importing("archive", claim))
		message := expectImport(ctx, "archive", seiv1alpha1.ReasonImportPVCNotBound)
		Expect(fixture.Obey(ctx, k8s, message)).To(Succeed())
		expectRunning(ctx, "archive", claim)
		Expect(fixture.Obey(ctx, k8s, message)).NotTo(Succeed(), "the volume serves a claim")
		deleteNode(ctx, "archive")
		deleteNow(ctx, get(ctx, Default, claim, &corev1.PersistentVolumeClaim{}))
		deleteNow(ctx, volume)
	},
		Entry("under the same name", "old", "old"),
		Entry("under another", "old", "new"),
	)

	It("is bound to an orphaned volume by what the README says", func(ctx context.Context) {
		filledClaim(ctx, "data-archive-0-0")
		volume := volumeOf(ctx, Default, "data-archive-0-0")
		commands := commands("README.md", "### An orphaned volume", "pv archive-0", "pv "+volume.Name, `"namespace":"sei"`, `"namespace":"`+namespace+`"`)
		Expect(commands).To(HaveLen(3), "two patches, and the claim")
		run(ctx, commands[0])
		deleteNow(ctx, get(ctx, Default, "data-archive-0-0", &corev1.PersistentVolumeClaim{}))
		Eventually(ctx, func(g Gomega) {
			g.Expect(k8s.Get(ctx, client.ObjectKeyFromObject(volume), volume)).To(Succeed())
			g.Expect(volume.Status.Phase).To(Equal(corev1.VolumeReleased))
		}).Should(Succeed())
		run(ctx, commands[1])
		Expect(commands[2]).To(HavePrefix("kubectl apply -f claim.yaml"))
		claimOn(ctx, namespace, "data-archive-0-0", volume)
		create(ctx, importing("archive-0", "data-archive-0-0"))
		expectRunning(ctx, "archive-0", "data-archive-0-0")
		deleteNode(ctx, "archive-0")
		deleteNow(ctx, get(ctx, Default, "data-archive-0-0", &corev1.PersistentVolumeClaim{}))
		deleteNow(ctx, volume)
	})

	It("is freed from a StatefulSet that would take it along, as the message says", func(ctx context.Context) {
		labels, grace := map[string]string{"app": "former"}, int64(0)
		former := standin("former", emptyDir(), "version", "--home", home)
		former.Spec.RestartPolicy, former.Spec.TerminationGracePeriodSeconds = corev1.RestartPolicyAlways, &grace
		former.Spec.Volumes = nil
		set := &appsv1.StatefulSet{ObjectMeta: objectMeta("former"), Spec: appsv1.StatefulSetSpec{
			Selector: &metav1.LabelSelector{MatchLabels: labels},
			Template: corev1.PodTemplateSpec{ObjectMeta: metav1.ObjectMeta{Labels: labels}, Spec: former.Spec},
			PersistentVolumeClaimRetentionPolicy: &appsv1.StatefulSetPersistentVolumeClaimRetentionPolicy{
				WhenDeleted: appsv1.DeletePersistentVolumeClaimRetentionPolicyType, WhenScaled: appsv1.RetainPersistentVolumeClaimRetentionPolicyType,
			},
			VolumeClaimTemplates: []corev1.PersistentVolumeClaim{{ObjectMeta: metav1.ObjectMeta{Name: "data"}, Spec: corev1.PersistentVolumeClaimSpec{
				AccessModes: []corev1.PersistentVolumeAccessMode{corev1.ReadWriteOnce},
				Resources:   corev1.VolumeResourceRequirements{Requests: corev1.ResourceList{corev1.ResourceStorage: resource.MustParse("2Gi")}},
			}}},
		}}
		create(ctx, set)
		Eventually(ctx, func(g Gomega) {
			claim := get(ctx, g, "data-former-0", &corev1.PersistentVolumeClaim{})
			g.Expect(claim.Status.Phase).To(Equal(corev1.ClaimBound))
			g.Expect(metav1.GetControllerOf(claim)).NotTo(BeNil())
		}).Should(Succeed())
		edit(ctx, "former", set, func(set *appsv1.StatefulSet) { set.Spec.Replicas = ptr.To[int32](0) })
		expectGone(ctx, "former-0", &corev1.Pod{})
		fill(ctx, "data-former-0")
		create(ctx, importing("archive", "data-former-0"))
		Expect(fixture.Obey(ctx, k8s, expectImport(ctx, "archive", seiv1alpha1.ReasonImportPVCOwnedElsewhere))).To(Succeed())
		expectRunning(ctx, "archive", "data-former-0")
		deleteNow(ctx, set)
		expectGone(ctx, "former", &appsv1.StatefulSet{})
		Consistently(ctx, func(g Gomega) {
			g.Expect(get(ctx, g, "data-former-0", &corev1.PersistentVolumeClaim{}).DeletionTimestamp).To(BeNil())
		}).Should(Succeed(), "nothing takes it along any more")
	})
})

// One disk is one, whatever the volumes and claims on it are called.
var _ = Describe("A folder of a machine under two names", func() {
	It("is refused while a claim of another namespace has it, and adopted when that is gone", func(ctx context.Context) {
		filledClaim(ctx, "old")
		original := volumeOf(ctx, Default, "old")
		again := &corev1.PersistentVolume{ObjectMeta: metav1.ObjectMeta{Name: "again-" + namespace}, Spec: *original.Spec.DeepCopy()}
		again.Spec.PersistentVolumeReclaimPolicy = corev1.PersistentVolumeReclaimRetain
		again.Spec.ClaimRef = &corev1.ObjectReference{Namespace: chainNamespace, Name: "copy-" + namespace}
		create(ctx, again)
		DeferCleanup(func(ctx context.Context) { deleteNow(ctx, again) })
		copied := claimOn(ctx, chainNamespace, "copy-"+namespace, again)
		Eventually(ctx, func(g Gomega) {
			g.Expect(k8s.Get(ctx, client.ObjectKeyFromObject(again), again)).To(Succeed())
			g.Expect(again.Status.Phase).To(Equal(corev1.VolumeBound))
		}).Should(Succeed())
		data := bytesOf(ctx, "old")
		create(ctx, importing("archive", "old"))
		Expect(expectImport(ctx, "archive", seiv1alpha1.ReasonImportVolumeAliased)).To(And(
			ContainSubstring(original.Name), ContainSubstring(again.Name), ContainSubstring(`PVC "copy-`+namespace+`" in namespace "`+chainNamespace+`"`)))
		expectNoPod(ctx, "archive")
		Expect(bytesOf(ctx, "old")).To(Equal(data), "a refused volume was touched")
		deleteNow(ctx, copied)
		Eventually(ctx, func(g Gomega) {
			g.Expect(k8s.Get(ctx, client.ObjectKeyFromObject(again), again)).To(Succeed())
			g.Expect(again.Status.Phase).To(Equal(corev1.VolumeReleased))
		}).Should(Succeed())
		Expect(expectImport(ctx, "archive", seiv1alpha1.ReasonImportPVCValidated)).To(ContainSubstring("bind it to no other PVC"))
		expectRunning(ctx, "archive", "old")
	})
})

// A key is one, whatever the volumes are called that it lies on.
var _ = Describe("A validator's key on two clones of a volume", func() {
	It("signs for one SeiNode; seid never starts in the other's pod, until the first is gone", func(ctx context.Context) {
		filledClaim(ctx, "original")
		filledClaim(ctx, "clone")
		from, to := volumeOf(ctx, Default, "original").Spec.Local.Path, volumeOf(ctx, Default, "clone").Spec.Local.Path
		Expect(exec.CommandContext(ctx, "sh", "-c", `rm -rf "$2"/* && cp -a "$1"/. "$2"/`, "clone", from, to).Run()).To(Succeed())
		create(ctx, validating("first", "original"))
		expectCondition(ctx, "first", seiv1alpha1.ConditionReady, "True", seiv1alpha1.ReasonNodeReady)
		address := node(ctx, Default, "first").Status.Signing.KeyAddress
		Expect(address).To(HaveLen(40))

		create(ctx, validating("second", "clone"))
		Expect(expectCondition(ctx, "second", seiv1alpha1.ConditionReady, "False", seiv1alpha1.ReasonSigningKeyInUse)).To(And(
			ContainSubstring(address), ContainSubstring(`SeiNode "first"`)))
		data := bytesOf(ctx, "clone")
		Consistently(ctx, func(g Gomega) {
			g.Expect(processOf(podUID(ctx, "second-0"), "seid")).To(BeZero())
			g.Expect(bytesOf(ctx, "clone")).To(Equal(data))
		}, "15s", "1s").Should(Succeed())
		deleteNode(ctx, "first")
		expectCondition(ctx, "second", seiv1alpha1.ConditionReady, "True", seiv1alpha1.ReasonNodeReady)
		Expect(node(ctx, Default, "second").Status.Signing.KeyAddress).To(Equal(address))

	})
})

// validating builds a validator that signs with the key on an imported volume. The key has signed nothing: its chain has another validator.
func validating(name, claim string) *seiv1alpha1.SeiNode {
	wants := importing(name, claim)
	wants.Spec.Archive = nil
	wants.Spec.Validator = &seiv1alpha1.ValidatorSpec{SignState: ptr.To(seiv1alpha1.SignStateFresh)}
	return wants
}
