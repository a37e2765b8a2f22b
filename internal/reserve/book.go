package reserve

import (
	"context"
	"fmt"
	"sync"

	coordinationv1 "k8s.io/api/coordination/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	seiv1alpha1 "github.com/seinode/seinode-operator/api/v1alpha1"
)

// IndexByRemembered finds the SeiNodes that remember to hold a Lease, by its name.
const IndexByRemembered = "rememberedLease"

// Holder is who holds a thing, as far as a Book knows.
type Holder string

// The holders.
const (
	// Itself is the node that asks.
	Itself Holder = "itself"
	// Nobody means that no Lease was seen.
	Nobody Holder = "nobody"
	// Unsure is another node, or one that has to be looked for in the Lease itself.
	Unsure Holder = "unsure"
)

// Book remembers, for as long as this process lives, which Leases were seen to be whose: one list at the start, and then the own writes. What a
// status says of Leases is not believed, since they may have gone with the operator's namespace, and a status may come from a backup.
type Book struct {
	mutex   sync.Mutex
	holders map[string]string
}

// Holder says who was seen to hold a thing that the node asks for.
func (b *Book) Holder(ctx context.Context, live client.Reader, namespace string, node *seiv1alpha1.SeiNode, thing Thing) (Holder, error) {
	b.mutex.Lock()
	defer b.mutex.Unlock()
	if b.holders == nil {
		leases := &coordinationv1.LeaseList{}
		if err := live.List(ctx, leases, client.InNamespace(namespace), client.HasLabels{seiv1alpha1.LabelNodeUID}); err != nil {
			return Unsure, fmt.Errorf("listing the Leases of namespace %q: %w", namespace, err)
		}
		b.holders = make(map[string]string, len(leases.Items))
		for i := range leases.Items {
			b.holders[leases.Items[i].Name] = holder(&leases.Items[i])
		}
	}
	switch holder, known := b.holders[thing.Lease()]; {
	case !known:
		return Nobody, nil
	case holder == identityOf(node):
		return Itself, nil
	}
	return Unsure, nil
}

// Forget keeps that a Lease was given back: that of a key is there still, and held by nobody.
func (b *Book) Forget(lease string) {
	b.mutex.Lock()
	defer b.mutex.Unlock()
	delete(b.holders, lease)
	if IsOfKey(lease) {
		b.set(lease, "")
	}
}

// Doubt keeps that there may be a Lease of the thing, of whomever: it could not be written.
func (b *Book) Doubt(thing Thing) {
	b.mutex.Lock()
	defer b.mutex.Unlock()
	b.set(thing.Lease(), "")
}

// Note keeps that the node holds a thing.
func (b *Book) Note(node *seiv1alpha1.SeiNode, thing Thing) {
	b.mutex.Lock()
	defer b.mutex.Unlock()
	b.set(thing.Lease(), identityOf(node))
}

func (b *Book) set(lease, holder string) {
	if b.holders != nil {
		b.holders[lease] = holder
	}
}
