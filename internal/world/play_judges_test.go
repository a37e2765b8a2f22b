package world

import (
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	seiv1alpha1 "github.com/seinode/seinode-operator/api/v1alpha1"
	"github.com/seinode/seinode-operator/internal/faults"
)

// judgeWrite judges the world after a write, whoever made it.
func (p *play) judgeWrite() {
	p.breaks(p.judgeTemplates())
	p.breaks(p.judgeSigners())
}

// judgeTemplates: at most one pod template mounts a given claim.
func (p *play) judgeTemplates() string {
	mounts := map[string]string{}
	for _, set := range all[*appsv1.StatefulSet](p.api.stored) {
		for _, volume := range set.Spec.Template.Spec.Volumes {
			if volume.PersistentVolumeClaim == nil {
				continue
			}
			claim := set.Namespace + "/" + volume.PersistentVolumeClaim.ClaimName
			if other := mounts[claim]; other != "" {
				return broke("at most one pod template mounts a claim", "%s is mounted by %s and %s", claim, other, set.Name)
			}
			mounts[claim] = set.Name
		}
	}
	return ""
}

// judgeSigners: at most one live pod can sign with a given key. One can whose process holds it, and one that is there, finds it, and was told that
// it is reserved for it.
func (p *play) judgeSigners() string {
	signers := map[string]string{}
	for _, pod := range all[*corev1.Pod](p.api.stored) {
		for _, key := range p.canSignWith(pod) {
			if other := signers[key]; other != "" {
				return broke("at most one live pod can sign with a key", "%s and %s can with %s", other, pod.Name, key)
			}
			signers[key] = pod.Name
		}
	}
	return ""
}

func (p *play) canSignWith(pod *corev1.Pod) []string {
	if running, is := p.processes[pod.UID]; is {
		return running.keys
	}
	var told struct{ KeyAddress string }
	_ = json.Unmarshal([]byte(pod.Annotations["sei.io/reservation"]), &told)
	found := p.keysIn(pod)
	if p.signsFromDisk(pod) {
		if would, there := p.finds(pod); there {
			found = would.keys
		}
	}
	return slices.DeleteFunc(found, func(key string) bool { return addressOf(key) != told.KeyAddress })
}

// state is what there is in the end, without what may differ between two worlds that come to the same.
func (p *play) state() []string {
	var lines []string
	for kind := range p.api.stored {
		for _, key := range p.api.stored.keys(kind) {
			text, err := json.MarshalIndent(essential(p.api.stored[kind][key]), "", " ")
			if err != nil {
				panic(err)
			}
			lines = append(lines, fmt.Sprintf("%s %s %s", kind, key, accidental.ReplaceAllString(string(text), "*")))
		}
	}
	slices.Sort(lines)
	return strings.Split(strings.Join(lines, "\n"), "\n")
}

// accidental are versions, times and random IDs.
var accidental = regexp.MustCompile(`"\d{4}-\d\d-\d\dT[0-9:.]+Z"|[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f-]{22}|"resourceVersion": "\d+"|"(observedG|g)eneration": \d+`)

// essential is an object without how it came to be: of a plan that is complete, which one it was; of the notes of writes, their order and what was written, since
// a world with a wrong one does not rest; of where data comes from, whether a write came along that noted that it came.
func essential(object client.Object) client.Object {
	object = object.DeepCopyObject().(client.Object)
	if node, is := object.(*seiv1alpha1.SeiNode); is {
		if plan := node.Status.Plan; plan != nil && plan.Phase == seiv1alpha1.PlanComplete {
			plan.ID, plan.Tasks = "", nil
		}
		for i := range node.Status.Children {
			node.Status.Children[i].Digest = ""
		}
		slices.SortFunc(node.Status.Children, func(a, b seiv1alpha1.ChildStatus) int { return strings.Compare(a.Kind, b.Kind) })
	}
	delete(object.GetAnnotations(), seiv1alpha1.AnnotationAskedData)
	return object
}

// spareStatuses is how many statuses more a fault may take: one tells what went wrong, and one that it is over. Of any other write, one more makes up for it.
// spare is how many more they may be together for each node that forgets: what was made, and nobody remembers how it looks, is written once more, and a node has
// three such objects.
const spareStatuses, spare = 2, 3

// surplus is how many writes more were done than usual, and what is too many, "" for nothing.
func surplus(usual, done map[faults.What]int, forgetful int) (sum int, tooMany string) {
	for what, times := range done {
		allowed, more := 1, max(0, times-usual[what])
		if what.Verb == faults.PatchStatus {
			allowed = spareStatuses
		}
		if sum += more; more > allowed {
			tooMany = fmt.Sprintf("%s, %d times instead of %d", what, times, usual[what])
		}
	}
	if sum > forgetful*spare && tooMany == "" {
		tooMany = fmt.Sprintf("%d writes, %v instead of %v", sum, done, usual)
	}
	return sum, tooMany
}
