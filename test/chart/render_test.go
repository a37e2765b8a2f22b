package chart

import (
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"helm.sh/helm/v4/pkg/chart/common"
	"helm.sh/helm/v4/pkg/chart/v2/lint"
	"helm.sh/helm/v4/pkg/chart/v2/lint/support"
	"helm.sh/helm/v4/pkg/chart/v2/util"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/yaml"
)

const (
	two = "watchNamespaces: [sei, sei-test]\n"
	// every is each of the values, set to something.
	every = `
image: {repository: mirror.example.com/seinode-operator, tag: 1.2.3, pullPolicy: Always}
imagePullSecrets: [{name: registry}]
replicas: 2
resources: {requests: {cpu: 1, memory: 1Gi}, limits: {memory: 4Gi}}
goMemLimit: 3600MiB
nodeSelector: {pool: system}
tolerations: [{key: pool, operator: Equal, value: system, effect: NoSchedule, tolerationSeconds: 5}]
logFormat: console
workers: 32
kubeAPI: {qps: 50, burst: 100}
extraArgs: ["--kubeconfig=/a path: {with} #signs"]
watchNamespaces: [sei, "123"]
prePull: {enabled: false}
crd: {install: false}
serviceMonitor: {enabled: true}
podMonitor: {enabled: true}
prometheusRule: {enabled: true}
monitorLabels: {release: kube-prometheus-stack}
networkPolicy: {enabled: true}
`
	deployment    = "Deployment/" + namespace + "/seinode-controller-manager"
	configuration = "ConfigMap/" + namespace + "/seinode-platform-config"
	definition    = "CustomResourceDefinition//seinodes.sei.io"
)

// withConfig adds a platform configuration with every field, the one that the generator's test gives to the manager's parser.
func withConfig(t *testing.T, text string) string {
	t.Helper()
	config, err := os.ReadFile("../../hack/chart/testdata/config.yaml")
	if err != nil {
		t.Fatal(err)
	}
	return text + "config:\n  " + strings.ReplaceAll(strings.TrimSpace(string(config)), "\n", "\n  ") + "\n"
}

func TestLint(t *testing.T) {
	kube, err := common.ParseKubeVersion("v1.29.0")
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{"defaults": "", "two namespaces": two, "everything": withConfig(t, every)} {
		t.Run(name, func(t *testing.T) {
			for _, message := range lint.RunAll(folder, values(t, text), namespace, lint.WithKubeVersion(kube)).Messages {
				if message.Severity >= support.WarningSev {
					t.Error(message)
				}
			}
		})
	}
}

func TestDefaultsAreTheManifest(t *testing.T) {
	want, got := installed(t), render(t, namespace, "")
	delete(want, "Namespace//"+namespace) // helm install --create-namespace makes it
	for _, o := range want {
		unstructured.RemoveNestedField(o.Object, "metadata", "labels", "app.kubernetes.io/managed-by")
	}
	for key, o := range got {
		if o.GetLabels()["app.kubernetes.io/managed-by"] != "Helm" || !strings.HasPrefix(o.GetLabels()["helm.sh/chart"], "seinode-operator-") {
			t.Errorf("%s has not Helm's labels: %v", key, o.GetLabels())
		}
		unstructured.RemoveNestedField(o.Object, "metadata", "labels", "app.kubernetes.io/managed-by")
		unstructured.RemoveNestedField(o.Object, "metadata", "labels", "helm.sh/chart")
	}
	unstructured.RemoveNestedField(got[definition].Object, "metadata", "annotations", "helm.sh/resource-policy")
	unstructured.RemoveNestedField(got[deployment].Object, "spec", "template", "metadata", "annotations", "checksum/config")
	if diff := cmp.Diff(plain(want), plain(got)); diff != "" {
		t.Errorf("the chart differs from %s (-manifest +chart):\n%s", manifest, diff)
	}
}

// plain are the objects without the maps that nothing is left in.
func plain(objects map[string]*object) map[string]any {
	contents := map[string]any{}
	for key, o := range objects {
		if len(o.GetLabels()) == 0 {
			unstructured.RemoveNestedField(o.Object, "metadata", "labels")
		}
		contents[key] = o.Object
	}
	return contents
}

