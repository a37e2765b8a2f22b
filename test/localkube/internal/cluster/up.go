package cluster

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"github.com/seinode/seinode-operator/test/localkube/internal/config"
	"github.com/seinode/seinode-operator/test/localkube/internal/host"
	"github.com/seinode/seinode-operator/test/localkube/internal/pause"
)

// Up leaves a healthy cluster, whatever it finds: one that is healthy already, the rest of one, or nothing.
func (c *Cluster) Up(ctx context.Context) error {
	unlock, err := c.lock()
	if err != nil {
		return err
	}
	defer unlock()
	problem := c.Healthy(ctx)
	if problem == nil {
		return nil
	}
	if err := c.checkBin(); err != nil {
		return err
	}
	if _, err := os.Stat(c.State); err == nil {
		c.say("found a cluster that is not healthy (%v): removing it", problem)
	}
	if err := c.down(); err != nil {
		return fmt.Errorf("clean up: %w", err)
	}
	if err := c.boot(ctx); err != nil {
		return fmt.Errorf("%w\nthe logs are in %s", err, c.daemons.Logs)
	}
	c.say("the cluster is ready")
	return nil
}

func (c *Cluster) checkBin() error {
	if c.Bin == "" {
		return errors.New("--bin or LOCALKUBE_BIN must name the folder with Kubernetes' binaries; hack/build.sh hack/kubernetes makes it")
	}
	if c.CSI == "" || c.CRDs == "" {
		return errors.New("--csi or LOCALKUBE_CSI must name the folder with the sidecars of CSI drivers, which hack/build.sh hack/csi makes, " +
			"and --crds or LOCALKUBE_CRDS that with the kinds of snapshots")
	}
	needed := []string{c.CRDs}
	for _, name := range []string{etcd, apiServer, controllerManager, scheduler, kubelet, kubeProxy, "kubectl"} {
		needed = append(needed, filepath.Join(c.Bin, name))
	}
	for _, name := range storage[1:] {
		needed = append(needed, filepath.Join(c.CSI, name))
	}
	for _, path := range needed {
		if _, err := os.Stat(path); err != nil {
			return err
		}
	}
	return nil
}

func (c *Cluster) boot(ctx context.Context) error {
	steps := []struct {
		name string
		do   func(context.Context) error
	}{
		{"the machine is prepared", c.prepare},
		{"the API server answers", c.bootControlPlane},
		{"containerd has the pause image", c.bootRuntime},
		{"all programs are started", c.bootNode},
		{"node, DNS and Services work", func(ctx context.Context) error { return c.eventually(ctx, time.Minute, c.Healthy) }},
	}
	for _, step := range steps {
		if err := step.do(ctx); err != nil {
			return err
		}
		c.say("%s", step.name)
	}
	return nil
}

// prepare does all that needs no running program.
func (c *Cluster) prepare(context.Context) error {
	if err := host.InstallPackages(); err != nil {
		return err
	}
	if err := errors.Join(os.MkdirAll(c.State, 0o755), os.WriteFile(c.Path(marker), nil, 0o644)); err != nil {
		return err
	}
	for _, dir := range []string{"etcd", "bin", "volumes", "kubelet", "containerd", "cni/net.d", "images", "csi"} {
		// The folder of a volume must be reachable for the user that a pod runs as.
		if err := os.MkdirAll(c.Path(dir), 0o755); err != nil {
			return err
		}
	}
	c.Snapshotter = "native"
	if host.OverlayWorks(c.Path("containerd")) {
		c.Snapshotter = "overlayfs"
	}
	return errors.Join(
		os.Chmod(c.Path("etcd"), 0o700), // or etcd complains
		c.Write(),
		os.Rename(c.File("cni.conflist"), c.Path("cni/net.d/10-localkube.conflist")),
		c.writeIdentities(), c.copySelf(),
		host.SetSysctls(c.Path("sysctls.json")), c.network.Up(), c.cgroup.Create(),
	)
}

func (c *Cluster) copySelf() error {
	me, err := os.Open("/proc/self/exe")
	if err != nil {
		return err
	}
	defer func() { _ = me.Close() }()
	copied, err := os.OpenFile(c.self(), os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o755)
	if err != nil {
		return err
	}
	_, err = io.Copy(copied, me)
	return errors.Join(err, copied.Close())
}

// bootControlPlane starts the runtime too: it comes up while the API server, the slowest of all, does.
func (c *Cluster) bootControlPlane(ctx context.Context) error {
	if err := c.startAll(etcd, containerd, apiServer); err != nil {
		return err
	}
	return c.eventually(ctx, time.Minute, c.apiReady)
}

func (c *Cluster) bootRuntime(ctx context.Context) error {
	tarball := c.Path("images", "pause.tar")
	if err := pause.WriteImage(tarball, config.PauseImage); err != nil {
		return err
	}
	answers := func(context.Context) error { return c.ctr("version") }
	if err := c.eventually(ctx, 30*time.Second, answers); err != nil {
		return err
	}
	return c.importImage(tarball)
}

// bootNode grants permissions before it starts those who need them, or they would wait a while before they ask again.
func (c *Cluster) bootNode(ctx context.Context) error {
	if err := c.startAll(controllerManager, scheduler, kubelet, kubeProxy); err != nil {
		return err
	}
	if err := c.eventually(ctx, 30*time.Second, c.applyManifests); err != nil {
		return err
	}
	if err := c.startAll(dnsServer, provisioner); err != nil {
		return err
	}
	return c.bootStorage(ctx)
}

// bootStorage starts the driver before those who look for it, and its classes when their kinds are there.
func (c *Cluster) bootStorage(ctx context.Context) error {
	kinds, _ := filepath.Glob(filepath.Join(c.CRDs, "snapshot.storage.k8s.io_*.yaml")) // the pattern is well formed
	if err := c.apply(kinds...); err != nil {
		return err
	}
	classes := func(context.Context) error { return c.apply(c.File("storage.yaml")) }
	if err := c.eventually(ctx, 30*time.Second, classes); err != nil {
		return err
	}
	return c.startAll(storage...)
}

func (c *Cluster) startAll(names ...string) error {
	for _, name := range names {
		if err := c.daemons.Start(c.component(name)); err != nil {
			return err
		}
	}
	return nil
}

func (c *Cluster) applyManifests(context.Context) error { return c.apply(c.File("manifests.yaml")) }

func (c *Cluster) apply(files ...string) error {
	args := []string{"--kubeconfig", c.Kubeconfig(), "apply", "--server-side", "--validate=ignore"}
	for _, file := range files {
		args = append(args, "-f", file)
	}
	return host.Run(filepath.Join(c.Bin, "kubectl"), args...)
}

// eventually tries until it works or the time is over.
func (c *Cluster) eventually(ctx context.Context, limit time.Duration, try func(context.Context) error) error {
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	for {
		err := try(ctx)
		if err == nil {
			return nil
		}
		select {
		case <-ctx.Done():
			return errors.Join(err, ctx.Err())
		case <-time.After(100 * time.Millisecond):
		}
	}
}
