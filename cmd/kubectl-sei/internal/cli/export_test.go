package cli

import (
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/runtime/serializer"
	"k8s.io/apimachinery/pkg/types"

	"github.com/seinode/seinode-operator/cmd/kubectl-sei/internal/cluster"
)

// TestExport: what is printed, that the API server reads it, field by field, and that nothing of this cluster is in it.
func TestExport(t *testing.T) {
	decoder := serializer.NewCodecFactory(cluster.Scheme, serializer.EnableStrict).UniversalDeserializer()
	for name, test := range map[string]struct {
		code  int
		kinds []string
		args  string
	}{
		"export-imported":  {Fine, nil, "export archive-0"},
		"export-created":   {Fine, nil, "export full-1"},
		"export-namespace": {Waits, []string{"PersistentVolume"}, "export full-1"},
		"export-blind":     {Waits, []string{"PersistentVolume", "PersistentVolumeClaim"}, "export full-1"},
		"export-unbound":   {Refused, nil, "export waits-2"},
		"export-none":      {Refused, nil, "export new-0 -n devnet"},
	} {
		t.Run(name, func(t *testing.T) {
			got := run(t, unwritten(t, forbidding(populated(t), test.kinds...)), 0, strings.Fields(test.args)...)
			if got.code != test.code {
				t.Errorf("exit code %d, wanted %d", got.code, test.code)
			}
			golden(t, name, got.out+got.err)
			for _, document := range strings.Split(got.out, "---\n") {
				if strings.HasPrefix(document, "# To be done before") || document == "" {
					continue
				}
				if _, _, err := decoder.Decode([]byte(document), nil, nil); err != nil {
					t.Errorf("%v in\n%s", err, document)
				}
			}
			for _, of := range []string{"uid", "resourceVersion", "status:", "ownerReferences", "finalizers", "creationTimestamp"} {
				if strings.Contains(got.out, of) && !strings.Contains(got.out, "no uid in") {
					t.Errorf("there is %s in\n%s", of, got.out)
				}
			}
		})
	}
}

// TestAFolderOfAMachineIsNotExported.
func TestAFolderOfAMachineIsNotExported(t *testing.T) {
	on, volume := populated(t), &corev1.PersistentVolume{}
	if err := on.Get(t.Context(), types.NamespacedName{Name: "pv-full-1"}, volume); err != nil {
		t.Fatal(err)
	}
	volume.Spec.CSI, volume.Spec.HostPath = nil, &corev1.HostPathVolumeSource{Path: "/data"}
	if err := on.Update(t.Context(), volume); err != nil {
		t.Fatal(err)
	}
	if got := run(t, unwritten(t, on), 80, "export", "full-1"); got.code != Refused || got.out != "" || !strings.Contains(got.err, "is a folder of a machine (local:/data), which no other cluster has") {
		t.Errorf("exit code %d, %q, %q", got.code, got.out, got.err)
	}
}
