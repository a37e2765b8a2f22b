package task_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/utils/ptr"

	seiv1alpha1 "github.com/seinode/seinode-operator/api/v1alpha1"
	"github.com/seinode/seinode-operator/internal/fixture"
	"github.com/seinode/seinode-operator/internal/task"
)

// gaveUp is a snapshot that was given up before this look, which is noted.
func gaveUp(o *task.Observation) {
	o.Node.PendingSnapshot().Snapshot.Message = "nobody takes it"
	o.Snapshot.GivenUp = true
}

// settled has what the snapshot came to noted in the status in memory, as the controller does after its read.
func settled(o *task.Observation) {
	if came := task.SettledSnapshot(*o); came != nil {
		o.Node.PendingSnapshot().Snapshot = came
	}
}

func goingFor(age time.Duration) func(*unstructured.Unstructured) {
	return func(s *unstructured.Unstructured) { s.SetDeletionTimestamp(ptr.To(metav1.NewTime(noon.Add(-age)))) }
}

func cutAtNoTime(s *unstructured.Unstructured) {
	s.Object["status"] = map[string]any{"creationTime": "soon"}
}

// TestASnapshotThatIsGivenUpIsDeletedBeforeTheNodeGoesOn: a controller that is mended hours later would cut it from data after the upgrade. Nothing is deleted
// but the node's own that holds nothing.
func TestASnapshotThatIsGivenUpIsDeletedBeforeTheNodeGoesOn(t *testing.T) {
	const pending, failed, skipped, taken = seiv1alpha1.SnapshotPending, seiv1alpha1.SnapshotFailed, seiv1alpha1.SnapshotSkipped, seiv1alpha1.SnapshotTaken
	const deletes = "Deleting VolumeSnapshot "
	old := 11 * time.Minute
	for name, test := range map[string]struct {
		change fixture.Change
		state  seiv1alpha1.SnapshotState
		says   string
		write  string
	}{
		"it is to be noted first":            {there(old), pending, "not taken after ten minutes", ""},
		"it is noted":                        {all(there(old), gaveUp), pending, "nobody takes it", deletes},
		"it is gone":                         {gaveUp, failed, "nobody takes it; no VolumeSnapshot is left of it", ""},
		"it was cut meanwhile":               {all(there(old, cut), gaveUp), taken, "", ""},
		"when it was cut is not understood":  {all(there(old, cutAtNoTime), gaveUp), failed, "may still be cut, with data after the upgrade: delete it", ""},
		"it says to be ready":                {all(there(old, readyWithoutTime), gaveUp), failed, "may still be cut", ""},
		"it goes":                            {all(there(old, goingFor(time.Minute)), gaveUp), pending, "nobody takes it", ""},
		"it goes, and is held":               {all(there(old, goingFor(61*time.Second)), gaveUp), failed, "its finalizers hold it", ""},
		"it is of another node":              {all(there(old, ofAnotherNode), gaveUp), failed, "nobody takes it", ""},
		"it is of another halt":              {all(there(old, ofAnotherHalt), gaveUp), failed, "nobody takes it", ""},
		"it is of another claim":             {all(there(old, ofAnotherClaim), gaveUp), failed, "nobody takes it", ""},
		"it is not read":                     {all(unread, gaveUp), pending, "nobody takes it", ""},
		"it is not read for long":            {all(unread, gaveUp, later(10*time.Minute)), failed, "is there, it may still be cut", ""},
		"it may not be read":                 {all(unread, refusedFor("no right")), failed, "no right; if VolumeSnapshot", ""},
		"the cluster knows the kind no more": {all(refusedFor("no CRD"), gaveUp), failed, "nobody takes it", ""},
		"the policy is gone":                 {all(there(time.Minute), noPolicy), pending, "was taken away", ""},
		"the policy is gone, and noted":      {all(there(time.Minute), noPolicy, gaveUp), pending, "was taken away", deletes},
		"the policy is gone, and so is it":   {all(noPolicy, gaveUp), skipped, "was taken away", ""},
		"the policy is gone, it stays":       {all(there(old, readyWithoutTime), noPolicy), failed, "may still be cut", ""},
		"the policy is gone, it is foreign":  {all(there(old, ofAnotherNode), noPolicy), skipped, "was taken away", ""},
		"it is required now":                 {all(there(time.Minute), gaveUp, isRequired), pending, "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			s := fixture.Scope(keptDown(false), made, down, test.change, settled)
			got := s.Node.Reached()[0].Snapshot
			if got.State != test.state || !strings.Contains(got.Message, test.says) || (got.Message == "") != (test.says == "") {
				t.Errorf("%+v, wanted %s %q", got, test.state, test.says)
			}
			if wrote := told(s.AtHalt.Write); !strings.HasPrefix(wrote, test.write) || (wrote == "") != (test.write == "") {
				t.Errorf("%q, wanted %q", wrote, test.write)
			}
			waits := got.State == pending
			if giving := waits && got.Message != ""; s.AtHalt.GivesUp != (giving && !s.Snapshot.GivenUp) || giving != strings.Contains(s.AtHalt.Waits, " is gone: ") {
				t.Errorf("gives up %t, waits %q", s.AtHalt.GivesUp, s.AtHalt.Waits)
			}
			if (s.Node.Image() == "sei:v7") == waits || (s.Replicas == 1) == waits {
				t.Errorf("replicas %d of %s", s.Replicas, s.Node.Image())
			}
		})
	}
}

