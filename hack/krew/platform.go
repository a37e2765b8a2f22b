package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
)

// platforms are those that the plugin is released for.
var platforms = []platform{
	{"linux", "amd64"}, {"linux", "arm64"}, {"darwin", "amd64"}, {"darwin", "arm64"}, {"windows", "amd64"}, {"windows", "arm64"},
}

// platform is an operating system on a processor, by Go's names and krew's.
type platform struct{ os, arch string }

func (p platform) String() string { return p.os + "-" + p.arch }

// binary is what the plugin's program is called there.
func (p platform) binary() string {
	if p.os == "windows" {
		return "kubectl-sei.exe"
	}
	return "kubectl-sei"
}

// archive is the name of its archive; a version begins with v.
func (p platform) archive(version string) string {
	return fmt.Sprintf("kubectl-sei-%s-%s.tar.gz", version, p)
}

// files are what its archive holds. The script that kubectl asks for completions is one for a POSIX shell.
func (p platform) files(binary string) []file {
	all := []file{{p.binary(), 0o755, binary}, {"LICENSE", 0o644, "LICENSE"}}
	if p.os != "windows" {
		const script = "kubectl_complete-sei"
		all = append(all, file{script, 0o755, filepath.Join(module, script)})
	}
	return all
}

// module is the plugin's.
const module = "cmd/kubectl-sei"

// build makes the binary.
func (p platform) build(ldflags, to string) error {
	command := p.command(ldflags, to)
	command.Stderr = os.Stderr
	return command.Run()
}

// command builds one static binary, the same bytes from the same source wherever that lies.
func (p platform) command(ldflags, to string) *exec.Cmd {
	command := exec.Command("go", "build", "-C", module, "-trimpath", "-buildvcs=false", "-ldflags", ldflags, "-o", to, ".")
	command.Env = append(os.Environ(), "CGO_ENABLED=0", "GOOS="+p.os, "GOARCH="+p.arch)
	return command
}
