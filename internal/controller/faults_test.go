package controller_test

import (
	"context"
	"errors"
	"sync/atomic"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"github.com/prometheus/client_golang/prometheus"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/rest"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/client/interceptor"

	seiv1alpha1 "github.com/seinode/seinode-operator/api/v1alpha1"
)

// An operator whose API server fails it, on a control plane of its own.
var _ = Describe("When the API server", Ordered, func() {
	var failReads, failVolumes atomic.Bool
	var conflicts, meddlings atomic.Int32
	var meddle atomic.Bool

	BeforeAll(func(ctx context.Context) {
		ownControlPlane()
		faulty := func(config *rest.Config, options client.Options) (client.Client, error) {
			real, err := client.NewWithWatch(config, options)
			if err != nil {
				return nil, err
			}
			return interceptor.NewClient(real, interceptor.Funcs{
				Get: func(ctx context.Context, real client.WithWatch, key client.ObjectKey, object client.Object, options ...client.GetOption) error {
					if _, isClaim := object.(*corev1.PersistentVolumeClaim); isClaim && failReads.Load() {
						return errors.New("the API server is taking a nap")
					}
					if _, isVolume := object.(*corev1.PersistentVolume); isVolume && failVolumes.Load() {
						return errors.New("the API server has lost its volumes")
					}
					return real.Get(ctx, key, object, options...)
				},
				SubResourcePatch: func(ctx context.Context, real client.Client, name string, object client.Object, patch client.Patch,
					options ...client.SubResourcePatchOption) error {
					if meddle.CompareAndSwap(true, false) { // somebody is faster
						wipeStatus(ctx, object.GetName())
						meddlings.Add(1)
					}
					err := real.SubResource(name).Patch(ctx, object, patch, options...)
					if apierrors.IsConflict(err) {
						conflicts.Add(1)
					}
					return err
				},
			}), nil
		}
		Expect(api.run(newManager(api.operator, prometheus.NewRegistry(), faulty))).To(Succeed())
		namespace = newNamespace(ctx, k8s) // the first spec's was made on the shared one
	})

	It("cannot be read, there is no verdict, and the status says so", func(ctx context.Context) {
		failReads.Store(true)
		boundClaim(ctx, "old", "10Gi")
		create(ctx, importing("archive", "old"))
		expectImport(ctx, "archive", "Unknown/ValidationError", `PVC "old" could not be looked at`)
		expectReady(ctx, "archive", "Unknown/Initializing")
		expectNoWorkload(ctx, "archive")
		failReads.Store(false)
		expectPhase(ctx, "archive", seiv1alpha1.PhaseRunning)
	})

	It("cannot be read later on, the last honest verdict stays", func(ctx context.Context) {
		claim := running(ctx, "archive", "old")
		failReads.Store(true)
		defer failReads.Store(false)
		setClaimStatus(ctx, claim, corev1.ClaimLost, "10Gi") // nobody can see it
		Consistently(ctx, func(g Gomega) {
			g.Expect(node(ctx, "archive").Status.Phase).To(Equal(seiv1alpha1.PhaseRunning))
			g.Expect(podUID(ctx, "archive-0")).NotTo(BeEmpty())
		}).Should(Succeed())
		expectImport(ctx, "archive", "True/PVCValidated")
		failReads.Store(false)
		expectImport(ctx, "archive", "False/PVCLost")
	})

	It("cannot be read, a SeiNode can be deleted all the same: it needs no look at claims that are not its own", func(ctx context.Context) {
		running(ctx, "archive", "old")
		failReads.Store(true)
		defer failReads.Store(false)
		remove(ctx, node(ctx, "archive"))
		expectGone(ctx, "archive", &seiv1alpha1.SeiNode{})
		Expect(exists(ctx, "archive-0", &corev1.Pod{})).To(BeFalse())
	})

	It("cannot be read in part, a pause stops the pod all the same", func(ctx context.Context) {
		running(ctx, "archive", "old")
		failVolumes.Store(true)
		defer failVolumes.Store(false)
		editNode(ctx, "archive", func(node *seiv1alpha1.SeiNode) { node.Spec.Paused = new(true) })
		Eventually(ctx, func() bool { return exists(ctx, "archive-0", &corev1.Pod{}) }).Should(BeFalse())
	})

	It("cannot be read in part, a claim that is to stay is released all the same", func(ctx context.Context) {
		create(ctx, creating("kept"))
		expectPhase(ctx, "kept", seiv1alpha1.PhaseRunning)
		bind(ctx, get(ctx, "data-kept", &corev1.PersistentVolumeClaim{}), "10Gi")
		failVolumes.Store(true)
		defer failVolumes.Store(false)
		imports := creating("importer")
		imports.Spec.DataVolume.Import = &seiv1alpha1.DataVolumeImport{PVCName: "data-kept"}
		create(ctx, imports)
		Eventually(ctx, func() []metav1.OwnerReference {
			return get(ctx, "data-kept", &corev1.PersistentVolumeClaim{}).OwnerReferences
		}).Should(BeEmpty())
	})

	It("has a newer status than the one that was read, it is not overwritten", func(ctx context.Context) {
		create(ctx, importing("archive", "late"))
		expectImport(ctx, "archive", "False/PVCNotFound")
		conflicts.Store(0)
		meddle.Store(true)
		boundClaim(ctx, "late", "10Gi")
		expectPhase(ctx, "archive", seiv1alpha1.PhaseRunning)
		Expect(meddlings.Load()).To(BeEquivalentTo(1))
		Expect(conflicts.Load()).To(BeNumerically(">=", 1), "the patch from an old read went through")
	})
})
