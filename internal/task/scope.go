// Package task holds the steps that bring a node up or change it, one file each. A task carries no parameters: what it does is
// derived from the Scope of this reconcile, so a wrong spec can always be corrected. Each is idempotent.
package task

import (
	"context"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	policyv1 "k8s.io/api/policy/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	seiv1alpha1 "github.com/seinode/seinode-operator/api/v1alpha1"
	"github.com/seinode/seinode-operator/internal/platform"
	"github.com/seinode/seinode-operator/internal/storage"
	"github.com/seinode/seinode-operator/internal/workload"
)

// Scope is what one reconcile observed. It is read once, in the controller, and nothing reads the API after it.
type Scope struct {
	// Client writes; tasks do not read through it.
	Client client.Writer
	// Platform is the operator's configuration.
	Platform platform.Config
	// Node is the SeiNode; never nil.
	Node *seiv1alpha1.SeiNode
	// Before is the node's status as it was read: what a change is measured against.
	Before seiv1alpha1.SeiNodeStatus
	// Data are the facts about the node's data volume.
	Data storage.Facts
	// Import is the verdict on the imported claim; nil on a node that imports nothing, and when the facts could not be read.
	Import *storage.Verdict
	// Keys is the verdict on the Secrets that the node names; never of a read that failed.
	Keys storage.Verdict
	// Service is the one of the node's name, whoever's; nil if there is none.
	Service *corev1.Service
	// Budget is the PodDisruptionBudget of the node's name, whoever's; nil if there is none.
	Budget *policyv1.PodDisruptionBudget
	// StatefulSet is the one of the node's name, whoever's; nil if there is none.
	StatefulSet *appsv1.StatefulSet
	// Err is the error of the first read that failed; tasks do not run then.
	Err error
}

// Outcome is what became of a task.
type Outcome struct {
	// Verdict says whether the task is done (Valid), goes on (Transient) or failed (Terminal), and why.
	storage.Verdict
	// Err is an error of the API itself: the task stays running, and the workqueue backs off.
	Err error
}

// Task is one step of a plan.
type Task interface {
	// Check says, from the observation alone, whether the task is done, may act (Transient) or cannot go on (Terminal).
	Check(scope *Scope) storage.Verdict
	// Act does what Check left to do, and says whether the task is done with it. It is called only on a Transient verdict.
	Act(ctx context.Context, scope *Scope) (bool, error)
}

// Run checks, and acts where that is left to do.
func Run(ctx context.Context, t Task, scope *Scope) Outcome {
	verdict := t.Check(scope)
	if verdict.Class != storage.Transient {
		return Outcome{Verdict: verdict}
	}
	finished, err := t.Act(ctx, scope)
	if finished && err == nil {
		verdict = done()
	}
	return Outcome{Verdict: verdict, Err: err}
}

// All finds a task by its type.
var All = map[seiv1alpha1.TaskType]Task{
	seiv1alpha1.TaskEnsureDataPVC:         ensureDataPVC{},
	seiv1alpha1.TaskApplyService:          applyService{},
	seiv1alpha1.TaskApplyDisruptionBudget: applyDisruptionBudget{},
	seiv1alpha1.TaskApplyStatefulSet:      applyStatefulSet{},
	seiv1alpha1.TaskReplacePod:            replacePod{},
	seiv1alpha1.TaskAwaitNodeReady:        awaitNodeReady{},
}

// done is the verdict of a task that has nothing left to do.
func done() storage.Verdict { return storage.Verdict{Class: storage.Valid} }

func waiting(reason, message string) storage.Verdict {
	return storage.Verdict{Class: storage.Transient, Reason: reason, Message: message}
}

// OwnStatefulSet returns the StatefulSet if this very node controls it, else nil.
func (s *Scope) OwnStatefulSet() *appsv1.StatefulSet {
	if s.StatefulSet != nil && metav1.IsControlledBy(s.StatefulSet, s.Node) {
		return s.StatefulSet
	}
	return nil
}

// Pod returns the node's own pod, nil if there is none.
func (s *Scope) Pod() *corev1.Pod {
	for i := range s.Data.Pods {
		if storage.OwnPod(&s.Data.Pods[i], s.Node) && s.Data.Pods[i].Name == workload.PodName(s.Node) {
			return &s.Data.Pods[i]
		}
	}
	return nil
}

// WantedStatefulSet is the StatefulSet that the spec asks for. A newer agent alone is no reason to restart a node: an upgrade of
// the operator would restart the whole fleet. The agent's image moves on with the next change of anything else.
func (s *Scope) WantedStatefulSet() *appsv1.StatefulSet {
	if own := s.OwnStatefulSet(); own != nil {
		kept := s.Platform
		kept.Images.Agent = workload.AgentImage(own.Spec.Template)
		if wanted := s.statefulSet(kept); !workload.StatefulSetDrifted(own, wanted) {
			return wanted
		}
	}
	return s.statefulSet(s.Platform)
}

func (s *Scope) statefulSet(config platform.Config) *appsv1.StatefulSet {
	return workload.StatefulSet(s.Node, storage.ClaimName(s.Node), config, s.WantedReplicas())
}

// DataReady says whether the node's claim may be mounted now: the verdict of this reconcile, not of an earlier one.
func (s *Scope) DataReady() storage.Verdict {
	if s.Import != nil {
		return *s.Import
	}
	_, verdict := storage.DecideCreate(s.Data)
	return verdict
}

// MayStart says whether a pod may start now: on its claim, and with its keys.
func (s *Scope) MayStart() storage.Verdict {
	if data := s.DataReady(); !data.OK() {
		return data
	}
	return s.Keys
}

// WantedReplicas says whether the pod is to run. A pause stops it. A valid claim and free keys start it. While either has trouble a
// running pod is left alone and a stopped one stays down; only on a claim that was replaced, which holds other data, no
// pod may start, so there is to be none.
func (s *Scope) WantedReplicas() int32 {
	switch {
	case s.Node.Paused() || s.Data.Replaced():
		return 0
	case s.MayStart().OK():
		return 1
	}
	return s.currentReplicas()
}

func (s *Scope) currentReplicas() int32 {
	if own := s.OwnStatefulSet(); own != nil && own.Spec.Replicas != nil {
		return *own.Spec.Replicas
	}
	return 0
}

// Drifted says whether the workload or the claim differs from what the spec says.
func (s *Scope) Drifted() bool {
	own := s.OwnStatefulSet()
	return own == nil ||
		workload.StatefulSetDrifted(own, s.WantedStatefulSet()) ||
		workload.ServiceDrifted(s.Service, workload.Service(s.Node)) ||
		workload.DisruptionBudgetDrifted(s.Budget, workload.DisruptionBudget(s.Node)) ||
		workload.PodOutdated(s.Pod(), own) ||
		storage.NeedsRelease(s.Data.Claim, s.Node)
}
