package task_test

import (
	"errors"
	"strings"
	"testing"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/google/go-cmp/cmp"

	seiv1alpha1 "github.com/seinode/seinode-operator/api/v1alpha1"
	"github.com/seinode/seinode-operator/internal/storage"
	"github.com/seinode/seinode-operator/internal/task"
)

// TestEachTaskDoesWhatItsStateAsksForAndNothingElse runs every task and looks at what it says and writes.
func TestEachTaskDoesWhatItsStateAsksForAndNothingElse(t *testing.T) {
	const ensure, service, set = seiv1alpha1.TaskEnsureDataPVC, seiv1alpha1.TaskApplyService, seiv1alpha1.TaskApplyStatefulSet
	const pod, await = seiv1alpha1.TaskReplacePod, seiv1alpha1.TaskAwaitNodeReady
	terminating := func(p *corev1.Pod) { p.DeletionTimestamp = &metav1.Time{} }
	notReady := func(s *appsv1.StatefulSet) { s.Status.ReadyReplicas, s.Status.UpdatedReplicas = 0, 0 }
	tests := map[string]struct {
		task    seiv1alpha1.TaskType
		options []option
		class   storage.Class
		reason  string
		writes  []string
	}{
		"import, valid":               {ensure, nil, storage.Valid, "PVCValidated", nil},
		"import, trouble":             {ensure, opts(trouble), storage.Transient, "PVCTerminating", nil},
		"import, terminal":            {ensure, opts(verdict(storage.Terminal, "PVCLost")), storage.Terminal, "PVCLost", nil},
		"import, no claim":            {ensure, opts(noClaim, verdict(storage.Transient, "PVCNotFound")), storage.Transient, "PVCNotFound", nil},
		"create, there is none":       {ensure, opts(creates, noClaim), storage.Transient, "DataVolumeNotReady", []string{"create PersistentVolumeClaim data-archive-0"}},
		"create, it is there":         {ensure, opts(creates), storage.Valid, "PVCValidated", nil},
		"create, it is foreign":       {ensure, opts(creates, func(s *task.Scope) { s.Data.Claim.OwnerReferences = nil }), storage.Terminal, "PVCNotOwned", nil},
		"create, it was lost":         {ensure, opts(creates, replaced, noClaim), storage.Terminal, "DataVolumeLost", nil},
		"create, it is to be kept":    {ensure, opts(creates, retain), storage.Transient, "DataVolumeNotReady", []string{"patch PersistentVolumeClaim data-archive-0"}},
		"no Service":                  {service, nil, storage.Valid, "", []string{"create Service archive-0"}},
		"Service up to date":          {service, opts(withService()), storage.Valid, "", nil},
		"Service drifted":             {service, opts(withService(func(s *corev1.Service) { s.Spec.Ports[0].Port = 1 })), storage.Valid, "", []string{"apply Service archive-0"}},
		"Service foreign":             {service, opts(withService(func(s *corev1.Service) { s.OwnerReferences = nil })), storage.Terminal, "ServiceNotOwned", nil},
		"Service of a namesake":       {service, opts(withService(func(s *corev1.Service) { s.OwnerReferences[0].UID = "former" })), storage.Transient, "ServiceNotOwned", nil},
		"no StatefulSet":              {set, nil, storage.Valid, "", []string{"create StatefulSet archive-0"}},
		"no StatefulSet, trouble":     {set, opts(trouble), storage.Transient, "PVCTerminating", nil},
		"no StatefulSet, terminal":    {set, opts(verdict(storage.Terminal, "PVCLost")), storage.Terminal, "PVCLost", nil},
		"no StatefulSet, replaced":    {set, opts(replaced), storage.Terminal, "PVCReplaced", nil},
		"no StatefulSet, no claim":    {set, opts(creates, noClaim), storage.Transient, "DataVolumeNotReady", nil},
		"StatefulSet up to date":      {set, opts(withSet()), storage.Valid, "", nil},
		"StatefulSet drifted":         {set, opts(withSet(), newImage), storage.Valid, "", []string{"apply StatefulSet archive-0"}},
		"StatefulSet, only replicas":  {set, opts(withSet(replicas(0))), storage.Valid, "", nil},
		"no StatefulSet, keys in use": {set, opts(keysInUse), storage.Transient, "SigningKeyInUse", nil},
		"outdated pod, keys in use":   {pod, opts(withSet(), withPod("old"), keysInUse), storage.Transient, "SigningKeyInUse", nil},
		"StatefulSet foreign":         {set, opts(withSet(foreignSet)), storage.Terminal, "StatefulSetNotOwned", nil},
		"StatefulSet of a namesake": {
			set, opts(withSet(func(s *appsv1.StatefulSet) { s.OwnerReferences[0].UID = "former" })), storage.Transient, "StatefulSetNotOwned", nil,
		},
		"StatefulSet foreign, trouble":   {set, opts(withSet(foreignSet), trouble), storage.Terminal, "StatefulSetNotOwned", nil},
		"pod of the newest revision":     {pod, opts(withSet(), withPod("new")), storage.Valid, "", nil},
		"no pod":                         {pod, opts(withSet()), storage.Valid, "", nil},
		"outdated pod, ready":            {pod, opts(withSet(), withPod("old")), storage.Transient, "Updating", []string{"delete by UID Pod archive-0-0"}},
		"outdated pod, not ready":        {pod, opts(withSet(notReady), withPod("old")), storage.Transient, "Updating", []string{"delete by UID Pod archive-0-0"}},
		"outdated pod, going":            {pod, opts(withSet(), withPod("old", terminating)), storage.Transient, "Updating", nil},
		"outdated pod, trouble":          {pod, opts(withSet(), withPod("old"), trouble), storage.Transient, "PVCTerminating", nil},
		"outdated pod, terminal trouble": {pod, opts(withSet(), withPod("old"), verdict(storage.Terminal, "PVCLost")), storage.Transient, "PVCLost", nil},
		"outdated pod, new spec unseen":  {pod, opts(withSet(unseen), withPod("old")), storage.Transient, "Updating", nil},
		"outdated pod, foreign set":      {pod, opts(withSet(foreignSet), withPod("old")), storage.Transient, "Updating", nil},
		"outdated pod of a namesake": {
			pod, opts(withSet(), withPod("old", func(p *corev1.Pod) { p.Labels[seiv1alpha1.LabelNodeUID] = "former" })), storage.Valid, "", nil,
		},
		"outdated pod, another's": {pod, opts(withSet(), withPod("old", func(p *corev1.Pod) { p.Name = "archive-0-7" })), storage.Valid, "", nil},
		"ready":                   {await, opts(withSet()), storage.Valid, "", nil},
		"not ready":               {await, opts(withSet(notReady)), storage.Transient, "PodNotReady", nil},
		"no set to be ready":      {await, nil, storage.Transient, "PodNotReady", nil},
		"ready, but foreign":      {await, opts(withSet(foreignSet)), storage.Transient, "PodNotReady", nil},
		"paused":                  {await, opts(withSet(), paused), storage.Transient, "Paused", nil},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			scope, recorded := scopeOf(test.options...)
			outcome := run(t, test.task, scope)
			if outcome.Err != nil || outcome.Class != test.class || outcome.Reason != test.reason {
				t.Errorf("outcome is %s %q (%v), wanted %s %q", outcome.Class, outcome.Reason, outcome.Err, test.class, test.reason)
			}
			if diff := cmp.Diff(test.writes, recorded.made); diff != "" {
				t.Errorf("writes (-want +got):\n%s", diff)
			}
			if outcome.Class != storage.Valid && outcome.Message == "" {
				t.Error("nothing is said about what it waits for")
			}
		})
	}
}

