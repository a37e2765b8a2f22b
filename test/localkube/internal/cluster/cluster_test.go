package cluster

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/seinode/seinode-operator/test/localkube/internal/config"
)

func TestForeignFolderIsNotRemoved(t *testing.T) {
	state := t.TempDir()
	file := filepath.Join(state, "precious")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	c, err := New(config.Cluster{State: state})
	if err != nil {
		t.Fatal(err)
	}
	if c.down() == nil {
		t.Error("no error")
	}
	if _, err := os.Stat(file); err != nil {
		t.Error(err)
	}
}

func TestEmptyAndMissingFoldersAreNoObstacle(t *testing.T) {
	for _, state := range []string{t.TempDir(), filepath.Join(t.TempDir(), "missing")} {
		c, err := New(config.Cluster{State: state})
		if err != nil {
			t.Fatal(err)
		}
		if err := c.checkOurs(); err != nil {
			t.Error(err)
		}
	}
}

func TestEveryComponentIsThatOfItsName(t *testing.T) {
	c, err := New(config.Cluster{State: t.TempDir(), Bin: "/bin", CSI: "/csi"})
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range order {
		if spec := c.component(name); spec.Name != name || !filepath.IsAbs(spec.Path) {
			t.Errorf("%s: %+v", name, spec)
		}
	}
}

// The machine's outer address is not for the cluster: everything listens on the cluster's own or on loopback.
func TestNothingListensOnOuterAddresses(t *testing.T) {
	c, _ := New(config.Cluster{State: t.TempDir(), Bin: "/bin", CSI: "/csi"})
	for _, name := range []string{apiServer, controllerManager, scheduler} {
		args := c.component(name).Args
		if !slices.ContainsFunc(args, func(arg string) bool { return strings.HasPrefix(arg, "--bind-address=1") }) {
			t.Errorf("%s listens everywhere: %v", name, args)
		}
	}
}

func TestEveryClientHasItsOwnName(t *testing.T) {
	seen := map[string]bool{}
	for _, r := range clients() {
		if r.User == "" || len(r.Hosts) > 0 || seen[r.User] {
			t.Errorf("%+v", r)
		}
		seen[r.User] = true
	}
}
