package inspect

import (
	"fmt"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/seinode/seinode-operator/internal/agent/volume"
	"github.com/seinode/seinode-operator/internal/agent/wire"
	"github.com/seinode/seinode-operator/internal/seid"
)

// Committed is a lower bound of the last block that a home has committed, 0 where nothing tells. That the consensus ended a height is no proof: its log says
// so before the block is applied (v6.6.2), and an image that does not know an upgrade panics in between. That it began the next height is one.
func Committed(home *volume.Volume) int64 {
	v := view{home}
	return v.height(v.consensus().begun - 1)
}

// Progress is the height of the application's state in a home, and of the last block that the consensus ended there; 0 where there is none, or nothing tells.
func Progress(home *volume.Volume) (state, block int64) {
	v := view{home}
	return max(v.snapshotHeight(), v.changelogHeight()), v.consensus().ended
}

// height is a lower bound of the last block: the best of what names and the consensus' log tell without a database being opened. What
// outlives the data that it speaks of tells nothing: upgrade-info.json, snapshots for others, and a sign state, which may be newer than data
// that was restored. An inspection goes by the last height that the consensus ended. The block of that height may not be applied yet; but where it is an
// upgrade's, it is the next image that has to apply it.
func (v view) height(ended int64) int64 {
	return max(v.snapshotHeight(), v.changelogHeight(), ended)
}

// versionDigits are how many a version has in memiavl's names.
const versionDigits = 20

// stateCommit is the folder of memiavl that seid uses: the legacy one where it is there.
func (v view) stateCommit() string { return v.used(seid.StateCommit) }

func (v view) used(store seid.Store) string {
	if v.IsDir(store.Legacy) {
		return store.Legacy
	}
	return store.Path
}

// snapshotHeight is that of memiavl's current snapshot: `current` links to snapshot-<20 digits>.
func (v view) snapshotHeight() int64 {
	name := v.Link(v.stateCommit() + "/current")
	version, is := snapshotVersion(name)
	if !is || !v.IsDir(v.stateCommit()+"/"+name) {
		return 0
	}
	return version
}

func snapshotVersion(name string) (int64, bool) {
	digits, found := strings.CutPrefix(name, "snapshot-")
	return number(digits), found && isVersion(digits)
}

func isVersion(digits string) bool {
	return len(digits) == versionDigits && strings.Trim(digits, "0123456789") == ""
}

// changelogHeight is one below the newest file of memiavl's changelog: a file is named after the first version that it is to hold, and is
// made when the one before it is full.
func (v view) changelogHeight() int64 {
	folder := v.stateCommit() + "/changelog"
	if !v.IsDir(folder) {
		return 0
	}
	var best int64
	for _, name := range v.Names(folder, 1<<16) {
		if isVersion(name) {
			best = max(best, number(name)-1)
		}
	}
	return best
}

// number parses a height, 0 for anything that is none.
func number(text string) int64 {
	value, err := strconv.ParseInt(text, 10, 64)
	if err != nil || value < 0 {
		return 0
	}
	return value
}

// hasBlocks says that there are databases that seid makes when it first runs.
func (v view) hasBlocks() bool { return v.HoldsDatabase(v.used(seid.BlockStore)) }

// isWhole: seid begins from nothing beside what it does not find, or panics with a word that says little. A seed needs neither
// blocks nor state.
func isWhole(f facts) *defect {
	v := f.view
	if f.found.Layout == wire.LayoutEmpty || f.syncing {
		return nil
	}
	for _, part := range []func() string{v.tooDeep, v.leftovers, v.noCurrent, v.noState, v.noBlocks} {
		if missing := part(); missing != "" && f.node.Mode != seed {
			return &defect{reason: wire.ReasonDataIncomplete, message: missing + v.archive()}
		}
	}
	return nil
}

func (v view) tooDeep() string {
	if v.Exists(seid.DataDir + "/" + seid.DataDir) {
		return "data/data is on the volume: a copy went one folder too deep, and seid would begin from nothing beside it; move what is in it up to data/, or move it away"
	}
	return ""
}

// partial are endings of names that programs give to what they have not copied, fetched or unpacked to the end.
var partial = []string{".part", ".partial", ".aria2", ".crdownload", ".rsync-partial", ".~tmp~", ".filepart"}

// ofRsync is the name that rsync gives to what it is copying: .<name>.<six characters>.
var ofRsync = regexp.MustCompile(`^[.]([^.].*)[.][A-Za-z0-9]{6}$`)

