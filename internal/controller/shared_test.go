package controller

import (
	"fmt"
	"hash/maphash"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/equality"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/utils/ptr"

	seiv1alpha1 "github.com/seinode/seinode-operator/api/v1alpha1"
	"github.com/seinode/seinode-operator/internal/task"
	"github.com/seinode/seinode-operator/internal/workload"
)

// TestASharedValueIsTheOneOfItsName, also where many names have one place.
func TestASharedValueIsTheOneOfItsName(t *testing.T) {
	kept := shared[int]{seed: maphash.MakeSeed()}
	for range 2 {
		for i := range 3 * len(kept.slots) {
			if got := kept.of(fmt.Sprint(i), i); got != i {
				t.Fatalf("%d was taken for %d", i, got)
			}
		}
	}
}

// TestASizeIsKeptAsItWas: the amount, and how it is written.
func TestASizeIsKeptAsItWas(t *testing.T) {
	for _, text := range []string{"10Gi", "1500m", "10G", "100000000000000000000", "0"} {
		for range 2 {
			list := corev1.ResourceList{corev1.ResourceStorage: resource.MustParse(text), "other": resource.MustParse("1")}
			shareSize(&list)
			size, wanted := list[corev1.ResourceStorage], resource.MustParse(text)
			if len(list) != 1 || size.Cmp(wanted) != 0 || size.String() != wanted.String() {
				t.Errorf("%s became %v", text, list)
			}
		}
	}
}

// TestWhatIsCachedOfAClaim: all that the checks read, of any claim: each may be one that a SeiNode imports.
func TestWhatIsCachedOfAClaim(t *testing.T) {
	sized := corev1.ResourceList{corev1.ResourceStorage: resource.MustParse("10Gi")}
	wanted := &corev1.PersistentVolumeClaim{
		ObjectMeta: metav1.ObjectMeta{
			Namespace: "sei", Name: "old", UID: "uid", ResourceVersion: "7", DeletionTimestamp: ptr.To(metav1.Now()), Finalizers: []string{"a/b"},
			Labels:          map[string]string{seiv1alpha1.LabelNodeUID: "node", seiv1alpha1.LabelInstance: "archive-0"},
			Annotations:     map[string]string{corev1.BetaStorageClassAnnotation: "fast"},
			OwnerReferences: []metav1.OwnerReference{{APIVersion: "v1", Kind: "X", Name: "x", UID: "x"}},
		},
		Spec: corev1.PersistentVolumeClaimSpec{
			AccessModes: []corev1.PersistentVolumeAccessMode{corev1.ReadWriteOnce}, StorageClassName: ptr.To("fast"), VolumeName: "pv",
			VolumeMode: ptr.To(corev1.PersistentVolumeBlock), Resources: corev1.VolumeResourceRequirements{Requests: sized},
		},
		Status: corev1.PersistentVolumeClaimStatus{
			Phase: corev1.ClaimBound, Capacity: sized, Conditions: []corev1.PersistentVolumeClaimCondition{{Type: corev1.PersistentVolumeClaimResizing, Status: "True"}},
		},
	}
	claim := wanted.DeepCopy()
	claim.Labels["theirs"], claim.Annotations["theirs"], claim.Spec.DataSource = "x", "y", &corev1.TypedLocalObjectReference{}
	claim.Status.AccessModes, claim.ManagedFields = claim.Spec.AccessModes, []metav1.ManagedFieldsEntry{{}}
	if _, err := stripClaim(claim); err != nil || !equality.Semantic.DeepEqual(claim, wanted) {
		t.Errorf("%+v, wanted\n%+v (%v)", claim, wanted, err)
	}
}

func ended(code int32, message string) corev1.ContainerState {
	return corev1.ContainerState{Terminated: &corev1.ContainerStateTerminated{ExitCode: code, Message: message, Reason: "Error", FinishedAt: metav1.Now()}}
}

