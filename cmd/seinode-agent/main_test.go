package main

import (
	"os/exec"
	"strings"
	"testing"
)

// TestTheAgentLinksNothingOfKubernetes: it runs beside every seid, knows nothing of the cluster, and is a third smaller for it.
func TestTheAgentLinksNothingOfKubernetes(t *testing.T) {
	out, err := exec.CommandContext(t.Context(), "go", "list", "-deps", ".").Output()
	if err != nil {
		t.Fatal(err)
	}
	packages := strings.Fields(string(out))
	if len(packages) < 50 {
		t.Fatalf("only %d packages are listed", len(packages))
	}
	for _, path := range packages {
		if strings.HasPrefix(path, "k8s.io/") || strings.HasPrefix(path, "sigs.k8s.io/") {
			t.Errorf("it links %s", path)
		}
	}
}
