//go:build e2e

package e2e

import (
	"context"
	"fmt"
	"os"
	"slices"
	"sync"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	seiv1alpha1 "github.com/seinode/seinode-operator/api/v1alpha1"
	"github.com/seinode/seinode-operator/internal/fixture"
	"github.com/seinode/seinode-operator/internal/task"
	"github.com/seinode/seinode-operator/internal/workload"
)

// It takes the operator away from all namespaces for a while.
var _ = Describe("Three nodes at an upgrade of the chain", Serial, func() {
	nodes := []string{"one", "two", "three"}
	upgrades := []string{"v2", "v3", "v4", "v5", "v6", "v7", "v8"}

	It("are on the new image and at the tip soon: in peace, with the operator killed at each step, and after it was down", func(ctx context.Context) {
		startChain(ctx, namespace, emptyDir())
		wanted := following(ctx, "", namespace)
		wanted.Spec.Image = release("v1")
		for _, upgrade := range upgrades {
			wanted.Spec.Upgrades = append(wanted.Spec.Upgrades, seiv1alpha1.Upgrade{Name: upgrade, Image: release(upgrade)})
		}
		for _, name := range nodes {
			wanted.Name, wanted.ResourceVersion = name, ""
			create(ctx, wanted.DeepCopy())
		}
		for _, name := range nodes {
			expectRunning(ctx, name, "data-"+name)
		}
		pods, since := follow(ctx), time.Now()

		By("in peace")
		at := schedule(ctx, "v2")
		pods.expectAtTip(ctx, nodes, "v2", at, "with the operator in peace")

		By("killing the operator at each step, one an upgrade, before it can have done more")
		for i, moment := range moments {
			upgrade := upgrades[1+i]
			at = schedule(ctx, upgrade)
			fire := aim(ctx)
			moment.await(ctx, upgrade)
			fire()
			pods.expectAtTip(ctx, nodes, upgrade, at, "with the operator killed when "+moment.when)
		}

		By("having the operator down while they halt, and start again")
		scaleOperator(ctx, 0)
		defer scaleOperator(ctx, 1) // before the namespace is removed: a SeiNode's end takes the operator
		at = schedule(ctx, "v8")
		for _, name := range nodes {
			Eventually(ctx, func(g Gomega) {
				waits := get(ctx, g, name+"-0", &corev1.Pod{})
				g.Expect(restarts(waits)).To(BeNumerically(">", 0))
				g.Expect(workload.SeidImage(waits.Spec)).To(Equal(release("v7")))
			}).Should(Succeed())
		}
		scaleOperator(ctx, 1)
		up := time.Now()
		pods.expectAtTip(ctx, nodes, "v8", at, "with the operator down at the halt")
		AddReportEntry("after the operator came back", time.Since(up).Round(time.Second).String(), ReportEntryVisibilityAlways)

		By("having made no pod more, and written to no claim and no volume")
		for _, name := range nodes {
			Expect(pods.of(name)).To(HaveLen(len(upgrades)+1), "one pod, and one for each upgrade")
			Expect(mountersOf(ctx, "data-"+name)).To(ConsistOf(name + "-0"))
			Expect(namesOf(node(ctx, Default, name).Reached())).To(Equal(upgrades))
		}
		Expect(slices.DeleteFunc(fixture.In("", operatorWrites(since)), func(write fixture.Write) bool {
			claim := write.ObjectRef.Resource == "persistentvolumeclaims" && write.ObjectRef.Namespace == namespace
			return !claim && write.ObjectRef.Resource != "persistentvolumes"
		})).To(BeEmpty())
	})
})

// namesOf are the names of upgrades that were reached, in turn.
func namesOf(reached []seiv1alpha1.ReachedUpgrade) (names []string) {
	for _, upgrade := range reached {
		names = append(names, upgrade.Name)
	}
	return names
}

// moment is one of an upgrade, as it is seen at the API.
type moment struct {
	when string
	in   client.ObjectList
	is   func(object client.Object, upgrade string) bool
}

// moments are the moments of an upgrade between which the operator has something to do.
var moments = []moment{
	{"a seid had ended for the upgrade", &corev1.PodList{}, func(object client.Object, upgrade string) bool {
		return imageOf(object) != release(upgrade) && endedByPanic(object.(*corev1.Pod)) != nil
	}},
	{"a status said that it was reached", &seiv1alpha1.SeiNodeList{}, func(object client.Object, upgrade string) bool {
		return object.(*seiv1alpha1.SeiNode).HasReached(upgrade)
	}},
	{"a StatefulSet had its image", &appsv1.StatefulSetList{}, func(object client.Object, upgrade string) bool {
		return workload.SeidImage(object.(*appsv1.StatefulSet).Spec.Template.Spec) == release(upgrade)
	}},
	{"a pod was being deleted", &corev1.PodList{}, func(object client.Object, upgrade string) bool {
		return object.GetDeletionTimestamp() != nil && imageOf(object) != release(upgrade)
	}},
	{"the next pod was there, and not ready", &corev1.PodList{}, func(object client.Object, upgrade string) bool {
		return imageOf(object) == release(upgrade) && !isReady(object.(*corev1.Pod))
	}},
}

