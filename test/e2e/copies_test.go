//go:build e2e

package e2e

import (
	"context"
	"crypto/sha256"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/utils/ptr"

	seiv1alpha1 "github.com/seinode/seinode-operator/api/v1alpha1"
)

// csi is the class, and the VolumeSnapshotClass, of the local cluster's CSI driver, whose disks are files of this machine.
const csi = "csi"

var _ = Describe("A volume of a CSI driver", long, func() {
	It("is begun as a copy of a snapshot, of a claim, and of a copy in use, each by a node of its own", func(ctx context.Context) {
		source := csiClaim("old", "1Gi")
		create(ctx, source)
		fill(ctx, "old")
		witness("old")
		names := []string{"-n sei ", "-n " + namespace + " ", "namespace: sei}", "namespace: " + namespace + "}", "2000Gi", "1Gi", "csi-snapshots", csi, "gp3", csi,
			"data-validator-0-before", "by-hand", "validator-0-before", "before", "data-validator-0", "old"}
		run(ctx, written(goingBack, "By a snapshot, once", "console", names...))
		before := diskOf(ctx, "old")
		apply(ctx, written(goingBack, "By a snapshot, once", "yaml", names...))
		expectCut(ctx, "before")

		By("refusing a claim that is too small")
		template := following(ctx, "small", chainNamespace)
		small := copyOf(template, "small", "512Mi", seiv1alpha1.BootstrapSpec{VolumeSnapshot: &seiv1alpha1.VolumeSnapshotSource{Name: "before"}})
		create(ctx, small)
		Expect(expectCondition(ctx, "small", seiv1alpha1.ConditionBootstrapped, "False", seiv1alpha1.ReasonNoSpace)).To(
			ContainSubstring(`VolumeSnapshot "before" takes 1Gi, and PVC "data-small" would have 512Mi`))
		expectNoPod(ctx, "small")
		Expect(exists(ctx, "data-small", &corev1.PersistentVolumeClaim{})).To(BeFalse())

		began := time.Now()
		create(ctx, copyOf(template, "restored", "1Gi", seiv1alpha1.BootstrapSpec{VolumeSnapshot: &seiv1alpha1.VolumeSnapshotSource{Name: "before"}}))
		create(ctx, copyOf(template, "cloned", "2Gi", seiv1alpha1.BootstrapSpec{Claim: &seiv1alpha1.ClaimSource{Name: "old"}}))
		for _, name := range []string{"restored", "cloned"} {
			expectRunning(ctx, name, "data-"+name)
			expectCondition(ctx, name, seiv1alpha1.ConditionBootstrapped, "True", seiv1alpha1.ReasonRestored)
			Expect(node(ctx, Default, name).Status.DataVolume.Inspection).To(HaveField("StateStore", "pebbledb"), "it began with what was copied")
		}
		AddReportEntry("copies", "at the tip after "+time.Since(began).Round(100*time.Millisecond).String(), ReportEntryVisibilityAlways)
		Expect(diskOf(ctx, "old")).To(Equal(before), "the source was written to")

		By("adopting a claim that a user restored as the document says")
		apply(ctx, written(goingBack, "**2. Restore", "yaml", names...))
		bind(ctx, "by-hand")
		adopts := importing("adopts", "by-hand")
		adopts.Spec.DataVolume.Size = ptr.To(resource.MustParse("1Gi"))
		create(ctx, adopts)
		expectRunning(ctx, "adopts", "by-hand")

		By("taking that node out of the cluster, and bringing it back paused, by what kubectl sei export prints")
		heard := seidHeight(ctx, "adopts")
		start := moveByExport(ctx, "adopts", "by-hand")

		By("adopting another copy by what kubectl sei adopt prints, while the node that has the same key is paused")
		adoptBySnapshot(ctx, "copied", "before", before)
		pause(ctx, "copied")
		run(ctx, start)
		expectRunning(ctx, "adopts", "by-hand")
		Expect(node(ctx, Default, "adopts").Status.DataVolume.Inspection.Height).To(BeNumerically(">=", heard), "it goes on from where it was")

		By("copying a copy while its node runs")
		create(ctx, copyOf(template, "again", "1Gi", seiv1alpha1.BootstrapSpec{Claim: &seiv1alpha1.ClaimSource{Name: "data-restored"}}))
		expectRunning(ctx, "again", "data-again")
		ids := map[string]bool{}
		for _, name := range []string{"restored", "cloned", "again"} {
			ids[nodeID(ctx, namespace, name+"-0")] = true
			ids[sourceID(ctx, name)] = true
		}
		Expect(ids).To(HaveLen(4), "three nodes and the one that all have the key of, in a file that none of them uses: %v", ids)
		expectCondition(ctx, "restored", seiv1alpha1.ConditionReady, "True", seiv1alpha1.ReasonNodeReady)

		By("keeping its ID in the next pod")
		id := nodeID(ctx, namespace, "again-0")
		former := get(ctx, Default, "again-0", &corev1.Pod{})
		deletePod(ctx, former)
		Eventually(ctx, func(g Gomega) {
			g.Expect(get(ctx, g, "again-0", &corev1.Pod{}).UID).NotTo(Equal(former.UID))
			g.Expect(seidHeight(ctx, "again")).To(BeNumerically(">", 0))
		}).Should(Succeed())
		expectRunning(ctx, "again", "data-again")
		Expect(nodeID(ctx, namespace, "again-0")).To(Equal(id))
	})

	It("is cut at the halt of an upgrade, begun on from before it, and grows under the node", func(ctx context.Context) {
		startChain(ctx, namespace, emptyDir())
		follower := following(ctx, "follower", namespace)
		template := follower.DeepCopy()
		follower.Spec.Image = release("v1")
		follower.Spec.DataVolume.StorageClassName = ptr.To(csi)
		follower.Spec.UpgradePolicy = &seiv1alpha1.UpgradePolicy{Snapshot: &seiv1alpha1.UpgradeSnapshotPolicy{Required: ptr.To(true), VolumeSnapshotClassName: ptr.To(csi)}}
		create(ctx, follower)
		expectRunning(ctx, "follower", "data-follower")

		By("growing the claim")
		pod := podUID(ctx, "follower-0")
		edit(ctx, "data-follower", &corev1.PersistentVolumeClaim{}, func(claim *corev1.PersistentVolumeClaim) {
			claim.Spec.Resources.Requests[corev1.ResourceStorage] = resource.MustParse("2Gi")
		})
		Eventually(ctx, func(g Gomega) {
			g.Expect(node(ctx, g, "follower").Status.DataVolume.Capacity.String()).To(Equal("2Gi"))
		}).Should(Succeed())
		Expect(podUID(ctx, "follower-0")).To(Equal(pod))

		By("going through the upgrade")
		v2 := seiv1alpha1.Upgrade{Name: "v2", Image: release("v2")}
		setUpgrades(ctx, "follower", release("v1"), v2)
		at := schedule(ctx, "v2")
		expectUpgraded(ctx, "follower", "v2", at)
		taken := node(ctx, Default, "follower").Reached()[0].Snapshot
		Expect(taken).To(HaveField("State", seiv1alpha1.SnapshotTaken), taken.Message)
		expectCut(ctx, taken.Name)

		By("beginning from before it")
		back := copyOf(template, "back", "2Gi", seiv1alpha1.BootstrapSpec{VolumeSnapshot: &seiv1alpha1.VolumeSnapshotSource{Name: taken.Name}})
		back.Spec.Image, back.Spec.Upgrades = release("v1"), []seiv1alpha1.Upgrade{v2}
		create(ctx, back)
		expectUpgraded(ctx, "back", "v2", at)
		Expect(node(ctx, Default, "back").Status.DataVolume.Inspection.Height).To(BeNumerically("<=", at))
		Expect(nodeID(ctx, namespace, "back-0")).NotTo(Equal(nodeID(ctx, namespace, "follower-0")))
	})
})

