package storage

import (
	"cmp"
	"slices"

	storagev1 "k8s.io/api/storage/v1"
)

// ClassOf is which of a cluster's StorageClasses a claim gets that names this one, or none: then, as the API server has it, of those that are marked as the default the
// newest. nil where there is none.
func ClassOf(name *string, all []storagev1.StorageClass) *storagev1.StorageClass {
	meant := slices.DeleteFunc(slices.Clone(all), func(c storagev1.StorageClass) bool {
		return name == nil && !isDefault(c) || name != nil && c.Name != *name
	})
	if len(meant) == 0 {
		return nil
	}
	slices.SortFunc(meant, func(a, b storagev1.StorageClass) int {
		return cmp.Or(b.CreationTimestamp.Compare(a.CreationTimestamp.Time), cmp.Compare(a.Name, b.Name))
	})
	return &meant[0]
}

// isDefault says whether the class is marked as the default, also as it was once done.
func isDefault(class storagev1.StorageClass) bool {
	return class.Annotations["storageclass.kubernetes.io/is-default-class"] == "true" || class.Annotations["storageclass.beta.kubernetes.io/is-default-class"] == "true"
}
