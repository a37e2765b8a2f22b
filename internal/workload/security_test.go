package workload_test

import (
	"fmt"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
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
			if diff := cmp.Diff(map[string]int32{"signing-secret": test.keyMode, "node-key": test.keyMode}, modes); diff != "" {
				t.Errorf("modes of the keys (-want +got):\n%s", diff)
			}
		})
	}
}

// TestSeidSignsWithACopyOfTheKey: the Secret reaches those that come before seid, read-only, and seid the copy that they made, so that no change
// of the Secret reaches a pod that was not inspected with it.
func TestSeidSignsWithACopyOfTheKey(t *testing.T) {
	pod, found := podOf(signing), map[string][]string{}
	for _, container := range append(pod.InitContainers, pod.Containers...) {
		for _, mount := range container.VolumeMounts {
			if strings.HasPrefix(mount.Name, "signing-") {
				found[container.Name] = append(found[container.Name], fmt.Sprintf("%s read-only %t", mount.Name, mount.ReadOnly))
			}
		}
	}
	want := map[string][]string{
		"inspect": {"signing-secret read-only true"}, "prepare": {"signing-secret read-only true", "signing-key read-only false"},
		"seid": {"signing-key read-only true"},
	}
	if diff := cmp.Diff(want, found); diff != "" {
		t.Errorf("mounts (-want +got):\n%s", diff)
	}
	for _, volume := range pod.Volumes {
		if volume.Name == "signing-key" && (volume.EmptyDir == nil || volume.EmptyDir.Medium != corev1.StorageMediumMemory) {
			t.Errorf("the copy lies in %+v", volume.VolumeSource)
		}
	}
	for _, one := range pod.Containers[0].Env {
		if one.Name == "SEID_PRIV_VALIDATOR_KEY_FILE" && one.Value != "/keys/signing/priv_validator_key.json" {
			t.Errorf("seid reads its key from %s", one.Value)
		}
	}
}
