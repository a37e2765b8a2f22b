package main

import (
	"bytes"
	"context"
	"encoding/json"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/operator-framework/api/pkg/apis/scorecard/v1alpha3"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/yaml"

	seiv1alpha1 "github.com/seinode/seinode-operator/api/v1alpha1"
)

type hook = func(context.Context, *seiv1alpha1.SeiNode) error

// TestHonestOperator runs all three at once, as the scorecard does.
func TestHonestOperator(t *testing.T) {
	(&standIn{}).start(t)
	t.Run("at once", func(t *testing.T) {
		for name := range tests {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				if result := run(t.Context(), t, name, 10*time.Second); result.State != v1alpha3.PassState || len(result.Errors) > 0 || !strings.Contains(result.Log, "created SeiNode") {
					t.Errorf("found %+v, wanted a pass with a log", result)
				}
			})
		}
	})
	expectNothingLeft(t)
}

// TestLyingOperators: a test that passes whatever the operator does proves nothing.
func TestLyingOperators(t *testing.T) {
	for _, lie := range []struct {
		name     string
		operator *standIn
		test     string
		says     string
	}{
		{"is not there", &standIn{silent: true}, "import-existing-pvc", `found phase "" and ImportPVCReady ""`},
		{"is not there to refuse", &standIn{silent: true}, "import-refused", `wanted phase "Failed" and "False" (CapacityTooSmall)`},
		{"labels the claim", &standIn{onValid: onClaim(label)}, "import-existing-pvc", "mine: sei"},
		{"labels the volume", &standIn{onValid: onVolume(label)}, "import-existing-pvc", "mine: sei"},
		{"owns the claim", &standIn{onValid: onClaim(own)}, "import-existing-pvc", "ownerReferences"},
		{"puts a finalizer on the claim", &standIn{onValid: onClaim(protect)}, "import-existing-pvc", "sei.io/mine"},
		{"labels a refused claim", &standIn{onRefused: onClaim(label)}, "import-refused", "mine: sei"},
		{"uses another claim", &standIn{claimOf: func(*seiv1alpha1.SeiNode) string { return "other" }}, "import-existing-pvc", `found volumes of claims ["other"]`},
		{"starts a refused node", &standIn{onRefused: startAnyway}, "import-refused", "wanted nothing to start on a refused claim"},
		{"deletes the claim", &standIn{onDelete: onClaim(remove)}, "deletion-preserves-import", "PersistentVolumeClaim scorecard-"},
		{"deletes the volume", &standIn{onDelete: onVolume(remove)}, "deletion-preserves-import", "PersistentVolume scorecard-"},
		{"labels the claim when it goes", &standIn{onDelete: onClaim(label)}, "deletion-preserves-import", "mine: sei"},
	} {
		t.Run(lie.name, func(t *testing.T) {
			lie.operator.start(t)
			patience := 10 * time.Second
			if lie.operator.silent {
				patience = time.Second
			}
			result := run(t.Context(), t, lie.test, patience)
			if result.State != v1alpha3.FailState || !strings.Contains(strings.Join(result.Errors, "\n"), lie.says) {
				t.Errorf("found %+v, wanted a failure that says %q", result, lie.says)
			}
			expectNothingLeft(t)
		})
	}
}

// TestInterrupted: a scorecard whose own time is over deletes the pod, and what we made must not stay.
func TestInterrupted(t *testing.T) {
	(&standIn{silent: true}).start(t)
	ctx, cancel := context.WithTimeout(t.Context(), time.Second)
	defer cancel()
	result := run(ctx, t, "import-existing-pvc", time.Minute)
	if result.State != v1alpha3.FailState || !strings.Contains(result.Log, "created SeiNode") {
		t.Errorf("found %+v, wanted a failure", result)
	}
	expectNothingLeft(t)
}

// run performs a test under the ServiceAccount, with less patience than in a cluster.
func run(ctx context.Context, t *testing.T, name string, patience time.Duration) v1alpha3.TestResult {
	t.Helper()
	return perform(ctx, name, &journal{}, func(test string, logs *journal) (*stage, error) {
		on, err := newStage(shipped, namespace, test, logs)
		if err == nil {
			on.patience, on.calm = patience, time.Second
		}
		return on, err
	})
}

