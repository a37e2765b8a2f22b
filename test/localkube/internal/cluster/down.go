package cluster

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/seinode/seinode-operator/test/localkube/internal/host"
)

// Down removes the cluster and every trace of it.
func (c *Cluster) Down() error {
	unlock, err := c.lock()
	if err != nil {
		return err
	}
	defer unlock()
	return c.down()
}

// down goes on after a failure: what can be removed is.
func (c *Cluster) down() error {
	if err := c.checkOurs(); err != nil {
		return err
	}
	// What containerd notes of its shims goes as they end.
	sockets := c.shimSockets()
	problems := []error{c.stop(kubelet, provisioner, dnsServer, kubeProxy)}
	// Containers end before containerd, and with them the mounts and network namespaces that they hold.
	problems = append(problems, c.cgroup.Remove())
	host.KillShims(c.Containerd())
	problems = append(problems, c.stop(order...))
	problems = append(problems,
		host.UnmountBelow(c.State),
		c.network.Down(), host.CleanTables(),
		host.RestoreSysctls(c.Path("sysctls.json")),
		removeAll(sockets),
	)
	if err := errors.Join(problems...); err != nil {
		return err // the state folder knows what is left to clean: keep it for the next try
	}
	return errors.Join(c.removeStrays(), os.RemoveAll(c.State))
}

// marker is the file by which a cluster's state folder is known: a folder that holds anything else is not removed.
const marker = ".localkube"

func (c *Cluster) checkOurs() error {
	entries, err := os.ReadDir(c.State)
	if errors.Is(err, fs.ErrNotExist) || (err == nil && len(entries) == 0) {
		return nil
	}
	if err != nil {
		return err
	}
	if _, err := os.Stat(c.Path(marker)); err != nil {
		return fmt.Errorf("%s is no cluster's state: it is left alone", c.State)
	}
	return nil
}

// stop ends the named programs in the opposite order of their start.
func (c *Cluster) stop(names ...string) error {
	var problems []error
	for _, name := range slices.Backward(order) {
		if slices.Contains(names, name) {
			problems = append(problems, c.daemons.Stop(name, 5*time.Second))
		}
	}
	return errors.Join(problems...)
}

// shimSockets are outside of the state folder, but noted in it.
func (c *Cluster) shimSockets() []string {
	notes, _ := filepath.Glob(c.Path("containerd/state/io.containerd.runtime.v2.task/k8s.io/*/address"))
	var sockets []string
	for _, note := range notes {
		if address, err := os.ReadFile(note); err == nil {
			sockets = append(sockets, strings.TrimPrefix(strings.TrimSpace(string(address)), "unix://"))
		}
	}
	return sockets
}

// removeStrays deletes what Kubernetes, containerd and the CNI plugins write to places that cannot be configured.
func (c *Cluster) removeStrays() error {
	links, _ := filepath.Glob("/var/log/containers/*.log")
	strays := slices.DeleteFunc(links, func(link string) bool {
		target, err := os.Readlink(link)
		return err != nil || !strings.HasPrefix(target, c.State+"/")
	})
	for _, pattern := range []string{
		"/var/lib/cni/results/localkube-*", "/var/lib/cni/results/cni-loopback-*",
		"/var/lib/kubelet/device-plugins/kubelet*", "/var/lib/kubelet/device-plugins/DEPRECATION",
	} {
		found, _ := filepath.Glob(pattern)
		strays = append(strays, found...)
	}
	err := removeAll(strays)
	for _, dir := range []string{
		"/var/log/containers", "/var/lib/cni/results", "/var/lib/cni",
		"/var/lib/kubelet/device-plugins", "/var/lib/kubelet",
		"/run/containerd/fifo", "/run/containerd/s", "/run/containerd",
	} {
		_ = os.Remove(dir) // fails where others use it, as it should
	}
	return err
}

func removeAll(paths []string) error {
	var problems []error
	for _, path := range paths {
		problems = append(problems, os.RemoveAll(path))
	}
	return errors.Join(problems...)
}
