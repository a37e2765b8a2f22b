// Package dns is the cluster's DNS server: CoreDNS with the few plugins that a cluster without an outside world needs.
package dns

import (
	"os"

	"github.com/coredns/coredns/coremain"
	// CoreDNS finds its plugins among those that are linked in.
	_ "github.com/coredns/coredns/plugin/bind"
	_ "github.com/coredns/coredns/plugin/errors"
	_ "github.com/coredns/coredns/plugin/health"
	_ "github.com/coredns/coredns/plugin/kubernetes"
	_ "github.com/coredns/coredns/plugin/ready"
	_ "github.com/coredns/coredns/plugin/template"
)

// Run serves what the Corefile says until the process is told to end.
func Run(corefile string) error {
	// CoreDNS reads its command line itself.
	os.Args = []string{"coredns", "-conf", corefile}
	coremain.Run()
	return nil
}
