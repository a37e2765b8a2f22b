// Package world holds the operator to its promises in random worlds: the real reconciler, on an API server in memory, among users who do
// what they like, Kubernetes' own controllers, machines that nobody hears from, disks and keys that others use, stale caches, rights that are
// lost and writes that fail. It has tests only.
//
// A world is a list of steps, drawn from a seed. The same steps always end the same way, so that a promise that was broken is broken again
// with steps left out: what a failed test prints is the shortest trace that still breaks it.
package world

import (
	"context"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/klog/v2"
	testingclock "k8s.io/utils/clock/testing"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"

	seiv1alpha1 "github.com/seinode/seinode-operator/api/v1alpha1"
	"github.com/seinode/seinode-operator/internal/controller"
	"github.com/seinode/seinode-operator/internal/platform"
	"github.com/seinode/seinode-operator/internal/telemetry"
)

const (
	// namespace is where almost everything is; in another one there is a single SeiNode, whose objects bear names of their own.
	namespace, otherNamespace = "sei", "other"
	// operatorNamespace is the operator's own.
	operatorNamespace = "seinode-system"
	// steps is how long a world is. A dozen bring two nodes up; the rest is for what can go wrong.
	steps = 40
	// between two steps passes enough time for most fresh plans to be made.
	between = 30 * time.Second
	// epoch is when worlds begin, in 2096: the back-off between plans looks at the real clock, too, and must never seem to lie ahead.
	epoch = 4e9
)

// step is one thing that happens; what it happens to depends on the arguments, and on what there is then.
type step struct {
	act  int
	args [4]uint32
}

// opening is how a world begins: without anything in it there is nothing to go wrong.
var opening = []string{"create a claim", "create a SeiNode", "create a SeiNode", "bind claims"}

// weighted draws one of the acts.
func weighted(random *rand.Rand, acts []act) int {
	total := 0
	for _, a := range acts {
		total += a.weight
	}
	at := random.IntN(total)
	for i := range acts {
		if at -= acts[i].weight; at < 0 {
			return i
		}
	}
	return 0
}

// draw draws the steps of a world.
func draw(seed uint64, acts []act) []step {
	random := rand.New(rand.NewPCG(seed, 0))
	drawn := make([]step, steps)
	for i := range drawn {
		if i < len(opening) {
			drawn[i].act = slices.IndexFunc(acts, func(a act) bool { return a.name == opening[i] })
		} else {
			drawn[i].act = weighted(random, acts)
		}
		for j := range drawn[i].args {
			drawn[i].args[j] = random.Uint32()
		}
	}
	return drawn
}

// world is one of them, as it is after some of its steps.
type world struct {
	api   *server
	now   int // the number of the step
	clock *testingclock.FakePassiveClock

	// cache is what each of the operator's informers shows; written is what it wrote to since that was shown.
	cache   objects
	written written
	// held are the informers that hear nothing, for that many reconciles.
	held       map[string]int
	reconciler *controller.Reconciler

	// What goes on in the running reconcile: of which SeiNode, as it was read; what goes wrong; whether nothing did, and nothing was stale.
	reconciling   *seiv1alpha1.SeiNode
	fault         fault
	reads, writes int
	clean         bool
	rights        rights

	processes      map[types.UID]process
	disks, volumes int
	// diskOf says on which disk the bytes of a volume are, and keyOn which signing key lies on a disk: the world made them so.
	diskOf, keyOn map[string]string
	machines      map[string]*machine
	// inSecret says which key is in a Secret.
	inSecret map[string]string
	// foreign are the attachments of somebody whom no claim shows.
	foreign map[types.UID]bool
	nature

	// What the judges remember: when each object was made, when a StatefulSet was last looked at by its controller, which of them a user
	// has scaled that no reconcile has seen since, what the operator has seen of claims.
	born    map[types.UID]int
	stepped map[types.UID]int
	owed    map[types.UID]types.UID
	seen    map[sighting]int
	// adopted is what was taken by whom, letStart when the operator last had a StatefulSet make its pod.
	adopted  map[adoption]bool
	letStart map[types.UID]int
	// left are the SeiNodes that were deleted with --cascade=orphan, and when: what was there before is not to be deleted.
	left map[types.UID]int

	counts map[string]int
	broken string
	log    []string
	logs   bool
}

