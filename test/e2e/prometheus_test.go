//go:build e2e

package e2e

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	corev1 "k8s.io/api/core/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/intstr"
)

// A real Prometheus, Debian's, in a pod: it collects what dist/prometheus.yml says, with the rights that the document gives it, and tries the alerts of dist/rules.yml.
// Debian builds it without a way to find what runs on Kubernetes, which is stood in for: see discovery_test.go.

// asIts is the configuration for the spec: it asks and tries more often than it does for users, since a spec waits for it, and is told elsewhere which pods there are.
func asIts(configuration, discovery string) string {
	const finds = "kubernetes_sd_configs: [{role: pod}]"
	Expect(strings.Count(configuration, finds)).To(Equal(3), "one a job")
	return strings.NewReplacer(": 15s", ": 5s", ": 30s", ": 5s", finds, "http_sd_configs: [{refresh_interval: 1s, url: "+discovery+"}]").Replace(configuration)
}

// shipped is a file that users get.
func shipped(path ...string) string {
	text, err := os.ReadFile(filepath.Join(append([]string{".."}, path...)...)) // the specs run in bin/
	ExpectWithOffset(1, err).NotTo(HaveOccurred())
	return string(text)
}

// startPrometheus starts it in the spec's namespace, and waits until it answers.
func startPrometheus(ctx context.Context) {
	create(ctx, &corev1.ServiceAccount{ObjectMeta: objectMeta("prometheus")})
	letLook(ctx, "look-"+namespace)
	create(ctx, &corev1.ConfigMap{ObjectMeta: objectMeta("prometheus"), Data: map[string]string{
		"prometheus.yml": asIts(shipped("dist", "prometheus.yml"), serveDiscovery(ctx)), "rules.yml": shipped("dist", "rules.yml"),
	}})
	create(ctx, prometheus())
	Eventually(ctx, func(g Gomega) { g.Expect(isReady(get(ctx, g, "prometheus", &corev1.Pod{}))).To(BeTrue()) }).Should(Succeed())
}

// letLook gives it its rights, as the document says, under a name of this spec's, for as long as the spec lasts.
func letLook(ctx context.Context, name string) {
	for _, command := range commands(observability, "Its ServiceAccount", "seinode-prometheus", name, "monitoring:prometheus", namespace+":prometheus") {
		run(ctx, command)
	}
	DeferCleanup(func(ctx context.Context) {
		deleteNow(ctx, &rbacv1.ClusterRole{ObjectMeta: metav1.ObjectMeta{Name: name}})
		deleteNow(ctx, &rbacv1.ClusterRoleBinding{ObjectMeta: metav1.ObjectMeta{Name: name}})
		deleteNow(ctx, &rbacv1.ClusterRoleBinding{ObjectMeta: metav1.ObjectMeta{Name: name + "-metrics"}})
	})
}

// prometheus builds its pod.
func prometheus() *corev1.Pod {
	pod := standin("prometheus", emptyDir())
	files := corev1.ConfigMapVolumeSource{LocalObjectReference: corev1.LocalObjectReference{Name: "prometheus"}}
	pod.Spec.Volumes = append(pod.Spec.Volumes, corev1.Volume{Name: "configuration", VolumeSource: corev1.VolumeSource{ConfigMap: &files}})
	pod.Spec.ServiceAccountName = "prometheus"
	program := &pod.Spec.Containers[0]
	program.Name, program.Image, program.Command = "prometheus", "prometheus:dev", nil
	program.Args = []string{"--config.file=/etc/prometheus/prometheus.yml", "--storage.tsdb.path=" + home}
	program.VolumeMounts = append(program.VolumeMounts, corev1.VolumeMount{Name: "configuration", MountPath: "/etc/prometheus"})
	program.ReadinessProbe = &corev1.Probe{PeriodSeconds: 1, ProbeHandler: corev1.ProbeHandler{
		HTTPGet: &corev1.HTTPGetAction{Path: "/-/ready", Port: intstr.FromInt32(9090)}}}
	return pod
}

// ask asks Prometheus' API, and decodes the data of its answer. What it does not understand is an error, with its words.
func ask(ctx context.Context, g Gomega, path string, data any, parameters ...string) {
	request := raw.CoreV1().RESTClient().Get().AbsPath(fmt.Sprintf("/api/v1/namespaces/%s/pods/prometheus:9090/proxy/api/v1/%s", namespace, path))
	for pair := range slices.Chunk(parameters, 2) {
		request = request.Param(pair[0], pair[1])
	}
	answer, err := request.DoRaw(ctx)
	g.Expect(err).NotTo(HaveOccurred(), "%s %q: %s", path, parameters, answer)
	g.Expect(json.Unmarshal(answer, &struct {
		Data any `json:"data"`
	}{data})).To(Succeed())
}

// query is what an expression has now: the labels of each series.
func query(ctx context.Context, g Gomega, expression string) (series []map[string]string) {
	var answer struct {
		Result []struct{ Metric map[string]string }
	}
	ask(ctx, g, "query", &answer, "query", expression)
	for _, one := range answer.Result {
		series = append(series, one.Metric)
	}
	return series
}

// active are the alerts that were pending or firing when all of them were tried last, after a moment: of each SeiNode of the spec, and under "" those that are of no
// SeiNode. Every rule has to be one that this Prometheus can try, and every text one that it can fill in.
func active(ctx context.Context, g Gomega, since time.Time) map[string][]string {
	var answer struct {
		Groups []struct {
			LastEvaluation time.Time
			Rules          []struct {
				Name, Health, LastError string
				Alerts                  []struct{ Labels, Annotations map[string]string }
			}
		}
	}
	ask(ctx, g, "rules", &answer)
	g.Expect(answer.Groups).NotTo(BeEmpty())
	found := map[string][]string{}
	for _, group := range answer.Groups {
		g.Expect(group.LastEvaluation).To(BeTemporally(">", since))
		for _, rule := range group.Rules {
			g.Expect(rule.Health).To(Equal("ok"), "%s: %s", rule.Name, rule.LastError)
			for _, alert := range rule.Alerts {
				if concerns(alert.Labels) {
					g.Expect(alert.Annotations).NotTo(ContainElement(ContainSubstring("<error")))
					found[alert.Labels["node"]] = append(found[alert.Labels["node"]], rule.Name)
				}
			}
		}
	}
	for _, alerts := range found {
		slices.Sort(alerts)
	}
	return found
}

// concerns says whether an alert is of the spec's own nodes or chain, or of nobody's: what other specs do to theirs, and to the operator, is theirs.
func concerns(labels map[string]string) bool {
	if labels["namespace"] != "" {
		return labels["namespace"] == namespace
	}
	return labels["chain"] == "" || labels["chain"] == watchedChain
}