// csiClaim is a claim of the CSI driver's class.
func csiClaim(name, size string) *corev1.PersistentVolumeClaim {
	return &corev1.PersistentVolumeClaim{ObjectMeta: objectMeta(name), Spec: corev1.PersistentVolumeClaimSpec{
		AccessModes: []corev1.PersistentVolumeAccessMode{corev1.ReadWriteOnce}, StorageClassName: ptr.To(csi),
		Resources: corev1.VolumeResourceRequirements{Requests: corev1.ResourceList{corev1.ResourceStorage: resource.MustParse(size)}},
	}}
}

// bind has a claim bound whose class waits for a pod, by a pod that writes nothing.
func bind(ctx context.Context, claim string) {
	binds := standin("binds-"+claim, ofClaim(claim), "-c", ":")
	binds.Spec.Containers[0].Image, binds.Spec.Containers[0].Command = "busybox:dev", []string{"sh"}
	create(ctx, binds)
	Eventually(ctx, func(g Gomega) {
		g.Expect(get(ctx, g, binds.Name, &corev1.Pod{}).Status.Phase).To(Equal(corev1.PodSucceeded))
	}).Should(Succeed())
	deleteNow(ctx, binds)
}

// copyOf is a node like another, whose claim begins as a copy.
func copyOf(other *seiv1alpha1.SeiNode, name, size string, from seiv1alpha1.BootstrapSpec) *seiv1alpha1.SeiNode {
	node := other.DeepCopy()
	node.Name, node.Spec.Bootstrap = name, &from
	node.Spec.DataVolume = &seiv1alpha1.DataVolumeSpec{StorageClassName: ptr.To(csi), Size: ptr.To(resource.MustParse(size))}
	return node
}

