package platform_test

import (
	"testing"

	"k8s.io/apimachinery/pkg/api/resource"
	"k8s.io/utils/ptr"

	"github.com/google/go-cmp/cmp"

	seiv1alpha1 "github.com/seinode/seinode-operator/api/v1alpha1"
	"github.com/seinode/seinode-operator/internal/platform"
)

func TestTheNodeComesBeforeItsModeBeforeTheBuiltIn(t *testing.T) {
	config, err := platform.Parse([]byte("modes: {archive: {size: 30Ti, storageClassName: platform}}"))
	if err != nil {
		t.Fatal(err)
	}
	own := &seiv1alpha1.DataVolumeSpec{Size: ptr.To(resource.MustParse("1Gi")), StorageClassName: ptr.To("own")}
	archive := seiv1alpha1.SeiNodeSpec{Archive: &seiv1alpha1.ArchiveSpec{}}
	full := seiv1alpha1.SeiNodeSpec{FullNode: &seiv1alpha1.FullNodeSpec{}}
	tests := map[string]struct {
		spec   seiv1alpha1.SeiNodeSpec
		volume *seiv1alpha1.DataVolumeSpec
		size   string
		class  *string
	}{
		"the node says it":               {archive, own, "1Gi", ptr.To("own")},
		"the node says nothing":          {archive, nil, "30Ti", ptr.To("platform")},
		"an empty dataVolume":            {archive, &seiv1alpha1.DataVolumeSpec{}, "30Ti", ptr.To("platform")},
		"the mode says nothing either":   {full, nil, "2000Gi", nil},
		"the node says it, not its mode": {full, own, "1Gi", ptr.To("own")},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			node := &seiv1alpha1.SeiNode{Spec: test.spec}
			node.Spec.DataVolume = test.volume
			if got := config.Required(node); got.String() != test.size {
				t.Errorf("required is %s, wanted %s", got.String(), test.size)
			}
			if diff := cmp.Diff(test.class, config.StorageClass(node)); diff != "" {
				t.Errorf("class (-want +got):\n%s", diff)
			}
		})
	}
}

// TestOneConfigurationDoesNotLeakIntoTheNext: the built-in defaults are not the first caller's to change.
func TestOneConfigurationDoesNotLeakIntoTheNext(t *testing.T) {
	if _, err := platform.Parse([]byte("modes: {seed: {size: 1Gi}}")); err != nil {
		t.Fatal(err)
	}
	platform.Default().Modes["seed"] = platform.ModeDefaults{}
	if got := sizes(platform.Default())["seed"]; got != "20Gi" {
		t.Errorf("the seed's default is now %q", got)
	}
}
