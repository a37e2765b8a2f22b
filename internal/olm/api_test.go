package olm

import (
	"context"
	"path/filepath"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	clientgoscheme "k8s.io/client-go/kubernetes/scheme"
	"k8s.io/client-go/rest"
	"k8s.io/utils/ptr"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/envtest"
	metricsserver "sigs.k8s.io/controller-runtime/pkg/metrics/server"

	seiv1alpha1 "github.com/seinode/seinode-operator/api/v1alpha1"
	"github.com/seinode/seinode-operator/internal/controller"
)

// TestOLMIsToldWithTheRightsThatItGives, on a real API server, with the cache and the client that the manager has: as an adoption begins and ends.
func TestOLMIsToldWithTheRightsThatItGives(t *testing.T) {
	env := &envtest.Environment{CRDDirectoryPaths: []string{filepath.Join("..", "..", "config", "crd", "bases"), "testdata"}, ErrorIfCRDPathMissing: true}
	config, err := env.Start()
	must(t, err)
	t.Cleanup(func() { must(t, env.Stop()) })
	scheme := runtime.NewScheme()
	must(t, clientgoscheme.AddToScheme(scheme))
	must(t, seiv1alpha1.AddToScheme(scheme))
	admin, err := client.New(config, client.Options{Scheme: scheme})
	must(t, err)
	must(t, admin.Create(t.Context(), &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: key.Namespace}}))
	must(t, admin.Create(t.Context(), made()))
	user, err := env.AddUser(envtest.User{Name: "manager"}, nil)
	must(t, err)
	grant(t, admin)
	run(t, user.Config(), scheme)

	expect(t, admin, metav1.ConditionTrue)
	adopts := node("archive-0", imports)
	adopts.Namespace, adopts.Spec.ChainID, adopts.Spec.Archive = "default", "sei-devnet-1", &seiv1alpha1.ArchiveSpec{}
	must(t, admin.Create(t.Context(), &adopts))
	shows := func(changes ...change) {
		adopts.Status = seiv1alpha1.SeiNodeStatus{}
		for _, change := range append(changes, accepted) {
			change(&adopts)
		}
		for i := range adopts.Status.Conditions {
			adopts.Status.Conditions[i].LastTransitionTime = metav1.Now()
		}
		must(t, admin.Status().Update(t.Context(), &adopts))
	}
	shows(unreadyFor(seiv1alpha1.ReasonPodNotReady))
	expect(t, admin, metav1.ConditionFalse)
	shows(ready, runs("sei:v6"))
	expect(t, admin, metav1.ConditionTrue)
}

// grant gives the manager what OLM gives it, one OperatorCondition to get and to change, and of our own rights the SeiNodes.
func grant(t *testing.T, admin client.Client) {
	t.Helper()
	to := []rbacv1.Subject{{APIGroup: rbacv1.GroupName, Kind: rbacv1.UserKind, Name: "manager"}}
	one := rbacv1.PolicyRule{APIGroups: []string{operatorCondition.Group}, Resources: []string{"operatorconditions"}, ResourceNames: []string{key.Name}, Verbs: []string{"get", "update", "patch"}}
	nodes := rbacv1.PolicyRule{APIGroups: []string{seiv1alpha1.GroupVersion.Group}, Resources: []string{"seinodes"}, Verbs: []string{"get", "list", "watch"}}
	here := metav1.ObjectMeta{Namespace: key.Namespace, Name: key.Name}
	everywhere := metav1.ObjectMeta{Name: "manager"}
	for _, object := range []client.Object{
		&rbacv1.Role{ObjectMeta: here, Rules: []rbacv1.PolicyRule{one}},
		&rbacv1.RoleBinding{ObjectMeta: here, Subjects: to, RoleRef: rbacv1.RoleRef{APIGroup: rbacv1.GroupName, Kind: "Role", Name: key.Name}},
		&rbacv1.ClusterRole{ObjectMeta: everywhere, Rules: []rbacv1.PolicyRule{nodes}},
		&rbacv1.ClusterRoleBinding{ObjectMeta: everywhere, Subjects: to, RoleRef: rbacv1.RoleRef{APIGroup: rbacv1.GroupName, Kind: "ClusterRole", Name: "manager"}},
	} {
		must(t, admin.Create(t.Context(), object))
	}
}

// run runs a manager that does nothing else.
func run(t *testing.T, config *rest.Config, scheme *runtime.Scheme) {
	t.Helper()
	manager, err := ctrl.NewManager(config, ctrl.Options{Scheme: scheme, Cache: controller.CacheOptions(), Metrics: metricsserver.Options{BindAddress: "0"},
		Client: client.Options{Cache: &client.CacheOptions{EnableReadYourWritesConsistency: ptr.To(true)}}})
	must(t, err)
	reporter := New(manager, key)
	reporter.together = 50 * time.Millisecond
	must(t, manager.Add(reporter))
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- manager.Start(ctx) }()
	t.Cleanup(func() { stop(); must(t, <-ended) })
}

// expect waits until the OperatorCondition says so.
func expect(t *testing.T, admin client.Client, status metav1.ConditionStatus) {
	t.Helper()
	var found []metav1.Condition
	for deadline := time.Now().Add(20 * time.Second); time.Now().Before(deadline); time.Sleep(20 * time.Millisecond) {
		object := made()
		must(t, admin.Get(t.Context(), key, object))
		var err error
		found, err = conditions(object)
		must(t, err)
		if told := meta.FindStatusCondition(found, ConditionUpgradeable); told != nil && told.Status == status {
			return
		}
	}
	t.Fatalf("it says %v; wanted Upgradeable %s", found, status)
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
