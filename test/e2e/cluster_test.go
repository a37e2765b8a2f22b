//go:build e2e

package e2e

import (
	"context"
	"fmt"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/yaml"

	seiv1alpha1 "github.com/seinode/seinode-operator/api/v1alpha1"
)

const (
	operatorNamespace = "seinode-system"
	operatorName      = "seinode-controller-manager"
)

// get reads one object of the spec's namespace; a missing one fails the assertion.
func get[T client.Object](ctx context.Context, g Gomega, name string, object T) T {
	g.ExpectWithOffset(1, k8s.Get(ctx, key(name), object)).To(Succeed())
	return object
}

func key(name string) client.ObjectKey { return client.ObjectKey{Namespace: namespace, Name: name} }

// exists says whether an object of the spec's namespace is there.
func exists(ctx context.Context, name string, object client.Object) bool {
	err := k8s.Get(ctx, key(name), object)
	if !apierrors.IsNotFound(err) {
		ExpectWithOffset(1, err).NotTo(HaveOccurred())
	}
	return err == nil
}

func create(ctx context.Context, object client.Object) {
	ExpectWithOffset(1, k8s.Create(ctx, object)).To(Succeed())
}

// edit changes an object as a user does with kubectl edit, and tries again where somebody else was faster.
func edit[T client.Object](ctx context.Context, name string, object T, change func(T)) {
	Eventually(ctx, func() error {
		if err := k8s.Get(ctx, key(name), object); err != nil {
			return err
		}
		change(object)
		return k8s.Update(ctx, object)
	}).Should(Succeed())
}

func deleteNow(ctx context.Context, object client.Object) {
	ExpectWithOffset(1, client.IgnoreNotFound(k8s.Delete(ctx, object))).To(Succeed())
}

func objectMeta(name string) metav1.ObjectMeta {
	return metav1.ObjectMeta{Namespace: namespace, Name: name}
}

func pod(name string) *corev1.Pod { return &corev1.Pod{ObjectMeta: objectMeta(name)} }

// expectGone waits until the object is not there any more.
func expectGone(ctx context.Context, name string, object client.Object) {
	Eventually(ctx, func() bool { return exists(ctx, name, object) }).Should(BeFalse(), "%T %s is still there", object, name)
}

// expectNoPod says that nothing mounts the node's claim, and that nothing is about to.
func expectNoPod(ctx context.Context, node string) {
	Consistently(ctx, func() bool {
		return exists(ctx, node, &appsv1.StatefulSet{}) || exists(ctx, node+"-0", &corev1.Pod{})
	}).Should(BeFalse(), "SeiNode %s has a workload", node)
}

// scaleOperator sets the number of the operator's replicas and waits for it.
func scaleOperator(ctx context.Context, replicas int32) {
	deployment := &appsv1.Deployment{ObjectMeta: metav1.ObjectMeta{Namespace: operatorNamespace, Name: operatorName}}
	patch := fmt.Appendf(nil, `{"spec":{"replicas":%d}}`, replicas)
	Expect(k8s.Patch(ctx, deployment, client.RawPatch("application/merge-patch+json", patch))).To(Succeed())
	Eventually(ctx, func(g Gomega) {
		pods := operatorPods(ctx, g, operatorNamespace)
		g.Expect(pods).To(HaveLen(int(replicas)))
		for i := range pods {
			g.Expect(isReady(&pods[i])).To(BeTrue())
		}
	}).Should(Succeed())
}

// operatorPods are those of the operator that was installed there.
func operatorPods(ctx context.Context, g Gomega, where string) []corev1.Pod {
	pods := &corev1.PodList{}
	g.Expect(k8s.List(ctx, pods, client.InNamespace(where), client.MatchingLabels{"control-plane": "controller-manager"})).To(Succeed())
	return pods.Items
}

func isReady(pod *corev1.Pod) bool {
	for _, condition := range pod.Status.Conditions {
		if condition.Type == corev1.PodReady {
			return condition.Status == corev1.ConditionTrue
		}
	}
	return false
}

// leaveNamespace deletes a namespace, and waits for what the operator has to do for that. Kubernetes does the rest in its own time.
func leaveNamespace(ctx context.Context, name string) {
	nodes := &seiv1alpha1.SeiNodeList{}
	if err := k8s.List(ctx, nodes, client.InNamespace(name)); !meta.IsNoMatchError(err) { // there may be no operator yet
		Expect(err).NotTo(HaveOccurred())
	}
	for i := range nodes.Items {
		deleteNow(ctx, &nodes.Items[i])
	}
	for i := range nodes.Items {
		expectEnd(ctx, &nodes.Items[i])
	}
	deleteNow(ctx, &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: name}})
}

// removeNamespace waits until all of a namespace is gone.
func removeNamespace(ctx context.Context, name string) {
	leaveNamespace(ctx, name)
	expectEnd(ctx, &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: name}})
}

// expectEnd waits until an object of any namespace is not there any more.
func expectEnd(ctx context.Context, object client.Object) {
	Eventually(ctx, func() bool {
		return apierrors.IsNotFound(k8s.Get(ctx, client.ObjectKeyFromObject(object), object))
	}).Should(BeTrue(), "%T %s/%s does not go", object, object.GetNamespace(), object.GetName())
}

// expectNoneLeft waits until Kubernetes has removed the namespaces: whoever still wrote something there would be seen by the witness.
func expectNoneLeft(ctx context.Context, names []string) {
	for _, name := range names {
		expectEnd(ctx, &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: name}})
	}
}

// describe prints what a person would look at after a failure.
func describe(ctx context.Context) {
	nodes, pods, claims := &seiv1alpha1.SeiNodeList{}, &corev1.PodList{}, &corev1.PersistentVolumeClaimList{}
	for _, list := range []client.ObjectList{nodes, pods, claims} {
		if err := k8s.List(ctx, list, client.InNamespace(namespace)); err != nil {
			GinkgoWriter.Println(err)
		}
	}
	for i := range nodes.Items {
		text, _ := yaml.Marshal(nodes.Items[i])
		GinkgoWriter.Println(string(text))
	}
	for i := range pods.Items {
		text, _ := yaml.Marshal(pods.Items[i].Status)
		GinkgoWriter.Printf("pod %s:\n%s\n%s\n", pods.Items[i].Name, text, podLog(ctx, pods.Items[i].Name))
	}
	for i := range claims.Items {
		text, _ := yaml.Marshal(claims.Items[i])
		GinkgoWriter.Println(string(text))
	}
}

func podLog(ctx context.Context, name string) string {
	lines := int64(20)
	text, err := raw.CoreV1().Pods(namespace).GetLogs(name, &corev1.PodLogOptions{TailLines: &lines}).DoRaw(ctx)
	if err != nil {
		return err.Error()
	}
	return string(text)
}
