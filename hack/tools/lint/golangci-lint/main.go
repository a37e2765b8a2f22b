// Command golangci-lint is golangci-lint itself with kube-api-linter linked in: what `golangci-lint custom` would build,
// but pinned by this module's go.mod and go.sum.
package main

import (
	"fmt"
	"os"
	"runtime"
	"runtime/debug"
	"strings"

	"github.com/golangci/golangci-lint/v2/pkg/commands"
	"github.com/golangci/golangci-lint/v2/pkg/exitcodes"

	// Registers the custom linter "kubeapilinter".
	_ "sigs.k8s.io/kube-api-linter"
)

func main() {
	if err := commands.Execute(buildInfo()); err != nil {
		fmt.Fprintf(os.Stderr, "golangci-lint: %v\n", err)
		os.Exit(exitcodes.Failure)
	}
}

// buildInfo is what `golangci-lint version` shows: the two versions that go.mod pins.
func buildInfo() commands.BuildInfo {
	info := commands.BuildInfo{GoVersion: runtime.Version(), Version: "unknown", Commit: "unknown", Date: "(unknown)"}
	build, ok := debug.ReadBuildInfo()
	if !ok {
		return info
	}
	for _, module := range build.Deps {
		switch module.Path {
		case "github.com/golangci/golangci-lint/v2":
			info.Version = strings.TrimPrefix(module.Version, "v")
		case "sigs.k8s.io/kube-api-linter":
			info.Commit = "kube-api-linter " + module.Version
		}
	}
	return info
}