// copying says whether a name is one that rsync gives to a copy of something of seid's.
func copying(name string) bool {
	found := ofRsync.FindStringSubmatch(name)
	return len(found) == 2 && slices.Contains(seid.DataNames, found[1])
}

func (v view) leftovers() string {
	name := v.named(func(folder, name string) bool {
		return endsWith(name, partial) || folder == seid.DataDir && copying(name)
	})
	if name == "" {
		return ""
	}
	return name + " is on the volume, as a copy leaves it that broke off: finish the copy, or remove it if the rest is whole"
}

// archives are endings of files that homes come packed in.
var archives = []string{".tar", ".tar.gz", ".tgz", ".tar.lz4", ".tar.zst", ".tar.xz"}

// archive names the packed file that may not have been unpacked to the end, "" if there is none.
func (v view) archive() string {
	name := v.named(func(_, name string) bool { return endsWith(name, archives) })
	if name == "" {
		return ""
	}
	return "; " + name + " lies there as well: it may not have been unpacked to the end"
}

// named is the first name of a kind in the home's folder or in data/, "" if there is none.
func (v view) named(kind func(folder, name string) bool) string {
	for _, folder := range []string{".", seid.DataDir} {
		if !v.IsDir(folder) {
			continue
		}
		for _, name := range v.Names(folder, 4096) {
			if kind(folder, name) {
				return path.Join(folder, name)
			}
		}
	}
	return ""
}

func endsWith(name string, endings []string) bool {
	return slices.ContainsFunc(endings, func(ending string) bool { return strings.HasSuffix(name, ending) })
}

// noCurrent: without `current`, or with one that leads nowhere, memiavl begins from nothing beside its own snapshots. A store that was
// never written to may lack it: seid was stopped in its first second.
func (v view) noCurrent() string {
	folder := v.stateCommit()
	if !v.IsDir(folder) {
		return ""
	}
	link := v.Link(folder + "/current")
	_, named := snapshotVersion(link)
	switch {
	case named && v.IsDir(folder+"/"+link):
		return ""
	case !v.Exists(folder+"/current") && !v.hasBlocks() && !v.holdsVersions(folder):
		return ""
	}
	return fmt.Sprintf("%s/current is %s; wanted a relative link to the newest snapshot folder beside it: seid would begin from nothing. "+
		"Copy the folder again with a program that keeps links (rsync -a, cp -a)%s", folder, v.describe(folder+"/current", link), v.newest(folder))
}

func (v view) describe(current, link string) string {
	switch {
	case link != "":
		return fmt.Sprintf("a link to %q, which is no snapshot there", link)
	case v.Exists(current):
		return "no link"
	}
	return "missing"
}

// holdsVersions says whether memiavl has a snapshot other than that of its beginning.
func (v view) holdsVersions(folder string) bool { return v.newestVersion(folder) > 0 }

func (v view) newestVersion(folder string) (newest int64) {
	for _, name := range v.Names(folder, 4096) {
		if version, is := snapshotVersion(name); is && v.IsDir(folder+"/"+name) {
			newest = max(newest, version)
		}
	}
	return newest
}

// newest is the command that mends a missing link, "" where nothing tells the snapshot.
func (v view) newest(folder string) string {
	version := v.newestVersion(folder)
	if version == 0 {
		return ""
	}
	return fmt.Sprintf(", or, if that one is whole, link it in %s: ln -sfn snapshot-%020d current", folder, version)
}

func (v view) noState() string {
	if !v.hasBlocks() || v.HoldsDatabase(v.stateCommit()) {
		return ""
	}
	if v.Exists(seid.DataDir + "/application.db") {
		return "the volume has blocks and data/application.db, the state of a seid before SeiDB, which no current one opens: take a newer snapshot, or sync anew"
	}
	return fmt.Sprintf("the volume has blocks (%s) and no state (%s is missing or empty): seid would begin from nothing beside them; copy it from where the blocks came from",
		v.used(seid.BlockStore), v.stateCommit())
}

func (v view) noBlocks() string {
	height := max(v.snapshotHeight(), v.changelogHeight())
	if height == 0 || v.hasBlocks() {
		return ""
	}
	return fmt.Sprintf("the volume has state at height %d or above and no blocks (%s is missing or empty): seid would panic; copy it from where the state came from",
		height, v.used(seid.BlockStore))
}
