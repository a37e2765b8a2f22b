package v1alpha1

import "slices"

// maxReached is the CRD's limit of status.upgrades.reached.
const maxReached = 32

// Upgrade returns the entry of spec.upgrades of that name, nil if there is none.
func (n *SeiNode) Upgrade(name string) *Upgrade {
	for i := range n.Spec.Upgrades {
		if n.Spec.Upgrades[i].Name == name {
			return &n.Spec.Upgrades[i]
		}
	}
	return nil
}

// Reached returns the upgrades that the node is known to have reached, the last one last.
func (n *SeiNode) Reached() []ReachedUpgrade {
	if n.Status.Upgrades == nil {
		return nil
	}
	return n.Status.Upgrades.Reached
}

// HasReached says whether the node is known to have reached an upgrade.
func (n *SeiNode) HasReached(name string) bool {
	return slices.ContainsFunc(n.Reached(), func(reached ReachedUpgrade) bool { return reached.Name == name })
}

// HasStoppedFor says whether the node is known to have reached an upgrade because seid stopped for it, or otherwise, at that very height.
func (n *SeiNode) HasStoppedFor(name string, height int64) bool {
	return slices.ContainsFunc(n.Reached(), func(reached ReachedUpgrade) bool {
		return reached.Name == name && (reached.Proven() || reached.Height == height)
	})
}

// Reach keeps that the node has reached an upgrade: the newest 32. Of one that is kept already, a snapshot that is settled counts before one that is
// Pending: the node went on; and one that seid stopped for counts before one that nothing but a height spoke for.
func (n *SeiNode) Reach(upgrade ReachedUpgrade) {
	if n.Status.Upgrades == nil {
		n.Status.Upgrades = &UpgradesStatus{}
	}
	known := n.Status.Upgrades
	at := slices.IndexFunc(known.Reached, func(reached ReachedUpgrade) bool { return reached.Name == upgrade.Name })
	switch {
	case at < 0:
		known.Reached = append(known.Reached, upgrade)
		known.Reached = known.Reached[max(0, len(known.Reached)-maxReached):]
	case known.Reached[at].Proven() != upgrade.Proven():
		if upgrade.Proven() {
			known.Reached[at] = upgrade
		}
	case known.Reached[at].awaitsSnapshot() && !upgrade.awaitsSnapshot():
		known.Reached[at].Snapshot = upgrade.Snapshot
	}
}

// Proven says whether seid stopped for the upgrade: it was neither found by a height, nor taken early.
func (r *ReachedUpgrade) Proven() bool { return !isTrue(r.Found) && !isTrue(r.Early) }

func isTrue(value *bool) bool { return value != nil && *value }

// DropMistaken keeps nothing of upgrades that turned out not to be reached: one that was found by a height which the user has corrected since, and one that
// was found or taken early before seid stopped for another at a lower height.
func (n *SeiNode) DropMistaken() {
	if n.Status.Upgrades == nil {
		return
	}
	all := slices.Clone(n.Reached())
	n.Status.Upgrades.Reached = slices.DeleteFunc(n.Status.Upgrades.Reached, func(r ReachedUpgrade) bool {
		return !r.Proven() && (n.corrected(r) || slices.ContainsFunc(all, r.isRefutedBy))
	})
}

func (n *SeiNode) corrected(reached ReachedUpgrade) bool {
	listed := n.Upgrade(reached.Name)
	return isTrue(reached.Found) && listed != nil && listed.Height != nil && *listed.Height != reached.Height
}

// isRefutedBy says whether the chain came to another upgrade, at a lower height, later.
func (r *ReachedUpgrade) isRefutedBy(other ReachedUpgrade) bool {
	return other.Proven() && other.Height < r.Height && r.Time != nil && other.Time != nil && r.Time.Before(other.Time)
}

// PendingSnapshot returns the upgrade that the node reached and whose snapshot it is kept down for, nil for none.
func (n *SeiNode) PendingSnapshot() *ReachedUpgrade {
	for i := range n.Reached() {
		if reached := &n.Status.Upgrades.Reached[i]; reached.awaitsSnapshot() {
			return reached
		}
	}
	return nil
}

// awaitsSnapshot says whether the node is kept down for a snapshot.
func (r *ReachedUpgrade) awaitsSnapshot() bool {
	return r.Snapshot != nil && r.Snapshot.State == SnapshotPending
}

// SnapshotPolicy returns which snapshot is to be taken at the halt of an upgrade, nil for none.
func (n *SeiNode) SnapshotPolicy() *UpgradeSnapshotPolicy {
	if n.Spec.UpgradePolicy == nil {
		return nil
	}
	return n.Spec.UpgradePolicy.Snapshot
}

// Image returns the image that seid is to run from: that of the highest upgrade which was reached, if it is still listed, else spec.image. To take the
// upgrades off the list and set spec.image to the last one's image, in one edit, changes nothing that runs. While a snapshot of the data before an
// upgrade is Pending, the image before it counts: it does nothing to the data but to stop again, whoever starts it.
func (n *SeiNode) Image() string {
	return n.imageAfter(func(reached *ReachedUpgrade) bool { return !reached.awaitsSnapshot() })
}

// NextImage returns the image that seid is to run from once no snapshot is Pending.
func (n *SeiNode) NextImage() string {
	return n.imageAfter(func(*ReachedUpgrade) bool { return true })
}

// imageAfter returns the image after the highest of those upgrades which were reached.
func (n *SeiNode) imageAfter(counts func(*ReachedUpgrade) bool) string {
	var last ReachedUpgrade
	for _, reached := range n.Reached() {
		if reached.Height >= last.Height && counts(&reached) {
			last = reached
		}
	}
	if listed := n.Upgrade(last.Name); listed != nil {
		return listed.Image
	}
	return n.Spec.Image
}

// ImageUntil is the lowest height at which spec.upgrades has another image than the node's, of the upgrades that were not reached; 0 where there is none.
func (n *SeiNode) ImageUntil() (until int64) {
	image := n.Image()
	for _, listed := range n.Spec.Upgrades {
		if listed.Height == nil || listed.Image == image || n.HasReached(listed.Name) {
			continue
		}
		if until == 0 || *listed.Height < until {
			until = *listed.Height
		}
	}
	return until
}

// Forget keeps that the node has reached no upgrade: its data is other data now.
func (n *SeiNode) Forget() {
	if n.Status.Upgrades != nil {
		n.Status.Upgrades.Reached = nil
	}
}

// PrePulls says whether the images of upgrades are to be tried before they are needed.
func (n *SeiNode) PrePulls() bool {
	policy := n.Spec.UpgradePolicy
	return policy == nil || policy.PrePull == nil || *policy.PrePull
}

// PrePulled says whether an image was pulled and ran on a machine.
func (n *SeiNode) PrePulled(image, machine string) bool {
	return n.Status.Upgrades != nil && slices.ContainsFunc(n.Status.Upgrades.PrePulled, func(proof PrePulledImage) bool {
		return proof.Image == image && proof.Machine == machine
	})
}
