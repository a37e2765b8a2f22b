package pki

import (
	"os"

	"k8s.io/client-go/tools/clientcmd"
	"k8s.io/client-go/tools/clientcmd/api"
)

// Kubeconfig issues a client certificate and writes a kubeconfig that holds it, complete in one file.
func (a *Authority) Kubeconfig(path, server string, r Request) error {
	if err := a.Issue(r); err != nil {
		return err
	}
	content := map[string][]byte{}
	for _, name := range []string{"ca.crt", r.Name + ".crt", r.Name + ".key"} {
		data, err := os.ReadFile(a.file(name))
		if err != nil {
			return err
		}
		content[name] = data
	}
	const context = "localkube"
	config := api.NewConfig()
	config.Clusters[context] = &api.Cluster{Server: server, CertificateAuthorityData: content["ca.crt"]}
	config.AuthInfos[r.Name] = &api.AuthInfo{
		ClientCertificateData: content[r.Name+".crt"], ClientKeyData: content[r.Name+".key"]}
	config.Contexts[context] = &api.Context{Cluster: context, AuthInfo: r.Name}
	config.CurrentContext = context
	return clientcmd.WriteToFile(*config, path)
}
