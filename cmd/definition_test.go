package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	coordinationv1 "k8s.io/api/coordination/v1"
	eventsv1 "k8s.io/api/events/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/envtest"
	"sigs.k8s.io/yaml"
)

const (
	ours   = "../config/crd/bases/sei.io_seinodes.yaml"
	theirs = "testdata/other_operator.yaml"
)

func definitionOf(t *testing.T, path string) map[string]any {
	t.Helper()
	text, err := os.ReadFile(path)
	crd := map[string]any{}
	if err == nil {
		err = yaml.Unmarshal(text, &crd)
	}
	if err != nil {
		t.Fatal(err)
	}
	return crd
}

func TestForeignDefinition(t *testing.T) {
	versions := func(of map[string]any, change func(version map[string]any)) map[string]any {
		list, _, _ := unstructured.NestedSlice(of, "spec", "versions")
		for _, version := range list {
			change(version.(map[string]any))
		}
		_ = unstructured.SetNestedSlice(of, list, "spec", "versions")
		return of
	}
	for name, c := range map[string]struct {
		crd  map[string]any
		says string
	}{
		"ours":                           {definitionOf(t, ours), ""},
		"theirs":                         {definitionOf(t, theirs), "its version v1alpha1 has no status.dataVolume.claimUID"},
		"ours, beside a version to come": {versions(definitionOf(t, ours), func(v map[string]any) { v["served"] = true }), ""},
		"of another version alone":       {versions(definitionOf(t, ours), func(v map[string]any) { v["name"] = "v1" }), `it has no version v1alpha1, but ["v1"]`},
		"without a schema":               {versions(definitionOf(t, ours), func(v map[string]any) { delete(v, "schema") }), "has no status.dataVolume.claimUID"},
		"nothing":                        {map[string]any{}, "it has no version v1alpha1, but []"},
	} {
		t.Run(name, func(t *testing.T) {
			err := foreign(c.crd)
			switch {
			case c.says == "" && err != nil:
				t.Error(err)
			case c.says != "" && (err == nil || !strings.Contains(err.Error(), c.says) || !strings.Contains(err.Error(), moving) || strings.Contains(err.Error(), "\n")):
				t.Errorf("%v; wanted one line that says %q, and where to read on", err, c.says)
			}
		})
	}
}

// TestTheManagerRefusesAnotherOperatorsDefinition on a real API server: it ends with one line, and has written nothing.
func TestTheManagerRefusesAnotherOperatorsDefinition(t *testing.T) {
	environment := &envtest.Environment{}
	config, err := environment.Start()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = environment.Stop() })
	admin, err := client.New(config, client.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if err := checkDefinition(t.Context(), admin); err != nil {
		t.Errorf("without a CRD: %v", err)
	}
	install(t, config, theirs)
	t.Setenv("KUBECONFIG", kubeconfig(t, environment, "manager", "system:masters"))
	for name, value := range map[string]string{"POD_NAME": "manager-0", "POD_NAMESPACE": "default", "RELATED_IMAGE_AGENT": "agent"} {
		t.Setenv(name, value)
	}
	ended := make(chan error, 1)
	go func() {
		ended <- run(options{logFormat: "json", workers: 1, qps: 10, burst: 10, elect: true, metricsAddr: "0", probeAddr: "0"})
	}()
	select {
	case err := <-ended:
		if err == nil || !strings.Contains(err.Error(), "CRD seinodes.sei.io is another operator's") {
			t.Errorf("on another operator's CRD: %v", err)
		}
	case <-time.After(30 * time.Second):
		t.Fatal("it works on another operator's CRD")
	}
	for _, list := range []client.ObjectList{&coordinationv1.LeaseList{}, &eventsv1.EventList{}} {
		if err := admin.List(t.Context(), list, client.InNamespace("default")); err != nil {
			t.Error(err)
		} else if content, err := yaml.Marshal(list); err != nil || strings.Contains(string(content), "seinode") {
			t.Errorf("something was written (%v): %s", err, content)
		}
	}
	stranger := clientOf(t, kubeconfig(t, environment, "stranger"))
	if err := checkDefinition(t.Context(), stranger); err != nil {
		t.Errorf("without the right to look: %v", err)
	}
	install(t, config, ours)
	if err := checkDefinition(t.Context(), admin); err != nil {
		t.Errorf("on our own CRD: %v", err)
	}
}

func install(t *testing.T, config *rest.Config, path string) {
	t.Helper()
	if _, err := envtest.InstallCRDs(config, envtest.CRDInstallOptions{Paths: []string{path}, ErrorIfPathMissing: true}); err != nil {
		t.Fatal(err)
	}
}

// kubeconfig is the path of a user's.
func kubeconfig(t *testing.T, environment *envtest.Environment, name string, groups ...string) string {
	t.Helper()
	user, err := environment.AddUser(envtest.User{Name: name, Groups: groups}, nil)
	if err != nil {
		t.Fatal(err)
	}
	content, err := user.KubeConfig()
	path := filepath.Join(t.TempDir(), name)
	if err == nil {
		err = os.WriteFile(path, content, 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
	return path
}

func clientOf(t *testing.T, kubeconfig string) client.Client {
	t.Helper()
	content, err := os.ReadFile(kubeconfig)
	if err != nil {
		t.Fatal(err)
	}
	config, err := clientcmd.RESTConfigFromKubeConfig(content)
	if err != nil {
		t.Fatal(err)
	}
	made, err := client.New(config, client.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return made
}
