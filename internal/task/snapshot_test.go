package task_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	storagev1 "k8s.io/api/storage/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/utils/ptr"

	seiv1alpha1 "github.com/seinode/seinode-operator/api/v1alpha1"
	"github.com/seinode/seinode-operator/internal/fixture"
	"github.com/seinode/seinode-operator/internal/task"
	"github.com/seinode/seinode-operator/internal/workload"
)

// halt is when the node stopped, and noon when it is looked at.
var halt, noon = time.Date(2026, 1, 2, 11, 59, 0, 0, time.UTC), time.Date(2026, 1, 2, 12, 0, 0, 0, time.UTC)

// keptDown is a node that stopped for an upgrade, and is kept down for a snapshot that is required or not.
func keptDown(required bool) fixture.Change {
	return func(o *task.Observation) {
		o.Node.Spec.Upgrades = []seiv1alpha1.Upgrade{{Name: "v7", Image: "sei:v7"}}
		o.Node.Spec.UpgradePolicy = &seiv1alpha1.UpgradePolicy{Snapshot: &seiv1alpha1.UpgradeSnapshotPolicy{Required: &required}}
		o.Node.Status.DataVolume = &seiv1alpha1.DataVolumeStatus{ClaimUID: "claim-uid"}
		reached := seiv1alpha1.ReachedUpgrade{Name: "v7", Height: 500, Time: ptr.To(metav1.NewTime(halt))}
		reached.Snapshot = workload.SnapshotAtHalt(o.Node, reached)
		o.Node.Reach(reached)
		o.Snapshot.Now = noon
	}
}

var down = fixture.Replicas(0)

// there is the VolumeSnapshot, made so long ago, with changes.
func there(age time.Duration, changes ...func(*unstructured.Unstructured)) fixture.Change {
	return func(o *task.Observation) {
		found := workload.VolumeSnapshot(o.Node, fixture.Claim, *o.Node.PendingSnapshot())
		found.SetUID("snapshot-uid")
		found.SetCreationTimestamp(metav1.NewTime(noon.Add(-age)))
		for _, change := range changes {
			change(found)
		}
		o.Snapshot.Found = found
	}
}

func cut(s *unstructured.Unstructured) {
	s.Object["status"] = map[string]any{"creationTime": "2026-01-02T11:59:59Z", "readyToUse": false}
}

func readyWithoutTime(s *unstructured.Unstructured) {
	s.Object["status"] = map[string]any{"readyToUse": true}
}

func failing(s *unstructured.Unstructured) {
	s.Object["status"] = map[string]any{"error": map[string]any{"message": "no such\nclass"}}
}

func failingSince(age time.Duration) func(*unstructured.Unstructured) {
	return func(s *unstructured.Unstructured) {
		s.Object["status"] = map[string]any{"error": map[string]any{"message": "no such\nclass", "time": noon.Add(-age).Format(time.RFC3339)}}
	}
}

func deleted(s *unstructured.Unstructured) { s.SetDeletionTimestamp(ptr.To(metav1.NewTime(noon))) }

func ofAnotherClaim(s *unstructured.Unstructured) {
	s.SetAnnotations(map[string]string{seiv1alpha1.AnnotationClaimUID: "another", seiv1alpha1.AnnotationUpgrade: s.GetAnnotations()[seiv1alpha1.AnnotationUpgrade]})
}

func ofAnotherHalt(s *unstructured.Unstructured) {
	s.SetAnnotations(map[string]string{seiv1alpha1.AnnotationClaimUID: "claim-uid", seiv1alpha1.AnnotationUpgrade: `{"name":"v6","height":400}`})
}

func ofAnotherNode(s *unstructured.Unstructured) {
	s.SetLabels(map[string]string{seiv1alpha1.LabelNodeUID: "another"})
}

func ofAnotherName(s *unstructured.Unstructured) {
	_ = unstructured.SetNestedField(s.Object, "other", "spec", "source", "persistentVolumeClaimName")
}

// attached is the volume on a machine, or on its way off it.
func attached(still bool) fixture.Change {
	return func(o *task.Observation) {
		o.Data.Attachments = []storagev1.VolumeAttachment{{
			Spec:   storagev1.VolumeAttachmentSpec{NodeName: "m1", Source: storagev1.VolumeAttachmentSource{PersistentVolumeName: ptr.To("pv")}},
			Status: storagev1.VolumeAttachmentStatus{Attached: still},
		}}
	}
}

func later(by time.Duration) fixture.Change {
	return func(o *task.Observation) { o.Snapshot.Now = noon.Add(by) }
}

func refusedFor(why string) fixture.Change {
	return func(o *task.Observation) { o.Snapshot.Refused = why }
}

func unread(o *task.Observation) { o.Snapshot.Unread = errors.New("no answer") }

