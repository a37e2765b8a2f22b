package controller_test

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/types"

	seiv1alpha1 "github.com/seinode/seinode-operator/api/v1alpha1"
	"github.com/seinode/seinode-operator/internal/reserve"
)

// theKey is the address of a public key, another one in each scenario: a key is one in all namespaces.
func theKey() string {
	sum := sha256.Sum256([]byte(namespace))
	return strings.ToUpper(hex.EncodeToString(sum[:20]))
}

// validating builds a validator that signs with the key on an imported volume. Its pod is left to the test.
func validating(ctx context.Context, name, claim string) *seiv1alpha1.SeiNode {
	boundClaim(ctx, claim, "10Gi")
	node := importing(name, claim)
	node.Spec.Archive, node.Spec.Image = nil, "sei:stuck"
	node.Spec.Validator = &seiv1alpha1.ValidatorSpec{}
	return node
}

// inspectSays is what the agent in the pod finds on the volume before seid may start.
func inspectSays(ctx context.Context, name, reason string, refused bool) types.UID {
	pod := &corev1.Pod{}
	Eventually(ctx, func() bool { return exists(ctx, name+"-0", pod) }).Should(BeTrue())
	said := fmt.Sprintf(`{"reason":%q,"message":"the agent's words","refused":%t,"layout":"Root","keyAddress":%q,"signed":{"height":1200,"round":0,"step":3}}`, reason, refused, theKey())
	pod.Status.Phase = corev1.PodPending
	pod.Status.InitContainerStatuses = []corev1.ContainerStatus{{Name: "inspect", State: corev1.ContainerState{
		Terminated: &corev1.ContainerStateTerminated{ExitCode: 1, Message: said},
	}}}
	Expect(k8s.Status().Update(ctx, pod)).To(Succeed())
	return pod.UID
}

// expectTold waits for a pod that may sign with the key.
func expectTold(ctx context.Context, name string, not types.UID) {
	EventuallyWithOffset(1, ctx, func(g Gomega) {
		pod := &corev1.Pod{}
		g.Expect(k8s.Get(ctx, key(name+"-0"), pod)).To(Succeed())
		g.Expect(pod.UID).NotTo(Equal(not), "the pod that was made before the key was reserved")
		g.Expect(pod.Annotations[seiv1alpha1.AnnotationReservation]).To(Equal(`{"keyAddress":"` + theKey() + `","signed":{"height":1200,"round":0,"step":3}}`))
	}).Should(Succeed())
}

// A key is its public key: two clones of one validator's volume hold one key.
var _ = Describe("One signing key on two volumes", func() {
	It("signs for one SeiNode; the other one's pod is not let, until the first is gone", func(ctx context.Context) {
		create(ctx, validating(ctx, "first", "original"))
		refused := inspectSays(ctx, "first", "KeyNotReserved", true)
		expectTold(ctx, "first", refused)
		Expect(node(ctx, "first").Status.Signing.KeyAddress).To(Equal(theKey()))
		Expect(node(ctx, "first").Status.Signing.Signed.Height).To(BeEquivalentTo(1200))

		create(ctx, validating(ctx, "second", "clone"))
		waits := inspectSays(ctx, "second", "KeyNotReserved", true)
		expectReady(ctx, "second", "False/SigningKeyInUse", theKey(), `SeiNode "first" in namespace "`+namespace+`"`, reserve.Key("pacific-1", theKey()).Lease())
		Consistently(ctx, func(g Gomega) {
			pod := get(ctx, "second-0", &corev1.Pod{})
			g.Expect(pod.UID).To(Equal(waits))
			g.Expect(set(ctx, "second").Spec.Template.Annotations).NotTo(HaveKey(seiv1alpha1.AnnotationReservation))
		}).Should(Succeed())

		keepPod(ctx, "first-0")
		remove(ctx, node(ctx, "first"))
		expectReady(ctx, "first", "False/Terminating")
		wake := func() {
			editNode(ctx, "second", func(node *seiv1alpha1.SeiNode) {
				node.Annotations = map[string]string{"wake": node.ResourceVersion}
			})
		}
		wake()
		expectReady(ctx, "second", "False/SigningKeyInUse")
		letPodGo(ctx, "first-0")
		expectGone(ctx, "first", &seiv1alpha1.SeiNode{})
		wake()
		expectTold(ctx, "second", waits)
	})

	It("is remembered with what it signed when the pod starts again", func(ctx context.Context) {
		create(ctx, validating(ctx, "validator", "one"))
		refused := inspectSays(ctx, "validator", "KeyNotReserved", true)
		expectTold(ctx, "validator", refused)
		inspectSays(ctx, "validator", "Inspected", false)
		editNode(ctx, "validator", func(node *seiv1alpha1.SeiNode) { node.Spec.Paused = new(true) })
		Eventually(ctx, func() bool { return exists(ctx, "validator-0", &corev1.Pod{}) }).Should(BeFalse())
		editNode(ctx, "validator", func(node *seiv1alpha1.SeiNode) { node.Spec.Paused = nil })
		expectTold(ctx, "validator", refused)
	})
})
