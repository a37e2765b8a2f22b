package v1alpha1

import metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

// PlanPhase is how far a plan is.
//
// +kubebuilder:validation:Enum=Active;Complete;Failed
type PlanPhase string

// The phases of a plan.
const (
	PlanActive   PlanPhase = "Active"
	PlanComplete PlanPhase = "Complete"
	PlanFailed   PlanPhase = "Failed"
)

// TaskStatus is how far a task is.
//
// +kubebuilder:validation:Enum=Running;Complete;Failed
type TaskStatus string

// The states of a task.
const (
	TaskRunning  TaskStatus = "Running"
	TaskComplete TaskStatus = "Complete"
	TaskFailed   TaskStatus = "Failed"
)

// TaskType names what a task does. Tasks carry no parameters: each is derived from the live spec when it runs.
//
// +kubebuilder:validation:MaxLength=63
type TaskType string

// The tasks.
const (
	// TaskEnsureDataPVC validates the imported claim, or creates the node's own.
	TaskEnsureDataPVC TaskType = "ensure-data-pvc"
	// TaskApplyService brings the headless Service to what the spec says.
	TaskApplyService TaskType = "apply-service"
	// TaskApplyP2PService brings the Service for peers from outside to what the spec says, or deletes it.
	TaskApplyP2PService TaskType = "apply-p2p-service"
	// TaskApplyDisruptionBudget brings the PodDisruptionBudget to what the spec says.
	TaskApplyDisruptionBudget TaskType = "apply-disruption-budget"
	// TaskApplyNetworkPolicy brings the NetworkPolicy to what the spec says, or deletes it.
	TaskApplyNetworkPolicy TaskType = "apply-network-policy"
	// TaskApplyStatefulSet brings the StatefulSet to what the spec says.
	TaskApplyStatefulSet TaskType = "apply-statefulset"
	// TaskReplacePod deletes the pod that was made from an older template, ready or not.
	TaskReplacePod TaskType = "replace-pod"
	// TaskAwaitNodeReady waits until the pod is ready.
	TaskAwaitNodeReady TaskType = "await-node-ready"
)

// Plan is an ordered list of tasks. It is persisted before any of them acts.
type Plan struct {
	// id tells this plan from the ones before it.
	//
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=63
	ID string `json:"id,omitempty"`

	// phase is Active, Complete or Failed.
	//
	// +required
	// +operator-sdk:csv:customresourcedefinitions:type=status,displayName="Plan Phase"
	Phase PlanPhase `json:"phase,omitempty"`

	// tasks are what the plan does. All of them run in every reconcile until they are complete, in this order: one that waits or failed keeps no
	// other from running.
	//
	// +required
	// +listType=atomic
	// +kubebuilder:validation:MinItems=1
	// +kubebuilder:validation:MaxItems=16
	Tasks []PlannedTask `json:"tasks,omitempty"`

	// failedTaskIndex is the index of the failed task in tasks, from 0; absent unless phase is Failed.
	//
	// +optional
	FailedTaskIndex *int32 `json:"failedTaskIndex,omitempty"`

	// failedTaskDetail says why the task failed; absent unless phase is Failed.
	//
	// +optional
	FailedTaskDetail *FailedTaskDetail `json:"failedTaskDetail,omitempty"`
}

// PlannedTask is one task of a plan.
type PlannedTask struct {
	// type is what the task does.
	//
	// +required
	// +kubebuilder:validation:MinLength=1
	Type TaskType `json:"type,omitempty"`

	// id tells this task from every other.
	//
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=128
	ID string `json:"id,omitempty"`

	// status is Running, Complete or Failed.
	//
	// +required
	Status TaskStatus `json:"status,omitempty"`

	// submittedAt is when the task was planned.
	//
	// +optional
	SubmittedAt *metav1.Time `json:"submittedAt,omitempty"`

	// error is what the task waits for or why it failed, as "<Reason>: <message>".
	//
	// +optional
	// +kubebuilder:validation:MaxLength=2048
	Error string `json:"error,omitempty"`
}

// FailedTaskDetail says why a task failed.
type FailedTaskDetail struct {
	// type is the failed task's type.
	//
	// +required
	// +kubebuilder:validation:MinLength=1
	Type TaskType `json:"type,omitempty"`

	// reason is one of the documented reasons.
	//
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=128
	Reason string `json:"reason,omitempty"`

	// message names the object, what was found, what was wanted and the remedy.
	//
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=2048
	Message string `json:"message,omitempty"`
}
