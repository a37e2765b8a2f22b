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
	for _, name := range []string{etcd, apiServer, controllerManager, scheduler, kubelet, kubeProxy, "kubectl"} {
		if _, err := os.Stat(filepath.Join(c.Bin, name)); err != nil {
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
	for _, dir := range []string{"etcd", "bin", "volumes", "kubelet", "containerd", "cni/net.d", "images"} {
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
	return c.startAll(dnsServer, provisioner)
}

func (c *Cluster) startAll(names ...string) error {
	for _, name := range names {
		if err := c.daemons.Start(c.component(name)); err != nil {
			return err
		}
	}
	return nil
}

func (c *Cluster) applyManifests(context.Context) error {
	return host.Run(filepath.Join(c.Bin, "kubectl"), "--kubeconfig", c.Kubeconfig(), "apply", "--server-side",
		"--validate=ignore", "-f", c.File("manifests.yaml"))
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
