package pki

import (
	"crypto/x509"
	"encoding/pem"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"k8s.io/client-go/tools/clientcmd"
)

func certificate(t *testing.T, path string) *x509.Certificate {
	t.Helper()
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	block, _ := pem.Decode(content)
	cert, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		t.Fatal(err)
	}
	return cert
}

func authority(t *testing.T) (*Authority, string, *x509.CertPool) {
	t.Helper()
	dir := t.TempDir()
	a, err := NewAuthority(dir)
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	pool.AddCert(certificate(t, filepath.Join(dir, "ca.crt")))
	return a, dir, pool
}

func TestServerCertificateNamesItsHosts(t *testing.T) {
	a, dir, pool := authority(t)
	hosts := []string{"10.96.0.1", "kubernetes.default.svc"}
	if err := a.Issue(Request{Name: "server", User: "kube-apiserver", Hosts: hosts}); err != nil {
		t.Fatal(err)
	}
	cert := certificate(t, filepath.Join(dir, "server.crt"))
	for _, host := range hosts {
		options := x509.VerifyOptions{Roots: pool, DNSName: host, KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}}
		if _, err := cert.Verify(options); err != nil {
			t.Errorf("%s: %v", host, err)
		}
	}
	if cert.VerifyHostname("10.96.0.2") == nil {
		t.Error("the certificate holds for an address that was not asked for")
	}
}

func TestKubeconfigHoldsAClientOfTheAuthority(t *testing.T) {
	a, dir, pool := authority(t)
	path := filepath.Join(dir, "kubeconfig")
	err := a.Kubeconfig(path, "https://10.96.255.1:6443", Request{Name: "admin", User: "admin", Groups: []string{"system:masters"}})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := clientcmd.BuildConfigFromFlags("", path); err != nil {
		t.Errorf("the kubeconfig does not load: %v", err)
	}
	cert := certificate(t, filepath.Join(dir, "admin.crt"))
	if cert.Subject.CommonName != "admin" || !slices.Equal(cert.Subject.Organization, []string{"system:masters"}) {
		t.Errorf("subject %s", cert.Subject)
	}
	options := x509.VerifyOptions{Roots: pool, KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}}
	if _, err := cert.Verify(options); err != nil {
		t.Error(err)
	}
}

func TestKeysAreForTheirOwnerOnly(t *testing.T) {
	a, dir, _ := authority(t)
	if err := a.IssueKeyPair("service-accounts"); err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(filepath.Join(dir, "service-accounts.key"))
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", info, err)
	}
}
