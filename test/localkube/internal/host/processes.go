package host

import (
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
)

// KillShims ends the processes through which a containerd watches its containers. They outlive containerd by design and
// have no pid files; that they were started for this socket tells them from all others.
func KillShims(socket string) {
	entries, _ := filepath.Glob("/proc/[0-9]*") // the pattern is well formed
	for _, proc := range entries {
		cmdline, err := os.ReadFile(filepath.Join(proc, "cmdline"))
		if err != nil || !isShim(strings.Split(string(cmdline), "\x00"), socket) {
			continue
		}
		if pid, err := strconv.Atoi(filepath.Base(proc)); err == nil {
			_ = syscall.Kill(pid, syscall.SIGKILL)
		}
	}
}

func isShim(args []string, socket string) bool {
	address := slices.Index(args, "-address")
	return strings.HasPrefix(filepath.Base(args[0]), "containerd-shim") &&
		address >= 0 && address+1 < len(args) && args[address+1] == socket
}
