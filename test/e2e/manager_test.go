//go:build e2e

package e2e

import (
	"context"
	"flag"
	"fmt"
	"math/rand"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	coordinationv1 "k8s.io/api/coordination/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

var killing = flag.Bool("kill-manager", false, "kill the manager at random moments for as long as specs run, of all processes")

// stopKilling ends what startKilling began, and says how often the manager was killed.
var stopKilling = func() {}

func startKilling() {
	if !*killing {
		return
	}
	ctx, stop := context.WithCancel(context.Background())
	stopped := make(chan int, 1)
	go func() {
		defer GinkgoRecover()
		stopped <- killManagers(ctx)
	}()
	stopKilling = func() {
		stop()
		kills := <-stopped
		Expect(kills).To(BeNumerically(">", 0), "the manager was never killed")
		AddReportEntry("the manager", fmt.Sprintf("killed %d times", kills), ReportEntryVisibilityAlways)
	}
}

// killManagers kills until it is told to stop, and says how often it did: each manager lives for up to six seconds after it
// was made the leader. The moments come from Ginkgo's seed, so that a run can be repeated.
func killManagers(ctx context.Context) int {
	random := rand.New(rand.NewSource(GinkgoRandomSeed()))
	for kills := 0; ; kills++ {
		leader := waitForLeader(ctx)
		if leader == nil {
			return kills
		}
		select {
		case <-ctx.Done():
			return kills
		case <-time.After(time.Duration(random.Intn(6000)) * time.Millisecond):
			kill(leader)
		}
	}
}

// waitForLeader returns the manager's pod once it holds the lease; nil when ctx is done.
func waitForLeader(ctx context.Context) *corev1.Pod {
	for ; ctx.Err() == nil; time.Sleep(100 * time.Millisecond) { // between two looks: a lease that goes and comes has no watch here
		held := lease()
		if err := k8s.Get(ctx, client.ObjectKeyFromObject(held), held); err != nil || held.Spec.HolderIdentity == nil {
			continue
		}
		pods := &corev1.PodList{}
		if err := k8s.List(ctx, pods, client.InNamespace(operatorNamespace)); err != nil {
			continue
		}
		for i := range pods.Items {
			if *held.Spec.HolderIdentity == pods.Items[i].Name && pods.Items[i].DeletionTimestamp == nil {
				return &pods.Items[i]
			}
		}
	}
	return nil
}

func lease() *coordinationv1.Lease {
	return &coordinationv1.Lease{ObjectMeta: metav1.ObjectMeta{Namespace: operatorNamespace, Name: "seinode-operator.sei.io"}}
}

// kill ends the process with SIGKILL: no farewell, nothing finished. Deleting the pod would send SIGTERM first. The pod goes
// too, or its restarts would be held back longer and longer; and so does the lease, which nobody can hold any more: to wait
// until it expires would only test client-go, fifteen seconds a kill.
func kill(leader *corev1.Pod) {
	pid := processOf(leader.UID, "/manager")
	Expect(pid).NotTo(BeZero(), "the manager's process is not on this machine")
	killProcess(leader, pid)
}

func killProcess(leader *corev1.Pod, pid int) {
	Expect(syscall.Kill(pid, syscall.SIGKILL)).To(Succeed())
	for _, object := range []client.Object{leader, lease()} {
		Expect(client.IgnoreNotFound(k8s.Delete(context.Background(), object, client.GracePeriodSeconds(0)))).To(Succeed())
	}
}

// aim waits for the manager's process, which may not lead yet and so has done nothing, and returns what kills it.
func aim(ctx context.Context) (fire func()) {
	Eventually(ctx, func(g Gomega) {
		pods := operatorPods(ctx, g, operatorNamespace)
		g.Expect(pods).To(HaveLen(1))
		pid := processOf(pods[0].UID, "/manager")
		g.Expect(pid).NotTo(BeZero())
		fire = func() { killProcess(&pods[0], pid) }
	}, "1m", "50ms").Should(Succeed())
	return fire
}

// processOf finds a pod's process by its control group and the command that it was started with, 0 for none.
func processOf(pod types.UID, command string) int {
	processes, err := filepath.Glob("/proc/[0-9]*")
	Expect(err).NotTo(HaveOccurred())
	for _, process := range processes {
		groups, _ := os.ReadFile(filepath.Join(process, "cgroup")) // a process may end while we look
		line, _ := os.ReadFile(filepath.Join(process, "cmdline"))
		if strings.Contains(string(groups), string(pod)) && strings.HasPrefix(string(line), command) {
			pid, _ := strconv.Atoi(filepath.Base(process))
			return pid
		}
	}
	return 0
}
