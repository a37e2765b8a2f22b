//go:build e2e

package e2e

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/yaml"

	seiv1alpha1 "github.com/seinode/seinode-operator/api/v1alpha1"
	"github.com/seinode/seinode-operator/internal/document"
)

// worlds has what other operators make, shaped as they make it. Their images do not exist: a pod of theirs mounts its claim, and that is all.
const worlds = "../cmd/kubectl-sei/internal/walk/testdata/"

// move is a node that comes from elsewhere, by a page.
type move struct {
	page, world string
	// name is what the page calls the SeiNode, user who owns the files.
	name string
	user int
	// claims are the node's own, and another one.
	claims []string
	// shape has the volumes look as they do there.
	shape func(ctx context.Context)
	// instead is done in the place of what cannot be had here, by what the block holds.
	instead map[string]string
}

// What the pages have a user run, but for the plugin's verbs (cmd/kubectl-sei/internal/walk has these), with Kubernetes' own garbage collector.
var _ = DescribeTable("A node comes from elsewhere as the page says, and its claim and volume stay what they are", func(ctx context.Context, m move) {
	shell(ctx, "", "kubectl label --overwrite namespace "+namespace+" pod-security.kubernetes.io/enforce=privileged")
	for _, claim := range m.claims {
		filledClaim(ctx, claim)
	}
	if m.shape != nil {
		m.shape(ctx)
	}
	for _, claim := range m.claims {
		give(volumeOf(ctx, Default, claim).Spec.Local.Path, m.user)
	}
	shell(ctx, "", "kubectl apply -f "+worlds+"definitions.yaml && kubectl wait --for=condition=Established --timeout=1m -f "+worlds+"definitions.yaml")
	loadWorld(ctx, m.world)
	before := map[string]types.UID{}
	for _, claim := range m.claims {
		before[claim] = get(ctx, Default, claim, &corev1.PersistentVolumeClaim{}).UID
	}
	m.walk(ctx)
	for claim, uid := range before {
		live := get(ctx, Default, claim, &corev1.PersistentVolumeClaim{})
		Expect(live.UID).To(Equal(uid))
		Expect(live.DeletionTimestamp).To(BeNil())
		Expect(live.OwnerReferences).To(BeEmpty())
		Expect(volumeOf(ctx, Default, claim).Spec.PersistentVolumeReclaimPolicy).To(Equal(corev1.PersistentVolumeReclaimRetain))
		DeferCleanup(func(ctx context.Context, volume *corev1.PersistentVolume) { deleteNow(ctx, volume) }, volumeOf(ctx, Default, claim))
	}
},
	Entry("a StatefulSet whose claims go with it", move{page: "docs/how-to/coming-from-a-statefulset.md", world: "statefulset.yaml", name: "archive-0", user: 65532, claims: []string{"data-sei-0"}}),
	Entry("a release of Helm", move{page: "docs/how-to/coming-from-a-helm-chart.md", world: "helm.yaml", name: "archive-1", user: 65532, claims: []string{"data-rpc-sei-0"},
		instead: map[string]string{
			"rpc-own; do":    `volume=$(kubectl -n sei get pvc data-rpc-sei-0 -o jsonpath='{.spec.volumeName}') && kubectl patch pv "$volume" -p '{"spec":{"persistentVolumeReclaimPolicy":"Retain"}}'`,
			"helm uninstall": "kubectl -n sei delete statefulset -l app.kubernetes.io/instance=rpc",
		}}),
	Entry("a CosmosFullNode", move{page: "docs/how-to/coming-from-cosmos-operator.md", world: "cosmos-operator.yaml", name: "archive-3", user: 1025, claims: []string{"pvc-sei-cosmos-0"}}),
	Entry("a ChainNode", move{page: "docs/how-to/coming-from-cosmopilot.md", world: "cosmopilot.yaml", name: "archive-4", user: 1000, claims: []string{"sei-pilot", "sei-pilot-wasm"}, shape: apart}),
)

