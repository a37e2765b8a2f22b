package controller

import (
	"cmp"
	"context"
	"strings"
	"sync"
	"time"

	"k8s.io/apimachinery/pkg/types"
	ctrl "sigs.k8s.io/controller-runtime"

	seiv1alpha1 "github.com/seinode/seinode-operator/api/v1alpha1"
	"github.com/seinode/seinode-operator/internal/task"
	"github.com/seinode/seinode-operator/internal/verdict"
	"github.com/seinode/seinode-operator/internal/write"
)

// refusalInterval is how long the API server is not asked again for a pre-pull pod that it refused: a right is missing, or a quota is full.
const refusalInterval = 5 * time.Minute

// refusals remember, by node, why the API server does not take a pre-pull pod, and until when it is not asked again. Nobody waits for the end of
// that: the next thing that wakes the node after it asks.
type refusals struct {
	mutex sync.Mutex
	nodes map[types.UID]refusal
}

type refusal struct {
	generation int64
	until      time.Time
	words      string
}

// of is why the API server refused the node's pre-pull pod a short while ago, "" where it may be asked: nobody did, or the spec is another since.
func (r *refusals) of(node *seiv1alpha1.SeiNode, now time.Time) string {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	last := r.nodes[node.UID]
	if last.generation != node.Generation || !now.Before(last.until) {
		return ""
	}
	return last.words
}

func (r *refusals) note(node *seiv1alpha1.SeiNode, now time.Time, words string) {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	if r.nodes == nil {
		r.nodes = map[types.UID]refusal{}
	}
	r.nodes[node.UID] = refusal{generation: node.Generation, until: now.Add(refusalInterval), words: words}
}

func (r *refusals) forget(node types.UID) {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	delete(r.nodes, node)
}

// prePull makes or deletes the node's pre-pull pod, and returns when to look again. What fails here is never an error of the node's: nothing else of it is
// put off. That the API server refuses is told; a node that would wait for the trial goes on without it.
func (r *Reconciler) prePull(ctx context.Context, scope *task.Scope, result ctrl.Result) ctrl.Result {
	p := &scope.PrePull
	if p.Proves() {
		result = again
	}
	if p.Write == nil || p.Refused != "" {
		return result
	}
	_, err := p.Write.Do(ctx, r.Client)
	if write.Refused(err) {
		p.Refused = refusedFor(err)
		scope.PrePullRefused = p.Refused
		r.refused.note(scope.Node, r.Clock.Now(), p.Refused)
		ctrl.LoggerFrom(ctx).Info("The API server refuses the pre-pull pod", "reason", p.Refused)
		return again
	}
	if err != nil {
		ctrl.LoggerFrom(ctx).Error(err, "Trying the image of an upgrade")
		result.RequeueAfter = cmp.Or(result.RequeueAfter, startInterval)
	}
	return result
}

// refusedFor are the API server's words, without what a quota counts: that is another number each time.
func refusedFor(err error) string {
	words, _, _ := strings.Cut(err.Error(), ", requested: ")
	return verdict.Bound(words, verdict.MaxMessage)
}
