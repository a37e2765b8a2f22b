package cli

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/envtest"
	"sigs.k8s.io/yaml"

	seiv1alpha1 "github.com/seinode/seinode-operator/api/v1alpha1"
	"github.com/seinode/seinode-operator/cmd/kubectl-sei/internal/cluster"
)

// plainly runs a command line as a process would.
func plainly(t *testing.T, args ...string) outcome {
	t.Helper()
	var out, errs bytes.Buffer
	code := Run(t.Context(), args, Environment{In: strings.NewReader(""), Out: &out, Err: &errs, Now: time.Now, Connect: cluster.Connect})
	return outcome{code, out.String(), errs.String()}
}

// TestNoKubeconfig is one line, and not a try at this very machine.
func TestNoKubeconfig(t *testing.T) {
	t.Setenv("KUBECONFIG", filepath.Join(t.TempDir(), "nothing"))
	broken := filepath.Join(t.TempDir(), "broken")
	if err := os.WriteFile(broken, []byte("clusters: nonsense"), 0o600); err != nil {
		t.Fatal(err)
	}
	for args, says := range map[string]string{
		"status": "no kubeconfig was found; wanted one in --kubeconfig",
		"status --kubeconfig " + filepath.Join(t.TempDir(), "none"): "no such file or directory",
		"status --kubeconfig " + broken:                             "reading the kubeconfig",
		"status --server https://127.0.0.1:1":                       "connection refused",
	} {
		if got := plainly(t, strings.Fields(args)...); got.code != Failed || !strings.Contains(got.err, says) || strings.Count(got.err, "\n") != 1 {
			t.Errorf("%s: exit code %d, %q", args, got.code, got.err)
		}
	}
}

// TestOnARealAPIServer: its rules speak in a dry run, nothing is made, and a reader of one namespace is told what is not known.
func TestOnARealAPIServer(t *testing.T) {
	environment := &envtest.Environment{}
	config, err := environment.Start()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = environment.Stop() })
	admin, err := client.New(config, client.Options{Scheme: cluster.Scheme})
	if err != nil {
		t.Fatal(err)
	}
	as := func(name string, groups ...string) string {
		user, err := environment.AddUser(envtest.User{Name: name, Groups: groups}, nil)
		if err != nil {
			t.Fatal(err)
		}
		kubeconfig, err := user.KubeConfig()
		path := filepath.Join(t.TempDir(), name)
		if err == nil {
			err = os.WriteFile(path, kubeconfig, 0o600)
		}
		if err != nil {
			t.Fatal(err)
		}
		return path
	}
	root, reader := as("root", "system:masters"), as("reader")
	manifest := filepath.Join(t.TempDir(), "node.yaml")
	ask := func(kubeconfig, verb, spec string) outcome {
		text := "apiVersion: sei.io/v1alpha1\nkind: SeiNode\nmetadata: {name: archive-9, namespace: sei}\nspec: {chainId: pacific-1, image: seid, " + spec + "}\n"
		if err := os.WriteFile(manifest, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return plainly(t, append(strings.Fields(verb), "--kubeconfig", kubeconfig, "-n", "sei")...)
	}
	expect := func(what string, got outcome, code int, says string) {
		t.Helper()
		if got.code != code || !strings.Contains(got.out+got.err, says) {
			t.Errorf("%s: exit code %d, wanted %d and %q:\n%s%s", what, got.code, code, says, got.out, got.err)
		}
	}
	const preflight = "preflight -f "
	expect("no CRD", ask(root, "status", ""), Failed, "the cluster has no SeiNodes, since their CRD is not installed")
	if _, err := envtest.InstallCRDs(config, envtest.CRDInstallOptions{Paths: []string{"../../../../config/crd/bases"}, ErrorIfPathMissing: true}); err != nil {
		t.Fatal(err)
	}
	objects := append([]client.Object{
		&corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: "sei"}},
		&rbacv1.Role{ObjectMeta: metav1.ObjectMeta{Namespace: "sei", Name: "reader"}, Rules: []rbacv1.PolicyRule{
			{APIGroups: []string{"", "apps", "policy", "networking.k8s.io", "sei.io"}, Resources: []string{"*"}, Verbs: []string{"get", "list", "watch"}},
		}},
		&rbacv1.RoleBinding{
			ObjectMeta: metav1.ObjectMeta{Namespace: "sei", Name: "reader"}, RoleRef: rbacv1.RoleRef{Kind: "Role", Name: "reader"},
			Subjects: []rbacv1.Subject{{Kind: "User", Name: "reader"}},
		},
	}, free(t)...)
	for _, object := range objects {
		if err := admin.Create(t.Context(), object); err != nil {
			t.Fatal(err)
		}
	}
	const good = "archive: {}, dataVolume: {import: {pvcName: data-free}}"
	expect("a node that waits", ask(root, preflight+manifest, good), Waits, "✓ the API server takes the manifest")
	expect("two modes", ask(root, preflight+manifest, good+", fullNode: {}"), Refused, "exactly one of spec.fullNode, spec.archive, spec.validator and spec.seed must be set")
	expect("a field of another place", ask(root, preflight+manifest, good+", peers: {statics: []}"), Usage, `unknown field "spec.peers.statics"`)
	expect("a reader", ask(reader, preflight+manifest, good), Waits, "you may not create SeiNodes here, so that it was not asked")
	expect("a reader's list", ask(reader, "status", good), Fine, `no SeiNodes in namespace "sei"`)
	expect("a reader elsewhere", plainly(t, "status", "--kubeconfig", reader, "-n", "default"), Failed, "you may not do that")

	bind(t, admin)
	in := func(kubeconfig string, args ...string) outcome {
		return plainly(t, append(args, "--kubeconfig", kubeconfig, "-n", "sei")...)
	}
	look := []string{"preflight", "--claim", "data-free", "--chain", "pacific-1", "--inspect", "--agent-image", "agent:v1", "--dry-run=server"}
	expect("a look into a volume, asked for", in(root, look...), Fine, "dry run: nothing was written, and the volume was not looked at")
	expect("one of a reader", in(reader, look...), Refused, "you may not read PersistentVolumes, so that it is not known who uses")
	node := &seiv1alpha1.SeiNode{ObjectMeta: metav1.ObjectMeta{Namespace: "sei", Name: "archive-9"}, Spec: seiv1alpha1.SeiNodeSpec{
		ChainID: "pacific-1", Image: "seid", Archive: &seiv1alpha1.ArchiveSpec{}, DataVolume: &seiv1alpha1.DataVolumeSpec{Import: &seiv1alpha1.DataVolumeImport{PVCName: "data-free"}},
	}}
	if err := admin.Create(t.Context(), node); err != nil {
		t.Fatal(err)
	}
	expect("one into a node's volume", in(root, look...), Refused, `is the data of SeiNode "archive-9"`)
	expect("logs of a node without a pod", in(reader, "logs", "archive-9"), Waits, `SeiNode "archive-9" has no pod now`)
	expect("a report", in(root, "report", "archive-9", "-f", filepath.Join(t.TempDir(), "a.tar.gz")), Fine, "look through it before you send it")
	expect("a reader's report", in(reader, "report", "archive-9", "-f", filepath.Join(t.TempDir(), "a.tar.gz")), Waits, "you may not read the cluster's PersistentVolumes")
	expect("a snapshot where there are none", in(root, "adopt", "--snapshot", "s", "--name", "n", "--chain", "c", "--image", "i"), Failed, "or the cluster has no VolumeSnapshots")
	exported := in(root, "export", "archive-9")
	expect("an export", exported, Fine, "kubectl sei release archive-9 -n sei")
	applies(t, admin, exported.out)
}

