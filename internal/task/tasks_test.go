package task_test

import (
	"strings"
	"testing"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	seiv1alpha1 "github.com/seinode/seinode-operator/api/v1alpha1"
	"github.com/seinode/seinode-operator/internal/fixture"
	"github.com/seinode/seinode-operator/internal/storage"
	"github.com/seinode/seinode-operator/internal/task"
	"github.com/seinode/seinode-operator/internal/verdict"
	"github.com/seinode/seinode-operator/internal/workload"
	"github.com/seinode/seinode-operator/internal/write"
)

func with(changes ...fixture.Change) []fixture.Change { return changes }

// told is a write in one line, "" for none.
func told(w *write.Write) string {
	if w == nil {
		return ""
	}
	return w.Doing + " " + w.Kind + " " + w.Object.GetName()
}

var (
	service, set, budget = workload.ServiceChild, workload.StatefulSetChild, workload.DisruptionBudgetChild
	made                 = fixture.Change(fixture.Made)
	running              = fixture.Pod()
	outdated             = fixture.Pod(fixture.Outdated)
)

// TestEachTaskDoesWhatItsStateAsksForAndNothingElse looks at what every task says and wants to write.
func TestEachTaskDoesWhatItsStateAsksForAndNothingElse(t *testing.T) {
	const ensure, pod, await = seiv1alpha1.TaskEnsureDataPVC, seiv1alpha1.TaskReplacePod, seiv1alpha1.TaskAwaitNodeReady
	const valid, transient, terminal = verdict.Valid, verdict.Transient, verdict.Terminal
	tests := map[string]struct {
		task    seiv1alpha1.TaskType
		changes []fixture.Change
		class   verdict.Class
		reason  string
		write   string
	}{
		"import, valid":            {ensure, nil, valid, "PVCValidated", ""},
		"import, trouble":          {ensure, with(fixture.Terminating), transient, "PVCTerminating", ""},
		"import, terminal":         {ensure, with(fixture.Lost), terminal, "PVCLost", ""},
		"import, no claim":         {ensure, with(fixture.NoClaim), transient, "PVCNotFound", ""},
		"import, with our own ref": {ensure, with(retainImport), terminal, "PVCOwnedElsewhere", ""},
		"import, held by another":  {ensure, with(fixture.HeldByAnother), transient, "PVCInUse", ""},
		"import, held by nobody":   {ensure, with(fixture.Free), valid, "PVCValidated", ""},
		"create, there is none":    {ensure, with(fixture.Creates, fixture.NoClaim), transient, "DataVolumeNotReady", "Creating PersistentVolumeClaim data-archive-0"},
		"create, it is there":      {ensure, with(fixture.Creates), valid, "PVCValidated", ""},
		"create, it is foreign":    {ensure, with(fixture.Creates, foreignClaim), terminal, "PVCNotOwned", ""},
		"create, it was lost":      {ensure, with(fixture.Creates, fixture.Replaced, fixture.NoClaim), terminal, "DataVolumeLost", ""},
		"create, it is to be kept": {ensure, with(fixture.Creates, fixture.Retain), valid, "PVCValidated", ""},

		"no Service":                     {service.Task, nil, transient, "Initializing", "Creating Service archive-0"},
		"no Service, trouble":            {service.Task, with(fixture.Terminating), transient, "PVCTerminating", ""},
		"no Service of one that runs":    {service.Task, with(made, fixture.Gone(service), fixture.Terminating), transient, "Initializing", "Creating Service archive-0"},
		"Service up to date":             {service.Task, with(made), valid, "", ""},
		"Service edited":                 {service.Task, with(made, editService), transient, "Initializing", "Updating Service archive-0"},
		"Service foreign":                {service.Task, with(fixture.Foreign(service)), terminal, "ServiceNotOwned", ""},
		"Service of a namesake":          {service.Task, with(fixture.OfNamesake(service)), transient, "ServiceNotOwned", ""},
		"budget foreign":                 {budget.Task, with(fixture.Validates, fixture.Foreign(budget)), terminal, "DisruptionBudgetNotOwned", ""},
		"no budget":                      {budget.Task, with(fixture.Validates), transient, "Initializing", "Creating PodDisruptionBudget archive-0"},
		"a budget of no validator":       {budget.Task, with(made, leftBudget), transient, "Initializing", "Deleting PodDisruptionBudget archive-0"},
		"no StatefulSet":                 {set.Task, nil, transient, "Initializing", "Creating StatefulSet archive-0"},
		"no StatefulSet, trouble":        {set.Task, with(fixture.Terminating), transient, "PVCTerminating", ""},
		"no StatefulSet, held":           {set.Task, with(fixture.HeldByAnother), transient, "PVCInUse", ""},
		"outdated pod, held by another":  {pod, with(made, outdated, fixture.HeldByAnother), transient, "PVCInUse", ""},
		"no StatefulSet, terminal":       {set.Task, with(fixture.Lost), transient, "PVCLost", ""},
		"no StatefulSet, replaced":       {set.Task, with(fixture.Replaced), transient, "PVCReplaced", ""},
		"no StatefulSet, no claim":       {set.Task, with(fixture.Creates, fixture.NoClaim), transient, "DataVolumeNotReady", ""},
		"no StatefulSet, key in use":     {set.Task, with(fixture.KeyInUse), transient, "SigningKeyInUse", ""},
		"StatefulSet up to date":         {set.Task, with(made), valid, "", ""},
		"StatefulSet, another image":     {set.Task, with(made, fixture.NewImage), transient, "Initializing", "Updating StatefulSet archive-0"},
		"StatefulSet, only replicas":     {set.Task, with(made, fixture.Replicas(0)), valid, "", ""},
		"StatefulSet is terminating":     {set.Task, with(made, terminatingSet), transient, "Initializing", ""},
		"StatefulSet foreign":            {set.Task, with(fixture.Foreign(set)), terminal, "StatefulSetNotOwned", ""},
		"StatefulSet foreign, trouble":   {set.Task, with(fixture.Foreign(set), fixture.Terminating), terminal, "StatefulSetNotOwned", ""},
		"StatefulSet of a namesake":      {set.Task, with(fixture.OfNamesake(set)), transient, "StatefulSetNotOwned", ""},
		"pod of the newest template":     {pod, with(made, running), valid, "", ""},
		"no pod":                         {pod, with(made), valid, "", ""},
		"outdated pod, ready":            {pod, with(made, outdated), transient, "Updating", "Deleting Pod archive-0-0"},
		"outdated pod, not ready":        {pod, with(made, fixture.Pod(fixture.Outdated, fixture.NotReady)), transient, "Updating", "Deleting Pod archive-0-0"},
		"outdated pod, terminating":      {pod, with(made, fixture.Pod(fixture.Outdated, fixture.Stopping)), transient, "Updating", ""},
		"outdated pod, trouble":          {pod, with(made, outdated, fixture.Terminating), transient, "PVCTerminating", ""},
		"outdated pod, terminal trouble": {pod, with(made, outdated, fixture.Lost), transient, "PVCLost", ""},
		"outdated pod, key in use":       {pod, with(fixture.KeyInUse, made, outdated), transient, "SigningKeyInUse", ""},
		"outdated pod, new spec unseen":  {pod, with(made, outdated, fixture.Unseen), transient, "Updating", ""},
		"outdated pod, set not written":  {pod, with(made, outdated, fixture.NewImage), transient, "Updating", ""},
		"outdated pod, set edited":       {pod, with(made, outdated, editSet), transient, "Updating", ""},
		"outdated pod, foreign set":      {pod, with(made, outdated, fixture.Foreign(set)), transient, "Updating", ""},
		"outdated pod of a namesake":     {pod, with(made, fixture.Pod(fixture.Outdated, ofNamesake)), valid, "", ""},
		"outdated pod of another name":   {pod, with(made, fixture.Pod(fixture.Outdated, renamed)), valid, "", ""},
		"ready":                          {await, with(made, running), valid, "", ""},
		"ready, of an older template":    {await, with(made, outdated), transient, "PodNotReady", ""},
		"ready, another image is wanted": {await, with(made, running, fixture.NewImage), transient, "PodNotReady", ""},
		"not ready":                      {await, with(made, fixture.Pod(fixture.NotReady)), transient, "PodNotReady", ""},
		"no set to be ready":             {await, nil, transient, "PodNotReady", ""},
		"ready, but foreign":             {await, with(made, running, fixture.Foreign(set)), transient, "PodNotReady", ""},
		"paused":                         {await, with(made, running, fixture.Paused), transient, "Paused", ""},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			got, wanted := task.All[test.task](fixture.Scope(test.changes...))
			if got.Class != test.class || got.Reason != test.reason || told(wanted) != test.write {
				t.Errorf("%s %q, %q; wanted %s %q, %q", got.Class, got.Reason, told(wanted), test.class, test.reason, test.write)
			}
			if got.Class != valid && got.Message == "" {
				t.Error("nothing is said about what it waits for")
			}
		})
	}
}

