// Package walk runs the commands of the documents that say to be tried here, in their order, with kubectl and the plugin, on a real API server. Objects of other
// operators are shaped as these make them, owner references included; what Kubernetes' controllers, and theirs, would do is done by stand-ins.
package walk

import (
	"context"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/envtest"

	"github.com/seinode/seinode-operator/cmd/kubectl-sei/internal/cli"
	"github.com/seinode/seinode-operator/cmd/kubectl-sei/internal/cluster"
	"github.com/seinode/seinode-operator/internal/document"
)

const (
	checkout = "../../../.."
	ours     = checkout + "/config/crd/bases/sei.io_seinodes.yaml"
	theirs   = checkout + "/cmd/testdata/other_operator.yaml"
	// asPlugin has this program be kubectl-sei.
	asPlugin = "WALK_AS_PLUGIN"
)

func TestMain(m *testing.M) {
	if os.Getenv(asPlugin) != "" {
		os.Exit(cli.Run(context.Background(), os.Args[1:], cli.Environment{In: os.Stdin, Out: os.Stdout, Err: os.Stderr, Now: time.Now, Connect: cluster.Connect}))
	}
	os.Exit(m.Run())
}

// page is one of the documents, with what it takes.
type page struct {
	path string
	// world is the file of what is there, names what the page calls otherwise.
	world string
	names []string
	// events happen before the block that holds such a text is run, or in its place where it is not tried here.
	events map[string]func(*place)
	// stay are the claims that have to outlive all of it, on the volume that they had.
	stay []string
	// then is what else has to be so.
	then func(*place)
}

var pages = []page{
	{path: "docs/tutorials/adopt-an-ebs-archive.md", then: func(p *place) { p.expectVolume("sei-archive-0", "data-archive-0") }},
	{path: "docs/how-to/coming-from-a-statefulset.md", world: "statefulset.yaml", stay: []string{"data-sei-0"}},
	{path: "docs/how-to/coming-from-a-helm-chart.md", world: "helm.yaml", stay: []string{"data-rpc-sei-0"},
		events: map[string]func(*place){"helm uninstall": (*place).uninstall},
		then:   func(p *place) { p.expectVolume("pv-rpc-own", "data-archive-2") }},
	{path: "docs/how-to/coming-from-cosmos-operator.md", world: "cosmos-operator.yaml", stay: []string{"pvc-sei-cosmos-0"}},
	{path: "docs/how-to/coming-from-cosmopilot.md", world: "cosmopilot.yaml", stay: []string{"sei-pilot", "sei-pilot-wasm"},
		then: func(p *place) { p.get("v1", "Secret", "sei-pilot") }},
	{path: "docs/how-to/configuration.md", world: "configuration.yaml"},
	{path: "docs/how-to/upgrade.md", world: "upgrade.yaml", names: []string{"seinode N ", "seinode n ", "<node id>", strings.Repeat("a", 40), "<name>", "v6.8", "<new>", "v6.8.0"},
		events: map[string]func(*place){`"op":"test"`: func(p *place) {
			p.shell("kubectl patch seinode archive-0 --type=merge -p '{\"spec\":{\"upgrades\":null}}'")
		}}},
	{path: "docs/how-to/install.md"},
	{path: "docs/how-to/observability.md", world: "observability.yaml"},
	{path: "docs/how-to/coming-from-sei-k8s-controller.md", world: "sei-k8s-controller.yaml", stay: []string{"data-archive-5"},
		events: map[string]func(*place){"their-seinodes.yaml": (*place).expectNoRoomForTwo}},
}

// TestThePagesAreWalkedThrough, one after the other in one cluster.
func TestThePagesAreWalkedThrough(t *testing.T) {
	environment := &envtest.Environment{CRDDirectoryPaths: []string{ours, "testdata/definitions.yaml"}, ErrorIfCRDPathMissing: true}
	config, err := environment.Start()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = environment.Stop() })
	admin, err := client.New(config, client.Options{})
	if err != nil {
		t.Fatal(err)
	}
	where := newPlace(t, environment, admin)
	where.standIn()
	for _, page := range pages {
		if !t.Run(page.path, func(t *testing.T) { where.of(t).walk(page) }) {
			return
		}
	}
}

