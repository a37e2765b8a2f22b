package storage_test

import (
	"testing"

	seiv1alpha1 "github.com/seinode/seinode-operator/api/v1alpha1"
	"github.com/seinode/seinode-operator/internal/storage"
)

// Only another node that names the very claim changes what becomes of it.
func TestAClaimThatAnotherImportsIsRetained(t *testing.T) {
	another := func(name, imports string) seiv1alpha1.SeiNode {
		other := seiv1alpha1.SeiNode{}
		other.Name, other.UID = name, "another"
		if imports != "" {
			other.Spec.DataVolume = &seiv1alpha1.DataVolumeSpec{Import: &seiv1alpha1.DataVolumeImport{PVCName: imports}}
		}
		return other
	}
	for name, test := range map[string]struct {
		other seiv1alpha1.SeiNode
		want  bool
	}{
		"it imports this claim":    {another("importer", "data-archive-0"), true},
		"it imports another claim": {another("importer", "data-archive-1"), false},
		"it creates its own":       {another("archive-1", ""), false},
		"a namesake's own":         {another("archive-0", ""), true},
	} {
		facts := createFacts(adopted(claimUID))
		facts.Rivals = storage.Rivals(facts.Node, []seiv1alpha1.SeiNode{*facts.Node, test.other})
		if got := facts.Stays(); got != test.want {
			t.Errorf("%s: it stays: %t, wanted %t", name, got, test.want)
		}
		if destroyed := storage.Delete(facts) != nil; destroyed == test.want {
			t.Errorf("%s: it is destroyed: %t", name, destroyed)
		}
	}
}

func importedByAnother(f *storage.Facts) {
	other := seiv1alpha1.SeiNode{}
	other.UID, other.Spec.DataVolume = "another", &seiv1alpha1.DataVolumeSpec{Import: &seiv1alpha1.DataVolumeImport{PVCName: storage.ClaimName(f.Node)}}
	f.Rivals = append(f.Rivals, other)
}
