// Package pki makes the certificates, keys and kubeconfigs with which the cluster's programs know each other.
package pki

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"time"
)

// Request is what a certificate says.
type Request struct {
	// Name is the file's name, without its ending.
	Name string
	// User and Groups are who a client is.
	User   string
	Groups []string
	// Hosts are the addresses and names of a server; a client has none.
	Hosts []string
}

// Authority issues certificates into a folder.
type Authority struct {
	dir  string
	key  *ecdsa.PrivateKey
	cert *x509.Certificate
}

// lifetime is far longer than any test cluster lives; the backdating forgives a clock that is set back.
const lifetime, backdated = 365 * 24 * time.Hour, time.Hour

// NewAuthority makes a certificate authority, ca.crt in the folder. Its key is never written.
func NewAuthority(dir string) (*Authority, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	template := template(Request{User: "localkube"})
	template.IsCA, template.BasicConstraintsValid, template.KeyUsage = true, true, x509.KeyUsageCertSign
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		return nil, err
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		return nil, err
	}
	err = errors.Join(os.MkdirAll(dir, 0o700), writePEM(filepath.Join(dir, "ca.crt"), "CERTIFICATE", der))
	return &Authority{dir: dir, key: key, cert: cert}, err
}

func template(r Request) *x509.Certificate {
	serial, _ := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 120)) // crypto/rand does not fail
	c := &x509.Certificate{
		SerialNumber: serial,
		Subject:      pkix.Name{CommonName: r.User, Organization: r.Groups},
		NotBefore:    time.Now().Add(-backdated),
		NotAfter:     time.Now().Add(lifetime),
		KeyUsage:     x509.KeyUsageDigitalSignature,
	}
	for _, host := range r.Hosts {
		if ip := net.ParseIP(host); ip != nil {
			c.IPAddresses = append(c.IPAddresses, ip)
		} else {
			c.DNSNames = append(c.DNSNames, host)
		}
	}
	return c
}

// Issue writes a key and a certificate for a client, or for a server if there are hosts.
func (a *Authority) Issue(r Request) error {
	key, err := a.newKey(r.Name)
	if err != nil {
		return err
	}
	cert := template(r)
	cert.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}
	if len(r.Hosts) > 0 {
		cert.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}
	}
	der, err := x509.CreateCertificate(rand.Reader, cert, a.cert, &key.PublicKey, a.key)
	if err != nil {
		return err
	}
	return writePEM(a.file(r.Name+".crt"), "CERTIFICATE", der)
}

// IssueKeyPair writes a bare key and its public half, as those that sign service accounts' tokens.
func (a *Authority) IssueKeyPair(name string) error {
	key, err := a.newKey(name)
	if err != nil {
		return err
	}
	der, err := x509.MarshalPKIXPublicKey(&key.PublicKey)
	if err != nil {
		return err
	}
	return writePEM(a.file(name+".pub"), "PUBLIC KEY", der)
}

func (a *Authority) newKey(name string) (*ecdsa.PrivateKey, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	der, err := x509.MarshalECPrivateKey(key)
	if err != nil {
		return nil, err
	}
	return key, writePEM(a.file(name+".key"), "EC PRIVATE KEY", der)
}

func (a *Authority) file(name string) string { return filepath.Join(a.dir, name) }

func writePEM(path, kind string, der []byte) error {
	return os.WriteFile(path, pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}), 0o600)
}
