package plan_test

import (
	"context"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/client/fake"
	"sigs.k8s.io/controller-runtime/pkg/client/interceptor"

	seiv1alpha1 "github.com/seinode/seinode-operator/api/v1alpha1"
	"github.com/seinode/seinode-operator/internal/fixture"
	"github.com/seinode/seinode-operator/internal/task"
	"github.com/seinode/seinode-operator/internal/workload"
)

// now is when every step of these tests is taken.
var now = time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)

const (
	ensure, pod, await = seiv1alpha1.TaskEnsureDataPVC, seiv1alpha1.TaskReplacePod, seiv1alpha1.TaskAwaitNodeReady
	running, complete  = seiv1alpha1.TaskRunning, seiv1alpha1.TaskComplete
)

var (
	initTypes    = []seiv1alpha1.TaskType{"ensure-data-pvc", "apply-service", "apply-statefulset", "await-node-ready"}
	updateTypes  = []seiv1alpha1.TaskType{"apply-service", "apply-statefulset", "replace-pod", "await-node-ready"}
	guardedTypes = []seiv1alpha1.TaskType{"apply-service", "apply-statefulset", "apply-network-policy", "replace-pod", "await-node-ready"}

	service, set = workload.ServiceChild, workload.StatefulSetChild
	made, ready  = fixture.Change(fixture.Made), fixture.Pod()
)

// with makes the node one that has a plan of those tasks in that phase, all of them submitted a minute ago, and then the changes.
func with(phase seiv1alpha1.PlanPhase, types []seiv1alpha1.TaskType, changes ...fixture.Change) *task.Scope {
	return fixture.Scope(append(changes, func(o *task.Observation) { o.Node.Status.Plan = planOf(phase, types...) })...)
}

func planOf(phase seiv1alpha1.PlanPhase, types ...seiv1alpha1.TaskType) *seiv1alpha1.Plan {
	p := &seiv1alpha1.Plan{ID: "plan", Phase: phase}
	for i, kind := range types {
		p.Tasks = append(p.Tasks, seiv1alpha1.PlannedTask{
			Type: kind, ID: "plan-" + string(rune('0'+i)), Status: running, SubmittedAt: &metav1.Time{Time: now.Add(-time.Minute)},
		})
	}
	return p
}

// failed gives the node an init plan that failed, with these words.
func failed(kind seiv1alpha1.TaskType, reason, message string, changes ...fixture.Change) *task.Scope {
	s := with(seiv1alpha1.PlanFailed, initTypes, changes...)
	s.Node.Status.Plan.FailedTaskDetail = &seiv1alpha1.FailedTaskDetail{Type: kind, Reason: reason, Message: message}
	return s
}

// recorder is a writer that changes nothing, keeps what it was asked for, and answers with err.
type recorder struct {
	asked []string
	err   func(client.Object) error
}

func (r *recorder) client() client.Writer {
	answer := func(verb string, object client.Object) error {
		r.asked = append(r.asked, verb+" "+object.GetName())
		if r.err == nil {
			return nil
		}
		return r.err(object)
	}
	return interceptor.NewClient(fake.NewFakeClient(), interceptor.Funcs{
		Create: func(_ context.Context, _ client.WithWatch, o client.Object, _ ...client.CreateOption) error {
			return answer("create", o)
		},
		Update: func(_ context.Context, _ client.WithWatch, o client.Object, _ ...client.UpdateOption) error {
			return answer("update", o)
		},
		Delete: func(_ context.Context, _ client.WithWatch, o client.Object, _ ...client.DeleteOption) error {
			return answer("delete", o)
		},
		Patch: func(_ context.Context, _ client.WithWatch, o client.Object, _ client.Patch, _ ...client.PatchOption) error {
			return answer("patch", o)
		},
	})
}

// statuses are those of the node's tasks, by type.
func statuses(s *task.Scope) map[seiv1alpha1.TaskType]seiv1alpha1.TaskStatus {
	found := map[seiv1alpha1.TaskType]seiv1alpha1.TaskStatus{}
	for _, one := range s.Node.Status.Plan.Tasks {
		found[one.Type] = one.Status
	}
	return found
}

func guarded(o *task.Observation) { o.Node.Spec.NetworkPolicy = &seiv1alpha1.NetworkPolicySpec{} }

func unguarded(o *task.Observation) { o.Node.Spec.NetworkPolicy = nil }
