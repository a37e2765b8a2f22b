//go:build e2e

package e2e

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	seiv1alpha1 "github.com/seinode/seinode-operator/api/v1alpha1"
)

const (
	configuration = "docs/how-to/configuration.md"
	otherUser     = "## Files that belong to another user"
)

// What docs/how-to/configuration.md says of files that are not seid's, obeyed.
var _ = DescribeTable("A home of another user is refused untouched, and is run on by what the document says",
	func(ctx context.Context, owner int, mend func(context.Context)) {
		const claim = "data-archive-0-0"
		filledClaim(ctx, claim)
		give(volumeOf(ctx, Default, claim).Spec.Local.Path, owner)
		data, before := bytesOf(ctx, claim), userPart(ctx, claim)
		create(ctx, importing("archive-0", claim))
		message := expectCondition(ctx, "archive-0", seiv1alpha1.ConditionDataInspected, "False", "Unreadable")
		Expect(message).To(ContainSubstring(fmt.Sprintf("files belong to user %d, and seid runs as user 65532", owner)))
		expectCondition(ctx, "archive-0", seiv1alpha1.ConditionReady, "False", seiv1alpha1.ReasonDataRefused)
		Consistently(ctx, func() string { return bytesOf(ctx, claim) }).Should(Equal(data), "a refused volume was touched")
		mend(ctx)
		expectRunning(ctx, "archive-0", claim)
		expectCondition(ctx, "archive-0", seiv1alpha1.ConditionDataInspected, "True", "Inspected")
		Expect(userPart(ctx, claim)).To(Equal(before))
	},
	Entry("which is root: a Job gives the files to seid while the node is paused", 0, func(ctx context.Context) {
		const section = "or, where that is root"
		before := commands(configuration, section, "namespace sei ", "namespace "+namespace+" ")
		pause(ctx, "archive-0")
		run(ctx, before[0])
		apply(ctx, written(configuration, section, "yaml", "namespace: sei}", "namespace: "+namespace+"}", "busybox:1.37", "busybox:dev"))
		run(ctx, "kubectl wait --for=condition=Complete --timeout=2m job/chown-data-archive-0-0 -n "+namespace)
		run(ctx, before[1])
		setPaused(ctx, "archive-0", false)
	}),
	Entry("which is not root: seid runs as that one", 1000, func(ctx context.Context) {
		patch := written(configuration, otherUser, "yaml")
		run(ctx, fmt.Sprintf("kubectl patch seinode archive-0 -n %s --type=merge -p '%s'", namespace, patch))
	}),
)

// give makes a user the owner of all that lies there.
func give(home string, user int) {
	Expect(filepath.WalkDir(home, func(path string, _ fs.DirEntry, err error) error {
		return errors.Join(err, os.Lchown(path, user, user))
	})).To(Succeed())
}
