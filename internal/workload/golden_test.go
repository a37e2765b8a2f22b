package workload_test

import (
	"flag"
	"os"
	"path/filepath"
	"testing"

	"sigs.k8s.io/yaml"

	"github.com/google/go-cmp/cmp"

	seiv1alpha1 "github.com/seinode/seinode-operator/api/v1alpha1"
	"github.com/seinode/seinode-operator/internal/platform"
	"github.com/seinode/seinode-operator/internal/workload"
)

var update = flag.Bool("update", false, "write the golden files anew")

// TestTheWorkloadIsWhatTheGoldenFilesSay shows a reviewer what a change of the builders does to a running node: any
// difference restarts every pod. `go test ./internal/workload -update` writes the files anew.
func TestTheWorkloadIsWhatTheGoldenFilesSay(t *testing.T) {
	tests := map[string]struct {
		node   *seiv1alpha1.SeiNode
		config platform.Config
	}{
		"archive":    {nodeOf(archive), platform.Default()},
		"fullnode":   {nodeOf(fullNode), platform.Default()},
		"validator":  {nodeOf(validator), platform.Default()},
		"seed":       {nodeOf(seed), platform.Default()},
		"platform":   {nodeOf(archive), platformWide()},
		"signing":    {nodeOf(signing), platform.Default()},
		"imported":   {nodeOf(archive, imported), platform.Default()},
		"bootstrap":  {nodeOf(fullNode, bootstrapped), platform.Default()},
		"statesync":  {nodeOf(fullNode, syncing), platform.Default()},
		"copied":     {nodeOf(fullNode, copied), platform.Default()},
		"everything": {nodeOf(archive, everything), platformWide()},
		"halting":    {nodeOf(fullNode, halting), platform.Default()},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			got := render(t, statefulSet(test.node, claimName, test.config, 1)) + "---\n" + render(t, workload.Service(test.node))
			if workload.DisruptionBudgetChild.IsWanted(test.node) {
				got += "---\n" + render(t, workload.DisruptionBudget(test.node))
			}
			golden(t, filepath.Join("testdata", name+".yaml"), got)
		})
	}
}

func render(t *testing.T, object any) string {
	t.Helper()
	data, err := yaml.Marshal(object)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

func golden(t *testing.T, path, got string) {
	t.Helper()
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s (-want +got), -update accepts it:\n%s", path, diff)
	}
}
