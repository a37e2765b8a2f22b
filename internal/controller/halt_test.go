package controller_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"github.com/prometheus/client_golang/prometheus"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/utils/ptr"
	ctrl "sigs.k8s.io/controller-runtime"

	seiv1alpha1 "github.com/seinode/seinode-operator/api/v1alpha1"
	"github.com/seinode/seinode-operator/internal/agent/wire"
	"github.com/seinode/seinode-operator/internal/poll"
)

// askedSoon is how long it may take until an agent is asked again, and its node has heard of it.
const askedSoon = 40 * time.Second

// agents are the addresses of those who answer for the agents in pods, by the pods' own. A pod without an address is asked nothing.
type agents struct{ known sync.Map }

// runOperator runs an operator that asks them.
func (a *agents) runOperator() (ctrl.Manager, error) {
	manager, err := emptyManager(api.operator, nil)
	if err != nil {
		return nil, err
	}
	operator := newReconciler(manager, prometheus.NewRegistry(), testPlatform())
	operator.Agents = poll.New(manager.GetClient(), 0)
	operator.Agents.Address = func(pod *corev1.Pod) (string, error) {
		if address, known := a.known.Load(pod.Status.PodIP); known {
			return address.(string), nil
		}
		return "", fmt.Errorf("nobody answers for %s", pod.Status.PodIP)
	}
	return manager, operator.SetupWithManager(context.Background(), manager, 16)
}

// say has the agent in a node's pod say that, and the pod be not ready.
func (a *agents) say(ctx context.Context, pod string, said wire.NodeStatus) {
	const address = "192.0.2.9"
	agent := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _ = json.NewEncoder(w).Encode(said) }))
	DeferCleanup(agent.Close)
	a.known.Store(address, strings.TrimPrefix(agent.URL, "http://"))
	Eventually(ctx, func() error {
		found := &corev1.Pod{}
		if err := k8s.Get(ctx, key(pod), found); err != nil {
			return err
		}
		found.Status.PodIP, found.Status.PodIPs = address, []corev1.PodIP{{IP: address}}
		found.Status.Conditions = []corev1.PodCondition{{Type: corev1.PodReady, Status: corev1.ConditionFalse}}
		return k8s.Status().Update(ctx, found)
	}).Should(Succeed())
}

var _ = Describe("A halt height", Ordered, func() {
	var asked agents

	BeforeAll(func() {
		ownControlPlane()
		Expect(api.run(asked.runOperator())).To(Succeed())
	})

	setHalt := func(ctx context.Context, height *int64) {
		editNode(ctx, "archive", func(node *seiv1alpha1.SeiNode) { node.Spec.HaltHeight = height })
	}

	It("makes another pod, which stops at the block, says so, and is replaced to go on", func(ctx context.Context) {
		namespace = newNamespace(ctx, k8s) // the one that every spec gets was made on the shared one
		running(ctx, "archive", "old")
		first := get(ctx, "archive-0", &corev1.Pod{})
		setHalt(ctx, ptr.To[int64](500))
		Eventually(ctx, func(g Gomega) {
			pod := &corev1.Pod{}
			g.Expect(k8s.Get(ctx, key("archive-0"), pod)).To(Succeed())
			g.Expect(pod.UID).NotTo(Equal(first.UID))
			g.Expect(pod.Spec.Containers[0].Args).To(ContainElements("run", "--halt-height", "500", "seid", "start"))
		}).Should(Succeed())
		expectReady(ctx, "archive", "True/NodeReady")
		expectCondition(ctx, "archive", seiv1alpha1.ConditionNodeUpdateInProgress, "False/UpToDate")

		By("stopping")
		asked.say(ctx, "archive-0", wire.NodeStatus{Reason: "stopped", HeightHalt: &wire.HeightHalt{Height: 500}})
		Eventually(ctx, func() string { return readyOf(ctx, "archive") }, askedSoon).Should(HavePrefix("False/HaltHeight: spec.haltHeight is 500, and seid has stopped for halt height 500"))
		expectCondition(ctx, "archive", seiv1alpha1.ConditionSynced, "False/HaltHeight")
		Expect(node(ctx, "archive").Status.Phase).To(Equal(seiv1alpha1.PhaseRunning))
		expectCondition(ctx, "archive", seiv1alpha1.ConditionNodeUpdateInProgress, "False/UpToDate")
		writes := len(operatorWrites(namespace))
		Consistently(ctx, func() int { return len(operatorWrites(namespace)) }, "3s").Should(Equal(writes), "who stands still writes nothing")

		By("going on")
		setHalt(ctx, nil)
		Eventually(ctx, func(g Gomega) {
			pod := &corev1.Pod{}
			g.Expect(k8s.Get(ctx, key("archive-0"), pod)).To(Succeed())
			g.Expect(pod.Spec.Containers[0].Command).To(Equal([]string{"seid"}))
		}).Should(Succeed())
		expectReady(ctx, "archive", "True/NodeReady")
	})
})

// readyOf is the node's condition Ready in one line.
func readyOf(ctx context.Context, name string) string {
	for _, c := range node(ctx, name).Status.Conditions {
		if c.Type == seiv1alpha1.ConditionReady {
			return string(c.Status) + "/" + c.Reason + ": " + c.Message
		}
	}
	return ""
}
