package cluster

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strconv"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/version"
	corev1client "k8s.io/client-go/kubernetes/typed/core/v1"
	"k8s.io/client-go/rest"

	"github.com/seinode/seinode-operator/internal/seid"
)

// addCore adds the ways to what is no object: what containers said, what the agent in a pod answers, and the API server's version.
func (a *Access) addCore(config *rest.Config) error {
	core, err := coreClient(config)
	if err != nil {
		return err
	}
	a.Logs = func(ctx context.Context, pod types.NamespacedName, options *corev1.PodLogOptions) (io.ReadCloser, error) {
		return core.Pods(pod.Namespace).GetLogs(pod.Name, options).Stream(ctx)
	}
	a.Agent = func(ctx context.Context, pod types.NamespacedName, path string) (io.ReadCloser, error) {
		return core.Pods(pod.Namespace).ProxyGet("", pod.Name, strconv.Itoa(int(seid.AgentPort)), path, nil).Stream(ctx)
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

// coreClient follows no redirect: whoever answers in a pod could have the user's token sent anywhere by one.
func coreClient(config *rest.Config) (*corev1client.CoreV1Client, error) {
	transport, err := rest.TransportFor(config)
	if err != nil {
		return nil, err
	}
	return corev1client.NewForConfigAndClient(config, &http.Client{
		Transport: transport, Timeout: config.Timeout,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	})
}