func imageOf(pod client.Object) string { return workload.SeidImage(pod.(*corev1.Pod).Spec) }

// await watches for the moment: it may be over in milliseconds.
func (m moment) await(ctx context.Context, upgrade string) {
	watcher, err := k8s.Watch(ctx, m.in, client.InNamespace(namespace))
	Expect(err).NotTo(HaveOccurred())
	defer watcher.Stop()
	giveUp := time.After(2 * time.Minute)
	for {
		select {
		case event := <-watcher.ResultChan():
			if object, is := event.Object.(client.Object); is && m.is(object, upgrade) {
				return
			}
		case <-giveUp:
			Fail("it was never so that " + m.when)
		}
	}
}

// endedByPanic is how seid in a pod of a node ended, nil if it did not panic.
func endedByPanic(pod *corev1.Pod) *corev1.ContainerStateTerminated {
	if end := task.EndOfSeid(pod); pod.Labels[seiv1alpha1.LabelNode] != "" && end != nil && end.ExitCode == task.Panicked {
		return end
	}
	return nil
}

// chronicle is what became of the pods of the spec's namespace.
type chronicle struct {
	mutex sync.Mutex
	// pods are those of a SeiNode in turn; made is when each was, halts when seid in it panicked first.
	pods  map[string][]types.UID
	made  map[types.UID]time.Time
	halts map[types.UID]time.Time
}

// follow keeps a chronicle until the spec ends.
func follow(ctx context.Context) *chronicle {
	kept := &chronicle{pods: map[string][]types.UID{}, made: map[types.UID]time.Time{}, halts: map[types.UID]time.Time{}}
	watcher, err := k8s.Watch(ctx, &corev1.PodList{}, client.InNamespace(namespace))
	Expect(err).NotTo(HaveOccurred())
	DeferCleanup(watcher.Stop)
	go func() {
		for event := range watcher.ResultChan() {
			if pod, is := event.Object.(*corev1.Pod); is && pod.Labels[seiv1alpha1.LabelNode] != "" {
				kept.note(pod)
			}
		}
	}()
	return kept
}

func (c *chronicle) note(pod *corev1.Pod) {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	name := pod.Labels[seiv1alpha1.LabelNode]
	if !slices.Contains(c.pods[name], pod.UID) {
		c.pods[name] = append(c.pods[name], pod.UID)
		c.made[pod.UID] = pod.CreationTimestamp.Time
	}
	if end := endedByPanic(pod); end != nil && c.halts[pod.UID].IsZero() {
		c.halts[pod.UID] = end.FinishedAt.Time
	}
}

// of are the pods that a node had, in turn.
func (c *chronicle) of(name string) []types.UID {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	return slices.Clone(c.pods[name])
}

// halted is when the pod before a node's present one halted, and how long after it that one was made.
func (c *chronicle) halted(name string) (at time.Time, next time.Duration) {
	pods := c.of(name)
	Expect(len(pods)).To(BeNumerically(">", 1))
	c.mutex.Lock()
	defer c.mutex.Unlock()
	at = c.halts[pods[len(pods)-2]]
	return at, c.made[pods[len(pods)-1]].Sub(at)
}

// expectAtTip waits until each node has the release and is at the chain's tip, and reports how long after its halt the next pod was made, and that was,
// with how many programs wanted to run meanwhile. How long it may take is the machine's affair: nothing fails for it but what the suite gives up waiting for.
func (c *chronicle) expectAtTip(ctx context.Context, names []string, upgrade string, at int64, told string) {
	took := map[string]string{}
	Eventually(ctx, func(g Gomega) {
		for _, name := range names {
			if took[name] == "" && atTip(ctx, name, upgrade, at) {
				halted, next := c.halted(name)
				took[name] = fmt.Sprintf("next pod %s, tip %s", next, time.Since(halted).Round(time.Second))
			}
		}
		g.Expect(took).To(HaveLen(len(names)))
	}).Should(Succeed())
	load, _ := os.ReadFile("/proc/loadavg")
	AddReportEntry("from the halt, "+told, fmt.Sprintf("%v; load %s", took, load), ReportEntryVisibilityAlways)
	for _, name := range names {
		expectUpgraded(ctx, name, upgrade, at)
	}
}

func atTip(ctx context.Context, name, upgrade string, at int64) bool {
	has := &corev1.Pod{}
	if !exists(ctx, name+"-0", has) || workload.SeidImage(has.Spec) != release(upgrade) {
		return false
	}
	mine, tip := height(ctx, namespace, name+"-0"), height(ctx, namespace, "devnet")
	return int64(mine) > at && mine >= tip-1
}

// mountersOf are the pods that mount a claim.
func mountersOf(ctx context.Context, claim string) (names []string) {
	pods := &corev1.PodList{}
	Expect(k8s.List(ctx, pods, client.InNamespace(namespace))).To(Succeed())
	for i := range pods.Items {
		for _, volume := range pods.Items[i].Spec.Volumes {
			if volume.PersistentVolumeClaim != nil && volume.PersistentVolumeClaim.ClaimName == claim {
				names = append(names, pods.Items[i].Name)
			}
		}
	}
	return names
}
