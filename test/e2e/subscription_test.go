//go:build e2e

package e2e

import (
	"context"
	"os"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// The objects of OLM that a user handles. Their types are not imported: what a user writes is YAML.

// step tells what is done, and how long it took.
func step(text string, do func()) {
	began := time.Now()
	By(text)
	do()
	GinkgoWriter.Printf("[%6.1f s] %s\n", time.Since(began).Seconds(), text)
}

func olmObject(version, kind, namespace, name string, spec map[string]any) *unstructured.Unstructured {
	object := &unstructured.Unstructured{Object: map[string]any{}}
	object.SetAPIVersion("operators.coreos.com/" + version)
	object.SetKind(kind)
	object.SetNamespace(namespace)
	object.SetName(name)
	if spec != nil {
		object.Object["spec"] = spec
	}
	return object
}

// put creates an object, or gives the one that is there its spec.
func put(ctx context.Context, object *unstructured.Unstructured) {
	Expect(k8s.Apply(ctx, client.ApplyConfigurationFromUnstructured(object), client.FieldOwner("e2e"), client.ForceOwnership)).To(Succeed())
}

// offer serves the catalogue of that release, as the maintainers publish a new one, and waits until OLM has one.
func offer(ctx context.Context, version string) {
	put(ctx, olmObject("v1alpha1", "CatalogSource", "olm", "seinode", map[string]any{
		"sourceType": "grpc", "image": os.Getenv("OLM_REGISTRY") + "/seinode/seinode-operator-catalog:" + version,
		"displayName": "SeiNode", "grpcPodConfig": map[string]any{"securityContextConfig": "restricted"},
	}))
	Eventually(ctx, func(g Gomega) {
		source := olmObject("v1alpha1", "CatalogSource", "olm", "seinode", nil)
		g.Expect(k8s.Get(ctx, client.ObjectKeyFromObject(source), source)).To(Succeed())
		state, _, _ := unstructured.NestedString(source.Object, "status", "connectionState", "lastObservedState")
		g.Expect(state).To(Equal("READY"))
	}).Should(Succeed())
}

// subscribe asks for the operator in a namespace, for the target namespaces or, with none, for all.
func subscribe(ctx context.Context, where string, targets ...string) {
	space := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: where}}
	Expect(client.IgnoreAlreadyExists(k8s.Create(ctx, space))).To(Succeed())
	group := map[string]any{}
	if len(targets) > 0 {
		list := []any{}
		for _, target := range targets {
			list = append(list, target)
		}
		group["targetNamespaces"] = list
	}
	put(ctx, olmObject("v1", "OperatorGroup", where, "seinode", group))
	put(ctx, olmObject("v1alpha1", "Subscription", where, "seinode-operator", map[string]any{
		"name": "seinode-operator", "channel": "stable-v0", "source": "seinode", "sourceNamespace": "olm", "installPlanApproval": "Automatic",
	}))
}

func csv(where, version string) *unstructured.Unstructured {
	return olmObject("v1alpha1", "ClusterServiceVersion", where, "seinode-operator.v"+version, nil)
}

// expectInstalled waits until the ClusterServiceVersion is Succeeded and the operator's pods run that version.
func expectInstalled(ctx context.Context, where, version string) {
	Eventually(ctx, func(g Gomega) {
		found := csv(where, version)
		g.Expect(k8s.Get(ctx, client.ObjectKeyFromObject(found), found)).To(Succeed())
		phase, _, _ := unstructured.NestedString(found.Object, "status", "phase")
		message, _, _ := unstructured.NestedString(found.Object, "status", "message")
		g.Expect(phase).To(Equal("Succeeded"), message)
		pods := operatorPods(ctx, g, where)
		g.Expect(pods).To(HaveLen(1))
		g.Expect(pods[0].Spec.Containers[0].Image).To(HaveSuffix(":" + version))
		g.Expect(isReady(&pods[0])).To(BeTrue())
	}).Should(Succeed())
}

// expectUpgradeable waits until OLM has heard from that version of the operator that it may be upgraded.
func expectUpgradeable(ctx context.Context, where, version string) {
	Eventually(ctx, func(g Gomega) {
		told := olmObject("v2", "OperatorCondition", where, "seinode-operator.v"+version, nil)
		g.Expect(k8s.Get(ctx, client.ObjectKeyFromObject(told), told)).To(Succeed())
		heard, _, _ := unstructured.NestedSlice(told.Object, "status", "conditions")
		g.Expect(heard).To(ContainElement(And(HaveKeyWithValue("type", "Upgradeable"), HaveKeyWithValue("status", "True"))))
	}).Should(Succeed())
}

// uninstall does what docs/how-to/install.md tells a user to: remove the Subscription and the ClusterServiceVersion.
func uninstall(ctx context.Context, where string) {
	deleteNow(ctx, olmObject("v1alpha1", "Subscription", where, "seinode-operator", nil))
	Expect(k8s.DeleteAllOf(ctx, csv(where, ""), client.InNamespace(where), client.HasLabels{"operators.coreos.com/seinode-operator." + where})).To(Succeed())
	for _, version := range []string{os.Getenv("OLM_RELEASE"), os.Getenv("OLM_NEXT")} {
		expectEnd(ctx, csv(where, version))
	}
	deleteNow(ctx, olmObject("v1", "OperatorGroup", where, "seinode", nil))
	Eventually(ctx, func(g Gomega) {
		g.Expect(operatorPods(ctx, g, where)).To(BeEmpty())
	}).Should(Succeed())
}
