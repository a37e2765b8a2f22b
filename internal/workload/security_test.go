package workload_test

import (
	"testing"

	"k8s.io/utils/ptr"

	"github.com/google/go-cmp/cmp"

	seiv1alpha1 "github.com/seinode/seinode-operator/api/v1alpha1"
)

// TestNothingOnAnImportedVolumeChangesItsOwner: with an fsGroup Kubernetes would give every file to a group, and let it write, keys included.
func TestNothingOnAnImportedVolumeChangesItsOwner(t *testing.T) {
	as := func(s *seiv1alpha1.SeiNodeSpec) { s.RunAs = &seiv1alpha1.RunAs{User: 1000} }
	withGroup := func(s *seiv1alpha1.SeiNodeSpec) { s.RunAs = &seiv1alpha1.RunAs{User: 1000, Group: ptr.To[int64](2000)} }
	for name, test := range map[string]struct {
		changes              []func(*seiv1alpha1.SeiNodeSpec)
		user, group, fsGroup int64
		keyMode              int32
	}{
		"created":                        {changes(signing, withNodeKey), 65532, 65532, 65532, 0o440},
		"created, as a user":             {changes(signing, withNodeKey, as), 1000, 1000, 1000, 0o440},
		"created, as a user and a group": {changes(signing, withNodeKey, withGroup), 1000, 2000, 2000, 0o440},
		"imported":                       {changes(signing, withNodeKey, imported), 65532, 65532, 0, 0o444}, // root's, and not writable
		"imported, as a user":            {changes(signing, withNodeKey, imported, as), 1000, 1000, 0, 0o444},
	} {
		t.Run(name, func(t *testing.T) {
			pod := podOf(test.changes...)
			s := pod.SecurityContext
			if *s.RunAsUser != test.user || *s.RunAsGroup != test.group || ptr.Deref(s.FSGroup, 0) != test.fsGroup || (s.FSGroupChangePolicy != nil) != (test.fsGroup != 0) {
				t.Errorf("runs as %d:%d, fsGroup %v, %v", *s.RunAsUser, *s.RunAsGroup, s.FSGroup, s.FSGroupChangePolicy)
			}
			if len(s.SupplementalGroups) != 0 {
				t.Errorf("has further groups %v", s.SupplementalGroups)
			}
			modes := map[string]int32{}
			for _, volume := range pod.Volumes {
				if volume.Secret != nil {
					modes[volume.Name] = *volume.Secret.DefaultMode
				}
			}
			if diff := cmp.Diff(map[string]int32{"signing-key": test.keyMode, "node-key": test.keyMode}, modes); diff != "" {
				t.Errorf("modes of the keys (-want +got):\n%s", diff)
			}
		})
	}
}
