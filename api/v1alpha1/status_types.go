package v1alpha1

import (
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
)

// Mode is the role of a node, the one of the spec's four mode objects that is set.
type Mode string

// The modes.
const (
	ModeFullNode  Mode = "fullNode"
	ModeArchive   Mode = "archive"
	ModeValidator Mode = "validator"
	ModeSeed      Mode = "seed"
)

// Phase is where a node is in its life, in one word. Conditions say more.
//
// +kubebuilder:validation:Enum=Pending;Initializing;Running;Failed;Terminating
type Phase string

// The phases.
const (
	// PhasePending: nothing has been done for the node yet.
	PhasePending Phase = "Pending"
	// PhaseInitializing: the init plan is under way.
	PhaseInitializing Phase = "Initializing"
	// PhaseRunning: the node came up once. It stays Running while its pod restarts or its volume has trouble; see Ready.
	PhaseRunning Phase = "Running"
	// PhaseFailed: waiting alone will not mend it; see status.plan.failedTaskDetail. It goes on once the cause is mended.
	PhaseFailed Phase = "Failed"
	// PhaseTerminating: the SeiNode is being deleted, and its pod stops.
	PhaseTerminating Phase = "Terminating"
)

// SeiNodeStatus is a node as it was last seen.
type SeiNodeStatus struct {
	// observedGeneration is the metadata.generation that this status speaks of.
	//
	// +optional
	ObservedGeneration int64 `json:"observedGeneration,omitempty"`

	// phase is where the node is in its life, in one word.
	//
	// +optional
	Phase Phase `json:"phase,omitempty"`

	// mode is the role that the spec sets: fullNode, archive, validator or seed.
	//
	// +optional
	// +kubebuilder:validation:Enum=fullNode;archive;validator;seed
	Mode Mode `json:"mode,omitempty"`

	// conditions are Ready, ImportPVCReady (on nodes that import a claim) and NodeUpdateInProgress.
	//
	// +optional
	// +listType=map
	// +listMapKey=type
	// +kubebuilder:validation:MaxItems=16
	Conditions []metav1.Condition `json:"conditions,omitempty"`

	// plan is what the operator is doing, or last did, to bring the node to its spec.
	//
	// +optional
	Plan *Plan `json:"plan,omitempty"`

	// dataVolume is the claim that the node uses and the volume behind it.
	//
	// +optional
	DataVolume *DataVolumeStatus `json:"dataVolume,omitempty"`

	// currentImage is the image that the node's pod was made with.
	//
	// +optional
	// +kubebuilder:validation:MaxLength=512
	CurrentImage string `json:"currentImage,omitempty"`
}

// DataVolumeStatus is the claim that a node uses and the volume behind it.
type DataVolumeStatus struct {
	// claimName is the name of the claim, in the node's namespace.
	//
	// +optional
	// +kubebuilder:validation:MaxLength=253
	ClaimName string `json:"claimName,omitempty"`

	// claimUID is the UID of the claim that was adopted or created. A claim of the same name with another UID holds
	// other data, and the node does not start on it.
	//
	// +optional
	ClaimUID types.UID `json:"claimUID,omitempty"`

	// volumeName is the PersistentVolume that the claim is bound to.
	//
	// +optional
	// +kubebuilder:validation:MaxLength=253
	VolumeName string `json:"volumeName,omitempty"`

	// capacity is what the claim's status reports.
	//
	// +optional
	Capacity *resource.Quantity `json:"capacity,omitempty"`

	// imported is true if the claim existed before the node and was adopted.
	//
	// +optional
	Imported bool `json:"imported,omitempty"`
}

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
// +kubebuilder:validation:Enum=Pending;Running;Complete;Failed
type TaskStatus string

// The states of a task.
const (
	TaskPending  TaskStatus = "Pending"
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
	Phase PlanPhase `json:"phase,omitempty"`

	// tasks run one after the other; a task starts when all before it are complete.
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

	// status is Pending, Running, Complete or Failed.
	//
	// +required
	Status TaskStatus `json:"status,omitempty"`

	// submittedAt is when the task's turn came; absent before.
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
