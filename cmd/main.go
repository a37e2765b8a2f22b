// Command manager is the SeiNode operator. It only wires: flags, scheme, cache, controller, probes and metrics.
package main

import (
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"flag"
	"fmt"
	"net/http"
	"os"
	"strings"
	"time"

	"go.uber.org/zap/zapcore"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/runtime"
	utilruntime "k8s.io/apimachinery/pkg/util/runtime"
	"k8s.io/apimachinery/pkg/util/validation"
	clientgoscheme "k8s.io/client-go/kubernetes/scheme"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/util/flowcontrol"
	"k8s.io/utils/clock"
	"k8s.io/utils/ptr"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/healthz"
	"sigs.k8s.io/controller-runtime/pkg/log/zap"
	"sigs.k8s.io/controller-runtime/pkg/metrics"
	"sigs.k8s.io/controller-runtime/pkg/metrics/filters"
	metricsserver "sigs.k8s.io/controller-runtime/pkg/metrics/server"

	seiv1alpha1 "github.com/seinode/seinode-operator/api/v1alpha1"
	"github.com/seinode/seinode-operator/internal/controller"
	"github.com/seinode/seinode-operator/internal/lookup"
	"github.com/seinode/seinode-operator/internal/olm"
	"github.com/seinode/seinode-operator/internal/platform"
	"github.com/seinode/seinode-operator/internal/poll"
	"github.com/seinode/seinode-operator/internal/telemetry"
	"github.com/seinode/seinode-operator/internal/version"
)

type options struct {
	config      string
	metricsAddr string
	probeAddr   string
	pprofAddr   string
	elect       bool
	workers     int
	logFormat   string
	version     bool
	watched     string
	heightEvery time.Duration
	qps, burst  int
}

// namespaces are those to watch, none for all. A list that names none is an error: it must not come to mean all.
func (o options) namespaces() ([]string, error) {
	if o.watched == "" {
		return nil, nil
	}
	names := strings.Split(o.watched, ",")
	for i := range names {
		names[i] = strings.TrimSpace(names[i])
		if wrong := validation.IsDNS1123Label(names[i]); len(wrong) > 0 {
			return nil, fmt.Errorf("--watch-namespaces (or WATCH_NAMESPACE) is %q; %q is no namespace: %s; leave it empty for all namespaces",
				o.watched, names[i], strings.Join(wrong, "; "))
		}
	}
	return names, nil
}

// validate finds values that mean nothing.
func (o options) validate() error {
	if o.heightEvery < 0 {
		return fmt.Errorf("--height-interval is %s; wanted 0 (off) or a positive duration such as 10m", o.heightEvery)
	}
	for _, number := range []struct {
		flag  string
		value int
	}{{"--workers", o.workers}, {"--kube-api-qps", o.qps}, {"--kube-api-burst", o.burst}} {
		if number.value < 1 {
			return fmt.Errorf("%s is %d; wanted 1 or more", number.flag, number.value)
		}
	}
	return nil
}

func parseFlags() options {
	var o options
	flag.StringVar(&o.config, "config", "", "YAML `file` with the platform's defaults; no file means the built-in ones")
	flag.StringVar(&o.metricsAddr, "metrics-bind-address", ":8443", "`address` of the metrics (HTTPS, authenticated and authorized by the API server); 0 turns them off")
	flag.StringVar(&o.probeAddr, "health-probe-bind-address", ":8081", "`address` of /healthz and /readyz")
	flag.StringVar(&o.pprofAddr, "pprof-bind-address", "", "`address` of Go's profiles, for whoever looks for what the manager costs, such as 127.0.0.1:6060: it asks nobody for rights; empty, as by default, turns them off")
	flag.BoolVar(&o.elect, "leader-elect", false, "work only while holding the lease, so that two replicas never act at once")
	flag.IntVar(&o.workers, "workers", 16, "how many SeiNodes are reconciled at once")
	flag.IntVar(&o.qps, "kube-api-qps", 400, "how many requests a second are made to the API server at the most, by all parts of the manager together")
	flag.IntVar(&o.burst, "kube-api-burst", 400, "how many requests may be made at once, on top of that, after a while with fewer")
	flag.StringVar(&o.logFormat, "log-format", "json", "json or console")
	flag.BoolVar(&o.version, "version", false, "print the version and exit")
	flag.StringVar(&o.watched, "watch-namespaces", os.Getenv("WATCH_NAMESPACE"), "comma-separated `namespaces` to watch; empty, as for an unset WATCH_NAMESPACE, means all")
	flag.DurationVar(&o.heightEvery, "height-interval", 0, "how old the height in a SeiNode's status may get before it alone is written, such as 10m, where somebody reads it; 0 means that it is written with transitions only")
	flag.Parse()
	return o
}

