package v1alpha1_test

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/envtest"
	"sigs.k8s.io/yaml"
)

// api is an API server with the CRD installed. Objects are sent as a user writes them, not as our Go types would.
var api client.Client

func TestMain(m *testing.M) {
	os.Exit(runWithAPI(m))
}

func runWithAPI(m *testing.M) int {
	env := &envtest.Environment{CRDDirectoryPaths: []string{filepath.Join("..", "..", "config", "crd", "bases")}, ErrorIfCRDPathMissing: true}
	config, err := env.Start()
	if err == nil {
		defer func() { _ = env.Stop() }()
		api, err = client.New(config, client.Options{})
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return m.Run()
}

// node parses a spec written as YAML into a SeiNode of a name that no other test uses.
func node(t *testing.T, spec string) *unstructured.Unstructured {
	t.Helper()
	object := &unstructured.Unstructured{Object: map[string]any{"apiVersion": "sei.io/v1alpha1", "kind": "SeiNode", "spec": parse(t, spec)}}
	object.SetNamespace("default")
	object.SetGenerateName("node-")
	return object
}

func parse(t *testing.T, text string) map[string]any {
	t.Helper()
	parsed := map[string]any{}
	if err := yaml.UnmarshalStrict([]byte(text), &parsed); err != nil {
		t.Fatal(err)
	}
	return parsed
}

// strictly refuses unknown fields, as kubectl does.
var strictly = client.FieldValidation(metav1.FieldValidationStrict)

const base = "{chainId: pacific-1, image: 'sei:v1', archive: {}}"

// with is the base with some fields set; a field that is null is left out.
func with(t *testing.T, fields string) string {
	t.Helper()
	spec := parse(t, base)
	maps.Copy(spec, parse(t, fields))
	maps.DeleteFunc(spec, func(_ string, value any) bool { return value == nil })
	text, err := json.Marshal(spec)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestSpecsThatAreAccepted(t *testing.T) {
	expectAccepted(t,
		"{}",
		"{dataVolume: {}}",
		"{dataVolume: null}",
		"{dataVolume: {import: {pvcName: data-archive-0-0}}}",
		"{dataVolume: {import: {pvcName: dots.are.legal}}}",
		"{dataVolume: {import: {pvcName: "+strings.Repeat("a", 253)+"}}}",
		"{dataVolume: {import: {pvcName: a}, size: 500Gi, deletionPolicy: Retain}}",
		"{dataVolume: {size: 1.5Ti, storageClassName: gp3, deletionPolicy: Delete}}",
		"{dataVolume: {size: 10737418240}}",
		"{image: "+strings.Repeat("i", 512)+"}",
		"{archive: null, fullNode: {}}",
		"{archive: null, validator: {}}",
		"{archive: null, seed: {}, nodeKey: {secretName: node}}",
		"{archive: null, validator: {signingKey: {secretName: s}}, nodeKey: {secretName: node}}",
		"{genesis: {configMapName: g}, externalAddress: 'sei.example.com:26656'}",
		"{peers: {static: ['"+strings.Repeat("a", 40)+"@host.example:26656'], seeds: ['"+strings.Repeat("b", 40)+"@seed.example:26656']}}",
		"{peers: {}}",
		"{overrides: {p2p.max-connections: '200', pruning: nothing, evm.http_enabled: 'true'}}",
		"{dataVolume: {import: {pvcName: a}, inspection: Warn}}",
		"{dataVolume: {inspection: Warn}}",
		"{dataVolume: {homePath: chains/sei, ignore: [photos, '.Trash-1', 'a b']}}",
		"{dataVolume: {import: {pvcName: a}, homePath: .hidden/..x/y.z, ignore: []}}",
		"{dataVolume: {homePath: a/b/c/d/e/f/g/h}}",
		"{archive: null, validator: {signState: Fresh}}",
		"{archive: null, validator: {signingKey: {secretName: s}, signState: Fresh}}",
		"{archive: null, validator: {}, overrides: {priv-validator.laddr: 'tcp://0.0.0.0:1'}}",
		"{archive: null, validator: {}, overrides: {state-store.ss-enable: 'false'}}",
		"{overrides: {state-store.ss-enable: 'true', state_commit.sc_enable: 'T'}}",
		"{overrides: {p2p.max-connections: '200', p2p.max-connections-x: '1'}}",
		"{priorityClassName: system-cluster-critical, serviceAccountName: sei}",
		"{runAs: {user: 1000}}",
		"{runAs: {user: 1000, group: 2147483647}}",
		"{topologySpreadConstraints: [{maxSkew: 1, topologyKey: zone, whenUnsatisfiable: DoNotSchedule}]}",
		"{podLabels: {team: sei}, podAnnotations: {a: b}, paused: true, terminationGracePeriodSeconds: 30}",
	)
}

// expectAccepted wants the API server to take a node with each of these specs.
func expectAccepted(t *testing.T, specs ...string) {
	t.Helper()
	for _, fields := range specs {
		if err := api.Create(t.Context(), node(t, with(t, fields)), strictly); err != nil {
			t.Errorf("%s: %v", fields, err)
		}
	}
}

// expectRefused wants the API server to refuse a node with each of these specs, in words that name what is wrong.
func expectRefused(t *testing.T, specs map[string]string) {
	t.Helper()
	for fields, names := range specs {
		if err := api.Create(t.Context(), node(t, with(t, fields)), strictly); err == nil || !strings.Contains(err.Error(), names) {
			t.Errorf("%s: error is %v; wanted one that names %q", fields, err, names)
		}
	}
}

func TestSpecsThatAreRefusedByTheNameOfTheField(t *testing.T) {
	expectRefused(t, map[string]string{
		"{archive: null}":                           "exactly one of spec.fullNode, spec.archive, spec.validator and spec.seed",
		"{fullNode: {}}":                            "exactly one of spec.fullNode, spec.archive, spec.validator and spec.seed",
		"{fullNode: {}, validator: {}, seed: {}}":   "exactly one of spec.fullNode, spec.archive, spec.validator and spec.seed",
		"{archive: null, seed: {}}":                 "spec.nodeKey is required for a seed",
		"{runAs: {user: 0}}":                        "spec.runAs.user must not be 0: seid does not run as root",
		"{runAs: {}}":                               "spec.runAs.user",
		"{runAs: {user: 2147483648}}":               "spec.runAs.user",
		"{runAs: {user: 1000, group: 0}}":           "spec.runAs.group",
		"{chainId: null}":                           "spec.chainId",
		"{chainId: ''}":                             "spec.chainId",
		"{chainId: Pacific_1}":                      "spec.chainId",
		"{image: null}":                             "spec.image",
		"{image: ''}":                               "spec.image",
		"{image: 'a b'}":                            "spec.image",
		"{image: " + strings.Repeat("i", 513) + "}": "spec.image",
		"{dataVolume: {import: {}}}":                "spec.dataVolume.import.pvcName",
		"{dataVolume: {import: {pvcName: ''}}}":     "spec.dataVolume.import.pvcName",
		"{dataVolume: {import: {pvcName: a/b}}}":    "spec.dataVolume.import.pvcName",
		"{dataVolume: {import: {pvcName: Data}}}":   "spec.dataVolume.import.pvcName",
		"{dataVolume: {import: {pvcName: a..b}}}":   "spec.dataVolume.import.pvcName",
		"{dataVolume: {import: {pvcName: -a}}}":     "spec.dataVolume.import.pvcName",
		"{dataVolume: {import: {pvcName: " + strings.Repeat("a", 254) + "}}}":      "spec.dataVolume.import.pvcName",
		"{dataVolume: {import: {pvcName: a}, storageClassName: gp3}}":              "spec.dataVolume.storageClassName",
		"{dataVolume: {import: {pvcName: a}, deletionPolicy: Delete}}":             "spec.dataVolume.deletionPolicy",
		"{dataVolume: {deletionPolicy: Maybe}}":                                    "spec.dataVolume.deletionPolicy",
		"{dataVolume: {size: plenty}}":                                             "spec.dataVolume.size",
		"{dataVolume: {size: 25 TB}}":                                              "spec.dataVolume.size",
		"{dataVolume: {size: 0}}":                                                  "spec.dataVolume.size",
		"{dataVolume: {size: -1Gi}}":                                               "spec.dataVolume.size",
		"{dataVolume: {size: 1e9999999}}":                                          "spec.dataVolume.size",
		"{dataVolume: {storageClassName: ''}}":                                     "spec.dataVolume.storageClassName",
		"{dataVolume: {imports: {pvcName: a}}}":                                    "spec.dataVolume.imports",
		"{podLabels: {sei.io/node: mine}}":                                         "spec.podLabels",
		"{podLabels: {app.kubernetes.io/name: mine}}":                              "spec.podLabels",
		"{podAnnotations: {sei.io/x: mine}}":                                       "spec.podAnnotations",
		"{terminationGracePeriodSeconds: 29}":                                      "spec.terminationGracePeriodSeconds",
		"{overrides: {rpc.laddr: 'tcp://127.0.0.1:1'}}":                            "spec.overrides",
		"{overrides: {priv-validator.key-file: /x}}":                               "spec.overrides",
		"{overrides: {priv-validator.state-file: /x}}":                             "spec.overrides",
		"{overrides: {priv_validator.key_file: /x}}":                               "spec.overrides",
		"{overrides: {priv-validator-state-file: /x}}":                             "spec.overrides",
		"{overrides: {rpc_laddr: /x}}":                                             "spec.overrides",
		"{overrides: {p2p_persistent.peers: /x}}":                                  "spec.peers",
		"{overrides: {mode: seed}}":                                                "spec.overrides",
		"{overrides: {home: /x}}":                                                  "spec.overrides",
		"{overrides: {p2p.persistent-peers: x}}":                                   "spec.peers",
		"{overrides: {p2p.max-connections: '1', p2p_max_connections: '2'}}":        "one setting in two spellings",
		"{overrides: {evm.http_enabled: 'true', evm.http-enabled: 'false', a: b}}": "one setting in two spellings",
		"{priorityClassName: ''}":                                                  "spec.priorityClassName",
		"{serviceAccountName: 'a b'}":                                              "spec.serviceAccountName",
		"{genesis: {configMapName: 'A B'}}":                                        "spec.genesis.configMapName",
		"{genesis: {configMapRef: {name: g}}}":                                     "spec.genesis.configMapRef",
		"{dataVolume: {import: {pvcName: a, inspection: Warn}}}":                   "spec.dataVolume.import.inspection",
		"{overrides: {P2P.X: x}}":                                                  "spec.overrides",
		"{overrides: {pruning: " + strings.Repeat("v", 1025) + "}}":                "spec.overrides",
		"{peers: {static: ['host:26656']}}":                                        "spec.peers.static",
		"{peers: {seeds: ['host:26656']}}":                                         "spec.peers.seeds",
		"{peers: ['" + strings.Repeat("a", 40) + "@host:26656']}":                  "spec.peers",
		"{peers: {seeds: ['" + strings.Repeat("a", 40) + "@host:26656']}, overrides: {p2p.bootstrap_peers: x}}": "spec.peers",
		"{externalAddress: host}":                      "spec.externalAddress",
		"{genesis: {}}":                                "spec.genesis.configMapName",
		"{archive: null, validator: {signingKey: {}}}": "spec.validator.signingKey.secretName",
		"{archive: null, validator: {signingKey: {secretName: k}}, nodeKey: {secretName: k}}": "must be two Secrets",
		"{dataVolume: {inspection: Off}}":                            "spec.dataVolume.inspection",
		"{replicas: 3}":                                              "spec.replicas",
		"{dataVolume: {homePath: ''}}":                               "spec.dataVolume.homePath",
		"{dataVolume: {homePath: /a}}":                               "spec.dataVolume.homePath",
		"{dataVolume: {homePath: a/}}":                               "spec.dataVolume.homePath",
		"{dataVolume: {homePath: a//b}}":                             "spec.dataVolume.homePath",
		"{dataVolume: {homePath: .}}":                                "without . and ..",
		"{dataVolume: {homePath: a/../b}}":                           "without . and ..",
		"{dataVolume: {homePath: a/./b}}":                            "without . and ..",
		"{dataVolume: {homePath: 'a b'}}":                            "spec.dataVolume.homePath",
		"{dataVolume: {homePath: a/b/c/d/e/f/g/h/i}}":                "spec.dataVolume.homePath",
		"{dataVolume: {homePath: " + strings.Repeat("a", 254) + "}}": "spec.dataVolume.homePath",
		"{dataVolume: {ignore: [a/b]}}":                              "spec.dataVolume.ignore",
		"{dataVolume: {ignore: ['']}}":                               "spec.dataVolume.ignore",
		"{dataVolume: {ignore: [data]}}":                             "spec.dataVolume.ignore must not have",
		"{dataVolume: {ignore: [a, .sei]}}":                          "spec.dataVolume.ignore must not have",
		"{dataVolume: {ignore: [..]}}":                               "spec.dataVolume.ignore must not have",
		"{dataVolume: {ignore: [a, a]}}":                             "spec.dataVolume.ignore",
		"{dataVolume: {ignore: [" + strings.TrimSuffix(strings.Repeat("a,", 17), ",") + "]}}":                             "spec.dataVolume.ignore",
		"{archive: null, validator: {signState: Stale}}":                                                                  "spec.validator.signState",
		"{overrides: {state-store.ss-enable: 'false'}}":                                                                   "state-store.ss-enable",
		"{archive: null, fullNode: {}, overrides: {state_store-ss_enable: '0'}}":                                          "state-store.ss-enable",
		"{overrides: {state-store.ss-enable: 'no'}}":                                                                      "state-store.ss-enable",
		"{overrides: {state-commit.sc-enable: 'false'}}":                                                                  "state-commit.sc-enable",
		"{archive: null, validator: {}, overrides: {state_commit_sc_enable: ''}}":                                         "state-commit.sc-enable",
		"{overrides: {priv-validator.laddr: 'tcp://0.0.0.0:1'}}":                                                          "priv-validator.laddr",
		"{overrides: {priv_validator.laddr: 'tcp://0.0.0.0:1'}}":                                                          "priv-validator.laddr",
		"{archive: null, validator: {signingKey: {secretName: s}}, overrides: {priv-validator.laddr: 'tcp://0.0.0.0:1'}}": "priv-validator.laddr",
	})
}

func TestNamesThatAreRefused(t *testing.T) {
	for _, name := range []string{"0archive", "archive.0", strings.Repeat("a", 53)} {
		object := node(t, base)
		object.SetName(name)
		if err := api.Create(t.Context(), object); err == nil || !strings.Contains(err.Error(), "metadata.name") {
			t.Errorf("%s: error is %v; wanted one that names metadata.name", name, err)
		}
	}
}

// TestChanges goes through what may be edited and what not, by update and by merge patch: above all the ways around the
// immutability of the import.
func TestChanges(t *testing.T) {
	imported := "dataVolume: {import: {pvcName: a}}"
	for name, test := range map[string]struct{ from, to, refusal string }{
		"import: another name":                    {"{" + imported + "}", "{dataVolume: {import: {pvcName: b}}}", "pvcName is immutable"},
		"import: removed":                         {"{" + imported + "}", "{dataVolume: {}}", "pvcName is immutable"},
		"import: null":                            {"{" + imported + "}", "{dataVolume: {import: null}}", "pvcName is immutable"},
		"import: the whole dataVolume removed":    {"{" + imported + "}", "{}", "pvcName is immutable"},
		"import: added to no dataVolume":          {"{}", "{" + imported + "}", "pvcName is immutable"},
		"import: added to an empty dataVolume":    {"{dataVolume: {}}", "{" + imported + "}", "pvcName is immutable"},
		"import: added beside a size":             {"{dataVolume: {size: 1Ti}}", "{dataVolume: {size: 1Ti, import: {pvcName: a}}}", "pvcName is immutable"},
		"import: of the name of the created one":  {"{}", "{dataVolume: {import: {pvcName: data-x}}}", "pvcName is immutable"},
		"import: kept, another size":              {"{" + imported + "}", "{dataVolume: {import: {pvcName: a}, size: 5Gi}}", ""},
		"import: kept, size removed":              {"{dataVolume: {import: {pvcName: a}, size: 5Gi}}", "{" + imported + "}", ""},
		"no import: absent, then empty":           {"{}", "{dataVolume: {}}", ""},
		"no import: empty, then absent":           {"{dataVolume: {}}", "{}", ""},
		"no import: absent, then null":            {"{}", "{dataVolume: {import: null}}", ""},
		"home path: another":                      {"{dataVolume: {homePath: a}}", "{dataVolume: {homePath: b}}", "homePath is immutable"},
		"home path: removed":                      {"{dataVolume: {homePath: a}}", "{dataVolume: {}}", "homePath is immutable"},
		"home path: the whole dataVolume removed": {"{dataVolume: {homePath: a}}", "{}", "homePath is immutable"},
		"home path: added":                        {"{}", "{dataVolume: {homePath: a}}", "homePath is immutable"},
		"home path: added beside an import":       {"{" + imported + "}", "{dataVolume: {import: {pvcName: a}, homePath: a}}", "homePath is immutable"},
		"ignored names":                           {"{dataVolume: {ignore: [a]}}", "{dataVolume: {ignore: [b]}}", ""},
		"sign state: said, and taken back":        {"{archive: null, validator: {signState: Fresh}}", "{archive: null, validator: {}}", ""},
		"chain":                                   {"{}", "{chainId: atlantic-2}", "spec.chainId is immutable"},
		"mode":                                    {"{}", "{archive: null, fullNode: {}}", "the mode"},
		"mode: a second one":                      {"{}", "{fullNode: {}}", "exactly one of"},
		"image":                                   {"{}", "{image: 'sei:v2'}", ""},
		"paused":                                  {"{}", "{paused: true}", ""},
		"halt height: set":                        {"{}", "{haltHeight: 5}", ""},
		"halt height: raised":                     {"{haltHeight: 5}", "{haltHeight: 6}", ""},
		"halt height: removed":                    {"{haltHeight: 5}", "{}", ""},
		"created size: another":                   {"{dataVolume: {size: 1Ti}}", "{dataVolume: {size: 2Ti}}", "spec.dataVolume.size of a created claim is immutable"},
		"created size: added":                     {"{}", "{dataVolume: {size: 2Ti}}", "spec.dataVolume.size of a created claim is immutable"},
		"created size: removed":                   {"{dataVolume: {size: 1Ti}}", "{}", "spec.dataVolume.size of a created claim is immutable"},
		"created size: written otherwise":         {"{dataVolume: {size: 1Ti}}", "{dataVolume: {size: 1024Gi}}", ""},
		"created class: another":                  {"{dataVolume: {storageClassName: a}}", "{dataVolume: {storageClassName: b}}", "storageClassName is immutable"},
		"created class: the whole volume removed": {"{dataVolume: {storageClassName: a}}", "{}", "storageClassName is immutable"},
		"signing key: another":                    {"{archive: null, validator: {signingKey: {secretName: a}}}", "{archive: null, validator: {signingKey: {secretName: b}}}", "signingKey.secretName is immutable"},
		"signing key: removed":                    {"{archive: null, validator: {signingKey: {secretName: a}}}", "{archive: null, validator: {}}", "signingKey.secretName is immutable"},
		"signing key: added":                      {"{archive: null, validator: {}}", "{archive: null, validator: {signingKey: {secretName: a}}}", "signingKey.secretName is immutable"},
		"node key: another":                       {"{nodeKey: {secretName: a}}", "{nodeKey: {secretName: b}}", "nodeKey.secretName is immutable"},
		"node key: removed":                       {"{nodeKey: {secretName: a}}", "{}", "nodeKey.secretName is immutable"},
		"node key: another, of a seed":            {"{archive: null, seed: {}, nodeKey: {secretName: a}}", "{archive: null, seed: {}, nodeKey: {secretName: b}}", "nodeKey.secretName is immutable"},
		"node key: removed, of a seed":            {"{archive: null, seed: {}, nodeKey: {secretName: a}}", "{archive: null, seed: {}}", "spec.nodeKey is required for a seed"},
		"snapshot: another":                       {"{archive: null, fullNode: {}, bootstrap: {volumeSnapshot: {name: a}}}", "{archive: null, fullNode: {}, bootstrap: {volumeSnapshot: {name: b}}}", "spec.bootstrap.volumeSnapshot is immutable"},
		"snapshot: removed":                       {"{archive: null, fullNode: {}, bootstrap: {volumeSnapshot: {name: a}}}", "{archive: null, fullNode: {}}", "spec.bootstrap.volumeSnapshot is immutable"},
		"snapshot: added":                         {"{archive: null, fullNode: {}}", "{archive: null, fullNode: {}, bootstrap: {volumeSnapshot: {name: a}}}", "spec.bootstrap.volumeSnapshot is immutable"},
		"snapshot: the claim of it":               {"{archive: null, fullNode: {}, bootstrap: {volumeSnapshot: {name: a}}}", "{archive: null, fullNode: {}, bootstrap: {claim: {name: a}}}", "spec.bootstrap.claim is immutable"},
		"snapshot: other resources":               {"{bootstrap: {volumeSnapshot: {name: a}}}", "{bootstrap: {volumeSnapshot: {name: a}, resources: {limits: {memory: 4Gi}}}}", ""},
		"claim: another":                          {"{bootstrap: {claim: {name: a}}}", "{bootstrap: {claim: {name: b}}}", "spec.bootstrap.claim is immutable"},
		"claim: removed":                          {"{bootstrap: {claim: {name: a}}}", "{}", "spec.bootstrap.claim is immutable"},
		"claim: added":                            {"{}", "{bootstrap: {claim: {name: a}}}", "spec.bootstrap.claim is immutable"},
		"claim: an archive in its place":          {"{bootstrap: {claim: {name: a}}}", "{bootstrap: {archive: {url: 'https://example.com/', acceptFullHistory: true}}}", "spec.bootstrap.claim is immutable"},
		"node key: added":                         {"{}", "{nodeKey: {secretName: a}}", "nodeKey.secretName is immutable"},
		"inspection policy":                       {"{" + imported + "}", "{dataVolume: {import: {pvcName: a}, inspection: Warn}}", ""},
		"overrides":                               {"{overrides: {pruning: a}}", "{overrides: {pruning: b}}", ""},
		"deletion policy":                         {"{}", "{dataVolume: {deletionPolicy: Retain}}", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Run("update", func(t *testing.T) { change(t, test.from, test.to, test.refusal, update) })
			t.Run("merge patch", func(t *testing.T) { change(t, test.from, test.to, test.refusal, mergePatch) })
		})
	}
}

func change(t *testing.T, from, to, refusal string, write func(context.Context, *unstructured.Unstructured, map[string]any) error) {
	t.Helper()
	object := node(t, with(t, from))
	if err := api.Create(t.Context(), object); err != nil {
		t.Fatal(err)
	}
	before := object.DeepCopy()
	err := write(t.Context(), object, parse(t, with(t, to)))
	switch {
	case refusal == "" && err != nil:
		t.Errorf("refused: %v", err)
	case refusal != "" && (err == nil || !apierrors.IsInvalid(err) || !strings.Contains(err.Error(), refusal)):
		t.Errorf("error is %v; wanted one that says %q", err, refusal)
	case refusal != "":
		after := before.DeepCopy()
		if err := api.Get(t.Context(), client.ObjectKeyFromObject(before), after); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(before.Object, after.Object); diff != "" {
			t.Errorf("a refused change changed something:\n%s", diff)
		}
	}
}

func update(ctx context.Context, object *unstructured.Unstructured, spec map[string]any) error {
	object.Object["spec"] = spec
	return api.Update(ctx, object)
}

// mergePatch removes what the new spec does not have, by null.
func mergePatch(ctx context.Context, object *unstructured.Unstructured, spec map[string]any) error {
	for field := range object.Object["spec"].(map[string]any) {
		if _, kept := spec[field]; !kept {
			spec[field] = nil
		}
	}
	patch, err := json.Marshal(map[string]any{"spec": withNulls(object.Object["spec"], spec)})
	if err != nil {
		return err
	}
	return api.Patch(ctx, object, client.RawPatch("application/merge-patch+json", patch))
}

func withNulls(before any, after map[string]any) map[string]any {
	old, _ := before.(map[string]any)
	for field, value := range old {
		nested, isMap := after[field].(map[string]any)
		if _, kept := after[field]; !kept {
			after[field] = nil
		} else if isMap {
			after[field] = withNulls(value, nested)
		}
	}
	return after
}