var (
	// plugins and applies are what a block loses here.
	plugins = regexp.MustCompile(`(?m)^kubectl sei .*\n`)
	applies = regexp.MustCompile(`(?m)^kubectl apply -f (archive-\d)\.yaml\n`)
)

// walk goes through the page, up to where a claim is gone.
func (m move) walk(ctx context.Context) {
	blocks, err := document.Read(filepath.Join("..", m.page))
	Expect(err).NotTo(HaveOccurred())
	folder := GinkgoT().TempDir()
	for _, block := range blocks {
		commands, applied := m.here(block), applies.FindStringSubmatch(block.Commands)
		if len(applied) > 1 && applied[1] != m.name {
			return
		}
		for name, content := range block.Files {
			Expect(os.WriteFile(filepath.Join(folder, name), []byte(ours(content)), 0o600)).To(Succeed())
		}
		shell(ctx, folder, ours(commands))
		if len(applied) > 1 {
			create(ctx, m.node(ctx))
		}
		if strings.Contains(commands, "--for=condition=Ready seinode/") {
			expectRunning(ctx, m.name, m.claims[0])
		}
	}
}

// here is what of a block is run here.
func (m move) here(block document.Block) string {
	for holds, instead := range m.instead {
		if strings.Contains(block.Commands, holds) {
			return instead
		}
	}
	if strings.HasPrefix(block.Tried, document.Cloud) {
		return "true"
	}
	return applies.ReplaceAllString(plugins.ReplaceAllString(block.Commands, ""), "") + "true\n"
}

// ours has the commands and manifests be about this spec's namespace.
func ours(text string) string {
	return strings.NewReplacer("get pvc --all-namespaces", "get pvc -n "+namespace, "-n sei ", "-n "+namespace+" ", "namespace: sei}", "namespace: "+namespace+"}", "namespace: sei,", "namespace: "+namespace+",", "busybox:1.37", "busybox:dev").Replace(text)
}

// node is the SeiNode that the page shows or has printed, of a chain that is here.
func (m move) node(ctx context.Context) *seiv1alpha1.SeiNode {
	if m.shape == nil {
		node := importing(m.name, m.claims[0])
		node.Spec.RunAs = m.runAs()
		return node
	}
	witness(m.claims[0])
	node, imported := following(ctx, m.name, chainNamespace), importing(m.name, m.claims[0])
	node.Spec.FullNode, node.Spec.Archive, node.Spec.DataVolume, node.Spec.RunAs = nil, imported.Spec.Archive, imported.Spec.DataVolume, m.runAs()
	return node
}

func (m move) runAs() *seiv1alpha1.RunAs {
	if m.user == 65532 {
		return nil
	}
	return &seiv1alpha1.RunAs{User: int64(m.user)}
}

// shell runs commands, up to the first that fails.
func shell(ctx context.Context, folder, commands string) {
	run := exec.CommandContext(ctx, "bash", "-euc", commands)
	run.Dir = folder
	output, err := run.CombinedOutput()
	ExpectWithOffset(1, err).NotTo(HaveOccurred(), "%s: %s", commands, output)
}

// loadWorld makes what a file has, but claims, which are there: these get their owner.
func loadWorld(ctx context.Context, file string) {
	content, err := os.ReadFile(worlds + file)
	Expect(err).NotTo(HaveOccurred())
	made := map[string]*unstructured.Unstructured{}
	for text := range strings.SplitSeq(ours(string(content)), "\n---\n") {
		object := &unstructured.Unstructured{}
		Expect(yaml.Unmarshal([]byte(text), &object.Object)).To(Succeed())
		var owners []metav1.OwnerReference
		if owner := made[object.GetAnnotations()["owned-by"]]; owner != nil {
			owners = []metav1.OwnerReference{*metav1.NewControllerRef(owner, owner.GroupVersionKind())}
		}
		object.SetOwnerReferences(owners)
		object.SetFinalizers(nil) // nobody of theirs is here to take them off
		switch object.GetKind() {
		case "PersistentVolumeClaim":
			if claim := (&corev1.PersistentVolumeClaim{}); exists(ctx, object.GetName(), claim) {
				edit(ctx, claim.Name, claim, func(c *corev1.PersistentVolumeClaim) { c.OwnerReferences, c.Labels = owners, object.GetLabels() })
			}
			continue
		case "Pod": // a StatefulSet makes its own
			if strings.HasPrefix(object.GetAnnotations()["owned-by"], "StatefulSet/") {
				Eventually(ctx, func() bool { return exists(ctx, object.GetName(), &corev1.Pod{}) }).Should(BeTrue())
				continue
			}
		case "Namespace":
			DeferCleanup(func(ctx context.Context) { deleteNow(ctx, object) })
		}
		create(ctx, object)
		made[object.GetKind()+"/"+object.GetName()] = object
	}
}

