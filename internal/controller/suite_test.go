// Package controller_test tests the reconciler against a real API server. The operator acts there under its own identity with the
// RBAC that is shipped, and the API server's audit log says what it did.
package controller_test

import (
	"context"
	"errors"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"github.com/prometheus/client_golang/prometheus"
	corev1 "k8s.io/api/core/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes/scheme"
	"k8s.io/client-go/rest"
	"k8s.io/utils/clock"
	"k8s.io/utils/ptr"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	ctrlconfig "sigs.k8s.io/controller-runtime/pkg/config"
	"sigs.k8s.io/controller-runtime/pkg/envtest"
	"sigs.k8s.io/controller-runtime/pkg/log"
	"sigs.k8s.io/controller-runtime/pkg/log/zap"
	metricsserver "sigs.k8s.io/controller-runtime/pkg/metrics/server"
	"sigs.k8s.io/yaml"

	seiv1alpha1 "github.com/seinode/seinode-operator/api/v1alpha1"
	"github.com/seinode/seinode-operator/internal/controller"
	"github.com/seinode/seinode-operator/internal/lookup"
	"github.com/seinode/seinode-operator/internal/platform"
	"github.com/seinode/seinode-operator/internal/telemetry"
)

// operatorUser is who the operator is to the API server.
const operatorUser = "seinode-operator"

var (
	// api is the cluster; it belongs to the suite, or to the benchmark.
	api *controlPlane
	// k8s is the administrator's client, without a cache: what a user does, and what Kubernetes' own controllers would do.
	k8s client.Client
	// registry holds the operator's metrics.
	registry *prometheus.Registry
	// namespace is the running spec's own.
	namespace string
)

func TestController(t *testing.T) {
	RegisterFailHandler(Fail)
	SetDefaultEventuallyTimeout(20 * time.Second)
	SetDefaultEventuallyPollingInterval(20 * time.Millisecond)
	SetDefaultConsistentlyDuration(700 * time.Millisecond)
	SetDefaultConsistentlyPollingInterval(20 * time.Millisecond)
	EnforceDefaultTimeoutsWhenUsingContexts()
	RunSpecs(t, "Controller")
}

var _ = BeforeSuite(func() {
	readRecordedWrites()
	log.SetLogger(zap.New(zap.UseDevMode(true), zap.WriteTo(GinkgoWriter)))
	var err error
	api, err = startControlPlane(GinkgoT().TempDir())
	Expect(err).NotTo(HaveOccurred())
	k8s = api.admin
	registry = prometheus.NewRegistry()
	Expect(api.run(newManager(api.operator, registry, nil))).To(Succeed())
	Expect(api.run(newStandIns(api.config))).To(Succeed())
})

var _ = AfterSuite(func() {
	defer func() { Expect(api.stop()).To(Succeed()) }() // whatever was found
	expectNoHarm()
})

// leases is the operator's own namespace.
const leases = "operator"

var _ = BeforeEach(func(ctx context.Context) { namespace = newNamespace(ctx, k8s) })

func newNamespace(ctx context.Context, admin client.Client) string {
	made := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{GenerateName: "test-"}}
	Expect(admin.Create(ctx, made)).To(Succeed())
	return made.Name
}

// controlPlane is an API server with its audit log, and the two identities that use it.
type controlPlane struct {
	env      *envtest.Environment
	auditLog string
	config   *rest.Config
	operator *rest.Config
	admin    client.Client
	ctx      context.Context
	cancel   context.CancelFunc
}

// ownControlPlane gives the specs of a container one of their own, with stand-ins and without an operator. The operator's user has its
// rights everywhere or in those namespaces.
func ownControlPlane(namespaces ...string) {
	shared, admin := api, k8s
	own, err := startControlPlane(GinkgoT().TempDir(), namespaces...)
	Expect(err).NotTo(HaveOccurred())
	api, k8s = own, own.admin
	DeferCleanup(func() {
		api, k8s = shared, admin
		Expect(own.stop()).To(Succeed())
	})
	Expect(api.run(newStandIns(api.config))).To(Succeed())
}

// addToScheme adds our kinds once: a manager of another control plane may be reading the scheme.
var addToScheme = sync.OnceValue(func() error { return seiv1alpha1.AddToScheme(scheme.Scheme) })

// startControlPlane starts one with our CRD and the RBAC that is shipped, bound to operatorUser everywhere or in those namespaces.
func startControlPlane(dir string, namespaces ...string) (*controlPlane, error) {
	root := filepath.Join("..", "..")
	plane := &controlPlane{auditLog: filepath.Join(dir, "audit.log")}
	plane.env = &envtest.Environment{CRDDirectoryPaths: []string{filepath.Join(root, "config", "crd", "bases")}, ErrorIfCRDPathMissing: true}
	policy := filepath.Join(dir, "policy.yaml")
	if err := os.WriteFile(policy, []byte(auditPolicy), 0o600); err != nil {
		return nil, err
	}
	plane.env.ControlPlane.GetAPIServer().Configure().
		Append("audit-policy-file", policy).Append("audit-log-path", plane.auditLog).Append("audit-log-mode", "blocking")
	var err error
	if plane.config, err = plane.env.Start(); err != nil {
		return nil, err
	}
	if err := addToScheme(); err != nil {
		return nil, err
	}
	plane.config.QPS, plane.config.Burst = 500, 1000
	if plane.admin, err = client.New(plane.config, client.Options{Scheme: scheme.Scheme}); err != nil {
		return nil, err
	}
	plane.ctx, plane.cancel = context.WithCancel(context.Background())
	err = plane.addOperator(namespaces)
	return plane, err
}

