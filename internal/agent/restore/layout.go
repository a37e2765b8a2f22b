package restore

import (
	"fmt"
	"path"
	"slices"
	"strings"
	"unicode"

	"github.com/seinode/seinode-operator/internal/agent/wire"
	"github.com/seinode/seinode-operator/internal/seid"
)

// What is sane for a name in an archive: the kernel takes no longer ones, and nothing of seid's lies so deep.
const (
	maxName  = 255
	maxPath  = 4096
	maxDepth = 64
)

// never are names that no archive may bring, wherever they lie: a sign state or a key would sign again what somebody else signed, and the
// address book is none that seid reads. What begins with seid.Ours is the agent's own, such as the note that a key began to sign here.
var never = []string{seid.SignStateFile, seid.SigningKeyFile, seid.NodeKeyFile, "addrbook.json"}

// bare are the folders of data/ by which an archive of its inside is known.
var bare = slices.DeleteFunc(slices.Clone(seid.DataNames), func(name string) bool {
	return isNever(name) || name == upgradeInfo
})

// upgradeInfo is the one file of data/ that belongs to the databases: seid makes the stores of an upgrade by it that they are about to have.
const upgradeInfo = "upgrade-info.json"

// placer says where in the tree what an archive holds belongs.
type placer interface {
	// place is where a name belongs, "" for nowhere. The error is a refusal of the whole archive.
	place(name string, folder bool) (string, error)
	// judge says, at the archive's end, what it lacks, nil for nothing.
	judge() error
	// told are the first names of the archive.
	told() []string
}

// layout says where in a home what an archive holds belongs, by the names in it: below any one prefix data/, wasm/ and config/, or the inside
// of data/. It learns the prefix from the first name that it knows.
type layout struct {
	// wanted are the folders of the home that are taken of this archive, the first one of which it has to have.
	wanted []string
	// prefix are the folders above the home, once known. isHome says that there is a data/ below them, isBare that there is the inside of one.
	prefix []string
	known  bool
	isBare bool
	isHome bool
	// first are the first names of the archive. seen has data/ and wasm/ once something known of them arrived: whether it is more than what is for state sync.
	first []string
	seen  map[string]bool
}

func newLayout(wanted ...string) *layout { return &layout{wanted: wanted, seen: map[string]bool{}} }

// place is where in the home a name of the archive belongs, "" for nowhere. The error is a refusal of the whole archive.
func (l *layout) place(name string, folder bool) (string, error) {
	parts, err := split(name)
	if err != nil || len(parts) == 0 {
		return "", err
	}
	if len(l.first) < 5 {
		l.first = append(l.first, clip(path.Join(parts...)))
	}
	at := find(parts, folder)
	if l.known && inside(parts, l.prefix) && len(parts) > len(l.prefix) && l.expected(parts[len(l.prefix)]) {
		at = len(l.prefix)
	}
	switch {
	case at < 0:
		return "", nil
	case !l.known:
		l.prefix, l.known = slices.Clone(parts[:at]), true
	case at != len(l.prefix) || !inside(parts, l.prefix):
		return "", refuse(wire.ReasonArchiveLayoutUnknown, "the archive holds two homes: %s and %s; wanted one",
			clip(path.Join(append(slices.Clone(l.prefix), "…")...)), clip(path.Join(parts[:at+1]...)))
	}
	return l.within(parts[at:])
}

// expected says whether a name belongs where the home, or the inside of data/, is known to be.
func (l *layout) expected(name string) bool {
	return knownName(name) || l.isBare && name == upgradeInfo
}

func (l *layout) told() []string { return l.first }

// within is where a name belongs that is relative to the home, or to data/.
func (l *layout) within(parts []string) (string, error) {
	switch name := parts[0]; {
	case name == seid.ConfigDir:
		return "", nil
	case slices.Contains(bare, name), name == upgradeInfo:
		l.isBare = true
		parts = append([]string{seid.DataDir}, parts...)
	case name == seid.DataDir:
		l.isHome = true
	case name == seid.WasmDir && len(parts) > 1 && slices.Contains(seid.WasmFolders, parts[1]): // it was packed from within the home's wasm/
		parts = append([]string{seid.WasmDir}, parts...)
	}
	if l.isBare && l.isHome {
		return "", refuse(wire.ReasonArchiveLayoutUnknown, "the archive holds data/ and, beside it, what belongs into it (%s); wanted one of both", strings.Join(l.first, ", "))
	}
	if !slices.Contains(l.wanted, parts[0]) || slices.ContainsFunc(parts, isNever) {
		return "", nil
	}
	l.note(parts)
	return path.Join(parts...), nil
}