func opts(options ...option) []option { return options }

// TestActMakesNoStatefulSetOnAClaimThatIsNotValid, though nobody asked Check first.
func TestActMakesNoStatefulSetOnAClaimThatIsNotValid(t *testing.T) {
	for name, change := range map[string]option{
		"trouble": trouble, "terminal": verdict(storage.Terminal, "PVCLost"), "replaced": replaced,
		"no claim yet": func(s *task.Scope) { creates(s); noClaim(s) },
	} {
		t.Run(name, func(t *testing.T) {
			scope, recorded := scopeOf(change)
			finished, err := task.All[seiv1alpha1.TaskApplyStatefulSet].Act(t.Context(), scope)
			if finished || err != nil || recorded.made != nil {
				t.Errorf("finished %t, error %v, writes %v", finished, err, recorded.made)
			}
		})
	}
}

// TestActReplacesNoPodWhileTheClaimHasTrouble: a claim that is being deleted goes for good once its pod stops.
func TestActReplacesNoPodWhileTheClaimHasTrouble(t *testing.T) {
	scope, recorded := scopeOf(withSet(), withPod("old"), trouble)
	if _, err := task.All[seiv1alpha1.TaskReplacePod].Act(t.Context(), scope); err != nil || recorded.made != nil {
		t.Errorf("error %v, writes %v", err, recorded.made)
	}
}

