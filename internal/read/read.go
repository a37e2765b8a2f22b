// Package read says for which of the operator's own writes a read from the cache waits. The client has a Get wait until the cache shows its last write to that
// object, and a List until it shows those to every object of the kind, of all nodes: where a thousand come at once, a node would wait for all of them. So
// only Gets wait. What a List shows of another node, and what has to be as that one's reconcile left it, is read once more.
package read

import (
	"context"

	"sigs.k8s.io/controller-runtime/pkg/client"

	seiv1alpha1 "github.com/seinode/seinode-operator/api/v1alpha1"
)

// atOnce has a read wait for no write.
const atOnce = client.DisableReadYourWritesConsistency

// Now reads what the cache shows now: for what only wakes nodes, each of which then looks for itself.
func Now(from client.Reader) client.Reader { return now{from} }

type now struct{ client.Reader }

func (n now) Get(ctx context.Context, key client.ObjectKey, object client.Object, options ...client.GetOption) error {
	return n.Reader.Get(ctx, key, object, append(options, atOnce)...)
}

func (n now) List(ctx context.Context, list client.ObjectList, options ...client.ListOption) error {
	return n.Reader.List(ctx, list, append(options, atOnce)...)
}

// Others reads for a node that waits for its own writes, and not for those of others: a Get waits, and a List does not.
func Others(from client.Reader) client.Reader { return others{from} }

type others struct{ client.Reader }

func (o others) List(ctx context.Context, list client.ObjectList, options ...client.ListOption) error {
	return o.Reader.List(ctx, list, append(options, atOnce)...)
}

// Anew are the same SeiNodes as their own reconciles have left them, without those that are gone: for a rival, which has taken what both want, or has not.
func Anew(ctx context.Context, reader client.Reader, listed []seiv1alpha1.SeiNode) ([]seiv1alpha1.SeiNode, error) {
	var nodes []seiv1alpha1.SeiNode
	for i := range listed {
		node := seiv1alpha1.SeiNode{}
		err := reader.Get(ctx, client.ObjectKeyFromObject(&listed[i]), &node)
		if client.IgnoreNotFound(err) != nil {
			return nil, err
		}
		if err == nil {
			nodes = append(nodes, node)
		}
	}
	return nodes, nil
}