func isRequired(o *task.Observation) { o.Node.Spec.UpgradePolicy.Snapshot.Required = ptr.To(true) }

// class is the one that the spec asks for, from this change on.
func class(name string) fixture.Change {
	return func(o *task.Observation) { o.Node.Spec.UpgradePolicy.Snapshot.VolumeSnapshotClassName = &name }
}

func noClass(o *task.Observation) {
	o.Node.Spec.UpgradePolicy.Snapshot.VolumeSnapshotClassName = nil
}

// TestASnapshotOfAnotherClassIsMadeAnew while it holds nothing; where the spec names none the cluster's default is as good as any.
func TestASnapshotOfAnotherClassIsMadeAnew(t *testing.T) {
	const deletes = "Deleting VolumeSnapshot "
	for name, test := range map[string]struct {
		change       fixture.Change
		waits, write string
	}{
		"it has an error":              {all(class("typo"), there(time.Hour, failing)), "where the VolumeSnapshot itself is wrong, delete it, and another one is made", ""},
		"the class was corrected":      {all(class("typo"), there(time.Hour, failing), class("csi")), "it is deleted, and another one is made", deletes},
		"a class was named":            {all(there(time.Minute), class("csi")), "it is deleted, and another one is made", deletes},
		"the class was taken away":     {all(class("csi"), there(time.Minute), noClass), "has not taken it yet", ""},
		"the old one goes":             {all(class("typo"), there(time.Hour, failing, deleted), class("csi")), "another one is made when it is gone", ""},
		"it may be cut":                {all(class("typo"), there(time.Minute, readyWithoutTime), class("csi")), "has not taken it yet", ""},
		"it is of another node":        {all(class("typo"), there(time.Hour, ofAnotherNode), class("csi")), "is not of this halt", ""},
		"it is paused":                 {all(class("typo"), there(time.Hour), class("csi"), fixture.Paused), "", ""},
		"it is cut, and settled later": {all(class("typo"), there(time.Hour, cut), class("csi")), "has not taken it yet", ""},
	} {
		s := fixture.Scope(keptDown(true), made, down, test.change)
		if wrote := told(s.AtHalt.Write); !strings.Contains(s.AtHalt.Waits, test.waits) || !strings.HasPrefix(wrote, test.write) || (wrote == "") != (test.write == "") {
			t.Errorf("%s: %q, waits %q", name, wrote, s.AtHalt.Waits)
		}
	}
}

// TestWhatIsNotDeletedIsTold: the node that has to go on does, and what it leaves behind is named.
func TestWhatIsNotDeletedIsTold(t *testing.T) {
	resource := schema.GroupResource{Resource: "volumesnapshots"}
	forbidden, conflict := apierrors.NewForbidden(resource, "x", nil), apierrors.NewConflict(resource, "x", nil)
	givenUp, anew := all(there(11*time.Minute), gaveUp), all(class("typo"), there(time.Hour), class("csi"))
	for name, test := range map[string]struct {
		required bool
		change   fixture.Change
		err      error
		forGood  bool
		state    seiv1alpha1.SnapshotState
		says     string
	}{
		"no right":                    {false, givenUp, forbidden, true, seiv1alpha1.SnapshotFailed, "nobody takes it; the operator cannot delete VolumeSnapshot"},
		"no right, no policy":         {false, all(givenUp, noPolicy), forbidden, true, seiv1alpha1.SnapshotFailed, "which may still be cut, with data after the upgrade: delete it"},
		"it has changed":              {false, all(givenUp, later(time.Hour)), conflict, false, seiv1alpha1.SnapshotPending, "nobody takes it"},
		"no answer":                   {false, givenUp, errors.New("no answer"), false, seiv1alpha1.SnapshotPending, "nobody takes it"},
		"no answer for long":          {false, all(givenUp, later(20*time.Minute)), errors.New("no answer"), true, seiv1alpha1.SnapshotFailed, "cannot delete"},
		"another class, no right":     {false, anew, forbidden, true, seiv1alpha1.SnapshotFailed, "of another class than the spec's, and cannot be deleted"},
		"another class, and required": {true, anew, forbidden, true, seiv1alpha1.SnapshotPending, ""},
	} {
		s := fixture.Scope(keptDown(test.required), made, down, test.change)
		forGood := s.RefuseSnapshot(test.err)
		if got := s.Node.Reached()[0].Snapshot; forGood != test.forGood || got.State != test.state || !strings.Contains(got.Message, test.says) || (got.Message == "") != (test.says == "") {
			t.Errorf("%s: for good %t, %+v", name, forGood, got)
		}
		if wants := "and cannot be deleted: the API server refuses it"; test.required && !strings.Contains(s.AtHalt.Waits, wants) {
			t.Errorf("%s: waits %q", name, s.AtHalt.Waits)
		}
	}
}

