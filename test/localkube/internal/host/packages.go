package host

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
)

// needed maps what must be there to the Debian package that brings it.
var needed = []struct{ file, pkg string }{
	{"containerd", "containerd"}, {"ctr", "containerd"}, {"runc", "runc"},
	{"/usr/lib/cni/bridge", "containernetworking-plugins"}, {"iptables", "iptables"}, {"ip", "iproute2"},
	{"mount", "mount"}, {"conntrack", "conntrack"}, {"ethtool", "ethtool"}, {"socat", "socat"},
	{"mkfs.xfs", "xfsprogs"},
}

// InstallPackages brings in what the machine lacks.
func InstallPackages() error {
	args := []string{"install", "-y", "--no-install-recommends"}
	fixed := len(args)
	for _, n := range needed {
		if missing(n.file) {
			args = append(args, n.pkg)
		}
	}
	if len(args) == fixed {
		return nil
	}
	if missing("apt-get") {
		return fmt.Errorf("not a Debian machine, and it lacks what these packages hold: %v", args[fixed:])
	}
	unforbid, err := forbidServices()
	if err != nil {
		return err
	}
	return errors.Join(apt("update"), apt(args...), unforbid())
}

func apt(args ...string) error {
	cmd := exec.Command("apt-get", args...)
	cmd.Env = append(os.Environ(), "DEBIAN_FRONTEND=noninteractive")
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("apt-get %v: %w: %s", args, err, out)
	}
	return nil
}

// forbidServices keeps package scripts from starting a containerd of the machine's own, unless somebody has already
// decided about that.
func forbidServices() (undo func() error, err error) {
	const policy = "/usr/sbin/policy-rc.d"
	file, err := os.OpenFile(policy, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o755)
	if errors.Is(err, os.ErrExist) {
		return func() error { return nil }, nil
	}
	if err != nil {
		return nil, err
	}
	_, err = file.WriteString("#!/bin/sh\nexit 101\n")
	return func() error { return os.Remove(policy) }, errors.Join(err, file.Close())
}