// TestNoPageIsLeftOut: one that says to be tried here is.
func TestNoPageIsLeftOut(t *testing.T) {
	known := map[string]bool{}
	for _, page := range pages {
		known[page.path] = true
	}
	paths, err := filepath.Glob(filepath.Join(checkout, "docs", "*", "*.md"))
	if err != nil || len(paths) == 0 {
		t.Fatalf("no documents: %v", err)
	}
	for _, path := range paths {
		blocks, err := document.Read(path)
		if err != nil {
			t.Fatal(err)
		}
		name, _ := filepath.Rel(checkout, path)
		if slices.ContainsFunc(blocks, func(b document.Block) bool { return b.Tried == document.Here }) && !known[filepath.ToSlash(name)] {
			t.Errorf("%s says that its commands are tried here: add it", name)
		}
	}
}

// walk goes through a page.
func (p *place) walk(page page) {
	p.t.Helper()
	if strings.HasSuffix(page.world, "sei-k8s-controller.yaml") {
		p.become(theirs)
	}
	p.load(page.world)
	before := map[string]*corev1.PersistentVolumeClaim{}
	for _, name := range page.stay {
		before[name] = p.claim(name)
	}
	blocks, err := document.Read(filepath.Join(checkout, page.path))
	if err != nil {
		p.t.Fatal(err)
	}
	for _, block := range blocks {
		for _, text := range slices.Sorted(maps.Keys(page.events)) {
			if strings.Contains(block.Commands, text) {
				page.events[text](p)
			}
		}
		if block.Tried != document.Here {
			continue
		}
		for name, content := range block.Files {
			p.write(name, content)
		}
		if output, err := p.run(strings.NewReplacer(page.names...).Replace(block.Commands)); err != nil {
			p.t.Fatalf("%s:%d: %v\n%s\n%s", page.path, block.Line, err, block.Commands, output)
		}
	}
	for name, claim := range before {
		p.expectKept(claim, name)
	}
	if page.then != nil {
		page.then(p)
	}
}

// run runs commands as a user's shell would, but ends at the first that fails.
func (p *place) run(commands string) (string, error) {
	shell := exec.CommandContext(p.t.Context(), "bash", "-euc", commands)
	shell.Dir, shell.Env = p.folder, append(os.Environ(), "HOME="+p.folder, "KUBECONFIG="+p.kubeconfig, "PATH="+p.path)
	output, err := shell.CombinedOutput()
	return string(output), err
}

// shell runs commands that are not the page's.
func (p *place) shell(commands string) {
	p.t.Helper()
	if output, err := p.run(commands); err != nil {
		p.t.Fatalf("%s: %v: %s", commands, err, output)
	}
}

// expectKept: the very claim, on its volume, owned by nobody, and the volume outlives even that.
func (p *place) expectKept(before *corev1.PersistentVolumeClaim, name string) {
	p.t.Helper()
	after := p.claim(name)
	if after.UID != before.UID || after.DeletionTimestamp != nil || len(after.OwnerReferences) != 0 || after.Spec.VolumeName != before.Spec.VolumeName {
		p.t.Errorf("claim %s was %s on %s, and is %s, deleted at %v, owned by %v, on %s", name, before.UID, before.Spec.VolumeName, after.UID, after.DeletionTimestamp, after.OwnerReferences, after.Spec.VolumeName)
	}
	p.expectVolume(after.Spec.VolumeName, name)
}