// TestASnapshotIsDeletedAsItWasSeen: one that was cut since is another version.
func TestASnapshotIsDeletedAsItWasSeen(t *testing.T) {
	seen := func(s *unstructured.Unstructured) { s.SetResourceVersion("7") }
	givenUp := fixture.Scope(keptDown(false), made, down, there(time.Hour, seen), gaveUp)
	anew := fixture.Scope(keptDown(true), made, down, class("typo"), there(time.Hour, seen), class("csi"))
	for _, s := range []*task.Scope{givenUp, anew} {
		if got := body(t, s.AtHalt.Write); got != "snapshot-uid/7" {
			t.Errorf("the deletion names %q", got)
		}
	}
}

// TestNoSnapshotOfAnybodyElseIsDeleted, whatever else is to be done about it.
func TestNoSnapshotOfAnybodyElseIsDeleted(t *testing.T) {
	for name, whose := range map[string]func(*unstructured.Unstructured){
		"another node's": ofAnotherNode, "another halt's": ofAnotherHalt, "another claim's": ofAnotherClaim, "of a claim of another name": ofAnotherName,
	} {
		for _, required := range []bool{true, false} {
			if wrote := told(fixture.Scope(keptDown(required), made, down, there(time.Hour, whose), gaveUp).AtHalt.Write); wrote != "" {
				t.Errorf("%s, required %t: %s", name, required, wrote)
			}
		}
	}
}

// readBeside is another pod that reads the claim, beside the node's own if that is there.
func readBeside(o *task.Observation) {
	mount := func(readOnly bool) []corev1.Volume {
		source := &corev1.PersistentVolumeClaimVolumeSource{ClaimName: fixture.Claim, ReadOnly: readOnly}
		return []corev1.Volume{{Name: "data", VolumeSource: corev1.VolumeSource{PersistentVolumeClaim: source}}}
	}
	for i := range o.Data.Pods {
		o.Data.Pods[i].Spec.Volumes = mount(false)
	}
	o.Data.Pods = append(o.Data.Pods, corev1.Pod{ObjectMeta: metav1.ObjectMeta{Name: "backup", Namespace: "sei", UID: "backup-uid"}, Spec: corev1.PodSpec{Volumes: mount(true)}})
}

// TestNoPodIsStoppedForASnapshotBesideAReader, which would keep the next one from the claim.
func TestNoPodIsStoppedForASnapshotBesideAReader(t *testing.T) {
	const says = `pod "backup" reads PVC "data-archive-0-0" beside the node's own`
	s := fixture.Scope(keptDown(true), made, placed, readBeside, settled)
	if s.Replicas != 1 || task.Scale(s) != nil || !strings.Contains(s.AtHalt.Waits, says) || s.AtHalt.Write != nil || s.StopsPod() {
		t.Errorf("required: replicas %d, %s, waits %q", s.Replicas, told(s.AtHalt.Write), s.AtHalt.Waits)
	}
	s = fixture.Scope(keptDown(false), made, placed, readBeside, settled)
	if got := s.Node.Reached()[0].Snapshot; got.State != seiv1alpha1.SnapshotFailed || !strings.Contains(got.Message, says) || s.Replicas != 1 || s.Node.Image() != "sei:v7" {
		t.Errorf("not required: %+v, replicas %d of %s", got, s.Replicas, s.Node.Image())
	}
	s = fixture.Scope(keptDown(true), made, down, fixture.Pod(onMachine, fixture.Stopping), readBeside, settled)
	if s.Replicas != 0 || !strings.Contains(s.AtHalt.Waits, says) {
		t.Errorf("it is being stopped already: replicas %d, waits %q", s.Replicas, s.AtHalt.Waits)
	}
}

// TestAWaitIsLookedAtEverMoreSeldom, from the halt on, or since the VolumeSnapshot is there.
func TestAWaitIsLookedAtEverMoreSeldom(t *testing.T) {
	for name, test := range map[string]struct {
		change fixture.Change
		want   time.Duration
	}{
		"at the halt":                 {nothing, 5 * time.Second},
		"a minute after it":           {later(time.Second), 15 * time.Second},
		"ten minutes after it":        {later(10 * time.Minute), 30 * time.Second},
		"it was made now":             {all(later(time.Hour), there(-time.Hour)), 5 * time.Second},
		"it was made a while ago":     {there(2 * time.Minute), 15 * time.Second},
		"it was made long ago":        {there(time.Hour), 30 * time.Second},
		"nothing of it is waited for": {noHalt, 0},
	} {
		if got := fixture.Scope(keptDown(true), made, down, test.change).AtHalt.Look; got != test.want {
			t.Errorf("%s: %s, wanted %s", name, got, test.want)
		}
	}
}

func noHalt(o *task.Observation) { o.Node.Forget() }
