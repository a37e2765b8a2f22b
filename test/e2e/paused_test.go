//go:build e2e

package e2e

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"syscall"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	corev1 "k8s.io/api/core/v1"
	policyv1 "k8s.io/api/policy/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"

	seiv1alpha1 "github.com/seinode/seinode-operator/api/v1alpha1"
)

// What else may be in the way of a pause is tried in internal/controller/paused_test.go, and a machine that is lost in machine_test.go.
var _ = Describe("A SeiNode on a disk that is full", func() {
	It("is stopped by a pause, and goes on when there is room again", func(ctx context.Context) {
		folder := smallDisk()
		claimOn(ctx, namespace, "old", volumeAt(ctx, folder, realMachine))
		fill(ctx, "old")
		create(ctx, importing("archive", "old"))
		expectRunning(ctx, "archive", "old")
		ballast := fillUp(folder)
		message := expectCondition(ctx, "archive", seiv1alpha1.ConditionReady, "False", seiv1alpha1.ReasonDiskFull)
		Expect(message).To(ContainSubstring("the volume is full, and seid stands still"), "it does not end")

		pause(ctx, "archive")
		data := bytesOf(ctx, "old")
		Consistently(ctx, func(g Gomega) {
			g.Expect(exists(ctx, "archive-0", &corev1.Pod{})).To(BeFalse())
			g.Expect(bytesOf(ctx, "old")).To(Equal(data))
		}, "5s").Should(Succeed(), "somebody writes to the volume of a paused node")
		Expect(os.Remove(ballast)).To(Succeed())
		setPaused(ctx, "archive", false)
		expectRunning(ctx, "archive", "old")
	})
})

// A validator's budget keeps a drain from stopping it, which costs it blocks: docs/how-to/configuration.md says to pause it first.
var _ = Describe("A validator that is ready", func() {
	It("is not evicted, and leaves its machine when it is paused", func(ctx context.Context) {
		filledClaim(ctx, "old")
		create(ctx, validating("validator", "old"))
		expectCondition(ctx, "validator", seiv1alpha1.ConditionReady, "True", seiv1alpha1.ReasonNodeReady)
		Expect(rpc(ctx, namespace, "validator-0", "/status")).NotTo(ContainSubstring("sync_info"), "its RPC answers others than its own pod")
		Expect(seidHeight(ctx, "validator")).To(BeNumerically(">", 0), "the agent beside it does not hear it")
		first := podUID(ctx, "validator-0")
		Consistently(ctx, func() bool {
			return apierrors.IsTooManyRequests(raw.CoreV1().Pods(namespace).EvictV1(ctx, &policyv1.Eviction{ObjectMeta: objectMeta("validator-0")}))
		}, "5s", "1s").Should(BeTrue())
		Expect(podUID(ctx, "validator-0")).To(Equal(first))
		pause(ctx, "validator")
	})
})

// smallDisk mounts a disk of this machine's memory, where taking the cluster down would unmount it too.
func smallDisk() string {
	folder := filepath.Join(filepath.Dir(os.Getenv("AUDIT_LOG")), "volumes", "small-"+namespace)
	Expect(os.MkdirAll(folder, 0o755)).To(Succeed())
	Expect(syscall.Mount("tmpfs", folder, "tmpfs", 0, "size=64m,mode=0755")).To(Succeed())
	DeferCleanup(func(ctx context.Context) {
		Eventually(ctx, func() error { return syscall.Unmount(folder, 0) }).Should(Succeed(), "its pods are gone")
		Expect(os.Remove(folder)).To(Succeed())
	})
	return folder
}

// fillUp takes all the room that there is, and returns the file that does.
func fillUp(folder string) string {
	ballast, err := os.Create(filepath.Join(folder, "ballast"))
	Expect(err).NotTo(HaveOccurred())
	defer func() { _ = ballast.Close() }()
	for block := make([]byte, 4096); err == nil; {
		_, err = ballast.Write(block)
	}
	Expect(errors.Is(err, syscall.ENOSPC)).To(BeTrue(), "%v", err)
	return ballast.Name()
}

// commandOf is what a message ends with, for somebody to paste.
func commandOf(message, begins string) string {
	at := strings.Index(message, begins)
	ExpectWithOffset(1, at).To(BeNumerically(">", 0), message)
	return message[at:]
}