// TestWhatIsCachedOfAPodsContainers: whatever one of them says or waits for, and of those that are well nothing.
func TestWhatIsCachedOfAPodsContainers(t *testing.T) {
	running, waiting := corev1.ContainerState{Running: &corev1.ContainerStateRunning{}}, corev1.ContainerState{Waiting: &corev1.ContainerStateWaiting{Reason: "ImagePullBackOff"}}
	for name, test := range map[string]struct {
		container   string
		state, last corev1.ContainerState
		kept        bool
	}{
		"ended well":            {workload.ContainerHome, ended(0, ""), corev1.ContainerState{}, false},
		"ended badly":           {workload.ContainerHome, ended(1, ""), corev1.ContainerState{}, true},
		"said something":        {workload.ContainerInspect, ended(0, `{"layout":"root"}`), corev1.ContainerState{}, true},
		"waits":                 {workload.ContainerPrepare, waiting, corev1.ContainerState{}, true},
		"runs":                  {"agent", running, corev1.ContainerState{}, false},
		"runs again":            {workload.ContainerInspect, running, ended(1, "no"), true},
		"brings data":           {workload.ContainerBootstrap, running, corev1.ContainerState{}, true},
		"brought data":          {workload.ContainerBootstrap, ended(0, ""), corev1.ContainerState{}, true},
		"was started again":     {"agent", running, corev1.ContainerState{}, true},
		"waits to be run again": {workload.ContainerPrepare, waiting, ended(1, "no"), true},
	} {
		status := corev1.ContainerStatus{Name: test.container, State: test.state, LastTerminationState: test.last, Ready: true, Image: "sei:v6", ImageID: "sha256:x"}
		if name == "was started again" {
			status.RestartCount = 3
		}
		pod := &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Labels: map[string]string{seiv1alpha1.LabelNodeUID: "uid"}}}
		pod.Status.InitContainerStatuses, pod.Status.ContainerStatuses = []corev1.ContainerStatus{status}, []corev1.ContainerStatus{status}
		whole := pod.DeepCopy()
		if _, err := stripPod(pod); err != nil || (len(pod.Status.InitContainerStatuses) == 1) != test.kept || len(pod.Status.ContainerStatuses) != 1 {
			t.Errorf("%s: %+v (%v)", name, pod.Status, err)
			continue
		}
		status.Image, status.ImageID = "", ""
		if !equality.Semantic.DeepEqual(pod.Status.ContainerStatuses[0], status) || !equality.Semantic.DeepEqual(task.InspectionIn(pod), task.InspectionIn(whole)) {
			t.Errorf("%s: %+v, wanted %+v", name, pod.Status.ContainerStatuses[0], status)
		}
	}
}

// TestWhatIsCachedOfAPodsConditions: those that tell of its start and of a silent machine.
func TestWhatIsCachedOfAPodsConditions(t *testing.T) {
	at := metav1.NewTime(time.Now())
	pod := &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Labels: map[string]string{seiv1alpha1.LabelNodeUID: "uid"}}}
	wanted := []corev1.PodCondition{}
	for _, kind := range []corev1.PodConditionType{corev1.PodReady, corev1.ContainersReady, corev1.PodScheduled, corev1.PodReadyToStartContainers} {
		wanted = append(wanted, corev1.PodCondition{Type: kind, Status: corev1.ConditionFalse, Message: "no room", LastTransitionTime: at})
	}
	pod.Status.Conditions = append([]corev1.PodCondition{{Type: corev1.PodInitialized, Status: corev1.ConditionTrue}}, wanted...)
	if _, err := stripPod(pod); err != nil || !equality.Semantic.DeepEqual(pod.Status.Conditions, wanted) {
		t.Errorf("%+v, wanted %+v (%v)", pod.Status.Conditions, wanted, err)
	}
}

// TestWhatIsCachedOfASeiNode: all but what kubectl notes for itself.
func TestWhatIsCachedOfASeiNode(t *testing.T) {
	at := metav1.Now()
	node := &seiv1alpha1.SeiNode{
		ObjectMeta: metav1.ObjectMeta{Name: "archive-0", Labels: map[string]string{"a": "b"}, Annotations: map[string]string{"c": "d"}},
		Spec:       seiv1alpha1.SeiNodeSpec{ChainID: "pacific-1", Image: "sei:v6"},
		Status: seiv1alpha1.SeiNodeStatus{
			Phase: seiv1alpha1.PhaseRunning, Conditions: []metav1.Condition{{Type: "Ready", Status: "True", Reason: "NodeReady", Message: "it is", LastTransitionTime: at}},
			Plan:     &seiv1alpha1.Plan{ID: "p", Tasks: []seiv1alpha1.PlannedTask{{Type: "a", SubmittedAt: &at}, {Type: "b", SubmittedAt: at.DeepCopy()}, {Type: "c"}}},
			Children: []seiv1alpha1.ChildStatus{{Kind: "Service", Digest: "x"}},
		},
	}
	wanted := node.DeepCopy()
	node.Annotations[corev1.LastAppliedConfigAnnotation] = "{}"
	if _, err := shareNode(node); err != nil || !equality.Semantic.DeepEqual(node, wanted) {
		t.Errorf("%+v, wanted %+v (%v)", node, wanted, err)
	}
}