// retainImport has all that makes a created claim need its release, on an imported one.
func retainImport(o *task.Observation) {
	fixture.Retain(o)
	o.Data.Claim.OwnerReferences = []metav1.OwnerReference{*metav1.NewControllerRef(o.Node, seiv1alpha1.GroupVersion.WithKind("SeiNode"))}
}

// leftBudget is a budget that an earlier version made, for a node that is no validator.
func leftBudget(o *task.Observation) { o.Live[budget.Key()] = workload.DisruptionBudget(o.Node) }

func foreignClaim(o *task.Observation) { o.Data.Claim.OwnerReferences = nil }

func editService(o *task.Observation) { o.Live[service.Kind].(*corev1.Service).Spec.Ports[0].Port = 1 }

func editSet(o *task.Observation) { fixture.Set(o).Spec.Template.Spec.HostNetwork = true }

func terminatingSet(o *task.Observation) { fixture.Set(o).DeletionTimestamp = &metav1.Time{} }

func ofNamesake(pod *corev1.Pod) { pod.Labels[seiv1alpha1.LabelNodeUID] = "former" }

func renamed(pod *corev1.Pod) { pod.Name = "archive-0-7" }

func TestWhatAPersonReadsNamesTheObjectAndTheRemedy(t *testing.T) {
	tests := map[string]struct {
		task    seiv1alpha1.TaskType
		changes []fixture.Change
		says    string
	}{
		"foreign Service": {
			service.Task, with(fixture.Foreign(service)),
			`Service "archive-0" already exists and is not owned by SeiNode "archive-0"; delete it, or give the SeiNode another name`,
		},
		"Service of a namesake":      {service.Task, with(fixture.OfNamesake(service)), `Service "archive-0" was left by an earlier life of this node`},
		"StatefulSet is terminating": {set.Task, with(made, terminatingSet), `StatefulSet "archive-0" is terminating; a new one is made when it is gone`},
		"waits for the claim":        {set.Task, with(fixture.Lost), `StatefulSet "archive-0" is made once the node may start`},
		"paused":                     {seiv1alpha1.TaskAwaitNodeReady, with(fixture.Paused), "spec.paused is true; set it to false"},
		"not ready":                  {seiv1alpha1.TaskAwaitNodeReady, nil, `pod "archive-0-0" is not ready`},
		"replacing":                  {seiv1alpha1.TaskReplacePod, with(made, outdated), `replacing pod "archive-0-0"`},
		"held back":                  {seiv1alpha1.TaskReplacePod, with(made, outdated, fixture.Terminating), `pod "archive-0-0" runs an older spec and is not restarted now: PVC`},
		"not seen":                   {seiv1alpha1.TaskReplacePod, with(made, fixture.Unseen), "waiting for the StatefulSet controller"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			if got, _ := task.All[test.task](fixture.Scope(test.changes...)); !strings.Contains(got.Message, test.says) {
				t.Errorf("message %q does not say %q", got.Message, test.says)
			}
		})
	}
}

