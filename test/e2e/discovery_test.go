//go:build e2e

package e2e

import (
	"context"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"regexp"
	"slices"
	"strconv"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/client-go/rest"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// What Prometheus' own discovery of pods does, with the names that it gives to what it finds, for a build without it: each port of each container is a target. It
// looks with the rights of the spec's ServiceAccount prometheus.

// target is what can be collected, with what is known of it before it is relabelled.
type target struct {
	Targets []string          `json:"targets"`
	Labels  map[string]string `json:"labels"`
}

// serveDiscovery says at the machine's address which pods there are, for as long as the spec lasts, and returns where.
func serveDiscovery(ctx context.Context) string {
	looks := asPrometheus()
	machine := &corev1.Node{}
	Expect(k8s.Get(ctx, client.ObjectKey{Name: realMachine}, machine)).To(Succeed())
	at := machine.Status.Addresses[slices.IndexFunc(machine.Status.Addresses, func(a corev1.NodeAddress) bool { return a.Type == corev1.NodeInternalIP })].Address
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", net.JoinHostPort(at, "0"))
	Expect(err).NotTo(HaveOccurred())
	server := &http.Server{Handler: http.HandlerFunc(func(answer http.ResponseWriter, request *http.Request) { //nolint:gosec // it has one client, for minutes
		pods := &corev1.PodList{}
		if err := looks.List(request.Context(), pods); err != nil {
			http.Error(answer, err.Error(), http.StatusBadGateway)
			return
		}
		answer.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(answer).Encode(targetsOf(pods.Items))
	})}
	go func() { _ = server.Serve(listener) }()
	DeferCleanup(server.Close)
	return "http://" + listener.Addr().String()
}

// asPrometheus is a client with the rights of the ServiceAccount.
func asPrometheus() client.Client {
	config, err := ctrl.GetConfig()
	Expect(err).NotTo(HaveOccurred())
	config.Impersonate = rest.ImpersonationConfig{UserName: fmt.Sprintf("system:serviceaccount:%s:prometheus", namespace)}
	looks, err := client.New(config, client.Options{Scheme: k8s.Scheme()})
	Expect(err).NotTo(HaveOccurred())
	return looks
}

// unfit is what the name of a label of Prometheus' may not have.
var unfit = regexp.MustCompile(`[^a-zA-Z0-9_]`)

func targetsOf(pods []corev1.Pod) []target {
	found := []target{}
	for i := range pods {
		pod := &pods[i]
		known := map[string]string{"__meta_kubernetes_namespace": pod.Namespace, "__meta_kubernetes_pod_name": pod.Name}
		for name, value := range pod.Labels {
			known["__meta_kubernetes_pod_label_"+unfit.ReplaceAllString(name, "_")] = value
			known["__meta_kubernetes_pod_labelpresent_"+unfit.ReplaceAllString(name, "_")] = "true"
		}
		for _, container := range slices.Concat(pod.Spec.Containers, pod.Spec.InitContainers) {
			for _, port := range container.Ports {
				if pod.Status.PodIP != "" {
					found = append(found, targetAt(net.JoinHostPort(pod.Status.PodIP, strconv.Itoa(int(port.ContainerPort))), port.Name, known))
				}
			}
		}
	}
	return found
}

func targetAt(address, port string, known map[string]string) target {
	labels := map[string]string{"__meta_kubernetes_pod_container_port_name": port}
	for name, value := range known {
		labels[name] = value
	}
	return target{Targets: []string{address}, Labels: labels}
}