func noPolicy(o *task.Observation) { o.Node.Spec.UpgradePolicy = nil }

func TestHowASnapshotIsSettled(t *testing.T) {
	const pending, taken, failed, skipped = "", seiv1alpha1.SnapshotTaken, seiv1alpha1.SnapshotFailed, seiv1alpha1.SnapshotSkipped
	const givenUp = seiv1alpha1.SnapshotPending // and why
	for name, test := range map[string]struct {
		change fixture.Change
		// optional and required are what it comes to where it is not required, and where it is; says is part of why it failed.
		optional, required seiv1alpha1.SnapshotState
		says               string
	}{
		"there is none yet":                        {nothing, pending, pending, ""},
		"it is made":                               {there(time.Minute), pending, pending, ""},
		"it is taken":                              {there(time.Minute, cut), taken, taken, ""},
		"it is taken, after an hour":               {there(time.Hour, cut), taken, taken, ""},
		"it is taken, and paused":                  {all(there(time.Minute, cut), fixture.Paused), pending, pending, ""},
		"ready is not taken":                       {there(time.Minute, readyWithoutTime), pending, pending, ""},
		"it is taken, and deleted":                 {there(time.Minute, cut, deleted), pending, pending, ""},
		"an error that may pass":                   {there(59*time.Second, failing), pending, pending, ""},
		"an error that stays":                      {there(61*time.Second, failing), givenUp, pending, "the snapshot controller says: no such class"},
		"an error of late, made long ago":          {there(9*time.Minute, failingSince(59*time.Second)), pending, pending, ""},
		"an error that has stayed a minute":        {there(9*time.Minute, failingSince(61*time.Second)), givenUp, pending, "the snapshot controller says: no such class"},
		"an error of a clock that is behind":       {there(59*time.Second, failingSince(time.Hour)), pending, pending, ""},
		"an error of late, for ten minutes":        {there(11*time.Minute, failingSince(time.Second)), givenUp, pending, "the snapshot controller says: no such class"},
		"nobody takes it":                          {there(11 * time.Minute), givenUp, pending, "not taken after ten minutes"},
		"of another claim":                         {there(time.Minute, cut, ofAnotherClaim), failed, pending, `is not of this halt: its UID is snapshot-uid, found annotations sei.io/claim-uid="another"`},
		"of another halt":                          {there(time.Minute, cut, ofAnotherHalt), failed, pending, `sei.io/upgrade="{\"name\":\"v6\"`},
		"of another node":                          {there(time.Minute, cut, ofAnotherNode), failed, pending, "is not of this halt"},
		"of a claim of another name":               {there(time.Minute, cut, ofAnotherName), failed, pending, "is not of this halt"},
		"refused":                                  {refusedFor("no right"), failed, pending, "no right"},
		"refused, and paused":                      {all(refusedFor("no right"), fixture.Paused), pending, pending, ""},
		"not read":                                 {unread, pending, pending, ""},
		"not read for long":                        {all(unread, later(10*time.Minute)), failed, pending, "cannot be read: no answer"},
		"attached, and to be detached":             {attached(true), pending, pending, ""},
		"attached for long":                        {all(attached(true), later(10*time.Minute)), failed, pending, `volume "pv" is attached to machine "m1"`},
		"attached again for the next pod":          {all(attached(true), later(10*time.Minute), there(-9*time.Minute)), pending, pending, ""},
		"none yet, hours after":                    {later(time.Hour), pending, pending, ""},
		"the policy is gone":                       {noPolicy, skipped, skipped, "spec.upgradePolicy.snapshot was taken away"},
		"the policy is gone, and paused":           {all(noPolicy, fixture.Paused), pending, pending, ""},
		"the policy is gone, and it was taken now": {all(there(time.Minute, cut), noPolicy), taken, taken, ""},
	} {
		for required, want := range map[bool]seiv1alpha1.SnapshotState{false: test.optional, true: test.required} {
			got := task.SettledSnapshot(fixture.Observation(keptDown(required), made, down, test.change))
			switch {
			case got == nil && want == pending:
			case got == nil || got.State != want || !strings.Contains(got.Message, test.says) || !strings.HasPrefix(got.Name, "archive-0-v7-500-"):
				t.Errorf("%s, required %t: %+v, wanted %q", name, required, got, want)
			}
		}
	}
	if got := task.SettledSnapshot(fixture.Observation(made)); got != nil {
		t.Errorf("a node that waits for none: %+v", got)
	}
}

func nothing(*task.Observation) {}

func all(changes ...fixture.Change) fixture.Change {
	return func(o *task.Observation) {
		for _, change := range changes {
			change(o)
		}
	}
}

// unnoted is a StatefulSet that does not say yet what the node is kept down for.
func unnoted(o *task.Observation) {
	delete(fixture.Set(o).Annotations, seiv1alpha1.AnnotationReached)
}

