package bundle_test

import (
	"errors"
	"fmt"
)

// forbiddenKinds: a NetworkPolicy would cut off whoever shares the operator's namespace, and the platform's ConfigMap is the
// user's: an upgrade must not put it back.
func forbiddenKinds(b *bundle) error {
	var found []error
	for _, object := range b.Objects {
		if kind := object.GetKind(); kind == "NetworkPolicy" || kind == "ConfigMap" {
			found = append(found, fmt.Errorf("manifests: found %s %q, wanted none", kind, object.GetName()))
		}
	}
	return errors.Join(found...)
}

// sizeIsSmall keeps the bundle within what fits into one object: OLM unpacks it through a ConfigMap.
func sizeIsSmall(b *bundle) error {
	if limit := int64(1 << 20); b.Size >= limit {
		return fmt.Errorf("bundle: found %d bytes, wanted less than %d", b.Size, limit)
	}
	return nil
}
