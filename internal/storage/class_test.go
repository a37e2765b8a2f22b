package storage_test

import (
	"testing"
	"time"

	storagev1 "k8s.io/api/storage/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/utils/ptr"

	"github.com/seinode/seinode-operator/internal/storage"
)

// TestTheClassOfAClaim is the one that it names, and else the one that the API server gives it.
func TestTheClassOfAClaim(t *testing.T) {
	const stable, beta = "storageclass.kubernetes.io/is-default-class", "storageclass.beta.kubernetes.io/is-default-class"
	class := func(name string, age time.Duration, mark, value string) storagev1.StorageClass {
		return storagev1.StorageClass{ObjectMeta: metav1.ObjectMeta{
			Name: name, CreationTimestamp: metav1.NewTime(time.Date(2026, 11, 28, 0, 0, 0, 0, time.UTC).Add(-age)), Annotations: map[string]string{mark: value},
		}}
	}
	plain, old, young, twin, former := class("plain", 0, "", ""), class("old", 2*time.Hour, stable, "true"), class("young", time.Hour, stable, "true"),
		class("twin", time.Hour, stable, "true"), class("former", 3*time.Hour, beta, "true")
	for name, test := range map[string]struct {
		asked *string
		all   []storagev1.StorageClass
		want  string
	}{
		"the one that is named":           {ptr.To("plain"), []storagev1.StorageClass{young, plain}, "plain"},
		"one that is not there":           {ptr.To("none"), []storagev1.StorageClass{young}, ""},
		"the class without a name":        {ptr.To(""), []storagev1.StorageClass{young}, ""},
		"the default":                     {nil, []storagev1.StorageClass{plain, old}, "old"},
		"as it was once marked":           {nil, []storagev1.StorageClass{plain, former}, "former"},
		"of several the newest":           {nil, []storagev1.StorageClass{former, old, young, plain}, "young"},
		"of one age the first by name":    {nil, []storagev1.StorageClass{young, old, twin}, "twin"},
		"one that is marked as no longer": {nil, []storagev1.StorageClass{class("off", 0, stable, "false")}, ""},
		"of none":                         {nil, nil, ""},
	} {
		t.Run(name, func(t *testing.T) {
			got := ""
			if found := storage.ClassOf(test.asked, test.all); found != nil {
				got = found.Name
			}
			if got != test.want {
				t.Errorf("%q, wanted %q", got, test.want)
			}
		})
	}
}
