// Package cluster starts a single-node Kubernetes on this machine, watches it become healthy, and removes it.
package cluster

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"syscall"
	"time"

	"github.com/seinode/seinode-operator/test/localkube/internal/config"
	"github.com/seinode/seinode-operator/test/localkube/internal/daemon"
	"github.com/seinode/seinode-operator/test/localkube/internal/host"
)

// Cluster is a cluster on this machine, whether it runs or not.
type Cluster struct {
	config.Cluster
	daemons daemon.Dir
	network host.Network
	cgroup  host.Cgroup
	started time.Time
}

// New describes the cluster whose state is in a folder, and whose programs are in others.
func New(where config.Cluster) (*Cluster, error) {
	state, err := filepath.Abs(where.State)
	if err != nil {
		return nil, err
	}
	where.State = state
	c := &Cluster{
		Cluster: where,
		network: host.Network{HostDevice: config.HostDevice, HostIP: config.HostIP, PodDevice: config.PodDevice},
		cgroup:  host.Cgroup{Name: config.CgroupRoot},
		started: time.Now(),
	}
	c.daemons = daemon.Dir{Pids: c.Path("pids"), Logs: c.Path("logs")}
	return c, nil
}

// say reports progress to the person who waits.
func (c *Cluster) say(format string, args ...any) {
	fmt.Fprintf(os.Stderr, "%5.1f s  %s\n", time.Since(c.started).Seconds(), fmt.Sprintf(format, args...))
}

// lock keeps two commands from working on the machine's one cluster at once. It locks the folder above the state, which
// is not removed, so that it leaves no file behind.
func (c *Cluster) lock() (unlock func(), err error) {
	parent := filepath.Dir(c.State)
	if err := os.MkdirAll(parent, 0o755); err != nil {
		return nil, err
	}
	dir, err := os.Open(parent)
	if err != nil {
		return nil, err
	}
	if err := syscall.Flock(int(dir.Fd()), syscall.LOCK_EX); err != nil {
		return nil, errors.Join(err, dir.Close())
	}
	return func() { _ = dir.Close() }, nil
}

// self is a copy of this program that lives as long as the cluster: `go run` deletes the one that it has started.
func (c *Cluster) self() string { return c.Path("bin", "localkube") }
