package cluster

import (
	"context"
	"encoding/json"
	"fmt"
	"io"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/version"
	corev1client "k8s.io/client-go/kubernetes/typed/core/v1"
	"k8s.io/client-go/rest"
)

// addCore adds the ways to what is no object: what containers said, and the API server's version.
func (a *Access) addCore(config *rest.Config) error {
	core, err := corev1client.NewForConfig(config)
	if err != nil {
		return err
	}
	a.Logs = func(ctx context.Context, pod types.NamespacedName, options *corev1.PodLogOptions) (io.ReadCloser, error) {
		return core.Pods(pod.Namespace).GetLogs(pod.Name, options).Stream(ctx)
	}
	a.Version = func(ctx context.Context) (string, error) {
		raw, err := core.RESTClient().Get().AbsPath("/version").Do(ctx).Raw()
		if err != nil {
			return "", err
		}
		said := version.Info{}
		if err := json.Unmarshal(raw, &said); err != nil {
			return "", fmt.Errorf("reading the API server's version: %w", err)
		}
		return said.GitVersion, nil
	}
	return nil
}