// addOperator gives the operator's user the rights that config/rbac ships, and no others: in all namespaces, or in those named.
func (p *controlPlane) addOperator(namespaces []string) error {
	if err := p.bind("volume_reader_role.yaml", ""); err != nil {
		return err
	}
	if err := p.bind("machine_reader_role.yaml", ""); err != nil {
		return err
	}
	if len(namespaces) == 0 {
		namespaces = []string{""}
	}
	if err := p.bind("leader_election_role.yaml", leases); err != nil {
		return err
	}
	for _, namespace := range namespaces {
		if err := errors.Join(p.bind("role.yaml", namespace), p.bind("pre_pull_role.yaml", namespace)); err != nil {
			return err
		}
	}
	user, err := p.env.AddUser(envtest.User{Name: operatorUser}, &rest.Config{QPS: 500, Burst: 1000})
	if err != nil {
		return err
	}
	p.operator = user.Config()
	return nil
}

// bind gives the operator's user what a file of config/rbac grants, in one namespace or, for "", in all of them.
func (p *controlPlane) bind(file, namespace string) error {
	data, err := os.ReadFile(filepath.Join("..", "..", "config", "rbac", file))
	if err != nil {
		return err
	}
	role := &rbacv1.ClusterRole{}
	if err := yaml.UnmarshalStrict(data, role); err != nil {
		return err
	}
	ref := rbacv1.RoleRef{APIGroup: rbacv1.GroupName, Kind: "ClusterRole", Name: role.Name}
	user := []rbacv1.Subject{{APIGroup: rbacv1.GroupName, Kind: rbacv1.UserKind, Name: operatorUser}}
	if namespace == "" {
		everywhere := &rbacv1.ClusterRoleBinding{ObjectMeta: metav1.ObjectMeta{Name: role.Name}, RoleRef: ref, Subjects: user}
		return errors.Join(p.admin.Create(p.ctx, role), p.admin.Create(p.ctx, everywhere))
	}
	made := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: namespace}}
	here := metav1.ObjectMeta{Namespace: namespace, Name: role.Name}
	return errors.Join(
		client.IgnoreAlreadyExists(p.admin.Create(p.ctx, made)),
		p.admin.Create(p.ctx, &rbacv1.Role{ObjectMeta: here, Rules: role.Rules}),
		p.admin.Create(p.ctx, &rbacv1.RoleBinding{ObjectMeta: here, RoleRef: rbacv1.RoleRef{APIGroup: ref.APIGroup, Kind: "Role", Name: role.Name}, Subjects: user}),
	)
}

// run starts a manager, and waits until its caches are filled.
func (p *controlPlane) run(manager ctrl.Manager, err error) error {
	if err != nil {
		return err
	}
	go func() {
		defer GinkgoRecover()
		if err := manager.Start(p.ctx); err != nil {
			panic(err)
		}
	}()
	<-manager.Elected()
	manager.GetCache().WaitForCacheSync(p.ctx)
	return nil
}

func (p *controlPlane) stop() error {
	p.cancel()
	return p.env.Stop()
}

// newManager builds the operator as cmd does, for all namespaces or for those, with another client if one is given.
func newManager(config *rest.Config, metrics prometheus.Registerer, newClient client.NewClientFunc, namespaces ...string) (ctrl.Manager, error) {
	return buildManager(config, metrics, newClient, testPlatform(), namespaces...)
}

// newManagerWith builds it with another configuration of the platform.
func newManagerWith(config *rest.Config, metrics prometheus.Registerer, defaults platform.Config) (ctrl.Manager, error) {
	return buildManager(config, metrics, nil, defaults)
}

func testPlatform() platform.Config {
	config := platform.Default()
	config.Images.Agent = "operator:test"
	return config
}

func buildManager(config *rest.Config, metrics prometheus.Registerer, newClient client.NewClientFunc, defaults platform.Config, namespaces ...string) (
	ctrl.Manager, error,
) {
	manager, err := emptyManager(config, newClient, namespaces...)
	if err != nil {
		return nil, err
	}
	return manager, newReconciler(manager, metrics, defaults).SetupWithManager(context.Background(), manager, 16)
}

// emptyManager builds a manager as cmd does, which runs nothing yet.
func emptyManager(config *rest.Config, newClient client.NewClientFunc, namespaces ...string) (ctrl.Manager, error) {
	return ctrl.NewManager(config, ctrl.Options{
		NewClient: newClient,
		// More than one runs in this process.
		Controller: ctrlconfig.Controller{SkipNameValidation: ptr.To(true)},
		Scheme:     scheme.Scheme,
		Cache:      controller.CacheOptions(namespaces...),
		Client:     client.Options{Cache: &client.CacheOptions{EnableReadYourWritesConsistency: ptr.To(true)}},
		Metrics:    metricsserver.Options{BindAddress: "0"},
	})
}

// lookups knows every name but those of gone.example.
func lookups(manager ctrl.Manager) *lookup.Finder {
	finder := lookup.New(manager.GetAPIReader())
	finder.Resolve = func(_ context.Context, name string) error {
		if strings.HasSuffix(name, "gone.example") {
			return &net.DNSError{IsNotFound: true}
		}
		return nil
	}
	return finder
}

func newReconciler(manager ctrl.Manager, metrics prometheus.Registerer, defaults platform.Config) *controller.Reconciler {
	return &controller.Reconciler{
		Namespace: leases,
		Client:    manager.GetClient(),
		Live:      manager.GetAPIReader(),
		Lookups:   lookups(manager),
		Platform:  defaults,
		Events:    telemetry.Events{Recorder: manager.GetEventRecorder("seinode-operator")},
		Metrics:   telemetry.NewMetrics(metrics, "test"),
		Clock:     clock.RealClock{},
	}
}
