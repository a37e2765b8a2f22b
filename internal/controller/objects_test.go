package controller_test

import (
	"context"
	"fmt"
	"slices"

	. "github.com/onsi/gomega"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/utils/ptr"
	"sigs.k8s.io/controller-runtime/pkg/client"

	seiv1alpha1 "github.com/seinode/seinode-operator/api/v1alpha1"
)

func objectMeta(name string) metav1.ObjectMeta {
	return metav1.ObjectMeta{Namespace: namespace, Name: name}
}

func key(name string) client.ObjectKey { return client.ObjectKey{Namespace: namespace, Name: name} }

// creating builds an archive of 10Gi that makes a claim of its own.
func creating(name string) *seiv1alpha1.SeiNode {
	return &seiv1alpha1.SeiNode{ObjectMeta: objectMeta(name), Spec: seiv1alpha1.SeiNodeSpec{
		ChainID: "pacific-1", Image: "sei:good", Archive: &seiv1alpha1.ArchiveSpec{},
		DataVolume: &seiv1alpha1.DataVolumeSpec{Size: ptr.To(resource.MustParse("10Gi"))},
	}}
}

// importing builds an archive that adopts the claim, which must be at least 10Gi, and registers the claim with the witness.
func importing(name, claim string) *seiv1alpha1.SeiNode {
	witness(claim)
	node := creating(name)
	node.Spec.DataVolume.Import = &seiv1alpha1.DataVolumeImport{PVCName: claim}
	return node
}

func newClaim(name string) *corev1.PersistentVolumeClaim {
	return &corev1.PersistentVolumeClaim{ObjectMeta: objectMeta(name), Spec: corev1.PersistentVolumeClaimSpec{
		AccessModes: []corev1.PersistentVolumeAccessMode{corev1.ReadWriteOnce},
		Resources:   corev1.VolumeResourceRequirements{Requests: corev1.ResourceList{corev1.ResourceStorage: resource.MustParse("1Gi")}},
	}}
}

// boundClaim creates a claim and a volume of that size, bound to each other as the volume controller would.
func boundClaim(ctx context.Context, name, size string) *corev1.PersistentVolumeClaim {
	claim := newClaim(name)
	create(ctx, claim)
	bind(ctx, claim, size)
	return claim
}

func bind(ctx context.Context, claim *corev1.PersistentVolumeClaim, size string) {
	bindTo(ctx, claim, size, corev1.PersistentVolumeSource{HostPath: &corev1.HostPathVolumeSource{Path: "/nowhere/" + string(claim.UID)}})
}

func bindTo(ctx context.Context, claim *corev1.PersistentVolumeClaim, size string, source corev1.PersistentVolumeSource) {
	capacity := corev1.ResourceList{corev1.ResourceStorage: resource.MustParse(size)}
	volume := &corev1.PersistentVolume{
		ObjectMeta: metav1.ObjectMeta{Name: "pv-" + string(claim.UID)},
		Spec: corev1.PersistentVolumeSpec{
			Capacity: capacity, AccessModes: claim.Spec.AccessModes,
			PersistentVolumeSource: source,
			ClaimRef:               &corev1.ObjectReference{Namespace: claim.Namespace, Name: claim.Name, UID: claim.UID},
		},
	}
	Expect(k8s.Create(ctx, volume)).To(Succeed())
	volume.Status.Phase = corev1.VolumeBound
	Expect(k8s.Status().Update(ctx, volume)).To(Succeed())
	claim.Spec.VolumeName = volume.Name
	Expect(k8s.Update(ctx, claim)).To(Succeed())
	setClaimStatus(ctx, claim, corev1.ClaimBound, size)
}

func setClaimStatus(ctx context.Context, claim *corev1.PersistentVolumeClaim, phase corev1.PersistentVolumeClaimPhase, size string) {
	Expect(k8s.Get(ctx, client.ObjectKeyFromObject(claim), claim)).To(Succeed())
	claim.Status.Phase = phase
	claim.Status.Capacity = corev1.ResourceList{corev1.ResourceStorage: resource.MustParse(size)}
	Expect(k8s.Status().Update(ctx, claim)).To(Succeed())
}

// resize is what an expansion comes to in the end.
func resize(ctx context.Context, claim *corev1.PersistentVolumeClaim, size string) {
	volume := volumeOf(ctx, claim)
	volume.Spec.Capacity[corev1.ResourceStorage] = resource.MustParse(size)
	Expect(k8s.Update(ctx, volume)).To(Succeed())
	setClaimStatus(ctx, claim, corev1.ClaimBound, size)
}

func volumeOf(ctx context.Context, claim *corev1.PersistentVolumeClaim) *corev1.PersistentVolume {
	volume := &corev1.PersistentVolume{}
	Expect(k8s.Get(ctx, client.ObjectKey{Name: "pv-" + string(claim.UID)}, volume)).To(Succeed())
	return volume
}