func main() {
	o := parseFlags()
	if o.version {
		fmt.Println("seinode-operator " + version.Version)
		return
	}
	collectOften()
	if err := run(o); err != nil {
		fmt.Fprintln(os.Stderr, "seinode-operator: "+err.Error())
		os.Exit(1)
	}
}

func run(o options) error {
	if err := errors.Join(setLogger(o.logFormat), o.validate()); err != nil {
		return err
	}
	config, err := platform.Load(o.config)
	if err != nil {
		return err
	}
	manager, err := newManager(o)
	if err != nil {
		return err
	}
	ctx := ctrl.SetupSignalHandler()
	if err := checkDefinition(ctx, manager.GetAPIReader()); err != nil {
		return err
	}
	if err := setAgentImage(ctx, manager.GetAPIReader(), &config); err != nil {
		return err
	}
	namespace, err := ownNamespace()
	if err != nil {
		return err
	}
	metrics.Registry.MustRegister(telemetry.NewNodes(manager.GetCache()))
	reconciler := &controller.Reconciler{
		Namespace: namespace,
		Client:    manager.GetClient(),
		Live:      manager.GetAPIReader(),
		Agents:    poll.New(manager.GetClient(), o.heightEvery),
		Lookups:   lookup.New(manager.GetAPIReader()),
		Platform:  config,
		Events:    telemetry.Events{Recorder: manager.GetEventRecorder("seinode-operator")},
		Metrics:   telemetry.NewMetrics(metrics.Registry, version.Version),
		Clock:     clock.RealClock{},
	}
	if err := errors.Join(reconciler.SetupWithManager(ctx, manager, o.workers), addProbes(manager), manager.Add(&memory{}), tellOLM(manager, namespace)); err != nil {
		return err
	}
	ctrl.Log.Info("Starting the manager", "version", version.Version, "workers", o.workers, "namespaces", o.watched)
	return manager.Start(ctx)
}

func setLogger(format string) error {
	switch format {
	case "json":
		ctrl.SetLogger(zap.New(zap.JSONEncoder(func(c *zapcore.EncoderConfig) { c.EncodeTime = zapcore.RFC3339NanoTimeEncoder })))
	case "console":
		ctrl.SetLogger(zap.New(zap.UseDevMode(true)))
	default:
		return fmt.Errorf("--log-format is %q; wanted json or console", format)
	}
	return nil
}

// limit has all clients that are made from the config share one limit: each kind of object has one of its own.
func limit(config *rest.Config, o options) {
	config.RateLimiter = flowcontrol.NewTokenBucketRateLimiter(float32(o.qps), o.burst)
}

