package controller

import (
	"context"
	"strings"
	"sync"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/types"
	ctrl "sigs.k8s.io/controller-runtime"

	seiv1alpha1 "github.com/seinode/seinode-operator/api/v1alpha1"
	"github.com/seinode/seinode-operator/internal/task"
	"github.com/seinode/seinode-operator/internal/verdict"
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

// prePull makes or deletes the node's pre-pull pod. That the API server refuses is told, and is no error: the right to make pods is optional.
func (r *Reconciler) prePull(ctx context.Context, scope *task.Scope) error {
	p, now := &scope.PrePull, r.Clock.Now()
	if p.Write == nil {
		return nil
	}
	if p.Refused = r.refused.of(scope.Node, now); p.Refused != "" {
		return nil
	}
	_, err := p.Write.Do(ctx, r.Client)
	if !apierrors.IsForbidden(err) && !apierrors.IsInvalid(err) {
		return err
	}
	p.Refused = refusedFor(err)
	r.refused.note(scope.Node, now, p.Refused)
	ctrl.LoggerFrom(ctx).Info("The API server refuses the pre-pull pod", "reason", p.Refused)
	return nil
}

// refusedFor are the API server's words, without what a quota counts: that is another number each time.
func refusedFor(err error) string {
	words, _, _ := strings.Cut(err.Error(), ", requested: ")
	return verdict.Bound(words, verdict.MaxMessage)
}