// release lets a deleted claim go, as the protection controller does once no pod uses it.
func release(ctx context.Context, name string) {
	claim := get(ctx, name, &corev1.PersistentVolumeClaim{})
	gone := claim.UID
	Expect(claim.DeletionTimestamp).NotTo(BeNil())
	Eventually(ctx, func(g Gomega) {
		live := &corev1.PersistentVolumeClaim{}
		err := k8s.Get(ctx, key(name), live)
		if apierrors.IsNotFound(err) || live.UID != gone {
			return
		}
		live.Finalizers = nil
		_ = k8s.Update(ctx, live)
		g.Expect(live.UID).NotTo(Equal(gone))
	}).Should(Succeed())
}

func create(ctx context.Context, object client.Object) {
	ExpectWithOffset(1, k8s.Create(ctx, object)).To(Succeed())
}

// edit changes an object as a user does, and tries again where somebody else was faster.
func edit[T client.Object](ctx context.Context, name string, object T, change func(T)) {
	Eventually(ctx, func() error {
		if err := k8s.Get(ctx, key(name), object); err != nil {
			return err
		}
		change(object)
		return k8s.Update(ctx, object)
	}).Should(Succeed())
}

func editNode(ctx context.Context, name string, change func(*seiv1alpha1.SeiNode)) {
	edit(ctx, name, &seiv1alpha1.SeiNode{}, change)
}

func remove(ctx context.Context, object client.Object) {
	Expect(client.IgnoreNotFound(k8s.Delete(ctx, object))).To(Succeed())
}

func exists(ctx context.Context, name string, object client.Object) bool {
	err := k8s.Get(ctx, key(name), object)
	if !apierrors.IsNotFound(err) {
		ExpectWithOffset(1, err).NotTo(HaveOccurred())
	}
	return err == nil
}

func expectGone(ctx context.Context, name string, object client.Object) {
	Eventually(ctx, func() bool { return exists(ctx, name, object) }).Should(BeFalse(), "%T %s is still there", object, name)
}

func get[T client.Object](ctx context.Context, name string, object T) T {
	ExpectWithOffset(1, k8s.Get(ctx, key(name), object)).To(Succeed())
	return object
}

func node(ctx context.Context, name string) *seiv1alpha1.SeiNode {
	return get(ctx, name, &seiv1alpha1.SeiNode{})
}

func set(ctx context.Context, name string) *appsv1.StatefulSet {
	return get(ctx, name, &appsv1.StatefulSet{})
}

// expectNoWorkload says that nothing could mount the node's claim.
func expectNoWorkload(ctx context.Context, name string) {
	Consistently(ctx, func() bool {
		return exists(ctx, name, &appsv1.StatefulSet{}) || exists(ctx, name+"-0", &corev1.Pod{})
	}).Should(BeFalse(), "SeiNode %s has a workload", name)
}

// expectPhase waits for the phase, in a status that speaks of the newest spec.
func expectPhase(ctx context.Context, name string, phase seiv1alpha1.Phase) *seiv1alpha1.SeiNode {
	found := &seiv1alpha1.SeiNode{}
	EventuallyWithOffset(1, ctx, func(g Gomega) {
		g.Expect(k8s.Get(ctx, key(name), found)).To(Succeed())
		g.Expect(found.Status.Phase).To(Equal(phase), "%+v", found.Status.Conditions)
		g.Expect(found.Status.ObservedGeneration).To(Equal(found.Generation))
	}).Should(Succeed())
	return found
}

// expectCondition waits for a condition's status and reason, and for parts of its message, which it returns.
func expectCondition(ctx context.Context, name, kind, statusAndReason string, parts ...string) string {
	message := ""
	EventuallyWithOffset(1, ctx, func(g Gomega) {
		found := &seiv1alpha1.SeiNode{}
		g.Expect(k8s.Get(ctx, key(name), found)).To(Succeed())
		condition := meta.FindStatusCondition(found.Status.Conditions, kind)
		g.Expect(condition).NotTo(BeNil())
		g.Expect(fmt.Sprintf("%s/%s", condition.Status, condition.Reason)).To(Equal(statusAndReason), condition.Message)
		g.Expect(condition.ObservedGeneration).To(Equal(found.Generation))
		for _, part := range parts {
			g.Expect(condition.Message).To(ContainSubstring(part))
		}
		message = condition.Message
	}).Should(Succeed())
	return message
}

func expectImport(ctx context.Context, name, statusAndReason string, parts ...string) string {
	return expectCondition(ctx, name, seiv1alpha1.ConditionImportPVCReady, statusAndReason, parts...)
}

func expectReady(ctx context.Context, name, statusAndReason string, parts ...string) string {
	return expectCondition(ctx, name, seiv1alpha1.ConditionReady, statusAndReason, parts...)
}

// running brings up an archive on an imported claim of 10Gi.
func running(ctx context.Context, name, claim string) *corev1.PersistentVolumeClaim {
	bound := boundClaim(ctx, claim, "10Gi")
	create(ctx, importing(name, claim))
	expectPhase(ctx, name, seiv1alpha1.PhaseRunning)
	return bound
}

// mountedClaims are the claims that a pod template mounts.
func mountedClaims(spec corev1.PodSpec) []string {
	var names []string
	for _, volume := range spec.Volumes {
		if volume.PersistentVolumeClaim != nil {
			names = append(names, volume.PersistentVolumeClaim.ClaimName)
		}
	}
	slices.Sort(names)
	return names
}

func resourceOf(text string) *resource.Quantity { return ptr.To(resource.MustParse(text)) }