func newManager(o options) (ctrl.Manager, error) {
	namespaces, err := o.namespaces()
	if err != nil {
		return nil, err
	}
	scheme := runtime.NewScheme()
	utilruntime.Must(clientgoscheme.AddToScheme(scheme))
	utilruntime.Must(seiv1alpha1.AddToScheme(scheme))
	config, err := ctrl.GetConfig()
	if err != nil {
		return nil, fmt.Errorf("finding the cluster: %w", err)
	}
	lock, err := leaderLock(config) // before the limit: its renewals wait behind nobody
	if err != nil {
		return nil, err
	}
	limit(config, o)
	return ctrl.NewManager(config, ctrl.Options{
		Scheme: scheme,
		Cache:  controller.CacheOptions(namespaces...),
		// Right after a write the cache may still show what was before; a decision from that could be wrong.
		Client: client.Options{Cache: &client.CacheOptions{EnableReadYourWritesConsistency: ptr.To(true)}},
		Metrics: metricsserver.Options{
			BindAddress: o.metricsAddr, SecureServing: true, FilterProvider: filters.WithAuthenticationAndAuthorization,
			TLSOpts: []func(*tls.Config){func(c *tls.Config) { c.MinVersion = tls.VersionTLS12 }},
		},
		HealthProbeBindAddress: o.probeAddr,
		PprofBindAddress:       o.pprofAddr,
		LeaderElection:         o.elect,
		LeaderElectionID:       leaderLease,
		RenewDeadline:          ptr.To(renewDeadline),

		LeaderElectionResourceLockInterface: lock,
		// Safe because the process ends when the manager does: nothing of ours acts after the lease is given up.
		LeaderElectionReleaseOnCancel: true,
	})
}

// ownNamespaceFile is where Kubernetes tells a pod its namespace.
const ownNamespaceFile = "/var/run/secrets/kubernetes.io/serviceaccount/namespace"

// ownNamespace is the manager's own: the Leases that say who uses a volume or a key lie there.
func ownNamespace() (string, error) {
	if name := os.Getenv("POD_NAMESPACE"); name != "" {
		return name, nil
	}
	name, err := os.ReadFile(ownNamespaceFile)
	if err != nil {
		return "", fmt.Errorf("which namespace is the manager's own? Set POD_NAMESPACE: %w", err)
	}
	return strings.TrimSpace(string(name)), nil
}

// setAgentImage finds the agent where the configuration names none: in RELATED_IMAGE_AGENT, which a bundle sets and a mirror
// rewrites, or else in the image that this very manager runs.
func setAgentImage(ctx context.Context, reader client.Reader, config *platform.Config) error {
	config.Images.Agent = cmp.Or(config.Images.Agent, os.Getenv("RELATED_IMAGE_AGENT"))
	if config.Images.Agent != "" {
		return nil
	}
	key, pod := client.ObjectKey{Namespace: os.Getenv("POD_NAMESPACE"), Name: os.Getenv("POD_NAME")}, &corev1.Pod{}
	if key.Name == "" {
		return errors.New("which image holds the agent? Set POD_NAME and POD_NAMESPACE to the manager's own pod, or images.agent in the file of --config")
	}
	if err := reader.Get(ctx, key, pod); err != nil {
		return fmt.Errorf("looking at the manager's own pod for the agent's image (RELATED_IMAGE_AGENT names one without a look): %w", err)
	}
	for _, container := range pod.Spec.Containers {
		if container.Name == "manager" {
			config.Images.Agent = container.Image
			return nil
		}
	}
	return fmt.Errorf("pod %s has no container named manager, whose image holds the agent; set images.agent in the file of --config", key)
}

// tellOLM tells OLM, where it installed the manager, when not to upgrade it.
func tellOLM(manager ctrl.Manager, namespace string) error {
	name := os.Getenv("OPERATOR_CONDITION_NAME")
	if name == "" {
		return nil
	}
	return manager.Add(olm.New(manager, client.ObjectKey{Namespace: namespace, Name: name}))
}

// addProbes: alive means that the process answers; ready means that the caches are filled, so that it could act.
func addProbes(manager ctrl.Manager) error {
	synced := func(request *http.Request) error {
		if !manager.GetCache().WaitForCacheSync(request.Context()) {
			return errors.New("the caches are not filled yet")
		}
		return nil
	}
	return errors.Join(manager.AddHealthzCheck("ping", healthz.Ping), manager.AddReadyzCheck("caches", synced))
}
