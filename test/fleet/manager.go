package main

import (
	"bufio"
	"context"
	"crypto/tls"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	authenticationv1 "k8s.io/api/authentication/v1"
	corev1 "k8s.io/api/core/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/utils/ptr"
)

// memoryLimit is what the shipped Deployment gives Go, in GOMEMLIMIT.
const memoryLimit = "900MiB"

const (
	metricsAddress = "127.0.0.1:28443"
	probeAddress   = "127.0.0.1:28081"
	profileAddress = "127.0.0.1:28060"
)

// manager is the operator as a process of its own.
type manager struct {
	*process
	token string
}

// reader makes somebody who may read the manager's metrics, and returns his token.
func (p *plane) reader(ctx context.Context) (string, error) {
	account := &corev1.ServiceAccount{ObjectMeta: metav1.ObjectMeta{Namespace: home, Name: "reader"}}
	if err := p.k8s.Create(ctx, account); err != nil {
		return "", err
	}
	binding := &rbacv1.ClusterRoleBinding{
		ObjectMeta: metav1.ObjectMeta{Name: "reader"}, RoleRef: rbacv1.RoleRef{APIGroup: rbacv1.GroupName, Kind: "ClusterRole", Name: "cluster-admin"},
		Subjects: []rbacv1.Subject{{Kind: rbacv1.ServiceAccountKind, Namespace: home, Name: account.Name}},
	}
	if err := p.k8s.Create(ctx, binding); err != nil {
		return "", err
	}
	// As long as the longest run may take: by itself a token is good for an hour, less than a run over 10,000 nodes.
	token := &authenticationv1.TokenRequest{Spec: authenticationv1.TokenRequestSpec{ExpirationSeconds: ptr.To[int64](24 * 60 * 60)}}
	err := p.k8s.SubResource("token").Create(ctx, account, token)
	return token.Status.Token, err
}

// operate starts the manager with its flags as they are shipped, and the agent of a release, and waits until it could act.
func (p *plane) operate(ctx context.Context, o options, token, agent string) (*manager, error) {
	env := []string{"KUBECONFIG=" + p.operator, "POD_NAMESPACE=" + home, "POD_NAME=manager", "RELATED_IMAGE_AGENT=" + agent, "GOMEMLIMIT=" + memoryLimit}
	flags := []string{"--leader-elect", "--metrics-bind-address=" + metricsAddress, "--health-probe-bind-address=" + probeAddress}
	if o.profile {
		flags = append(flags, "--pprof-bind-address="+profileAddress)
	}
	started, err := launch(p.dir, "manager", env, o.manager, flags...)
	if err != nil {
		return nil, err
	}
	m := &manager{started, token}
	err = m.until(ctx, "ready", soon, mayAct)
	return m, err
}

// mayAct says whether the manager's caches are filled.
func mayAct(ctx context.Context) bool {
	response, err := get(ctx, "http://"+probeAddress+"/readyz", "")
	if err != nil {
		return false
	}
	defer func() { _ = response.Body.Close() }()
	return response.StatusCode == http.StatusOK
}

// soon is how long to wait between two looks at the manager that cost nothing.
const soon = 50 * time.Millisecond

// seldom is how long to wait between two looks at the metrics of n SeiNodes: each of 10,000 is in them, and a look takes the manager some tenth of a second.
func seldom(n int) time.Duration { return soon + time.Duration(n)*50*time.Microsecond }

// reconciled waits until the manager has looked at n SeiNodes, and has nothing to do. No object shows that of one that writes nothing: it is told by the
// controller's library.
func (m *manager) reconciled(ctx context.Context, n int) error {
	return m.until(ctx, fmt.Sprintf("through with %d SeiNodes", n), seldom(n), func(ctx context.Context) bool {
		looked, waiting, err := m.work(ctx)
		return err == nil && looked >= n && waiting == 0
	})
}

// until looks every so often until something is so, and is an error once the manager has ended.
func (m *manager) until(ctx context.Context, what string, every time.Duration, is func(context.Context) bool) error {
	giveUp := time.Now().Add(patience)
	for !is(ctx) {
		if err := m.alive(); err != nil {
			return err
		}
		if time.Now().After(giveUp) || ctx.Err() != nil {
			return fmt.Errorf("the manager was not %s after %s", what, patience)
		}
		time.Sleep(every)
	}
	return nil
}

// work says how often the manager looked at a SeiNode, and how many wait or are being looked at.
func (m *manager) work(ctx context.Context) (looked, waiting int, err error) {
	response, err := get(ctx, "https://"+metricsAddress+"/metrics", m.token)
	if err != nil {
		return 0, 0, err
	}
	defer func() { _ = response.Body.Close() }()
	if response.StatusCode != http.StatusOK {
		return 0, 0, fmt.Errorf("the manager's metrics: %s", response.Status)
	}
	lines := bufio.NewScanner(response.Body)
	for lines.Scan() {
		name, value, _ := strings.Cut(lines.Text(), " ")
		number, _ := strconv.ParseFloat(value, 64)
		switch {
		case strings.HasPrefix(name, "controller_runtime_reconcile_total{"):
			looked += int(number)
		case strings.HasPrefix(name, "workqueue_depth{"), strings.HasPrefix(name, "controller_runtime_active_workers{"):
			waiting += int(number)
		}
	}
	return looked, waiting, lines.Err()
}

var web = http.Client{Timeout: 5 * time.Second, Transport: &http.Transport{
	TLSClientConfig: &tls.Config{InsecureSkipVerify: true}, //nolint:gosec // its own certificate, on loopback
}}

func get(ctx context.Context, address, token string) (*http.Response, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, address, http.NoBody)
	if err != nil {
		return nil, err
	}
	if token != "" {
		request.Header.Set("Authorization", "Bearer "+token)
	}
	return web.Do(request)
}
