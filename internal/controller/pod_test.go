package controller_test

import (
	"context"
	"encoding/json"
	"fmt"
	"sync"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	seiv1alpha1 "github.com/seinode/seinode-operator/api/v1alpha1"
	"github.com/seinode/seinode-operator/internal/agent/wire"
)

// signing builds a validator that signs with a Secret's key.
func signing(name, secret string) *seiv1alpha1.SeiNode {
	node := creating(name)
	node.Spec.Archive = nil
	node.Spec.Validator = &seiv1alpha1.ValidatorSpec{SigningKey: &seiv1alpha1.SecretReference{SecretName: secret}}
	return node
}

func createSecret(ctx context.Context, name, key string) {
	create(ctx, &corev1.Secret{ObjectMeta: objectMeta(name), Data: map[string][]byte{key: []byte("{}")}})
}

// Two signers with one key are slashed.
var _ = Describe("One signing key", func() {
	It("serves one SeiNode; the next one waits until the first is gone", func(ctx context.Context) {
		createSecret(ctx, "key", "priv_validator_key.json")
		create(ctx, signing("first", "key"))
		expectPhase(ctx, "first", seiv1alpha1.PhaseRunning)
		Expect(node(ctx, "first").Status.SigningSecret).To(Equal("key"))
		create(ctx, signing("second", "key"))
		expectReady(ctx, "second", "False/SigningKeyInUse", `already signs for SeiNode "first"`)
		expectNoWorkload(ctx, "second")
		keepPod(ctx, "first-0")
		remove(ctx, node(ctx, "first"))
		expectReady(ctx, "first", "False/Terminating")
		expectNoWorkload(ctx, "second")
		letPodGo(ctx, "first-0")
		expectPhase(ctx, "second", seiv1alpha1.PhaseRunning)
	})

	It("serves one of five that want it at once", func(ctx context.Context) {
		createSecret(ctx, "key", "priv_validator_key.json")
		var group sync.WaitGroup
		for i := range 5 {
			wants := signing(fmt.Sprintf("node-%d", i), "key")
			group.Go(func() {
				defer GinkgoRecover()
				create(ctx, wants)
			})
		}
		group.Wait()
		sets := func(g Gomega) int {
			list := &appsv1.StatefulSetList{}
			g.Expect(k8s.List(ctx, list, client.InNamespace(namespace))).To(Succeed())
			return len(list.Items)
		}
		Eventually(ctx, sets).Should(Equal(1))
		Consistently(ctx, sets, "2s").Should(Equal(1))
	})

	It("is not taken from a pod that signs with it, even when nobody remembers", func(ctx context.Context) {
		createSecret(ctx, "key", "priv_validator_key.json")
		stranger := podOn("no-claim")
		stranger.Spec.Volumes[0].VolumeSource = corev1.VolumeSource{Secret: &corev1.SecretVolumeSource{SecretName: "key"}}
		create(ctx, stranger)
		create(ctx, signing("validator", "key"))
		expectReady(ctx, "validator", "False/SigningKeyInUse", `pod "stranger"`)
		expectNoWorkload(ctx, "validator")
		remove(ctx, stranger)
		expectPhase(ctx, "validator", seiv1alpha1.PhaseRunning)
	})
})

var _ = Describe("What the agent found on a volume", func() {
	It("is in the status, and a refusal is the reason of Ready", func(ctx context.Context) {
		boundClaim(ctx, "old", "10Gi")
		wants := importing("archive", "old")
		wants.Spec.Image = "sei:bad"
		create(ctx, wants)
		expectReady(ctx, "archive", "False/PodNotReady")
		say(ctx, wire.Inspection{Reason: "WasmMissing", Message: "no wasm/", Refused: true, Layout: wire.LayoutRoot, ChainID: "pacific-1", Height: 7})
		expectCondition(ctx, "archive", seiv1alpha1.ConditionDataInspected, "False/WasmMissing", "no wasm/")
		expectReady(ctx, "archive", "False/DataRefused", "WasmMissing: no wasm/")
		Expect(node(ctx, "archive").Status.DataVolume.Inspection).To(HaveValue(Equal(seiv1alpha1.InspectionStatus{
			Layout: "Root", ChainID: "pacific-1", Height: 7,
		})))

		By("accepting it")
		say(ctx, wire.Inspection{Reason: "Inspected", Message: "a home", Layout: wire.LayoutRoot, Unreachable: []string{"a.b"}})
		expectCondition(ctx, "archive", seiv1alpha1.ConditionDataInspected, "True/Inspected")
		expectReady(ctx, "archive", "False/PodNotReady")
		Expect(node(ctx, "archive").Status.DataVolume.Inspection.UnreachableSettings).To(Equal([]string{"a.b"}))
	})
})

// say writes the agent's verdict to where the kubelet puts a termination message.
func say(ctx context.Context, found wire.Inspection) {
	message, err := json.Marshal(found)
	Expect(err).NotTo(HaveOccurred())
	Eventually(ctx, func() error {
		pod := &corev1.Pod{}
		if err := k8s.Get(ctx, key("archive-0"), pod); err != nil {
			return err
		}
		pod.Status.InitContainerStatuses = []corev1.ContainerStatus{{Name: "inspect", State: corev1.ContainerState{
			Terminated: &corev1.ContainerStateTerminated{Message: string(message)},
		}}}
		return k8s.Status().Update(ctx, pod)
	}).Should(Succeed())
}