func unsaid(o *task.Observation) { fixture.Set(o).Spec.Replicas = nil }

// TestWhatANodeWaitsForAtAHalt: a snapshot is made once, while nothing of the node is there and nothing is going to be.
func TestWhatANodeWaitsForAtAHalt(t *testing.T) {
	stopping := fixture.Pod(fixture.Stopping)
	for name, test := range map[string]struct {
		changes  []fixture.Change
		waits    string
		makes    bool
		replicas int32
	}{
		"the pod runs":                    {with(made, running), `pod "archive-0-0" is being stopped before it is made`, false, 0},
		"the pod stops":                   {with(made, down, stopping), `pod "archive-0-0" is being stopped before it is made`, false, 0},
		"it is down":                      {with(made, down), "it is being made", true, 0},
		"it may come up":                  {with(made), `StatefulSet "archive-0" may still make a pod`, false, 0},
		"replicas are unsaid":             {with(made, unsaid), "may still make a pod", false, 0},
		"the controller has not seen it":  {with(made, down, fixture.Unseen), "may still make a pod", false, 0},
		"the set goes":                    {with(made, down, terminatingSet), "may still make a pod", false, 0},
		"it is not noted":                 {with(made, down, unnoted), "may still make a pod", false, 0},
		"there is no set":                 {nil, "may still make a pod", false, 0},
		"the volume is attached":          {with(made, down, attached(true)), `volume "pv" is attached to machine "m1", from which it is to be detached before`, false, 0},
		"the volume is detached":          {with(made, down, attached(false)), "it is being made", true, 0},
		"it is there":                     {with(made, down, there(time.Minute)), "the snapshot controller has not taken it yet", false, 0},
		"somebody deleted it":             {with(made, down, there(time.Minute, deleted)), "somebody deleted it; another one is made when it is gone", false, 0},
		"it is somebody else's":           {with(made, down, there(time.Minute, ofAnotherNode)), "is not of this halt", false, 0},
		"it is refused":                   {with(made, down, refusedFor("no right")), "no right; set spec.upgradePolicy.snapshot.required to false to go on without it", false, 0},
		"it is not read":                  {with(made, down, unread), "it cannot be read now; the operator tries again", false, 0},
		"it is paused":                    {with(made, down, fixture.Paused), "", false, 0},
		"the claim has trouble, it runs":  {with(made, running, fixture.Terminating), "", false, 1},
		"the claim has trouble, and down": {with(made, down, fixture.Terminating), "", false, 0},
		"the claim was replaced":          {with(made, running, fixture.Replaced), "", false, 0},
		"something was not read":          {with(made, down, unreadable), "", false, 0},
	} {
		t.Run(name, func(t *testing.T) {
			s := fixture.Scope(append(with(keptDown(true)), test.changes...)...)
			const begins = `the node goes on from image "sei:v7" once VolumeSnapshot "archive-0-v7-500-`
			if !strings.Contains(s.AtHalt.Waits, test.waits) || (test.waits == "") != (s.AtHalt.Waits == "") || test.waits != "" && !strings.HasPrefix(s.AtHalt.Waits, begins) {
				t.Errorf("waits %q, wanted %q", s.AtHalt.Waits, test.waits)
			}
			if (s.AtHalt.Write != nil) != test.makes || s.Replicas != test.replicas {
				t.Errorf("%s, replicas %d; wanted to make it: %t, replicas %d", told(s.AtHalt.Write), s.Replicas, test.makes, test.replicas)
			}
		})
	}
}

// TestStoppingAndStartingForASnapshotIsNoted in the very write: an operator that is killed after it goes on from there.
func TestStoppingAndStartingForASnapshotIsNoted(t *testing.T) {
	stops := task.Scale(fixture.Scope(made, running, keptDown(true)))
	if got := body(t, stops); !strings.Contains(got, `"annotations":{"sei.io/reached-upgrades":`) || !strings.Contains(got, `\"state\":\"Pending\"`) || !strings.Contains(got, `"replicas":0`) {
		t.Errorf("it is stopped by %s", got)
	}
	settle := func(o *task.Observation) {
		o.Node.PendingSnapshot().Snapshot.State = seiv1alpha1.SnapshotTaken
	}
	taken := fixture.Scope(keptDown(true), made, down, settle)
	if got := task.Scale(taken); got != nil {
		t.Errorf("it is started from the image before by %s", body(t, got))
	}
	set := taken.Children["StatefulSet"].Write
	if set == nil {
		t.Fatal("the StatefulSet is not written")
	}
	wrote, is := set.Object.(workload.Object)
	if reached := workload.ReachedUpgrades(wrote); !is || len(reached) != 1 || reached[0].Snapshot.State != seiv1alpha1.SnapshotTaken {
		t.Errorf("noted: %+v", reached)
	}
	if taken.Replicas != 1 || taken.Node.Image() != "sei:v7" {
		t.Errorf("replicas %d, image %s", taken.Replicas, taken.Node.Image())
	}
}

