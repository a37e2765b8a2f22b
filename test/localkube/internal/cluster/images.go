package cluster

import (
	"errors"

	"github.com/seinode/seinode-operator/test/localkube/internal/host"
)

func (c *Cluster) ctr(args ...string) error {
	return host.Run("ctr", append([]string{"--address", c.Containerd(), "--namespace", "k8s.io"}, args...)...)
}

// The snapshotter is that of the configuration; images are unpacked when the first container needs them.
func (c *Cluster) importImage(tarball string) error {
	return c.ctr("images", "import", "--no-unpack", tarball)
}

// Load brings images into the node.
func (c *Cluster) Load(tarballs []string) error {
	if len(tarballs) == 0 {
		return errors.New("load: which tarballs?")
	}
	for _, tarball := range tarballs {
		if err := c.importImage(tarball); err != nil {
			return err
		}
		c.say("loaded %s", tarball)
	}
	return nil
}