// expectVolume: it is kept, and serves the claim.
func (p *place) expectVolume(name, claim string) {
	p.t.Helper()
	p.eventually("volume "+name+" serves claim "+claim+", with Retain", func() bool {
		volume := &corev1.PersistentVolume{}
		return p.admin.Get(p.t.Context(), client.ObjectKey{Name: name}, volume) == nil && volume.DeletionTimestamp == nil &&
			volume.Spec.PersistentVolumeReclaimPolicy == corev1.PersistentVolumeReclaimRetain && volume.Status.Phase == corev1.VolumeBound &&
			volume.Spec.ClaimRef != nil && volume.Spec.ClaimRef.Name == claim && volume.Spec.ClaimRef.UID == p.claim(claim).UID
	})
}

// uninstall is what Helm does to a release: it deletes what its manifest has.
func (p *place) uninstall() {
	p.t.Helper()
	p.shell("kubectl -n sei delete statefulset,pvc -l app.kubernetes.io/managed-by=Helm,app.kubernetes.io/instance=rpc --wait=false")
	p.eventually("the release's own claim is gone, and its volume Released", func() bool {
		volume := &corev1.PersistentVolume{}
		return !p.has("v1", "PersistentVolumeClaim", "rpc-own") && p.admin.Get(p.t.Context(), client.ObjectKey{Name: "pv-rpc-own"}, volume) == nil && volume.Status.Phase == corev1.VolumeReleased
	})
}

// expectNoRoomForTwo: the API server does not give the other operator's CRD away.
func (p *place) expectNoRoomForTwo() {
	p.t.Helper()
	output, err := p.run("kubectl apply --server-side -f dist/install.yaml")
	if err == nil || !strings.Contains(output, "conflict") {
		p.t.Errorf("our manifest was applied over another operator's CRD (%v): %s", err, output)
	}
	definition := p.get("apiextensions.k8s.io/v1", "CustomResourceDefinition", "seinodes.sei.io")
	if text, _ := definition.MarshalJSON(); strings.Contains(string(text), "claimUID") {
		p.t.Error("the other operator's CRD is ours now")
	}
}

// TestEveryVerbIsUnderstood: each `kubectl sei` of the documents, docs/reference/kubectl-sei.md above all, has the verb and the flags that there are.
func TestEveryVerbIsUnderstood(t *testing.T) {
	found := 0
	for _, pattern := range []string{"README.md", "docs/*/*.md"} {
		paths, err := filepath.Glob(filepath.Join(checkout, pattern))
		if err != nil || len(paths) == 0 {
			t.Fatalf("nothing matches %s: %v", pattern, err)
		}
		for _, path := range paths {
			content, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			for line := range strings.Lines(strings.ReplaceAll(string(content), "\\\n", "")) {
				rest, is := strings.CutPrefix(line, "kubectl sei ")
				if !is {
					continue
				}
				found++
				rest, _, _ = strings.Cut(rest, " #")
				rest, _, _ = strings.Cut(rest, " >")
				if text, code := help(t, strings.Fields(strings.NewReplacer(`"`, "", "[", "", "]", "").Replace(rest))); code != cli.Fine {
					t.Errorf("%s: kubectl sei %s: exit code %d: %s", path, rest, code, text)
				}
			}
		}
	}
	if found == 0 {
		t.Error("no document has a command of the plugin")
	}
}

// help asks for a command's help, with the flags that it has.
func help(t *testing.T, args []string) (string, int) {
	t.Helper()
	var out strings.Builder
	code := cli.Run(t.Context(), append(args, "--help"), cli.Environment{In: strings.NewReader(""), Out: &out, Err: &out, Now: time.Now, Connect: cluster.Connect})
	return out.String(), code
}

// get is an object that has to be there.
func (p *place) get(version, kind, name string) *unstructured.Unstructured {
	p.t.Helper()
	object := &unstructured.Unstructured{}
	object.SetAPIVersion(version)
	object.SetKind(kind)
	if err := p.admin.Get(p.t.Context(), client.ObjectKey{Namespace: namespaceOf(kind), Name: name}, object); err != nil {
		p.t.Fatal(err)
	}
	return object
}
