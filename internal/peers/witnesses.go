package peers

import (
	"slices"

	seiv1alpha1 "github.com/seinode/seinode-operator/api/v1alpha1"
)

const (
	// MostWitnesses is how many SeiNodes a chain is trusted by at the most.
	MostWitnesses = 8
	// FewestWitnesses is how many at least: one alone proves nothing.
	FewestWitnesses = 2
)

// witnesses are those of the selected that can be asked: a validator answers its own pod alone, a seed nobody, and who has no block says nothing.
func witnesses(f Facts) (names []string) {
	for i := range f.Vouching {
		other := &f.Vouching[i]
		serves := other.Mode() == seiv1alpha1.ModeFullNode || other.Mode() == seiv1alpha1.ModeArchive
		if serves && other.UID != f.Node.UID && other.DeletionTimestamp == nil && other.Status.Node != nil && other.Status.Node.Height > 0 {
			names = append(names, other.Name)
		}
	}
	slices.Sort(names)
	return names[:min(len(names), MostWitnesses)]
}
