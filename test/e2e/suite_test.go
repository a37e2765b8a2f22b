//go:build e2e

// Package e2e tests the operator from outside, on a real cluster: a real kubelet, real containers, real databases. What the
// operator did to the volumes is read from the API server's audit log and from the volumes' bytes, not from the operator.
//
// hack/e2e.sh runs it, several specs at a time: each has a namespace of its own, and one that stops the operator is Serial. It runs
// the stories twice, the second time with -kill-manager.
package e2e

import (
	"context"
	"os"
	"testing"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"
	clientgoscheme "k8s.io/client-go/kubernetes/scheme"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"

	seiv1alpha1 "github.com/seinode/seinode-operator/api/v1alpha1"
	"github.com/seinode/seinode-operator/internal/fixture"
)

const (
	// image is the stand-in node that hack/images.sh loads.
	image = "seid-standin:dev"
	// chainID is that of the stand-in's devnet.
	chainID = "sei-devnet-1"
	// specPrefix is what the names of the specs' namespaces begin with.
	specPrefix = "sei-e2e-"
)

var (
	// k8s is the administrator's client: what a user does, it does.
	k8s client.WithWatch
	// raw asks what the typed client cannot: a pod's RPC through the API server.
	raw *kubernetes.Clientset
	// namespace is the running spec's own.
	namespace string
	// own are the namespaces of all specs that ran in this process.
	own []string
)

func TestEndToEnd(t *testing.T) {
	RegisterFailHandler(Fail)
	// A slow machine is no failure: everything here waits for what it names, and long enough.
	SetDefaultEventuallyTimeout(3 * time.Minute)
	SetDefaultEventuallyPollingInterval(250 * time.Millisecond)
	SetDefaultConsistentlyDuration(8 * time.Second)
	SetDefaultConsistentlyPollingInterval(250 * time.Millisecond)
	EnforceDefaultTimeoutsWhenUsingContexts()
	RunSpecs(t, "SeiNode operator, end to end")
}

var _ = ReportAfterSuite("the slowest specs", func(report Report) { _, _ = os.Stdout.WriteString(fixture.Slowest(report, 10)) })

// One chain serves all processes; everything else a process has for itself.
var _ = SynchronizedBeforeSuite(func(ctx context.Context) {
	connect()
	startDevnet(ctx)
	startKilling()
}, connect)

// The witness speaks last, on all that the specs made the operator do.
var _ = SynchronizedAfterSuite(func(ctx context.Context) {
	expectNoneLeft(ctx, own)
	expectNoHarm()
}, func(ctx context.Context) {
	stopKilling()
	stopDevnet(ctx)
	expectNoneLeft(ctx, []string{chainNamespace})
	expectSight()
})

// connect makes the clients, once: the first process is asked twice.
func connect() {
	if k8s != nil {
		return
	}
	Expect(clientgoscheme.AddToScheme(clientgoscheme.Scheme)).To(Succeed())
	Expect(seiv1alpha1.AddToScheme(clientgoscheme.Scheme)).To(Succeed())
	config, err := ctrl.GetConfig()
	Expect(err).NotTo(HaveOccurred())
	config.QPS, config.Burst = 100, 200
	k8s, err = client.NewWithWatch(config, client.Options{Scheme: clientgoscheme.Scheme})
	Expect(err).NotTo(HaveOccurred())
	raw, err = kubernetes.NewForConfig(config)
	Expect(err).NotTo(HaveOccurred())
	Expect(os.Getenv("AUDIT_LOG")).To(BeAnExistingFile(), "hack/e2e.sh sets AUDIT_LOG")
}

// long is what takes two minutes, or nearly: it begins first, so that the suite does not end with one of them beside three processes that have nothing to do.
const long = SpecPriority(1)

var _ = BeforeEach(func(ctx context.Context) { namespace = newNamespace(ctx) })

func newNamespace(ctx context.Context) string {
	made := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{
		GenerateName: specPrefix,
		Labels:       map[string]string{"pod-security.kubernetes.io/enforce": "restricted"},
	}}
	Expect(k8s.Create(ctx, made)).To(Succeed())
	own = append(own, made.Name)
	return made.Name
}

var _ = AfterEach(func(ctx context.Context) {
	if CurrentSpecReport().Failed() {
		describe(ctx)
	}
	leaveNamespace(ctx, namespace)
})
