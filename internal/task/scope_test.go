package task_test

import (
	"errors"
	"testing"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/google/go-cmp/cmp"

	seiv1alpha1 "github.com/seinode/seinode-operator/api/v1alpha1"
	"github.com/seinode/seinode-operator/internal/storage"
	"github.com/seinode/seinode-operator/internal/task"
)

// replicaTable says how many pods there are to be: a pause stops, a valid claim starts, trouble keeps things as they are, and
// on a claim that was replaced nothing runs.
var replicaTable = map[string]struct {
	options []option
	want    int32
}{
	"valid, there is no set":       {nil, 1},
	"valid, the pod is down":       {opts(withSet(replicas(0))), 1},
	"valid, the pod runs":          {opts(withSet()), 1},
	"valid, scaled up by hand":     {opts(withSet(replicas(3))), 1},
	"paused, the pod runs":         {opts(withSet(), paused), 0},
	"paused, trouble":              {opts(withSet(), paused, trouble), 0},
	"trouble, the pod runs":        {opts(withSet(), trouble), 1},
	"trouble, the pod is down":     {opts(withSet(replicas(0)), trouble), 0},
	"trouble, there is no set":     {opts(trouble), 0},
	"terminal, the pod runs":       {opts(withSet(), verdict(storage.Terminal, "PVCLost")), 1},
	"terminal, the pod is down":    {opts(withSet(replicas(0)), verdict(storage.Terminal, "PVCLost")), 0},
	"replaced, the pod runs":       {opts(withSet(), replaced), 0},
	"replaced, there is no set":    {opts(replaced), 0},
	"created, the pod is down":     {opts(creates, withSet(replicas(0))), 1},
	"created, gone, the pod runs":  {opts(creates, withSet(), replaced, noClaim), 1},
	"created, gone, down":          {opts(creates, withSet(replicas(0)), replaced, noClaim), 0},
	"created, replaced, runs":      {opts(creates, withSet(), replaced), 0},
	"keys in use, the pod runs":    {opts(withSet(), keysInUse), 1},
	"keys in use, the pod is down": {opts(withSet(replicas(0)), keysInUse), 0},
	"keys in use, there is no set": {opts(keysInUse), 0},
	"trouble, the set is foreign":  {opts(withSet(foreignSet), trouble), 0},
	"trouble, replicas are unsaid": {opts(withSet(func(s *appsv1.StatefulSet) { s.Spec.Replicas = nil }), trouble), 0},
}

func TestWantedReplicas(t *testing.T) {
	for name, test := range replicaTable {
		t.Run(name, func(t *testing.T) {
			scope, _ := scopeOf(test.options...)
			if got := scope.WantedReplicas(); got != test.want {
				t.Errorf("WantedReplicas is %d, wanted %d", got, test.want)
			}
		})
	}
}

// TestScale patches the replicas of the set that was seen, by UID and version, and writes nothing where there is nothing to
// change.
func TestScale(t *testing.T) {
	const up = `{"metadata":{"uid":"set-uid","resourceVersion":"42"},"spec":{"replicas":1}}`
	const down = `{"metadata":{"uid":"set-uid","resourceVersion":"42"},"spec":{"replicas":0}}`
	unreadable := func(s *task.Scope) { s.Err = errors.New("no answer") }
	going := func(s *appsv1.StatefulSet) { s.DeletionTimestamp = &metav1.Time{} }
	tests := map[string]struct {
		options []option
		want    []string
	}{
		"nothing to change":           {opts(withSet()), nil},
		"pause":                       {opts(withSet(), paused), []string{down}},
		"paused already":              {opts(withSet(replicas(0)), paused), nil},
		"no longer paused":            {opts(withSet(replicas(0))), []string{up}},
		"no longer paused, trouble":   {opts(withSet(replicas(0)), trouble), nil},
		"trouble":                     {opts(withSet(), trouble), nil},
		"replaced":                    {opts(withSet(), replaced), []string{down}},
		"scaled up by hand":           {opts(withSet(replicas(2))), []string{up}},
		"there is no set":             {opts(paused), nil},
		"the set is foreign":          {opts(withSet(foreignSet), paused), nil},
		"the set is being deleted":    {opts(withSet(going), paused), nil},
		"the facts could not be read": {opts(withSet(), paused, unreadable), nil},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			scope, recorded := scopeOf(test.options...)
			if err := task.Scale(t.Context(), scope); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want, recorded.bodies); diff != "" {
				t.Errorf("patches (-want +got):\n%s", diff)
			}
		})
	}
}

func TestScaleReturnsTheErrorOfTheAPI(t *testing.T) {
	scope, recorded := scopeOf(withSet(), paused)
	recorded.err = errors.New("refused")
	if err := task.Scale(t.Context(), scope); !errors.Is(err, recorded.err) {
		t.Errorf("error is %v", err)
	}
}

func TestDrifted(t *testing.T) {
	tests := map[string]struct {
		options []option
		want    bool
	}{
		"as the spec says":           {opts(withService(), withSet(), withPod("new")), false},
		"paused":                     {opts(withService(), withSet(), paused), false},
		"trouble":                    {opts(withService(), withSet(), withPod("new"), trouble), false},
		"no StatefulSet":             {opts(withService()), true},
		"foreign StatefulSet":        {opts(withService(), withSet(foreignSet)), true},
		"no Service":                 {opts(withSet(), withPod("new")), true},
		"Service changed by hand":    {opts(withService(func(s *corev1.Service) { s.Annotations = nil }), withSet()), true},
		"no PodDisruptionBudget":     {opts(withService(), withSet(), func(s *task.Scope) { s.Budget = nil }), true},
		"a newer agent alone":        {opts(withService(), withSet(), func(s *task.Scope) { s.Platform.Images.Agent = "operator:v2" }), false},
		"image":                      {opts(withService(), withSet(), withPod("new"), newImage), true},
		"outdated pod":               {opts(withService(), withSet(), withPod("old")), true},
		"to be retained":             {opts(creates, withService(), withSet(), retain), true},
		"created, as the spec says":  {opts(creates, withService(), withSet()), false},
		"an import that is retained": {opts(retainImport, withService(), withSet()), false},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			scope, _ := scopeOf(test.options...)
			if got := scope.Drifted(); got != test.want {
				t.Errorf("Drifted is %t", got)
			}
		})
	}
}

// retainImport has all that makes a created claim need its release, on an imported one.
func retainImport(s *task.Scope) {
	source := s.Node.Spec.DataVolume.Import
	retain(s)
	s.Node.Spec.DataVolume.Import = source
	s.Data.Claim.OwnerReferences = []metav1.OwnerReference{*metav1.NewControllerRef(s.Node, seiv1alpha1.GroupVersion.WithKind("SeiNode"))}
}

// TestEveryDocumentedTaskTypeHasATask: one without would be planned again for ever.
func TestEveryDocumentedTaskTypeHasATask(t *testing.T) {
	for _, kind := range []seiv1alpha1.TaskType{
		"ensure-data-pvc", "apply-service", "apply-disruption-budget", "apply-statefulset", "replace-pod", "await-node-ready",
	} {
		if task.All[kind] == nil {
			t.Errorf("there is no task %s", kind)
		}
	}
	if len(task.All) != 6 {
		t.Errorf("%d tasks", len(task.All))
	}
}
