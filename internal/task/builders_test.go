package task_test

import (
	"context"
	"encoding/json"
	"fmt"
	"testing"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
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

// option changes a scope.
type option func(*task.Scope)

// writes records what would have been written, and answers each with err.
type writes struct {
	made    []string
	objects []client.Object
	bodies  []string
	err     error
}

// inert is what the recorders stand before; nothing ever reaches it.
var inert = fake.NewFakeClient()

// client is a writer that changes nothing.
func (w *writes) client() client.Writer {
	return interceptor.NewClient(inert, interceptor.Funcs{
		Create: func(_ context.Context, _ client.WithWatch, o client.Object, _ ...client.CreateOption) error {
			return w.add("create", o, "")
		},
		Update: func(_ context.Context, _ client.WithWatch, o client.Object, _ ...client.UpdateOption) error {
			return w.add("update", o, "")
		},
		Delete: func(_ context.Context, _ client.WithWatch, o client.Object, options ...client.DeleteOption) error {
			if all := (&client.DeleteOptions{}).ApplyOptions(options); all.Preconditions != nil && all.Preconditions.UID != nil {
				return w.add("delete by UID", o, string(*all.Preconditions.UID))
			}
			return w.add("delete by name", o, "")
		},
		Patch: func(_ context.Context, _ client.WithWatch, o client.Object, p client.Patch, _ ...client.PatchOption) error {
			body, err := p.Data(o)
			if err != nil {
				return err
			}
			return w.add("patch", o, string(body))
		},
		Apply: func(_ context.Context, _ client.WithWatch, o runtime.ApplyConfiguration, _ ...client.ApplyOption) error {
			body, err := json.Marshal(o)
			if err != nil {
				return err
			}
			object := &unstructured.Unstructured{}
			if err := json.Unmarshal(body, object); err != nil {
				return err
			}
			return w.add("apply", object, string(body))
		},
	})
}

func (w *writes) add(verb string, object client.Object, body string) error {
	kind := object.GetObjectKind().GroupVersionKind().Kind
	if kind == "" {
		kind = fmt.Sprintf("%T", object)[len("*v1."):]
	}
	w.made = append(w.made, verb+" "+kind+" "+object.GetName())
	w.objects, w.bodies = append(w.objects, object), append(w.bodies, body)
	return w.err
}

// scopeOf is the scope of a node that imports a valid claim and has neither Service nor StatefulSet yet, but for the changes.
func scopeOf(options ...option) (*task.Scope, *writes) {
	recorded := &writes{}
	node := &seiv1alpha1.SeiNode{
		ObjectMeta: metav1.ObjectMeta{Name: "archive-0", Namespace: "sei", UID: "node-uid"},
		Spec: seiv1alpha1.SeiNodeSpec{
			ChainID: "pacific-1", Image: "sei:v1", Archive: &seiv1alpha1.ArchiveSpec{},
			DataVolume: &seiv1alpha1.DataVolumeSpec{Import: &seiv1alpha1.DataVolumeImport{PVCName: "data-archive-0-0"}},
		},
	}
	scope := &task.Scope{
		Client: recorded.client(), Platform: platform.Default(), Node: node,
		Data: storage.Facts{Node: node, Claim: &corev1.PersistentVolumeClaim{
			ObjectMeta: metav1.ObjectMeta{Name: "data-archive-0-0", Namespace: "sei", UID: "claim-uid", ResourceVersion: "7"},
		}},
		Import: &storage.Verdict{Class: storage.Valid, Reason: seiv1alpha1.ReasonImportPVCValidated},
		Keys:   storage.Verdict{Class: storage.Valid},
	}
	for _, change := range options {
		change(scope)
	}
	return scope, recorded
}

// creates makes the node one that creates its own claim, which is there and is its own.
func creates(s *task.Scope) {
	s.Import, s.Node.Spec.DataVolume = nil, nil
	s.Data.Claim.Name = "data-archive-0"
	s.Data.Claim.OwnerReferences = []metav1.OwnerReference{*metav1.NewControllerRef(s.Node, seiv1alpha1.GroupVersion.WithKind("SeiNode"))}
}

func noClaim(s *task.Scope) { s.Data.Claim = nil }

func retain(s *task.Scope) {
	s.Node.Spec.DataVolume = &seiv1alpha1.DataVolumeSpec{DeletionPolicy: ptr.To(seiv1alpha1.DeletionPolicyRetain)}
}

func paused(s *task.Scope) { s.Node.Spec.Paused = ptr.To(true) }

func newImage(s *task.Scope) { s.Node.Spec.Image = "sei:v2" }

// replaced puts another claim in the place of the one that the node adopted.
func replaced(s *task.Scope) {
	s.Node.Status.DataVolume = &seiv1alpha1.DataVolumeStatus{ClaimUID: "former"}
	if s.Import != nil {
		s.Import = &storage.Verdict{Class: storage.Terminal, Reason: seiv1alpha1.ReasonImportPVCReplaced, Message: "replaced"}
	}
}

func verdict(class storage.Class, reason string) option {
	return func(s *task.Scope) {
		s.Import = &storage.Verdict{Class: class, Reason: reason, Message: "the claim has trouble"}
	}
}

// trouble is a claim that is not valid just now.
var trouble = verdict(storage.Transient, seiv1alpha1.ReasonImportPVCTerminating)

// keysInUse is a signing key that somebody else signs with.
func keysInUse(s *task.Scope) {
	s.Keys = storage.Verdict{Class: storage.Transient, Reason: seiv1alpha1.ReasonSigningKeyInUse, Message: "it is in use"}
}

// withService gives the node its Service, up to date.
func withService(changes ...func(*corev1.Service)) option {
	return func(s *task.Scope) {
		s.Service, s.Budget = workload.Service(s.Node), workload.DisruptionBudget(s.Node)
		s.Service.UID = "service-uid"
		for _, change := range changes {
			change(s.Service)
		}
	}
}

// withSet gives the node its StatefulSet, up to date and with a ready pod.
func withSet(changes ...func(*appsv1.StatefulSet)) option {
	return func(s *task.Scope) {
		s.StatefulSet = workload.StatefulSet(s.Node, storage.ClaimName(s.Node), s.Platform, 1)
		s.StatefulSet.UID, s.StatefulSet.ResourceVersion, s.StatefulSet.Generation = "set-uid", "42", 1
		s.StatefulSet.Status = appsv1.StatefulSetStatus{ObservedGeneration: 1, ReadyReplicas: 1, UpdatedReplicas: 1, UpdateRevision: "new"}
		for _, change := range changes {
			change(s.StatefulSet)
		}
	}
}

func replicas(count int32) func(*appsv1.StatefulSet) {
	return func(s *appsv1.StatefulSet) { s.Spec.Replicas = &count }
}

func foreignSet(s *appsv1.StatefulSet) { s.OwnerReferences = nil }

func unseen(s *appsv1.StatefulSet) { s.Generation = 2 }

// withPod gives the node its pod, of the named revision.
func withPod(revision string, changes ...func(*corev1.Pod)) option {
	return func(s *task.Scope) {
		pod := corev1.Pod{ObjectMeta: metav1.ObjectMeta{
			Name: "archive-0-0", Namespace: "sei", UID: "pod-uid",
			Labels: map[string]string{seiv1alpha1.LabelNodeUID: "node-uid", appsv1.StatefulSetRevisionLabel: revision},
		}}
		for _, change := range changes {
			change(&pod)
		}
		s.Data.Pods = append(s.Data.Pods, pod)
	}
}

func run(t *testing.T, kind seiv1alpha1.TaskType, scope *task.Scope) task.Outcome {
	t.Helper()
	return task.Run(t.Context(), task.All[kind], scope)
}