// written are the objects of each kind that were written to.
type written map[string]map[client.ObjectKey]bool

// sighting is something that a faultless reconcile must have noticed, about a claim or a SeiNode of that UID.
type sighting struct {
	what string
	uid  types.UID
}

// nature is what is so in a world from its beginning to its end.
type nature struct {
	// stale says that the operator does not read its own writes, as with several watched namespaces.
	stale bool
	// shared says that volumes are shared over the network: nothing has them attached to one machine at a time.
	shared bool
}

// run plays a world to its end, or to the promise that was broken.
func run(drawn []step, acts []act, is nature, logs bool) *world {
	w := &world{
		clock: testingclock.NewFakePassiveClock(time.Unix(epoch, 0)), cache: objects{}, written: written{}, nature: is,
		processes: map[types.UID]process{}, born: map[types.UID]int{}, stepped: map[types.UID]int{}, owed: map[types.UID]types.UID{},
		seen: map[sighting]int{}, diskOf: map[string]string{}, keyOn: map[string]string{}, left: map[types.UID]int{}, counts: map[string]int{}, logs: logs,
		machines: map[string]*machine{}, inSecret: maps.Clone(inSecret), foreign: map[types.UID]bool{}, adopted: map[adoption]bool{}, letStart: map[types.UID]int{},
	}
	w.api = &server{stored: objects{}, now: w.clock.Now}
	for _, name := range machines {
		w.machines[name] = &machine{}
	}
	w.restart()
	for _, s := range drawn {
		w.now++
		w.clock.SetTime(w.clock.Now().Add(between))
		w.count(acts[s.act].name)
		w.logf("%d %s", w.now, acts[s.act].name)
		acts[s.act].do(w, s.args)
		if w.broken != "" {
			break
		}
	}
	return w
}

func (w *world) count(what string) { w.counts[what]++ }

func (w *world) logf(format string, args ...any) {
	if w.logs {
		w.log = append(w.log, fmt.Sprintf(format, args...))
	}
}

// restart gives the world a new operator, which knows nothing but what its caches show: all that is there now.
func (w *world) restart() {
	w.boot(writing{reading: reading{w: w}}, reading{w: w, live: true})
	w.cache = objects{}
	w.syncAll()
}

// boot starts an operator that has these clients.
func (w *world) boot(cached client.Client, live client.Reader) {
	w.reconciler = &controller.Reconciler{
		Client: cached, Live: live, Namespace: operatorNamespace, Platform: config, Events: events, Metrics: metrics, Clock: w.clock,
	}
	w.reconciler.Prepare()
}

var (
	config  = platform.Default()
	events  = telemetry.Events{Recorder: silent{}}
	metrics = telemetry.NewMetrics(prometheus.NewRegistry(), "")
	quiet   = ctrl.LoggerInto(context.Background(), klog.Logger{})
)

// silent takes events, and keeps none.
type silent struct{}

func (silent) Eventf(runtime.Object, runtime.Object, string, string, string, string, ...any) {}

// reconcile lets the operator look at one SeiNode.
func (w *world) reconcile(name string) {
	w.reconciling, w.reads, w.writes = nil, 0, 0
	w.logf("  reconcile %s, clean %t, %+v", name, w.clean, w.fault)
	_, err := w.reconciler.Reconcile(quiet, ctrl.Request{NamespacedName: client.ObjectKey{Namespace: namespaceOf(name), Name: name}})
	w.clean = w.clean && err == nil
	if err != nil {
		w.logf("  error: %v", err)
	}
	if w.clean && w.reconciling != nil {
		w.notice()
	}
	w.reconciling, w.fault = nil, fault{}
}
