package bundle_test

import (
	"errors"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/operator-framework/api/pkg/operators/v1alpha1"
	corev1 "k8s.io/api/core/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	"k8s.io/apimachinery/pkg/util/sets"
	"k8s.io/utils/ptr"
)

type csv = v1alpha1.ClusterServiceVersion

// mutations break one thing each. Exactly the checks that are named turn red: a check that never does is worth nothing, and one
// that does for another's cause is noise.
var mutations = []struct {
	name   string
	mutate func(root string) error
	red    []string
}{
	{"nothing", edit(func(*csv) {}), nil},
	{"the CSV is no YAML", replace(manifest, "kind: ClusterServiceVersion", "kind: [ClusterServiceVersion"), []string{readable}},
	{"the CSV is missing", remove(manifest), []string{readable}},
	{"the CRD is missing", remove("manifests/sei.io_seinodes.yaml"), []string{readable}},
	{"another CRD", replace("manifests/sei.io_seinodes.yaml", "- snode", "- sn"), []string{"the CRD is the one of config"}},
	{"an invalid CRD", replace("manifests/sei.io_seinodes.yaml", "scope: Namespaced", "scope: Galactic"), []string{
		"the CRD is the one of config", "validator CustomResourceDefinition"}},
	{"a CRD that the CSV does not own", replace(manifest, "name: seinodes.sei.io", "name: seinodes.example.com"), []string{
		"validator Bundle", "validator ClusterServiceVersion"}},

	{"update on volumes", grant("persistentvolumes", "update"), []string{"volumes are only read"}},
	{"patch on volumes in the namespace", edit(func(c *csv) {
		rules := &c.Spec.InstallStrategy.StrategySpec.Permissions[0].Rules
		*rules = append(*rules, rbacv1.PolicyRule{APIGroups: []string{""}, Resources: []string{"persistentvolumes/status"}, Verbs: []string{"patch"}})
	}), []string{"volumes are only read"}},
	{"no watch on volumes", revoke("persistentvolumes", "watch"), []string{"volumes are only read"}},
	{"update on claims", grant("persistentvolumeclaims", "update"), []string{"claims are never updated"}},
	{"deletecollection on claims", grant("persistentvolumeclaims", "deletecollection"), []string{"claims are never updated"}},
	{"get on secrets", edit(func(c *csv) {
		rules := &c.Spec.InstallStrategy.StrategySpec.Permissions[0].Rules
		*rules = append(*rules, rbacv1.PolicyRule{APIGroups: []string{""}, Resources: []string{"secrets"}, Verbs: []string{"get"}})
	}), []string{"secrets are not read"}},
	{"any verb on pods", grant("pods", "*"), []string{"no right is a wildcard"}},
	{"pods of the whole cluster", edit(func(c *csv) {
		rules := &c.Spec.InstallStrategy.StrategySpec.ClusterPermissions[0].Rules
		*rules = append(*rules, rbacv1.PolicyRule{APIGroups: []string{""}, Resources: []string{"pods"}, Verbs: []string{"get"}})
	}), []string{"cluster-wide rights are few"}},

	{"a label drifts", replace("metadata/annotations.yaml", "operator-sdk-v", "operator-sdk-w"), []string{"the labels agree"}},
	{"another channel", both(
		replace("metadata/annotations.yaml", "candidate-v0", "fast-v0"),
		replace("../bundle.Dockerfile", "candidate-v0", "fast-v0")), []string{"the channels"}},
	{"a channel of a strange name", both(
		replace("metadata/annotations.yaml", "candidate-v0", "nightly"),
		replace("../bundle.Dockerfile", "candidate-v0", "nightly")), []string{"the channels", "validator GoodPractices"}},
	{"the name of another version", edit(func(c *csv) { c.Name = "seinode-operator.v9.9.9" }), []string{"the name is the version"}},
	{"a name without a version", edit(func(c *csv) { c.Name = "seinode-operator" }), []string{
		"the name is the version", "validator GoodPractices"}},
	{"an install mode less", edit(func(c *csv) { c.Spec.InstallModes[2].Supported = false }), []string{"all install modes"}},
	{"no minKubeVersion", edit(func(c *csv) { c.Spec.MinKubeVersion = "" }), []string{
		"the oldest Kubernetes", "validator ClusterServiceVersion", "validator OperatorHubV2"}},
	{"no icon", edit(func(c *csv) { c.Spec.Icon = nil }), []string{"one square icon", "validator OperatorHubV2"}},
	{"no repository", edit(func(c *csv) { delete(c.Annotations, "repository") }), []string{"the annotations"}},
	{"a category that nobody knows", annotate("categories", "Blockchain"), []string{"validator StandardCategories"}},
	{"a capability that nobody knows", annotate("capabilities", "Everything"), []string{"validator StandardCapabilities"}},

	{"a related image less", edit(func(c *csv) { c.Spec.RelatedImages = nil }), []string{"related images"}},
	{"another container image", annotate("containerImage", "ghcr.io/seinode/seinode-operator:dev"), []string{"the container image"}},
	{"no memory limit", inManager(func(c *corev1.Container) { c.Resources.Limits = nil }), []string{"requests and a memory limit"}},
	{"no requests", inManager(func(c *corev1.Container) { c.Resources.Requests = nil }), []string{
		"requests and a memory limit", "validator GoodPractices"}},
	{"a writable root", inManager(func(c *corev1.Container) { c.SecurityContext.ReadOnlyRootFilesystem = nil }), []string{"restricted pods"}},
	{"root", inManager(func(c *corev1.Container) { c.SecurityContext.RunAsNonRoot = ptr.To(false) }), []string{"restricted pods"}},
	{"capabilities", inManager(func(c *corev1.Container) { c.SecurityContext.Capabilities = nil }), []string{"restricted pods"}},

	{"another ConfigMap", edit(func(c *csv) {
		c.Spec.InstallStrategy.StrategySpec.DeploymentSpecs[0].Spec.Template.Spec.Volumes[0].ConfigMap.Name = "platform-config"
	}), []string{"the platform's ConfigMap"}},

	{"a descriptor less", edit(func(c *csv) {
		owned := &c.Spec.CustomResourceDefinitions.Owned[0]
		owned.StatusDescriptors = slices.Delete(owned.StatusDescriptors, 0, 1)
	}), []string{"every field has a descriptor"}},
	{"a descriptor of a field that is not there", edit(func(c *csv) {
		owned := &c.Spec.CustomResourceDefinitions.Owned[0]
		owned.SpecDescriptors = append(owned.SpecDescriptors, v1alpha1.SpecDescriptor{Path: "dataVolume.import.claim"})
	}), []string{"every descriptor has a field"}},
	{"an example with an unknown field", inExample("spec", "chain", "pacific-1"), []string{"the examples fit the schema"}},
	{"an example without a required field", inExample("spec", "chainId", nil), []string{"the examples fit the schema"}},
	{"an example of two modes", inExample("spec", "fullNode", map[string]any{}), []string{"the examples fit the schema"}},
	{"an example without a status", inExample("", "status", nil), []string{"the examples have a status"}},

	{"a NetworkPolicy", object("networking.k8s.io/v1", "NetworkPolicy"), []string{"forbidden kinds"}},
	{"a ConfigMap", object("v1", "ConfigMap"), []string{"forbidden kinds"}},
	{"a removed API", object("policy/v1beta1", "PodDisruptionBudget"), []string{
		"validator AlphaDeprecatedAPIs", "validator OperatorHubV2"}},
	{"a disruption budget of none", write("manifests/more.yaml",
		"{apiVersion: policy/v1, kind: PodDisruptionBudget, metadata: {name: more}, spec: {maxUnavailable: 0}}"), []string{"validator Object"}},
	{"too large", write("metadata/large.txt", strings.Repeat("#", 1<<20)), []string{"the size"}},
}