func TestEveryValue(t *testing.T) {
	objects := render(t, namespace, withConfig(t, every))
	deployed, manager := typed[appsv1.Deployment](t, objects, deployment), managerOf(t, objects)
	pod := deployed.Spec.Template.Spec
	equal(t, "replicas", *deployed.Spec.Replicas, 2)
	equal(t, "image", manager.Image, "mirror.example.com/seinode-operator:1.2.3")
	equal(t, "pull policy", manager.ImagePullPolicy, corev1.PullAlways)
	equal(t, "pull secrets", pod.ImagePullSecrets, []corev1.LocalObjectReference{{Name: "registry"}})
	equal(t, "memory limit", manager.Resources.Limits.Memory().String(), "4Gi")
	equal(t, "CPU request", manager.Resources.Requests.Cpu().String(), "1")
	equal(t, "node selector", pod.NodeSelector, map[string]string{"pool": "system"})
	equal(t, "toleration", *pod.Tolerations[0].TolerationSeconds, 5)
	equal(t, "GOMEMLIMIT", variable(manager, "GOMEMLIMIT"), "3600MiB")
	equal(t, "arguments", manager.Args[4:], []string{
		"--log-format=console", "--workers=32", "--kube-api-qps=50", "--kube-api-burst=100", "--watch-namespaces=sei,123", "--kubeconfig=/a path: {with} #signs",
	})
	for _, key := range []string{
		"ServiceMonitor/" + namespace + "/seinode-controller-manager-metrics-monitor",
		"PodMonitor/" + namespace + "/seinode-nodes",
		"PrometheusRule/" + namespace + "/seinode-alerts",
		"NetworkPolicy/" + namespace + "/seinode-allow-metrics-traffic",
		"Role/123/seinode-manager-role",
	} {
		if objects[key] == nil {
			t.Errorf("there is no %s", key)
		}
	}
	monitor := objects["PodMonitor/"+namespace+"/seinode-nodes"]
	equal(t, "a monitor's label", monitor.GetLabels()["release"], "kube-prometheus-stack")
	watched, _, _ := unstructured.NestedStringSlice(monitor.Object, "spec", "namespaceSelector", "matchNames")
	equal(t, "namespaces whose nodes are collected", watched, []string{"sei", "123"})
	if objects["Role/123/seinode-pre-pull-role"] != nil {
		t.Error("the right to make pods is granted with prePull.enabled=false")
	}
	if objects[definition] != nil {
		t.Error("the CRD is there with crd.install=false")
	}
}

func managerOf(t *testing.T, objects map[string]*object) corev1.Container {
	t.Helper()
	return typed[appsv1.Deployment](t, objects, deployment).Spec.Template.Spec.Containers[0]
}

func variable(container corev1.Container, name string) string {
	for _, variable := range container.Env {
		if variable.Name == name {
			return variable.Value
		}
	}
	return "none"
}

func equal[T any](t *testing.T, what string, got, want T) {
	t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", what, diff)
	}
}

func TestConfigurationReachesTheManagerAndRollsIt(t *testing.T) {
	text := withConfig(t, "")
	objects := render(t, namespace, text)
	var got, want map[string]any
	file := typed[corev1.ConfigMap](t, objects, configuration).Data["config.yaml"]
	if err := yaml.UnmarshalStrict([]byte(file), &got); err != nil {
		t.Fatalf("%v in\n%s", err, file)
	}
	want = values(t, text)["config"].(map[string]any)
	equal(t, "config.yaml", got, want)
	before := typed[appsv1.Deployment](t, render(t, namespace, ""), deployment).Spec.Template.Annotations["checksum/config"]
	after := typed[appsv1.Deployment](t, objects, deployment).Spec.Template.Annotations["checksum/config"]
	if len(before) != 64 || before == after {
		t.Errorf("the checksum of the configuration was %q and is %q", before, after)
	}
}

