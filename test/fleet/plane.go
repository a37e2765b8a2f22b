package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	corev1 "k8s.io/api/core/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	clientgoscheme "k8s.io/client-go/kubernetes/scheme"
	"k8s.io/client-go/rest"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/envtest"
	"sigs.k8s.io/yaml"

	_ "embed"

	seiv1alpha1 "github.com/seinode/seinode-operator/api/v1alpha1"
)

const (
	// operatorUser is who the operator is to the API server.
	operatorUser = "seinode-operator"
	// home is the operator's own namespace.
	home = "operator"
)

// auditPolicy records every request of the operator, and nothing else: which is what is counted.
const auditPolicy = `
apiVersion: audit.k8s.io/v1
kind: Policy
omitStages: [RequestReceived]
rules:
- level: Metadata
  users: [` + operatorUser + `]
- level: None
`

//go:embed stages.yaml
var stages []byte

// plane is a control plane with simulated machines.
type plane struct {
	dir      string
	env      *envtest.Environment
	config   *rest.Config
	k8s      client.WithWatch
	operator string // the operator's kubeconfig
	admin    string // everybody else's
	// controllers are Kubernetes' own, and the simulated machines.
	controllers, simulated *process
	trail                  trail
}

// startPlane starts all but the operator.
func startPlane(ctx context.Context, o options, dir string) (_ *plane, err error) {
	p := &plane{dir: dir, env: &envtest.Environment{
		BinaryAssetsDirectory: o.kubernetes, CRDDirectoryPaths: []string{"config/crd/bases"}, ErrorIfCRDPathMissing: true,
	}}
	if err := os.WriteFile(p.file("policy.yaml"), []byte(auditPolicy), 0o600); err != nil {
		return nil, err
	}
	p.env.ControlPlane.GetAPIServer().Configure().
		Append("audit-policy-file", p.file("policy.yaml")).Append("audit-log-path", p.file("audit.log")).Append("audit-log-maxsize", "100000")
	if p.config, err = p.env.Start(); err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, p.stop())
		}
	}()
	return p, errors.Join(p.connect(), p.grant(ctx), p.users(), p.startOthers(o))
}

func (p *plane) file(name string) string { return filepath.Join(p.dir, name) }

// connect makes a client that nothing holds back.
func (p *plane) connect() (err error) {
	scheme := runtime.NewScheme()
	if err := errors.Join(clientgoscheme.AddToScheme(scheme), seiv1alpha1.AddToScheme(scheme)); err != nil {
		return err
	}
	p.config.QPS, p.config.Burst = -1, -1
	p.k8s, err = client.NewWithWatch(p.config, client.Options{Scheme: scheme})
	return err
}

// grant gives the operator's user the rights that config/rbac ships, and no others.
func (p *plane) grant(ctx context.Context) error {
	if err := p.k8s.Create(ctx, &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: home}}); err != nil {
		return err
	}
	for _, file := range []string{"role.yaml", "pre_pull_role.yaml", "volume_reader_role.yaml", "leader_election_role.yaml", "metrics_auth_role.yaml"} {
		text, err := os.ReadFile(filepath.Join("config", "rbac", file))
		if err != nil {
			return err
		}
		role := &rbacv1.ClusterRole{}
		if err := yaml.UnmarshalStrict(text, role); err != nil {
			return fmt.Errorf("%s: %w", file, err)
		}
		role.Namespace = ""
		binding := &rbacv1.ClusterRoleBinding{
			ObjectMeta: metav1.ObjectMeta{Name: role.Name}, RoleRef: rbacv1.RoleRef{APIGroup: rbacv1.GroupName, Kind: "ClusterRole", Name: role.Name},
			Subjects: []rbacv1.Subject{{APIGroup: rbacv1.GroupName, Kind: rbacv1.UserKind, Name: operatorUser}},
		}
		if err := errors.Join(p.k8s.Create(ctx, role), p.k8s.Create(ctx, binding)); err != nil {
			return err
		}
	}
	return nil
}

// users writes the kubeconfigs.
func (p *plane) users() error {
	for _, user := range []struct {
		file *string
		envtest.User
	}{
		{&p.operator, envtest.User{Name: operatorUser}},
		{&p.admin, envtest.User{Name: "fleet", Groups: []string{"system:masters"}}},
	} {
		made, err := p.env.AddUser(user.User, nil)
		if err != nil {
			return err
		}
		text, err := made.KubeConfig()
		if err != nil {
			return err
		}
		*user.file = p.file(user.Name + ".kubeconfig")
		if err := os.WriteFile(*user.file, text, 0o600); err != nil {
			return err
		}
	}
	return nil
}

// startOthers starts Kubernetes' own controllers, and the machines.
func (p *plane) startOthers(o options) (err error) {
	if err := os.WriteFile(p.file("stages.yaml"), stages, 0o600); err != nil {
		return err
	}
	if err := p.control(); err != nil {
		return err
	}
	p.simulated, err = launch(p.dir, "kwok", nil, filepath.Join(o.kwok, "kwok"),
		"--kubeconfig="+p.admin, "--config="+p.file("stages.yaml"), "--manage-all-nodes", "--cidr="+agentNetwork, "--node-ip=127.0.0.1")
	return err
}

// control starts Kubernetes' own controllers, in place of those that run. Without more flags they ask as little as they do in a cluster: 20 requests a
// second each.
func (p *plane) control(flags ...string) (err error) {
	p.controllers.stop()
	p.controllers, err = launch(p.dir, "kube-controller-manager", nil, filepath.Join(p.env.BinaryAssetsDirectory, "kube-controller-manager"), append([]string{
		"--kubeconfig=" + p.admin, "--controllers=statefulset-controller,disruption-controller,garbage-collector-controller", "--leader-elect=false", "--secure-port=0",
		"--use-service-account-credentials=false",
	}, flags...)...)
	return err
}

// hurry lets Kubernetes' controllers ask fifty times as much as they do in a cluster, so that a world is made in minutes.
func (p *plane) hurry() error {
	return p.control("--concurrent-statefulset-syncs=20", "--kube-api-qps=1000", "--kube-api-burst=2000")
}

func (p *plane) stop() error {
	p.controllers.stop()
	p.simulated.stop()
	return p.env.Stop()
}

// alive is an error once one of the programs has ended.
func (p *plane) alive() error {
	return errors.Join(p.controllers.alive(), p.simulated.alive())
}
