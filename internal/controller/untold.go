package controller

import (
	"sync"
	"time"

	"k8s.io/apimachinery/pkg/types"

	seiv1alpha1 "github.com/seinode/seinode-operator/api/v1alpha1"
)

// untold are statuses that say no more than that what a node's first plan makes is made, and that its pod starts. Each is left out for a while: mostly the pod has
// started by then, and one write says both. What it holds is lost with the process, as a write that failed would be.
type untold struct {
	mutex sync.Mutex
	nodes map[types.UID]left
}

// left is a status that was left out, beside the version of the SeiNode that it belongs to, and since when there is one.
type left struct {
	version string
	since   time.Time
	status  seiv1alpha1.SeiNodeStatus
}

// recall gives a node the status that was left out, if nobody has written to the SeiNode since.
func (u *untold) recall(node *seiv1alpha1.SeiNode) {
	u.mutex.Lock()
	defer u.mutex.Unlock()
	if known, there := u.nodes[node.UID]; there && known.version == node.ResourceVersion {
		node.Status = *known.status.DeepCopy()
	}
}

// leave leaves out the node's status, and says for how much longer; 0 where it is to be told now.
func (u *untold) leave(node *seiv1alpha1.SeiNode, now time.Time) time.Duration {
	u.mutex.Lock()
	defer u.mutex.Unlock()
	since := now
	if known, there := u.nodes[node.UID]; there { // of whatever version: whoever writes to the SeiNode must not put it off
		since = known.since
	}
	if u.nodes == nil {
		u.nodes = map[types.UID]left{}
	}
	u.nodes[node.UID] = left{node.ResourceVersion, since, *node.Status.DeepCopy()}
	return max(0, grace-now.Sub(since))
}

// forget is for a node whose status is told, or that goes.
func (u *untold) forget(uid types.UID) {
	u.mutex.Lock()
	defer u.mutex.Unlock()
	delete(u.nodes, uid)
}
