package storage

import (
	"slices"

	corev1 "k8s.io/api/core/v1"

	"github.com/seinode/seinode-operator/internal/verdict"
)

// The kinds that requirements rest on, as Kubernetes spells them.
const (
	kindVolume     = "PersistentVolume"
	kindAttachment = "VolumeAttachment"
	kindNode       = "SeiNode"
	kindPod        = "Pod"
)

// Check is one requirement of an imported claim, and what came of it.
type Check struct {
	// Name says the requirement, of a claim that meets it.
	Name string
	// Unread are the kinds that it rests on and that nobody could read: nothing is known of it then, and there is no verdict.
	Unread []string
	// Skipped says that one before it is not met: it is not judged, since it relies on that.
	Skipped bool
	// Verdict is valid, or the defect.
	Verdict verdict.Verdict
}

// Checks judges an imported claim as Validate does, and tells of each requirement, for people who look before there is a node. unread are the kinds that they may
// not read: what rests on one is not judged, rather than judged as if nothing was there.
func Checks(f Facts, unread ...string) []Check {
	checks, broken := make([]Check, 0, len(requirements)), false
	for _, required := range requirements {
		check := Check{Name: required.name, Skipped: broken}
		if !broken {
			check = required.judge(f, unread)
			broken = !check.Verdict.OK() && len(check.Unread) == 0
		}
		checks = append(checks, check)
	}
	return checks
}

func (r requirement) judge(f Facts, unread []string) Check {
	check := Check{Name: r.name, Verdict: verdict.Done()}
	if check.Unread = among(r.rests(f), unread); len(check.Unread) > 0 {
		check.Verdict = verdict.Verdict{}
	} else if defect := r.met(f); defect != nil {
		check.Verdict = *defect
	}
	return check
}

func among(kinds, unread []string) (found []string) {
	for _, kind := range kinds {
		if slices.Contains(unread, kind) {
			found = append(found, kind)
		}
	}
	return found
}

// alone is what rests on the claim alone.
func alone(Facts) []string { return nil }

func on(kinds ...string) func(Facts) []string { return func(Facts) []string { return kinds } }

// onVolumeIfPending: why a claim that names a volume is not bound to it, that volume tells.
func onVolumeIfPending(f Facts) []string {
	if f.Claim != nil && f.Claim.Spec.VolumeName != "" && f.Claim.Status.Phase == corev1.ClaimPending {
		return []string{kindVolume}
	}
	return nil
}

// onVolumeIfResizing: the volume's capacity counts then.
func onVolumeIfResizing(f Facts) []string {
	if f.resizePending() {
		return []string{kindVolume}
	}
	return nil
}
