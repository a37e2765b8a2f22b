// Package cluster is the way to the API server, with the rights of the user who asks.
package cluster

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"

	"github.com/go-logr/logr"
	appsv1 "k8s.io/api/apps/v1"
	coordinationv1 "k8s.io/api/coordination/v1"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	policyv1 "k8s.io/api/policy/v1"
	storagev1 "k8s.io/api/storage/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
	utilruntime "k8s.io/apimachinery/pkg/util/runtime"
	"k8s.io/cli-runtime/pkg/genericclioptions"
	clientgoscheme "k8s.io/client-go/kubernetes/scheme"
	"k8s.io/client-go/rest"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/log"

	seiv1alpha1 "github.com/seinode/seinode-operator/api/v1alpha1"
	"github.com/seinode/seinode-operator/internal/workload"
)

// Access is a way to a cluster, and the namespace that is meant where none is named.
type Access struct {
	// Client reads and writes, past any cache.
	Client client.WithWatch
	// Namespace is that of --namespace, or of the kubeconfig's context.
	Namespace string
	// Named says that the user named the namespace.
	Named bool
	// Logs streams what a container of a pod said.
	Logs func(ctx context.Context, pod types.NamespacedName, options *corev1.PodLogOptions) (io.ReadCloser, error)
	// Agent asks the agent in a node's pod for a path, by way of the API server.
	Agent func(ctx context.Context, pod types.NamespacedName, path string) (io.ReadCloser, error)
	// Version is the API server's own.
	Version func(ctx context.Context) (string, error)
}

// Connect makes the way that the flags and the kubeconfig name. It asks nobody yet.
func Connect(flags *genericclioptions.ConfigFlags) (Access, error) {
	log.SetLogger(logr.Discard()) // what goes wrong is said once, by the verb
	if err := configured(flags); err != nil {
		return Access{}, err
	}
	config, err := flags.ToRESTConfig()
	if err != nil {
		return Access{}, fmt.Errorf("reading the kubeconfig: %w", err)
	}
	config.QPS, config.Burst, config.WarningHandler, config.UserAgent = 50, 100, rest.NoWarnings{}, rest.DefaultKubernetesUserAgent()
	namespace, named, err := flags.ToRawKubeConfigLoader().Namespace()
	if err != nil {
		return Access{}, fmt.Errorf("reading the kubeconfig: %w", err)
	}
	access := Access{Namespace: namespace, Named: named}
	if access.Client, err = client.NewWithWatch(config, client.Options{Scheme: Scheme, Mapper: mapper()}); err != nil {
		return Access{}, err
	}
	return access, access.addCore(config)
}

// configured says what is missing where nothing names a cluster: the library would try this very machine.
func configured(flags *genericclioptions.ConfigFlags) error {
	raw, err := flags.ToRawKubeConfigLoader().RawConfig()
	if err != nil {
		return fmt.Errorf("reading the kubeconfig: %w", err)
	}
	_, outside := rest.InClusterConfig()
	if len(raw.Clusters) == 0 && *flags.APIServer == "" && outside != nil {
		return errors.New("no kubeconfig was found; wanted one in --kubeconfig, in KUBECONFIG or in .kube/config of your home")
	}
	return nil
}

// Scheme has the kinds that are read and written.
var Scheme = func() *runtime.Scheme {
	scheme := runtime.NewScheme()
	utilruntime.Must(clientgoscheme.AddToScheme(scheme))
	utilruntime.Must(seiv1alpha1.AddToScheme(scheme))
	return scheme
}()

// mapper knows where the kinds are served without asking: discovery takes longer than all that a verb reads. Secrets and ConfigMaps are not among them: nobody
// here reads one.
func mapper() meta.RESTMapper {
	known := meta.NewDefaultRESTMapper(nil)
	add := func(scope meta.RESTScope, version schema.GroupVersion, kinds ...string) {
		for _, kind := range kinds {
			known.Add(version.WithKind(kind), scope)
		}
	}
	add(meta.RESTScopeNamespace, seiv1alpha1.GroupVersion, "SeiNode")
	add(meta.RESTScopeNamespace, corev1.SchemeGroupVersion, "PersistentVolumeClaim", "Pod", "Service", "Event")
	add(meta.RESTScopeRoot, corev1.SchemeGroupVersion, "PersistentVolume")
	add(meta.RESTScopeNamespace, appsv1.SchemeGroupVersion, "StatefulSet")
	add(meta.RESTScopeNamespace, policyv1.SchemeGroupVersion, "PodDisruptionBudget")
	add(meta.RESTScopeNamespace, networkingv1.SchemeGroupVersion, "NetworkPolicy")
	add(meta.RESTScopeRoot, storagev1.SchemeGroupVersion, "StorageClass", "VolumeAttachment")
	add(meta.RESTScopeNamespace, coordinationv1.SchemeGroupVersion, "Lease")
	add(meta.RESTScopeNamespace, workload.VolumeSnapshotKind.GroupVersion(), workload.VolumeSnapshotKind.Kind)
	return known
}

// Explain says what an error of the API server means for the user, in one line.
func Explain(err error) error {
	status := apierrors.APIStatus(nil)
	switch {
	case err == nil || !errors.As(err, &status):
		return err
	case status.Status().Code == http.StatusNotFound && isUnserved(status.Status()):
		return errors.New("the cluster has no SeiNodes, since their CRD is not installed: install the operator first")
	case apierrors.IsForbidden(err):
		return fmt.Errorf("you may not do that: %w", err)
	case apierrors.IsUnauthorized(err):
		return fmt.Errorf("the API server does not know you: %w; log in again", err)
	}
	return err
}

// isUnserved says whether the API server has no such kind, rather than no such object.
func isUnserved(status metav1.Status) bool {
	if status.Details == nil {
		return true
	}
	for _, cause := range status.Details.Causes {
		if cause.Type == metav1.CauseTypeUnexpectedServerResponse {
			return true
		}
	}
	return false
}