// TestTheStatefulSetThatIsMadeMountsTheClaimThatWasValidated, imported or created.
func TestTheStatefulSetThatIsMadeMountsTheClaimThatWasValidated(t *testing.T) {
	tests := map[string]struct {
		changes  []fixture.Change
		claim    string
		replicas int32
	}{
		"imported":         {nil, "data-archive-0-0", 1},
		"created":          {with(fixture.Creates), "data-archive-0", 1},
		"imported, paused": {with(fixture.Paused), "data-archive-0-0", 0},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			scope := fixture.Scope(test.changes...)
			_, wanted := task.All[set.Task](scope)
			made := wanted.Object.(*appsv1.StatefulSet)
			if got := made.Spec.Template.Spec.Volumes[0].PersistentVolumeClaim.ClaimName; got != test.claim || scope.Data.Claim.Name != got {
				t.Errorf("the pod mounts %q, wanted %q, which was validated", got, test.claim)
			}
			if *made.Spec.Replicas != test.replicas {
				t.Errorf("replicas are %d, wanted %d", *made.Spec.Replicas, test.replicas)
			}
		})
	}
}

// TestTheClaimThatIsMadeIsOfTheModesSize, and known as the node's.
func TestTheClaimThatIsMadeIsOfTheModesSize(t *testing.T) {
	scope := fixture.Scope(fixture.Creates, fixture.NoClaim)
	_, wanted := task.All[seiv1alpha1.TaskEnsureDataPVC](scope)
	claim := wanted.Object.(*corev1.PersistentVolumeClaim)
	if got := claim.Spec.Resources.Requests.Storage().String(); got != "25000Gi" {
		t.Errorf("size is %s", got)
	}
	if !storage.Owned(claim, scope.Node) || claim.Labels[seiv1alpha1.LabelChain] != "pacific-1" {
		t.Errorf("the claim is not known as the node's: %v %v", claim.OwnerReferences, claim.Labels)
	}
	for key := range claim.Labels {
		if !strings.HasPrefix(key, "sei.io/") {
			t.Errorf("a tool may take the claim for its own by label %s", key)
		}
	}
}

// TestEveryDocumentedTaskTypeHasATask: one without would be planned again for ever.
func TestEveryDocumentedTaskTypeHasATask(t *testing.T) {
	for _, kind := range []seiv1alpha1.TaskType{
		"ensure-data-pvc", "apply-service", "apply-disruption-budget", "apply-statefulset", "apply-network-policy", "apply-p2p-service", "replace-pod", "await-node-ready",
	} {
		if task.All[kind] == nil {
			t.Errorf("there is no task %s", kind)
		}
	}
	if len(task.All) != 8 {
		t.Errorf("%d tasks", len(task.All))
	}
}
