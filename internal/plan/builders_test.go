package plan_test

import (
	"context"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/utils/ptr"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/client/fake"
	"sigs.k8s.io/controller-runtime/pkg/client/interceptor"

	seiv1alpha1 "github.com/seinode/seinode-operator/api/v1alpha1"
	"github.com/seinode/seinode-operator/internal/platform"
	"github.com/seinode/seinode-operator/internal/storage"
	"github.com/seinode/seinode-operator/internal/task"
	"github.com/seinode/seinode-operator/internal/workload"
)

// now is when every step of these tests is taken.
var now = time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)

var inert = fake.NewFakeClient()

// option changes a scope.
type option func(*task.Scope)

func opts(options ...option) []option { return options }

// scopeOf is the scope of a node that runs as its spec says, on a valid import and with its init plan complete, but for the
// changes.
func scopeOf(options ...option) *task.Scope {
	node := &seiv1alpha1.SeiNode{
		ObjectMeta: metav1.ObjectMeta{Name: "archive-0", Namespace: "sei", UID: "node-uid"},
		Spec: seiv1alpha1.SeiNodeSpec{
			ChainID: "pacific-1", Image: "sei:v1", Archive: &seiv1alpha1.ArchiveSpec{},
			DataVolume: &seiv1alpha1.DataVolumeSpec{Import: &seiv1alpha1.DataVolumeImport{PVCName: "data-archive-0-0"}},
		},
	}
	scope := &task.Scope{
		Client: answers(nil), Platform: platform.Default(), Node: node,
		Data: storage.Facts{Node: node, Claim: &corev1.PersistentVolumeClaim{
			ObjectMeta: metav1.ObjectMeta{Name: "data-archive-0-0", Namespace: "sei", UID: "claim-uid", ResourceVersion: "7"},
		}},
		Import: &storage.Verdict{Class: storage.Valid, Reason: seiv1alpha1.ReasonImportPVCValidated},
		Keys:   storage.Verdict{Class: storage.Valid},
	}
	scope.Service = workload.Service(node)
	scope.Budget = workload.DisruptionBudget(node)
	scope.StatefulSet = workload.StatefulSet(node, "data-archive-0-0", scope.Platform, 1)
	scope.StatefulSet.Status = appsv1.StatefulSetStatus{ReadyReplicas: 1, UpdatedReplicas: 1, UpdateRevision: "new"}
	node.Status.Plan = planOf(seiv1alpha1.PlanComplete, len(initTypes), initTypes...)
	for _, change := range options {
		change(scope)
	}
	return scope
}

// answers is a writer that answers every write with err, and changes nothing.
func answers(err error) client.Writer {
	return interceptor.NewClient(inert, interceptor.Funcs{
		Create: func(context.Context, client.WithWatch, client.Object, ...client.CreateOption) error { return err },
		Delete: func(context.Context, client.WithWatch, client.Object, ...client.DeleteOption) error { return err },
		Patch: func(context.Context, client.WithWatch, client.Object, client.Patch, ...client.PatchOption) error {
			return err
		},
		Apply: func(context.Context, client.WithWatch, runtime.ApplyConfiguration, ...client.ApplyOption) error {
			return err
		},
	})
}

var (
	initTypes   = []seiv1alpha1.TaskType{"ensure-data-pvc", "apply-service", "apply-statefulset", "apply-disruption-budget", "await-node-ready"}
	updateTypes = []seiv1alpha1.TaskType{"apply-service", "apply-statefulset", "replace-pod", "apply-disruption-budget", "await-node-ready"}
)

// planOf is a plan whose first complete tasks are done, and whose next one runs since a minute ago.
func planOf(phase seiv1alpha1.PlanPhase, complete int, types ...seiv1alpha1.TaskType) *seiv1alpha1.Plan {
	p := &seiv1alpha1.Plan{ID: "plan", Phase: phase}
	for i, kind := range types {
		one := seiv1alpha1.PlannedTask{Type: kind, ID: "plan-" + string(rune('0'+i)), Status: seiv1alpha1.TaskPending}
		if i <= complete {
			one.Status, one.SubmittedAt = seiv1alpha1.TaskRunning, &metav1.Time{Time: now.Add(-time.Minute)}
		}
		if i < complete {
			one.Status = seiv1alpha1.TaskComplete
		}
		p.Tasks = append(p.Tasks, one)
	}
	return p
}

// active gives the node an Active plan.
func active(complete int, types ...seiv1alpha1.TaskType) option {
	return func(s *task.Scope) { s.Node.Status.Plan = planOf(seiv1alpha1.PlanActive, complete, types...) }
}

// failed gives the node a plan that failed, with these words.
func failed(kind seiv1alpha1.TaskType, reason, message string) option {
	return func(s *task.Scope) {
		s.Node.Status.Plan = planOf(seiv1alpha1.PlanFailed, 0, initTypes...)
		s.Node.Status.Plan.FailedTaskDetail = &seiv1alpha1.FailedTaskDetail{Type: kind, Reason: reason, Message: message}
	}
}

func verdict(class storage.Class, reason, message string) option {
	return func(s *task.Scope) { s.Import = &storage.Verdict{Class: class, Reason: reason, Message: message} }
}

func image(s *task.Scope) { s.Node.Spec.Image = "sei:v2" }

func noSet(s *task.Scope) { s.StatefulSet = nil }

func foreignSet(s *task.Scope) { s.StatefulSet.OwnerReferences = nil }

func noPlan(s *task.Scope) { s.Node.Status.Plan = nil }

func writesFail(err error) option {
	return func(s *task.Scope) { s.Client = answers(err) }
}

// retainCreated makes the node one that created its claim, and is to keep it from now on.
func retainCreated(s *task.Scope) {
	s.Import = nil
	s.Node.Spec.DataVolume = &seiv1alpha1.DataVolumeSpec{DeletionPolicy: ptr.To(seiv1alpha1.DeletionPolicyRetain)}
	s.Data.Claim.Name = "data-archive-0"
	s.Data.Claim.OwnerReferences = []metav1.OwnerReference{*metav1.NewControllerRef(s.Node, seiv1alpha1.GroupVersion.WithKind("SeiNode"))}
}