func volumeSnapshot() *unstructured.Unstructured {
	snapshot := &unstructured.Unstructured{}
	snapshot.SetGroupVersionKind(schema.GroupVersionKind{Group: "snapshot.storage.k8s.io", Version: "v1", Kind: "VolumeSnapshot"})
	return snapshot
}

// expectCut waits until a VolumeSnapshot may be restored.
func expectCut(ctx context.Context, name string) {
	Eventually(ctx, func(g Gomega) {
		ready, _, _ := unstructured.NestedBool(get(ctx, g, name, volumeSnapshot()).Object, "status", "readyToUse")
		g.Expect(ready).To(BeTrue())
	}).Should(Succeed())
}

// stateFolder is that of the local cluster.
func stateFolder() string { return filepath.Dir(os.Getenv("KUBECONFIG")) }

// diskOf hashes the disk that a claim's volume is.
func diskOf(ctx context.Context, claim string) string {
	disk, err := os.Open(filepath.Join(stateFolder(), "csi", "volumes", volumeOf(ctx, Default, claim).Spec.CSI.VolumeHandle))
	Expect(err).NotTo(HaveOccurred())
	defer func() { _ = disk.Close() }()
	sum := sha256.New()
	_, err = io.Copy(sum, disk)
	Expect(err).NotTo(HaveOccurred())
	return fmt.Sprintf("%x", sum.Sum(nil))
}

// sourceID is the content of the node key that came along with a copy, as the node's pod has it mounted.
func sourceID(ctx context.Context, name string) string {
	mounted := filepath.Join(stateFolder(), "kubelet", "pods", string(podUID(ctx, name+"-0")), "volumes", "kubernetes.io~csi", volumeOf(ctx, Default, "data-"+name).Name, "mount")
	content, err := os.ReadFile(filepath.Join(mounted, "config", "node_key.json"))
	Expect(err).NotTo(HaveOccurred())
	return string(content)
}