func TestWhatAPersonReadsNamesTheObjectAndTheRemedy(t *testing.T) {
	tests := map[string]struct {
		task    seiv1alpha1.TaskType
		options []option
		says    string
	}{
		"foreign Service": {
			seiv1alpha1.TaskApplyService, opts(withService(func(s *corev1.Service) { s.OwnerReferences = nil })),
			`Service "archive-0" already exists and is not owned by SeiNode "archive-0"; delete it, or give the SeiNode another name`,
		},
		"foreign StatefulSet": {
			seiv1alpha1.TaskApplyStatefulSet, opts(withSet(foreignSet)),
			`StatefulSet "archive-0" already exists and is not owned by SeiNode "archive-0"; delete it, or give the SeiNode another name`,
		},
		"paused":     {seiv1alpha1.TaskAwaitNodeReady, opts(paused), "spec.paused is true; set it to false"},
		"not ready":  {seiv1alpha1.TaskAwaitNodeReady, nil, `pod "archive-0-0" is not ready`},
		"replacing":  {seiv1alpha1.TaskReplacePod, opts(withSet(), withPod("old")), `replacing pod "archive-0-0"`},
		"held back":  {seiv1alpha1.TaskReplacePod, opts(withSet(), withPod("old"), trouble), `pod "archive-0-0" runs an older spec and is not restarted now: the claim has trouble`},
		"not seen":   {seiv1alpha1.TaskReplacePod, opts(withSet(unseen)), "waiting for the StatefulSet controller"},
		"to replace": {seiv1alpha1.TaskReplacePod, nil, "waiting for the StatefulSet controller"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			scope, _ := scopeOf(test.options...)
			if got := task.All[test.task].Check(scope).Message; !strings.Contains(got, test.says) {
				t.Errorf("message %q does not say %q", got, test.says)
			}
		})
	}
}

// TestAnErrorOfTheAPIKeepsTheTaskRunning: it is no verdict, and no task is done with it.
func TestAnErrorOfTheAPIKeepsTheTaskRunning(t *testing.T) {
	refused := errors.New("refused")
	exists := apierrors.NewAlreadyExists(schema.GroupResource{}, "x")
	gone := apierrors.NewNotFound(schema.GroupResource{}, "x")
	tests := map[string]struct {
		task    seiv1alpha1.TaskType
		options []option
		answer  error
		want    error
	}{
		"claim":               {seiv1alpha1.TaskEnsureDataPVC, opts(creates, noClaim), refused, refused},
		"claim, race":         {seiv1alpha1.TaskEnsureDataPVC, opts(creates, noClaim), exists, nil},
		"release":             {seiv1alpha1.TaskEnsureDataPVC, opts(creates, retain), refused, refused},
		"create Service":      {seiv1alpha1.TaskApplyService, nil, refused, refused},
		"Service, race":       {seiv1alpha1.TaskApplyService, nil, exists, nil},
		"apply Service":       {seiv1alpha1.TaskApplyService, opts(withService(func(s *corev1.Service) { s.Annotations = nil })), refused, refused},
		"create StatefulSet":  {seiv1alpha1.TaskApplyStatefulSet, nil, refused, refused},
		"StatefulSet, race":   {seiv1alpha1.TaskApplyStatefulSet, nil, exists, nil},
		"apply StatefulSet":   {seiv1alpha1.TaskApplyStatefulSet, opts(withSet(), newImage), refused, refused},
		"delete pod":          {seiv1alpha1.TaskReplacePod, opts(withSet(), withPod("old")), refused, refused},
		"delete pod, is gone": {seiv1alpha1.TaskReplacePod, opts(withSet(), withPod("old")), gone, nil},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			scope, recorded := scopeOf(test.options...)
			recorded.err = test.answer
			outcome := run(t, test.task, scope)
			if !errors.Is(outcome.Err, test.want) || (test.want == nil && outcome.Err != nil) {
				t.Errorf("error is %v, wanted %v", outcome.Err, test.want)
			}
			if outcome.Class != storage.Transient || len(recorded.made) != 1 {
				t.Errorf("outcome is %s after %v, wanted transient after one write", outcome.Class, recorded.made)
			}
		})
	}
}