// applies has the API server say what it would say to manifests in another cluster: here in another namespace, and to a volume of another name.
func applies(t *testing.T, admin client.Client, manifests string) {
	t.Helper()
	if err := admin.Create(t.Context(), &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: "other"}}); err != nil {
		t.Fatal(err)
	}
	kinds := []string{}
	for _, document := range strings.Split(manifests, "---\n")[1:] {
		object := &unstructured.Unstructured{}
		if err := yaml.Unmarshal([]byte(document), &object.Object); err != nil {
			t.Fatal(err)
		}
		if kinds = append(kinds, object.GetKind()); object.GetKind() == "PersistentVolume" {
			object.SetName("other")
		} else {
			object.SetNamespace("other")
		}
		if err := admin.Create(t.Context(), object, client.DryRunAll, client.FieldValidation(metav1.FieldValidationStrict)); err != nil {
			t.Errorf("%v in\n%s", err, document)
		}
	}
	if got := strings.Join(kinds, " "); got != "PersistentVolume PersistentVolumeClaim SeiNode" {
		t.Errorf("exported are %s", got)
	}
}

// bind does what nobody does here: it binds the claim to its volume.
func bind(t *testing.T, admin client.Client) {
	t.Helper()
	claim, volume := &corev1.PersistentVolumeClaim{}, &corev1.PersistentVolume{}
	if err := admin.Get(t.Context(), client.ObjectKey{Namespace: "sei", Name: "data-free"}, claim); err != nil {
		t.Fatal(err)
	}
	for _, object := range load(t, "testdata/fleet.yaml") {
		if object.GetName() == "pv-free" {
			volume = object.(*corev1.PersistentVolume)
		}
	}
	volume.UID, volume.Spec.ClaimRef.UID = "", claim.UID
	if err := admin.Create(t.Context(), volume); err != nil {
		t.Fatal(err)
	}
	volume.Status.Phase = corev1.VolumeBound
	claim.Status.Phase, claim.Status.AccessModes, claim.Status.Capacity = corev1.ClaimBound, claim.Spec.AccessModes, claim.Spec.Resources.Requests
	if err := errors.Join(admin.Status().Update(t.Context(), volume), admin.Status().Update(t.Context(), claim)); err != nil {
		t.Fatal(err)
	}
}

// free is a claim that is not Bound yet, since nobody binds here.
func free(t *testing.T) (objects []client.Object) {
	t.Helper()
	for _, object := range load(t, "testdata/fleet.yaml") {
		if object.GetName() == "data-free" {
			object.SetUID("")
			objects = append(objects, object)
		}
	}
	return objects
}
