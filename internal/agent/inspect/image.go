package inspect

import (
	"fmt"
	"os"

	"github.com/seinode/seinode-operator/internal/agent/wire"
)

// isForTheImage keeps an image from data that has an upgrade which the image is from before: seid would open every database, and only then say so.
// A pod in which seid has begun is not asked again, since it passes an upgrade that its image has.
func isForTheImage(f facts) *defect {
	until := f.node.ImageUntil
	if until == 0 || f.found.Height < until || begun(f.node.Begun) {
		return nil
	}
	return &defect{reason: wire.ReasonUpgradePassed, always: true, message: fmt.Sprintf(
		"the data is of height %d or above, and spec.upgrades has another image from height %d on than the one of this pod; the operator goes on with that one",
		f.found.Height, until)}
}

// begun says whether the file is there. What cannot be looked at is taken for there: the pod ran with it.
func begun(file string) bool {
	if file == "" {
		return false
	}
	_, err := os.Lstat(file)
	return !os.IsNotExist(err)
}