// TestTheAlertsAreThoseOfTheRules: braces of theirs are not the chart's.
func TestTheAlertsAreThoseOfTheRules(t *testing.T) {
	data, err := os.ReadFile("../../dist/rules.yml")
	var want any
	if err == nil {
		err = yaml.Unmarshal(data, &want)
	}
	if err != nil {
		t.Fatal(err)
	}
	alerts := render(t, namespace, "prometheusRule: {enabled: true}")["PrometheusRule/"+namespace+"/seinode-alerts"]
	if alerts == nil {
		t.Fatal("there is no PrometheusRule with prometheusRule.enabled=true")
	}
	equal(t, "alerts", alerts.Object["spec"].(any), want)
	if monitors := render(t, namespace, "podMonitor: {enabled: true}")["PodMonitor/"+namespace+"/seinode-nodes"]; monitors == nil {
		t.Error("there is no PodMonitor with podMonitor.enabled=true")
	} else if everywhere, _, _ := unstructured.NestedBool(monitors.Object, "spec", "namespaceSelector", "any"); !everywhere {
		t.Error("all namespaces are watched, and the nodes of some are collected")
	}
}

func TestTheDefinitionStays(t *testing.T) {
	equal(t, "policy", render(t, namespace, "")[definition].GetAnnotations()["helm.sh/resource-policy"], "keep")
	if rendered, err := files(t, namespace, ""); err != nil || rendered["seinode-operator/templates/crd.yaml"] == "" {
		t.Errorf("the CRD is not among the templates, where an upgrade would reach it: %v", err)
	}
}

// The document tells how to delete all but the CRD by name.
func TestUninstallIsDocumentedInFull(t *testing.T) {
	document, err := os.ReadFile("../../docs/how-to/install.md")
	if err != nil {
		t.Fatal(err)
	}
	for key, o := range installed(t) {
		if strings.HasPrefix(o.GetKind(), "Cluster") && !strings.Contains(string(document), " "+o.GetName()) {
			t.Errorf("docs/how-to/install.md does not delete %s", key)
		}
	}
}

func TestNotes(t *testing.T) {
	for text, want := range map[string]string{"": "watches all namespaces.", two: "watches sei, sei-test."} {
		rendered, err := files(t, "elsewhere", text)
		notes := rendered["seinode-operator/templates/NOTES.txt"]
		if err != nil || !strings.Contains(notes, want) || !strings.Contains(notes, "label namespace elsewhere pod-security") {
			t.Errorf("%v, wanted %q in\n%s", err, want, notes)
		}
	}
}

func TestKubernetesVersions(t *testing.T) {
	for version, want := range map[string]bool{"v1.28.15": false, "v1.29.0": true, "v1.29.3-eks-0a1b2c3": true, "v1.37.2": true} {
		if got := util.IsCompatibleRange(load(t).Metadata.KubeVersion, version); got != want {
			t.Errorf("%s: %t, wanted %t", version, got, want)
		}
	}
}

func TestMistakesAreNamed(t *testing.T) {
	for text, wants := range map[string][]string{
		"watchNamespace: [sei]":                 {"watchNamespace"},
		"image: {tga: 1.0.0}":                   {"/image", "tga"},
		"image: {tag: 1.0}":                     {"/image/tag", "string"},
		"replicas: two":                         {"/replicas"},
		"logFormat: text":                       {"/logFormat", "console"},
		"watchNamespaces: [Sei]":                {"/watchNamespaces/0"},
		`watchNamespaces: [""]`:                 {"/watchNamespaces/0"},
		"watchNamespaces: [a, a]":               {"/watchNamespaces"},
		"watchNamespaces: sei":                  {"/watchNamespaces", "array"},
		"crds: {install: false}":                {"crds"},
		"goMemLimit: 900Mi":                     {"/goMemLimit"},
		"resources: {limit: {memory: 1Gi}}":     {"/resources", "limit"},
		"tolerations: [{keys: a}]":              {"/tolerations/0", "keys"},
		"config: {modes: {fullnode: {}}}":       {"/config/modes", "fullnode"},
		"config: {images: {pullPolicy: never}}": {"/config/images/pullPolicy"},
	} {
		_, err := files(t, namespace, text)
		if err == nil || slices.ContainsFunc(wants, func(want string) bool { return !strings.Contains(err.Error(), want) }) {
			t.Errorf("%s: wanted an error with %q, got %v", text, wants, err)
		}
	}
	if _, err := files(t, namespace, "global: {anything: goes}"); err != nil {
		t.Errorf("as part of another chart: %v", err)
	}
}
