//go:build e2e

package e2e

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"

	. "github.com/onsi/gomega"
	corev1 "k8s.io/api/core/v1"
)

// bytesOf hashes all that lies on a claim's volume: names, modes, owners, times, links and content. Volumes of the local cluster are
// folders of this machine, so that no pod has to mount them, which would change what is looked at.
func bytesOf(ctx context.Context, claim string) string {
	volume := volumeOf(ctx, Default, claim)
	Expect(volume.Spec.Local).NotTo(BeNil(), "the volumes of this cluster are folders")
	return bytesUnder(volume.Spec.Local.Path)
}

func bytesUnder(root string) string {
	sum := sha256.New()
	files := 0
	Expect(filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := entry.Info()
		if err != nil {
			return err
		}
		files++
		owner := info.Sys().(*syscall.Stat_t)
		_, _ = fmt.Fprintf(sum, "%s %s %d:%d %v %d\n", path, info.Mode(), owner.Uid, owner.Gid, info.ModTime().UnixNano(), info.Size())
		return addContent(sum, path, info)
	})).To(Succeed())
	Expect(files).To(BeNumerically(">", 5), "there is next to nothing on %s", root)
	return hex.EncodeToString(sum.Sum(nil))
}

func addContent(sum io.Writer, path string, info fs.FileInfo) error {
	switch {
	case info.Mode()&fs.ModeSymlink != 0:
		target, err := os.Readlink(path)
		_, _ = io.WriteString(sum, target)
		return err
	case info.Mode().IsRegular():
		content, err := os.ReadFile(path)
		_, _ = sum.Write(content)
		return err
	}
	return nil
}

// userPart is what belongs to the user of a claim and of its volume: all but the status, where Kubernetes itself notes which
// claims are in use, and the bookkeeping.
func userPart(ctx context.Context, claim string) string {
	live := get(ctx, Default, claim, &corev1.PersistentVolumeClaim{})
	volume := volumeOf(ctx, Default, claim)
	live.ResourceVersion, live.ManagedFields, volume.ResourceVersion, volume.ManagedFields = "", nil, "", nil
	text, err := json.Marshal([]any{live.ObjectMeta, live.Spec, volume.ObjectMeta, volume.Spec})
	Expect(err).NotTo(HaveOccurred())
	return string(text)
}