func expectNothingLeft(t *testing.T) {
	t.Helper()
	for _, list := range []client.ObjectList{&seiv1alpha1.SeiNodeList{}, &corev1.PersistentVolumeClaimList{}, &corev1.PersistentVolumeList{}} {
		if err := admin.List(t.Context(), list); err != nil {
			t.Fatal(err)
		}
		if items, _ := meta.ExtractList(list); len(items) > 0 {
			t.Errorf("%T: found %v, wanted none left behind", list, items)
		}
	}
}

// onClaim and onVolume make a hook of a deed on one of the two.
func onClaim(deed func(context.Context, client.Object) error) hook {
	return func(ctx context.Context, node *seiv1alpha1.SeiNode) error {
		return onObject(ctx, &corev1.PersistentVolumeClaim{}, client.ObjectKeyFromObject(node), deed)
	}
}

func onVolume(deed func(context.Context, client.Object) error) hook {
	return func(ctx context.Context, node *seiv1alpha1.SeiNode) error {
		return onObject(ctx, &corev1.PersistentVolume{}, client.ObjectKey{Name: node.Name}, deed)
	}
}

func onObject(ctx context.Context, object client.Object, key client.ObjectKey, deed func(context.Context, client.Object) error) error {
	if err := admin.Get(ctx, key, object); err != nil || object.GetDeletionTimestamp() != nil {
		return client.IgnoreNotFound(err)
	}
	return deed(ctx, object)
}

func label(ctx context.Context, object client.Object) error {
	object.SetLabels(map[string]string{"mine": "sei"})
	return admin.Update(ctx, object)
}

func own(ctx context.Context, object client.Object) error {
	object.SetOwnerReferences([]metav1.OwnerReference{{APIVersion: "sei.io/v1alpha1", Kind: "SeiNode", Name: object.GetName(), UID: "1"}})
	return admin.Update(ctx, object)
}

func protect(ctx context.Context, object client.Object) error {
	object.SetFinalizers(append(object.GetFinalizers(), "sei.io/mine"))
	return admin.Update(ctx, object)
}

func remove(ctx context.Context, object client.Object) error { return admin.Delete(ctx, object) }

func startAnyway(ctx context.Context, node *seiv1alpha1.SeiNode) error {
	return (&standIn{Client: admin}).startPod(ctx, node)
}

// TestOutput: whatever happens, the program says a TestStatus and not a word more, on either stream.
func TestOutput(t *testing.T) {
	for test, says := range map[string]string{
		"import-refused": "SCORECARD_NAMESPACE: found nothing",
		"nonsense":       `found "nonsense", wanted one of`,
	} {
		t.Run(test, func(t *testing.T) {
			out, stderr := &bytes.Buffer{}, &bytes.Buffer{}
			program := exec.Command(os.Args[0], test)
			program.Env, program.Stdout, program.Stderr = []string{asProgram + "=1"}, out, stderr
			if err := program.Run(); err != nil || stderr.Len() > 0 {
				t.Fatalf("found %v and on stderr %q, wanted neither", err, stderr)
			}
			status := v1alpha3.TestStatus{}
			if err := json.Unmarshal(out.Bytes(), &status); err != nil {
				t.Fatal(err)
			}
			if result := status.Results[0]; result.State != v1alpha3.FailState || !strings.Contains(result.Errors[0], says) {
				t.Errorf("found %+v, wanted a failure that says %q", result, says)
			}
		})
	}
}

// TestConfiguration: config/scorecard calls every test that there is, and no other.
func TestConfiguration(t *testing.T) {
	text, err := os.ReadFile(filepath.Join(root, "config", "scorecard", "patches", "seinode.config.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	patches := []struct{ Value v1alpha3.TestConfiguration }{}
	if err := yaml.Unmarshal(text, &patches); err != nil {
		t.Fatal(err)
	}
	var called []string
	for _, patch := range patches {
		called = append(called, strings.Join(patch.Value.Entrypoint, " "))
	}
	var known []string
	for name := range maps.Keys(tests) {
		known = append(known, "/scorecard "+name)
	}
	if difference := cmp.Diff(slices.Sorted(slices.Values(known)), slices.Sorted(slices.Values(called))); difference != "" {
		t.Errorf("config/scorecard: found (+), wanted (-):\n%s", difference)
	}
}