func TestMutations(t *testing.T) {
	for _, mutation := range mutations {
		t.Run(mutation.name, func(t *testing.T) {
			t.Parallel()
			root := copyOfBundle(t)
			if err := mutation.mutate(root); err != nil {
				t.Fatal(err)
			}
			failures := inspect(root)
			found, wanted := slices.Sorted(maps.Keys(failures)), slices.Sorted(slices.Values(mutation.red))
			if !cmp.Equal(found, wanted) {
				t.Errorf("found %q red, wanted %q: %v", found, wanted, failures)
			}
		})
	}
}

// TestEveryCheckIsShownToFail: a new check needs a mutation.
func TestEveryCheckIsShownToFail(t *testing.T) {
	shown := sets.New[string]()
	for _, mutation := range mutations {
		shown.Insert(mutation.red...)
	}
	for _, check := range checks {
		if !shown.Has(check.name) {
			t.Errorf("check %q: found no mutation that turns it red, wanted one", check.name)
		}
	}
}

// inspect returns the failures of all checks by name.
func inspect(root string) map[string]error {
	subject, err := read(root)
	if err != nil {
		return map[string]error{readable: err}
	}
	failures := map[string]error{}
	for _, check := range checks {
		if err := check.of(subject); err != nil {
			failures[check.name] = err
		}
	}
	return failures
}

func copyOfBundle(t *testing.T) string {
	t.Helper()
	root := t.TempDir()
	dockerfile, err := os.ReadFile(filepath.Join(repository, "bundle.Dockerfile"))
	err = errors.Join(err,
		os.CopyFS(filepath.Join(root, "bundle"), os.DirFS(filepath.Join(repository, "bundle"))),
		os.WriteFile(filepath.Join(root, "bundle.Dockerfile"), dockerfile, 0o600))
	if err != nil {
		t.Fatal(err)
	}
	return root
}