// TestTheImageBeforeCountsWhileASnapshotIsPending: whoever starts it, it stops again, and does nothing else to the data.
func TestTheImageBeforeCountsWhileASnapshotIsPending(t *testing.T) {
	node := fixture.Observation(keptDown(true)).Node
	if node.Image() != "sei:v1" || node.NextImage() != "sei:v7" {
		t.Errorf("%s, and %s next", node.Image(), node.NextImage())
	}
}

// TestASettledSnapshotIsNotUnsettled: the status may be older than the StatefulSet's note, by which the node went on.
func TestASettledSnapshotIsNotUnsettled(t *testing.T) {
	pending := &seiv1alpha1.UpgradeSnapshot{Name: "s", State: seiv1alpha1.SnapshotPending}
	taken := &seiv1alpha1.UpgradeSnapshot{Name: "s", State: seiv1alpha1.SnapshotTaken}
	for name, test := range map[string]struct{ status, note, want *seiv1alpha1.UpgradeSnapshot }{
		"the note is newer":               {pending, taken, taken},
		"the status is newer":             {taken, pending, taken},
		"a former operator noted it":      {pending, nil, nil},
		"both wait":                       {pending, pending, pending},
		"there was none, and none is now": {nil, pending, nil},
	} {
		node := &seiv1alpha1.SeiNode{}
		node.Reach(seiv1alpha1.ReachedUpgrade{Name: "v7", Height: 500, Snapshot: test.status})
		node.Reach(seiv1alpha1.ReachedUpgrade{Name: "v7", Height: 500, Snapshot: test.note})
		if got := node.Reached()[0].Snapshot; got != test.want {
			t.Errorf("%s: %+v", name, got)
		}
	}
}

// TestWhatTheAPIServerRefuses: what somebody has to mend, and what may pass.
func TestWhatTheAPIServerRefuses(t *testing.T) {
	resource := schema.GroupResource{Group: "snapshot.storage.k8s.io", Resource: "volumesnapshots"}
	for name, test := range map[string]struct {
		err  error
		want string
	}{
		"nothing":           {nil, ""},
		"no CRD":            {&meta.NoKindMatchError{}, "install their CRDs"},
		"no CRD any more":   {apierrors.NewNotFound(resource, ""), "install their CRDs"},
		"no right":          {apierrors.NewForbidden(resource, "x", nil), "the operator needs get, create and delete on volumesnapshots.snapshot.storage.k8s.io"},
		"it is no good":     {apierrors.NewBadRequest("spec.source"), "the API server refuses it: spec.source"},
		"no answer":         {errors.New("no answer"), ""},
		"somebody is first": {apierrors.NewConflict(resource, "x", nil), ""},
	} {
		if got := task.SnapshotRefusal(test.err); !strings.Contains(got, test.want) || (got == "") != (test.want == "") {
			t.Errorf("%s: %q", name, got)
		}
	}
}

// TestWhatIsNotMadeFails at once where it is not required, or after ten minutes of errors that pass; one that is required waits, and says why.
func TestWhatIsNotMadeFails(t *testing.T) {
	forbidden := apierrors.NewForbidden(schema.GroupResource{Resource: "volumesnapshots"}, "x", nil)
	for name, test := range map[string]struct {
		required bool
		err      error
		later    time.Duration
		forGood  bool
		state    seiv1alpha1.SnapshotState
		waits    string
	}{
		"forbidden":               {false, forbidden, 0, true, seiv1alpha1.SnapshotFailed, ""},
		"forbidden, and required": {true, forbidden, 0, true, seiv1alpha1.SnapshotPending, "is forbidden"},
		"no answer":               {false, errors.New("no answer"), 0, false, seiv1alpha1.SnapshotPending, "it is being made"},
		"no answer for long":      {false, errors.New("no answer"), 10 * time.Minute, true, seiv1alpha1.SnapshotPending, "it cannot be made: no answer; it is given up"},
		"none, and required":      {true, errors.New("no answer"), 10 * time.Minute, true, seiv1alpha1.SnapshotPending, "it cannot be made: no answer"},
	} {
		s := fixture.Scope(keptDown(test.required), made, down, later(test.later))
		forGood := s.RefuseSnapshot(test.err)
		if got := s.Node.Reached()[0].Snapshot.State; forGood != test.forGood || got != test.state || !strings.Contains(s.AtHalt.Waits, test.waits) {
			t.Errorf("%s: for good %t, %s, waits %q", name, forGood, got, s.AtHalt.Waits)
		}
	}
}
