package olm

import (
	"context"
	"time"

	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	toolscache "k8s.io/client-go/tools/cache"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/cache"
	"sigs.k8s.io/controller-runtime/pkg/client"

	seiv1alpha1 "github.com/seinode/seinode-operator/api/v1alpha1"
	"github.com/seinode/seinode-operator/internal/write"
)

// operatorCondition is the kind by which an operator speaks to OLM. A cluster without OLM lacks it: it is read and written as what it is, JSON. OLM makes one for each
// version of the operator, tells the manager its name in $OPERATOR_CONDITION_NAME, and lets it get and update that one, and watch none.
var operatorCondition = schema.GroupVersionKind{Group: "operators.coreos.com", Version: "v2", Kind: "OperatorCondition"}

// uncached: there is no cache of them.
const uncached = client.DisableReadYourWritesConsistency

const (
	// together is how long news are waited for that come together, and told at once.
	together = 5 * time.Second
	// again is after how long a write that failed is tried again at first, and seldom is how long that grows to.
	again, seldom = time.Minute, time.Hour
)

// Reporter keeps condition Upgradeable of an OperatorCondition as the SeiNodes are. While none of them begins or ends anything it reads and writes nothing.
type Reporter struct {
	// informers bring the news, and nodes lists the SeiNodes: the cache.
	informers cache.Informers
	nodes     client.Reader
	// live and writer have the OperatorCondition of that key.
	live   client.Reader
	writer client.Writer
	key    client.ObjectKey

	together time.Duration
	news     chan struct{}
	// told is what OLM was told last.
	told metav1.Condition
}

// New returns a Reporter that speaks by the OperatorCondition of a name.
func New(manager ctrl.Manager, key client.ObjectKey) *Reporter {
	return &Reporter{informers: manager.GetCache(), nodes: manager.GetCache(), live: manager.GetAPIReader(), writer: manager.GetClient(), key: key,
		together: together, news: make(chan struct{}, 1)}
}

// Start tells OLM how it is, and each time that it becomes otherwise, until the manager ends. Only the manager that works does.
func (r *Reporter) Start(ctx context.Context) error {
	informer, err := r.informers.GetInformer(ctx, &seiv1alpha1.SeiNode{})
	if err != nil {
		return err
	}
	if _, err := informer.AddEventHandler(r.listens()); err != nil {
		return err
	}
	r.wake()
	r.report(ctx)
	return nil
}

// listens wakes the Reporter when a node begins or ends something: a fleet that makes blocks does not.
func (r *Reporter) listens() toolscache.ResourceEventHandler {
	return toolscache.ResourceEventHandlerFuncs{
		AddFunc:    func(any) { r.wake() },
		DeleteFunc: func(any) { r.wake() },
		UpdateFunc: func(before, after any) {
			was, wasNode := before.(*seiv1alpha1.SeiNode)
			is, isNode := after.(*seiv1alpha1.SeiNode)
			if wasNode && isNode && underWay(was) != underWay(is) {
				r.wake()
			}
		},
	}
}

func (r *Reporter) wake() {
	select {
	case r.news <- struct{}{}:
	default: // somebody has
	}
}

// report waits for news, and tells them. That OLM cannot be told holds up nothing: it is in the log, and tried again.
func (r *Reporter) report(ctx context.Context) {
	pause := again
	var retry <-chan time.Time
	for {
		select {
		case <-ctx.Done():
			return
		case <-r.news:
		case <-retry:
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(r.together):
		}
		if err := r.tell(ctx); err != nil {
			ctrl.Log.Error(err, "OLM cannot be told whether the operator may be upgraded", "operatorCondition", r.key, "triedAgainIn", pause.String())
			retry, pause = time.After(pause), min(2*pause, seldom)
			continue
		}
		pause, retry = again, nil
	}
}

// tell tells OLM how it is, unless it was told.
func (r *Reporter) tell(ctx context.Context) error {
	nodes := &seiv1alpha1.SeiNodeList{}
	if err := r.nodes.List(ctx, nodes, client.UnsafeDisableDeepCopy); err != nil { // they are only read
		return err
	}
	wanted := Upgradeable(nodes.Items)
	if wanted == r.told {
		return nil
	}
	object := &unstructured.Unstructured{}
	object.SetGroupVersionKind(operatorCondition)
	if err := r.live.Get(ctx, r.key, object); err != nil {
		return err
	}
	changed, err := put(object, wanted)
	if err == nil && changed {
		_, err = write.Update(operatorCondition.Kind, object, uncached).Do(ctx, r.writer)
	}
	if err == nil {
		r.told = wanted
	}
	return err
}

// put puts a condition into an OperatorCondition, beside those of others, and says whether it was not there.
func put(object *unstructured.Unstructured, wanted metav1.Condition) (changed bool, err error) {
	all, err := conditions(object)
	if err != nil || !meta.SetStatusCondition(&all, wanted) {
		return false, err
	}
	spec, err := runtime.DefaultUnstructuredConverter.ToUnstructured(&said{Conditions: all})
	if err != nil {
		return false, err
	}
	return true, unstructured.SetNestedField(object.Object, spec["conditions"], "spec", "conditions")
}

// said is what an operator says by its OperatorCondition.
type said struct {
	Conditions []metav1.Condition `json:"conditions"`
}

func conditions(object *unstructured.Unstructured) ([]metav1.Condition, error) {
	var live struct {
		Spec said `json:"spec"`
	}
	err := runtime.DefaultUnstructuredConverter.FromUnstructured(object.Object, &live)
	return live.Spec.Conditions, err
}
