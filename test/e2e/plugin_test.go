//go:build e2e

package e2e

import (
	"archive/tar"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	corev1 "k8s.io/api/core/v1"
	storagev1 "k8s.io/api/storage/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/utils/ptr"
	"sigs.k8s.io/controller-runtime/pkg/client"

	seiv1alpha1 "github.com/seinode/seinode-operator/api/v1alpha1"
)

// pluginPage says what kubectl sei does. kubectl finds the plugin in PATH, where hack/e2e.sh puts it.
const pluginPage = "docs/reference/kubectl-sei.md"

// sei runs a verb of the plugin in the spec's namespace. It returns what that prints, and what it says beside it, on the standard error.
func sei(ctx context.Context, g Gomega, args ...string) (prints, says string) {
	var out, errs strings.Builder
	kubectl := exec.CommandContext(ctx, "kubectl", slices.Concat([]string{"sei"}, args, []string{"-n", namespace})...)
	kubectl.Stdout, kubectl.Stderr = &out, &errs
	g.ExpectWithOffset(1, kubectl.Run()).To(Succeed(), "kubectl sei %s: %s", strings.Join(args, " "), &errs)
	return out.String(), errs.String()
}

// expectLog says why kubectl sei logs shows what seid said, in a pattern, and that it said those words. It returns all that is shown.
func expectLog(ctx context.Context, g Gomega, name, why, words string) string {
	shows, says := sei(ctx, g, "logs", name)
	g.ExpectWithOffset(1, says).To(MatchRegexp(fmt.Sprintf(`container "seid" of pod "%s-0": %s`, name, why)))
	g.ExpectWithOffset(1, shows).To(ContainSubstring(words))
	return shows
}

// report is what kubectl sei report gathers of a node, by the names in its archive, and it is whole.
func report(ctx context.Context, name string) map[string]string {
	archive, _ := sei(ctx, Default, "report", name, "-f", "-")
	compressed, err := gzip.NewReader(strings.NewReader(archive))
	Expect(err).NotTo(HaveOccurred())
	files := map[string]string{}
	for from := tar.NewReader(compressed); ; {
		header, err := from.Next()
		if errors.Is(err, io.EOF) {
			return files
		}
		Expect(err).NotTo(HaveOccurred())
		text, err := io.ReadAll(from)
		Expect(err).NotTo(HaveOccurred())
		_, inside, _ := strings.Cut(header.Name, "/")
		files[inside] = string(text)
	}
}

// moveByExport has a node leave the cluster, and come back by what kubectl sei export printed, as the page has it come to another one: of its claim and volume nothing
// is left but the disk. It comes paused, on the same bytes. Returned is the command that starts it.
func moveByExport(ctx context.Context, name, claim string) (start string) {
	file := filepath.Join(GinkgoT().TempDir(), name+".yaml")
	page := commands(pluginPage, "## export", "archive-0.yaml", file, "archive-0", name, "-n sei", "-n "+namespace, "--context other ", "")
	Expect(page).To(HaveLen(3), "export, release, apply")
	run(ctx, page[0])
	exported, err := os.ReadFile(file)
	Expect(err).NotTo(HaveOccurred())
	before := toDoBefore(string(exported))
	Expect(before).To(HaveExactElements(page[1], HavePrefix("kubectl patch pv ")), "release, and Retain")
	runAll(ctx, before)
	disk, former := diskOf(ctx, claim), volumeOf(ctx, Default, claim)
	run(ctx, "kubectl delete pvc "+claim+" -n "+namespace+" && kubectl delete pv "+former.Name)

	run(ctx, page[2])
	expectImport(ctx, name, seiv1alpha1.ReasonImportPVCValidated)
	expectCondition(ctx, name, seiv1alpha1.ConditionReady, "False", seiv1alpha1.ReasonPaused)
	made := volumeOf(ctx, Default, claim)
	DeferCleanup(func(ctx context.Context) { deleteNow(ctx, made) })
	Expect(made.UID).NotTo(Equal(former.UID))
	Expect(made.Spec.CSI.VolumeHandle).To(Equal(former.Spec.CSI.VolumeHandle))
	Expect(exists(ctx, name+"-0", &corev1.Pod{})).To(BeFalse(), "it started before it was told to")
	Expect(diskOf(ctx, claim)).To(Equal(disk))
	_, start, _ = strings.Cut(string(exported), "start it: ")
	start, _, _ = strings.Cut(start, "\n")
	return start
}

// toDoBefore are the commands in the comments on top of manifests that the plugin printed.
func toDoBefore(manifests string) (commands []string) {
	for line := range strings.Lines(manifests) {
		if command, is := strings.CutPrefix(line, "#   "); is {
			commands = append(commands, strings.TrimSpace(command))
		}
	}
	return commands
}

// adoptBySnapshot has a node begin with a copy of a VolumeSnapshot by what kubectl sei adopt prints: by a class that its comment asks for, and with the size that
// its SeiNode asks for. disk is what the snapshot was taken of.
func adoptBySnapshot(ctx context.Context, name, snapshot, disk string) {
	adopt := []string{"adopt", "--snapshot", snapshot, "--name", name, "--chain", chainID, "--image", image, "--storage-class"}
	late, _ := sei(ctx, Default, append(adopt, csi)...)
	Expect(late).To(ContainSubstring(`StorageClass "csi" binds on first consumer`))
	manifests, _ := sei(ctx, Default, append(adopt, bindingAtOnce(ctx))...)
	Expect(manifests).NotTo(ContainSubstring("first consumer"))
	claim := "data-" + name
	witness(claim)
	apply(ctx, manifests)
	Expect(expectImport(ctx, name, seiv1alpha1.ReasonImportCapacityTooSmall)).To(And(ContainSubstring("capacity 1Gi"), ContainSubstring("set spec.dataVolume.size")))
	Expect(diskOf(ctx, claim)).To(Equal(disk), "nobody has mounted the copy yet")
	edit(ctx, name, &seiv1alpha1.SeiNode{}, func(node *seiv1alpha1.SeiNode) { node.Spec.DataVolume.Size = ptr.To(resource.MustParse("1Gi")) })
	expectRunning(ctx, name, claim)
	Expect(node(ctx, Default, name).Status.DataVolume.Inspection).To(HaveField("StateStore", "pebbledb"), "it began with what was copied")
}

// bindingAtOnce makes a class of the CSI driver whose claims wait for no pod, for as long as the spec lasts.
func bindingAtOnce(ctx context.Context) string {
	class := &storagev1.StorageClass{}
	Expect(k8s.Get(ctx, client.ObjectKey{Name: csi}, class)).To(Succeed())
	class.ObjectMeta, class.VolumeBindingMode = metav1.ObjectMeta{Name: "at-once-" + namespace}, ptr.To(storagev1.VolumeBindingImmediate)
	create(ctx, class)
	DeferCleanup(func(ctx context.Context) { deleteNow(ctx, class) })
	return class.Name
}
