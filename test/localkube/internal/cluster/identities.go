package cluster

import (
	"github.com/seinode/seinode-operator/test/localkube/internal/config"
	"github.com/seinode/seinode-operator/test/localkube/internal/pki"
)

// servers are the certificates that the cluster's programs show to those who call them.
func servers() []pki.Request {
	return []pki.Request{
		{Name: "apiserver", User: "kube-apiserver", Hosts: []string{config.HostIP, config.ServiceIP, "127.0.0.1", "localhost",
			"kubernetes", "kubernetes.default", "kubernetes.default.svc", "kubernetes.default.svc." + config.Domain}},
		{Name: "kubelet-serving", User: "system:node:" + config.Node, Hosts: []string{config.HostIP, config.Node}},
		{Name: "loopback", User: "loopback", Hosts: []string{"127.0.0.1", "localhost"}},
	}
}

// clients are those who call the API server, each under the name that its permissions are bound to.
func clients() []pki.Request {
	return []pki.Request{
		{Name: controllerManager, User: "system:kube-controller-manager"},
		{Name: scheduler, User: "system:kube-scheduler"},
		{Name: kubelet, User: "system:node:" + config.Node, Groups: []string{"system:nodes"}},
		{Name: kubeProxy, User: "system:kube-proxy"},
		{Name: dnsServer, User: "localkube:dns"},
		{Name: provisioner, User: "localkube:provisioner"},
		{Name: csiDriver, User: "localkube:csi"},
	}
}

// writeIdentities makes all keys anew.
func (c *Cluster) writeIdentities() error {
	authority, err := pki.NewAuthority(c.Path("pki"))
	if err != nil {
		return err
	}
	masters := []string{"system:masters"}
	for _, r := range append(servers(), pki.Request{Name: "apiserver-kubelet", User: "kube-apiserver-kubelet-client", Groups: masters}) {
		if err := authority.Issue(r); err != nil {
			return err
		}
	}
	for _, r := range clients() {
		if err := authority.Kubeconfig(c.KubeconfigOf(r.Name), config.Server, r); err != nil {
			return err
		}
	}
	if err := authority.IssueKeyPair("service-accounts"); err != nil {
		return err
	}
	admin := pki.Request{Name: "admin", User: "localkube:admin", Groups: masters}
	return authority.Kubeconfig(c.Kubeconfig(), config.Server, admin)
}
