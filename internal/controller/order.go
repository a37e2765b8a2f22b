package controller

import (
	"context"
	"time"

	"k8s.io/client-go/util/workqueue"
	"k8s.io/utils/ptr"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/controller/priorityqueue"
	"sigs.k8s.io/controller-runtime/pkg/event"
	"sigs.k8s.io/controller-runtime/pkg/handler"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"
)

// The order in which SeiNodes are looked at where many wait: the highest first. The first look at each when the operator starts comes last.
const (
	// soon is for a claim, or a volume, that somebody waits for a word about.
	soon = 10
	// changes is for what users change: a workqueue's own default.
	changes = 0
	// follows is for what comes of the operator's own writes, for the writes that are still to come, and for what pods and agents say.
	follows = -10
	// looks is for a node that is only looked at since some time has passed.
	looks = -20
)

// inOrder has what a handler wakes looked at in that order. What is there when the operator starts wakes nobody: each SeiNode is looked at then, with all caches
// filled.
func inOrder(priority int, inner handler.EventHandler) handler.EventHandler {
	return handler.Funcs{
		CreateFunc: func(ctx context.Context, e event.CreateEvent, q queue) {
			if !e.IsInInitialList {
				inner.Create(ctx, e, placed(q, priority))
			}
		},
		UpdateFunc:  func(ctx context.Context, e event.UpdateEvent, q queue) { inner.Update(ctx, e, placed(q, priority)) },
		GenericFunc: func(ctx context.Context, e event.GenericEvent, q queue) { inner.Generic(ctx, e, placed(q, priority)) },
		DeleteFunc:  func(ctx context.Context, e event.DeleteEvent, q queue) { inner.Delete(ctx, e, placed(q, priority)) },
	}
}

type queue = workqueue.TypedRateLimitingInterface[reconcile.Request]

// place adds to a queue at a priority.
type place struct {
	priorityqueue.PriorityQueue[reconcile.Request]
	priority int
}

func placed(q queue, priority int) queue {
	if of, is := q.(priorityqueue.PriorityQueue[reconcile.Request]); is {
		return place{of, priority}
	}
	return q
}

func (p place) Add(request reconcile.Request) {
	p.AddWithOpts(priorityqueue.AddOpts{}, request)
}

func (p place) AddWithOpts(options priorityqueue.AddOpts, requests ...reconcile.Request) {
	if options.Priority == nil {
		options.Priority = ptr.To(p.priority)
	}
	p.PriorityQueue.AddWithOpts(options, requests...)
}

// next is when a node is looked at again, with its place in the order.
func next(result ctrl.Result) ctrl.Result {
	result.Priority = ptr.To(follows)
	if result.RequeueAfter > time.Second {
		result.Priority = ptr.To(looks)
	}
	return result
}
