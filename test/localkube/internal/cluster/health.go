package cluster

import (
	"context"
	"fmt"
	"net"
	"time"

	"github.com/seinode/seinode-operator/test/localkube/internal/config"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/clientcmd"
)

// Healthy is nil if the cluster can run pods, and otherwise says what is missing first.
func (c *Cluster) Healthy(ctx context.Context) error {
	for _, name := range order {
		if c.daemons.Pid(name) == 0 {
			return fmt.Errorf("%s does not run (log: %s)", name, c.daemons.Log(name))
		}
	}
	for _, check := range []func(context.Context) error{c.apiReady, c.nodeReady, c.namesResolve, servicesWork} {
		if err := check(ctx); err != nil {
			return err
		}
	}
	return nil
}

func (c *Cluster) client() (*kubernetes.Clientset, error) {
	config, err := clientcmd.BuildConfigFromFlags("", c.Kubeconfig())
	if err != nil {
		return nil, err
	}
	config.QPS, config.Timeout = -1, 5*time.Second
	return kubernetes.NewForConfig(config)
}

func (c *Cluster) apiReady(ctx context.Context) error {
	client, err := c.client()
	if err != nil {
		return err
	}
	return client.Discovery().RESTClient().Get().AbsPath("/readyz").Do(ctx).Error()
}

// nodeReady also waits for the service account without which no pod can be made.
func (c *Cluster) nodeReady(ctx context.Context) error {
	client, err := c.client()
	if err != nil {
		return err
	}
	node, err := client.CoreV1().Nodes().Get(ctx, config.Node, metav1.GetOptions{})
	if err != nil {
		return err
	}
	for _, condition := range node.Status.Conditions {
		if condition.Type == corev1.NodeReady && condition.Status != corev1.ConditionTrue {
			return fmt.Errorf("the node is not ready: %s", condition.Message)
		}
	}
	for _, taint := range node.Spec.Taints {
		return fmt.Errorf("the node is tainted: %s", taint.Key)
	}
	_, err = client.CoreV1().ServiceAccounts("default").Get(ctx, "default", metav1.GetOptions{})
	return err
}

func (c *Cluster) namesResolve(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, 2*time.Second)
	defer cancel()
	resolver := net.Resolver{PreferGo: true, Dial: func(ctx context.Context, network, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, network, net.JoinHostPort(config.HostIP, "53"))
	}}
	addresses, err := resolver.LookupHost(ctx, "kubernetes.default.svc."+config.Domain+".")
	if err == nil && (len(addresses) != 1 || addresses[0] != config.ServiceIP) {
		return fmt.Errorf("the API server's Service resolves to %v", addresses)
	}
	return err
}

// servicesWork reaches the API server by its Service: kube-proxy's rules are there.
func servicesWork(ctx context.Context) error {
	dialer := net.Dialer{Timeout: 2 * time.Second}
	conn, err := dialer.DialContext(ctx, "tcp", net.JoinHostPort(config.ServiceIP, "443"))
	if err != nil {
		return err
	}
	return conn.Close()
}

// Status tells a person what runs.
func (c *Cluster) Status(ctx context.Context) string {
	text := ""
	for _, name := range order {
		state := "not running"
		if pid := c.daemons.Pid(name); pid != 0 {
			state = fmt.Sprintf("running, pid %d", pid)
		}
		text += fmt.Sprintf("%-24s %s\n", name, state)
	}
	if err := c.Healthy(ctx); err != nil {
		return text + fmt.Sprintf("not healthy: %v\n", err)
	}
	return text + fmt.Sprintf("healthy\nkubeconfig: %s\naudit log:  %s\nlogs:       %s\n",
		c.Kubeconfig(), c.Path("audit.log"), c.daemons.Logs)
}