// apart has a volume hold the inside of data/, and another one that of wasm/, as cosmopilot mounts them.
func apart(ctx context.Context) {
	root, wasm := volumeOf(ctx, Default, "sei-pilot").Spec.Local.Path, volumeOf(ctx, Default, "sei-pilot-wasm").Spec.Local.Path
	empty(wasm)
	shell(ctx, root, "mv wasm/* "+wasm+"/ && rm -r wasm config && mv data inside && mv inside/* . && rmdir inside")
}

func empty(folder string) {
	entries, err := os.ReadDir(folder)
	for _, entry := range entries {
		err = errors.Join(err, os.RemoveAll(filepath.Join(folder, entry.Name())))
	}
	Expect(err).NotTo(HaveOccurred())
}

// The CRD is the whole cluster's, and so is this.
var _ = Describe("A SeiNode of another operator", Serial, func() {
	It("is left alone: our manager does not start, says why in a line, and starts once the page was gone through", func(ctx context.Context) {
		deploy, err := filepath.Abs("../hack/deploy.sh")
		Expect(err).NotTo(HaveOccurred())
		m := move{page: "docs/how-to/coming-from-sei-k8s-controller.md", world: "sei-k8s-controller.yaml", name: "archive-5", user: 65532, claims: []string{"data-archive-5"},
			instead: map[string]string{"dist/install.yaml": deploy}}
		shell(ctx, "", "kubectl label --overwrite namespace "+namespace+" pod-security.kubernetes.io/enforce=privileged")
		filledClaim(ctx, m.claims[0])
		defer func() {
			shell(ctx, "", "kubectl get crd seinodes.sei.io -o yaml | grep -q claimUID || kubectl delete crd seinodes.sei.io --ignore-not-found --timeout=1m")
			install(ctx)
		}()
		scaleOperator(ctx, 0)
		shell(ctx, "", "kubectl delete crd seinodes.sei.io && kubectl apply -f ../cmd/testdata/other_operator.yaml && kubectl wait --for=condition=Established --timeout=1m crd/seinodes.sei.io")
		loadWorld(ctx, m.world)
		uid := get(ctx, Default, m.claims[0], &corev1.PersistentVolumeClaim{}).UID

		By("starting our manager beside it")
		Expect(exec.CommandContext(ctx, deploy).Run()).NotTo(Succeed(), "our CRD was laid over another operator's")
		shell(ctx, "", "kubectl -n "+operatorNamespace+" scale deployment "+operatorName+" --replicas=1")
		Eventually(ctx, func() (string, error) {
			said, err := exec.CommandContext(ctx, "kubectl", "-n", operatorNamespace, "logs", "-l", "control-plane=controller-manager", "--tail=1").Output()
			return string(said), err
		}).Should(HavePrefix("seinode-operator: CRD seinodes.sei.io is another operator's: "))

		By("going through the page")
		m.walk(ctx)
		live := get(ctx, Default, m.claims[0], &corev1.PersistentVolumeClaim{})
		Expect(live.UID).To(Equal(uid))
		Expect(live.OwnerReferences).To(BeEmpty())
		volume := volumeOf(ctx, Default, m.claims[0])
		Expect(volume.Spec.PersistentVolumeReclaimPolicy).To(Equal(corev1.PersistentVolumeReclaimRetain))
		DeferCleanup(func(ctx context.Context) { deleteNow(ctx, volume) })
	})
})
