// Command localkube runs a real single-node Kubernetes on a bare Debian machine, without a container engine or registry.
//
//	localkube up        boots it, if it is not up and healthy, and prints the path of its kubeconfig
//	localkube load T... brings image tarballs into its node
//	localkube status    tells what runs
//	localkube down      removes it and every trace of it
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"github.com/seinode/seinode-operator/test/localkube/internal/cluster"
	"github.com/seinode/seinode-operator/test/localkube/internal/config"
	"github.com/seinode/seinode-operator/test/localkube/internal/csi"
	"github.com/seinode/seinode-operator/test/localkube/internal/dns"
	"github.com/seinode/seinode-operator/test/localkube/internal/provision"
)

const usage = `usage: localkube COMMAND [--state DIR] [--bin DIR] [--csi DIR] [--crds DIR] [TARBALL...]

commands: up, down, status, load TARBALL...
`

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	defer stop()
	if len(os.Args) < 2 {
		fmt.Fprint(os.Stderr, usage)
		os.Exit(2)
	}
	flags := flag.NewFlagSet(os.Args[1], flag.ExitOnError)
	var where config.Cluster
	flags.StringVar(&where.State, "state", "/var/lib/seinode-localkube", "the `folder` that holds all of the cluster's state")
	flags.StringVar(&where.Bin, "bin", os.Getenv("LOCALKUBE_BIN"), "the `folder` with etcd's and Kubernetes' binaries")
	flags.StringVar(&where.CSI, "csi", os.Getenv("LOCALKUBE_CSI"), "the `folder` with the sidecars of CSI drivers")
	flags.StringVar(&where.CRDs, "crds", os.Getenv("LOCALKUBE_CRDS"), "the `folder` with the kinds of snapshots")
	_ = flags.Parse(os.Args[2:]) // exits on an error
	c, err := cluster.New(where)
	if err == nil {
		err = run(ctx, os.Args[1], c, flags.Args())
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "localkube:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, command string, c *cluster.Cluster, args []string) error {
	switch command {
	case "up":
		if err := c.Up(ctx); err != nil {
			return err
		}
		fmt.Println(c.Kubeconfig())
		return nil
	case "down":
		return c.Down()
	case "status":
		fmt.Print(c.Status(ctx))
		return nil
	case "load":
		return c.Load(args)
	case "dns": // not for people: the cluster's own program
		return dns.Run(c.File("Corefile"))
	case "provision": // likewise
		return provision.Run(ctx, c.KubeconfigOf("provisioner"), config.Provisioner,
			provision.Directories{Dir: c.Path("volumes"), Node: config.Node})
	case "csi": // likewise
		return csi.Driver{Name: config.CSIDriver, Node: config.Node, Dir: c.Path("csi"), Socket: c.CSISocket(), Registration: c.CSIRegistration()}.Run(ctx)
	default:
		return fmt.Errorf("no such command: %s\n%s", command, usage)
	}
}
