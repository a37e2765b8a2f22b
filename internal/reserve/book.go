package reserve

import (
	"context"
	"fmt"
	"sync"

	coordinationv1 "k8s.io/api/coordination/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	seiv1alpha1 "github.com/seinode/seinode-operator/api/v1alpha1"
)

// Book remembers, for as long as this process lives, which Leases were seen to be whose: one list at the start, and then the own writes. What a
// status says of Leases is not believed, since they may have gone with the operator's namespace, and a status may come from a backup.
type Book struct {
	mutex   sync.Mutex
	holders map[string]string
}

// Holds says whether the node was seen to hold a thing.
func (b *Book) Holds(ctx context.Context, live client.Reader, namespace string, node *seiv1alpha1.SeiNode, thing Thing) (bool, error) {
	b.mutex.Lock()
	defer b.mutex.Unlock()
	if b.holders == nil {
		leases := &coordinationv1.LeaseList{}
		if err := live.List(ctx, leases, client.InNamespace(namespace), client.HasLabels{seiv1alpha1.LabelNodeUID}); err != nil {
			return false, fmt.Errorf("listing the Leases of namespace %q: %w", namespace, err)
		}
		b.holders = make(map[string]string, len(leases.Items))
		for i := range leases.Items {
			b.holders[leases.Items[i].Name] = holder(&leases.Items[i])
		}
	}
	return b.holders[thing.Lease()] == identityOf(node), nil
}

// Forget keeps that nobody is known to hold a Lease.
func (b *Book) Forget(lease string) {
	b.mutex.Lock()
	defer b.mutex.Unlock()
	delete(b.holders, lease)
}

// Note keeps that the node holds a thing.
func (b *Book) Note(node *seiv1alpha1.SeiNode, thing Thing) {
	b.mutex.Lock()
	defer b.mutex.Unlock()
	if b.holders != nil {
		b.holders[thing.Lease()] = identityOf(node)
	}
}
