package cluster

import (
	"path/filepath"

	"github.com/seinode/seinode-operator/test/localkube/internal/config"
	"github.com/seinode/seinode-operator/test/localkube/internal/daemon"
)

// The programs in the order in which they start; they end in the opposite one.
const (
	etcd              = "etcd"
	containerd        = "containerd"
	apiServer         = "kube-apiserver"
	controllerManager = "kube-controller-manager"
	scheduler         = "kube-scheduler"
	kubelet           = "kubelet"
	kubeProxy         = "kube-proxy"
	dnsServer         = "dns"
	provisioner       = "provisioner"
	csiDriver         = "csi-driver"
	csiAttacher       = "csi-attacher"
	csiProvisioner    = "csi-provisioner"
	csiResizer        = "csi-resizer"
	csiSnapshotter    = "csi-snapshotter"
	snapshots         = "snapshot-controller"
)

var order = []string{etcd, containerd, apiServer, controllerManager, scheduler, kubelet, kubeProxy, dnsServer, provisioner,
	csiDriver, snapshots, csiAttacher, csiProvisioner, csiResizer, csiSnapshotter}

// storage are the programs that make CSI volumes what they are: the driver, and Kubernetes' own that call it.
var storage = order[len(order)-6:]

func (c *Cluster) kubernetes(name string, args ...string) daemon.Spec {
	return daemon.Spec{Name: name, Path: filepath.Join(c.Bin, name), Args: args}
}

func (c *Cluster) pki(name string) string { return c.Path("pki", name) }

func (c *Cluster) component(name string) daemon.Spec {
	switch name {
	case etcd:
		return c.etcd()
	case containerd:
		return daemon.Spec{Name: name, Path: "/usr/bin/containerd", Args: []string{"--config", c.File("containerd.toml")}}
	case apiServer:
		return c.apiServer()
	case controllerManager:
		return c.controllerManager()
	case scheduler:
		return c.scheduler()
	case kubelet:
		return c.kubelet()
	case kubeProxy:
		return c.kubernetes(name, "--config="+c.File("kube-proxy.yaml"))
	case dnsServer:
		return daemon.Spec{Name: name, Path: c.self(), Args: []string{"dns", "--state", c.State}}
	case provisioner:
		return daemon.Spec{Name: name, Path: c.self(), Args: []string{"provision", "--state", c.State}}
	case csiDriver:
		return daemon.Spec{Name: name, Path: c.self(), Args: []string{"csi", "--state", c.State}}
	default:
		return c.sidecar(name)
	}
}

// etcd need not survive a power failure here, and a disk that is asked to sync with every write is slow.
func (c *Cluster) etcd() daemon.Spec {
	const peers = "http://127.0.0.1:2380"
	return c.kubernetes(etcd, "--data-dir="+c.Path("etcd"), "--unsafe-no-fsync",
		"--listen-client-urls="+config.Etcd, "--advertise-client-urls="+config.Etcd,
		"--listen-peer-urls="+peers, "--initial-advertise-peer-urls="+peers, "--initial-cluster=default="+peers)
}

// apiServer has no endpoint reconciler: that refuses to run on a machine without a routed address.
func (c *Cluster) apiServer() daemon.Spec {
	return c.kubernetes(apiServer,
		"--etcd-servers="+config.Etcd,
		"--bind-address="+config.HostIP, "--advertise-address="+config.HostIP, "--endpoint-reconciler-type=none",
		"--service-cluster-ip-range="+config.ServiceCIDR,
		"--client-ca-file="+c.pki("ca.crt"),
		"--tls-cert-file="+c.pki("apiserver.crt"), "--tls-private-key-file="+c.pki("apiserver.key"),
		"--kubelet-certificate-authority="+c.pki("ca.crt"),
		"--kubelet-client-certificate="+c.pki("apiserver-kubelet.crt"), "--kubelet-client-key="+c.pki("apiserver-kubelet.key"),
		"--kubelet-preferred-address-types=InternalIP",
		"--service-account-issuer=https://kubernetes.default.svc."+config.Domain,
		"--service-account-key-file="+c.pki("service-accounts.pub"),
		"--service-account-signing-key-file="+c.pki("service-accounts.key"),
		"--authorization-mode=Node,RBAC", "--enable-admission-plugins=NodeRestriction", "--allow-privileged=true",
		"--audit-policy-file="+c.File("audit-policy.yaml"), "--audit-log-path="+c.Path("audit.log"),
		"--profiling=false")
}

// controllerManager may ask the API server as much as it likes: tests with many objects should not wait for it.
func (c *Cluster) controllerManager() daemon.Spec {
	kubeconfig := c.KubeconfigOf(controllerManager)
	return c.kubernetes(controllerManager,
		"--kubeconfig="+kubeconfig, "--authentication-kubeconfig="+kubeconfig, "--authorization-kubeconfig="+kubeconfig,
		"--bind-address=127.0.0.1", "--leader-elect=false", "--profiling=false",
		"--tls-cert-file="+c.pki("loopback.crt"), "--tls-private-key-file="+c.pki("loopback.key"),
		"--use-service-account-credentials=true",
		"--service-account-private-key-file="+c.pki("service-accounts.key"), "--root-ca-file="+c.pki("ca.crt"),
		"--service-cluster-ip-range="+config.ServiceCIDR, "--cluster-cidr="+config.PodCIDR, "--allocate-node-cidrs=false",
		"--flex-volume-plugin-dir="+c.Path("kubelet-plugins"), "--pvclaimbinder-sync-period=5s",
		"--kube-api-qps=500", "--kube-api-burst=1000")
}

func (c *Cluster) scheduler() daemon.Spec {
	kubeconfig := c.KubeconfigOf(scheduler)
	return c.kubernetes(scheduler,
		"--kubeconfig="+kubeconfig, "--authentication-kubeconfig="+kubeconfig, "--authorization-kubeconfig="+kubeconfig,
		"--bind-address=127.0.0.1", "--leader-elect=false", "--profiling=false",
		"--tls-cert-file="+c.pki("loopback.crt"), "--tls-private-key-file="+c.pki("loopback.key"),
		"--kube-api-qps=500", "--kube-api-burst=1000")
}

func (c *Cluster) kubelet() daemon.Spec {
	return c.kubernetes(kubelet, "--config="+c.File("kubelet.yaml"), "--kubeconfig="+c.KubeconfigOf(kubelet),
		"--root-dir="+c.Path("kubelet"), "--cert-dir="+c.Path("kubelet", "pki"),
		"--hostname-override="+config.Node, "--node-ip="+config.HostIP)
}

// sidecar calls the CSI driver for what the API server holds; snapshot-controller, one a cluster, calls no driver.
func (c *Cluster) sidecar(name string) daemon.Spec {
	args := []string{"--kubeconfig=" + c.KubeconfigOf(csiDriver), "--leader-election=false"}
	if name == csiSnapshotter || name == snapshots {
		args = append(args, "--feature-gates=CSIVolumeGroupSnapshot=false") // for which they would wait
	}
	if name == csiProvisioner {
		args = append(args, "--default-fstype=xfs", "--kube-api-qps=100", "--kube-api-burst=200")
	}
	if name != snapshots {
		args = append(args, "--csi-address="+c.CSISocket())
	}
	return daemon.Spec{Name: name, Path: filepath.Join(c.CSI, name), Args: args}
}
