// Package config holds what the cluster's programs are configured with: addresses, names, and the files under templates/.
package config

import (
	"bytes"
	"embed"
	"io/fs"
	"os"
	"path/filepath"
	"text/template"
)

// Addresses and names of the one cluster that a machine can hold. The host's address lies outside of the service range,
// or a Service could be given it.
const (
	HostDevice  = "kube-host"
	HostIP      = "10.96.255.1"
	PodDevice   = "kube-pods"
	PodCIDR     = "10.244.0.0/16"
	ServiceCIDR = "10.96.0.0/17"
	ServiceIP   = "10.96.0.1"
	Domain      = "cluster.local"
	Node        = "localkube"
	Server      = "https://" + HostIP + ":6443"
	Etcd        = "http://127.0.0.1:2379"
	PauseImage  = "localkube/pause:1"
	Provisioner = "localkube.sei.io/directory"
	CgroupRoot  = "localkube"
	CSIDriver   = "disk.csi.localkube.sei.io"
)

// Cluster is a cluster's place on the machine.
type Cluster struct {
	// State is the folder that holds everything that the cluster keeps.
	State string
	// Bin is the folder with Kubernetes' and etcd's binaries.
	Bin string
	// CSI is the folder with the sidecars of CSI drivers, and CRDs that with the kinds of snapshots.
	CSI, CRDs string
	// Snapshotter is how containerd lays image layers over each other.
	Snapshotter string
}

// Path is a path in the cluster's state folder.
func (c Cluster) Path(elements ...string) string {
	return filepath.Join(append([]string{c.State}, elements...)...)
}

// File is where a rendered template of that name lies.
func (c Cluster) File(name string) string { return c.Path("config", name) }

// Kubeconfig is the administrator's.
func (c Cluster) Kubeconfig() string { return c.Path("kubeconfig") }

// KubeconfigOf is that of one of the cluster's own programs.
func (c Cluster) KubeconfigOf(component string) string { return c.Path("pki", component+".kubeconfig") }

// CSISocket is where the CSI driver answers.
func (c Cluster) CSISocket() string { return c.Path("kubelet", "plugins", CSIDriver, "csi.sock") }

// CSIRegistration is where the kubelet learns of it.
func (c Cluster) CSIRegistration() string {
	return c.Path("kubelet", "plugins_registry", CSIDriver+".sock")
}

// Containerd is the container runtime's socket.
func (c Cluster) Containerd() string { return c.Path("containerd", "containerd.sock") }

//go:embed templates/*
var templates embed.FS

// values is what the templates see: the cluster's methods and the constants above.
type values struct {
	Cluster
	HostIP, PodDevice, PodCIDR, ServiceCIDR, ServiceIP, Domain, Node, PauseImage, Provisioner, CgroupRoot, CSIDriver string
}

// Render fills in one template.
func (c Cluster) Render(name string) ([]byte, error) {
	t, err := template.New(name).Option("missingkey=error").ParseFS(templates, "templates/"+name)
	if err != nil {
		return nil, err
	}
	var out bytes.Buffer
	err = t.Execute(&out, values{c, HostIP, PodDevice, PodCIDR, ServiceCIDR, ServiceIP, Domain, Node, PauseImage,
		Provisioner, CgroupRoot, CSIDriver})
	return out.Bytes(), err
}

// Names lists the templates.
func Names() []string {
	var names []string
	entries, _ := fs.ReadDir(templates, "templates") // embedded: it is there
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return names
}

// Write renders every template into the cluster's state folder.
func (c Cluster) Write() error {
	if err := os.MkdirAll(c.Path("config"), 0o755); err != nil {
		return err
	}
	for _, name := range Names() {
		content, err := c.Render(name)
		if err != nil {
			return err
		}
		if err := os.WriteFile(c.File(name), content, 0o644); err != nil {
			return err
		}
	}
	return nil
}