// note keeps what was seen, of what is known: an archive may hold any number of names.
func (l *layout) note(parts []string) {
	if len(parts) > 1 && (parts[0] == seid.WasmDir || slices.Contains(bare, parts[1])) {
		l.seen[parts[0]] = l.seen[parts[0]] || parts[1] != path.Base(seid.SnapshotsDir)
	}
}

// judge says, at the archive's end, what it lacks, nil for nothing.
func (l *layout) judge() error {
	whole, seen := l.seen[l.wanted[0]]
	switch {
	case whole:
		return nil
	case seen:
		return refuse(wire.ReasonArchiveLayoutUnknown, "the archive holds chunks for state sync (%s) and no databases; wanted an archive of data/; such chunks go into spec.bootstrap.stateSync.snapshot",
			strings.Join(l.first, ", "))
	}
	return refuse(wire.ReasonArchiveLayoutUnknown, "the archive holds %s; wanted %s/, in its root or below one folder", l.names(), l.wanted[0])
}

func (l *layout) names() string {
	if len(l.first) == 0 {
		return "nothing"
	}
	return strings.Join(l.first, ", ")
}

// find is the index of the first known name, -1 for none. A file is none of the folders that are known.
func find(parts []string, folder bool) int {
	at := slices.IndexFunc(parts, knownName)
	if at == len(parts)-1 && !folder {
		return -1
	}
	return at
}

func knownName(name string) bool {
	return slices.Contains([]string{seid.DataDir, seid.WasmDir, seid.ConfigDir}, name) || slices.Contains(bare, name)
}

func isNever(name string) bool {
	return slices.Contains(never, name) || strings.HasPrefix(name, "keyring") || strings.HasPrefix(name, seid.Ours)
}

func inside(parts, prefix []string) bool {
	return len(parts) >= len(prefix) && slices.Equal(parts[:len(prefix)], prefix)
}

// split is a name's parts. A name that could lead out of the archive is refused, whatever it stands for.
func split(name string) ([]string, error) {
	switch {
	case strings.HasPrefix(name, "/"):
		return nil, refused(name, "an absolute path")
	case strings.ContainsRune(name, 0), len(name) > maxPath:
		return nil, refused(name, "no path")
	}
	parts := slices.DeleteFunc(strings.Split(name, "/"), func(part string) bool { return part == "" || part == "." })
	for _, part := range parts {
		if part == ".." || len(part) > maxName {
			return nil, refused(name, "a path that leaves the archive, or too long a name")
		}
	}
	if len(parts) > maxDepth {
		return nil, refused(name, "a path of too many folders")
	}
	return parts, nil
}

// staysIn says whether a link at a path, with that target, leads to somewhere in the same one of data/ and wasm/. Only what goes up first, and
// then only down, can be judged by its words.
func staysIn(at, target string) bool {
	if target == "" || strings.HasPrefix(target, "/") || strings.ContainsRune(target, 0) || len(target) > maxPath {
		return false
	}
	parts := slices.DeleteFunc(strings.Split(target, "/"), func(part string) bool { return part == "" || part == "." })
	up := 0
	for up < len(parts) && parts[up] == ".." {
		up++
	}
	depth := strings.Count(at, "/") // folders above the link, data/ or wasm/ among them
	return up < depth && !slices.Contains(parts[up:], "..")
}

// refusal ends a restore.
type refusal struct{ reason, message string }

func (r *refusal) Error() string { return r.message }

func refuse(reason, format string, values ...any) *refusal {
	return &refusal{reason, fmt.Sprintf(format, values...)}
}

func refused(name, found string) error {
	return refuse(wire.ReasonArchiveRefused, "the archive holds %s, which is %s; wanted folders, files, and links that stay within data/ and wasm/", clip(name), found)
}

// clip makes a name fit to be told: an archive may hold anything for one.
func clip(name string) string {
	printable := strings.Map(func(r rune) rune {
		if unicode.IsPrint(r) {
			return r
		}
		return '?'
	}, name[:min(len(name), maxName)])
	return strings.ToValidUTF8(printable, "?")
}
