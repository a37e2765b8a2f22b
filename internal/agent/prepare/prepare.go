// Package prepare makes a data volume ready for seid: it copies onto it what is missing, and nothing else. It rewrites no file,
// and it is safe to be killed at any moment and to run again.
package prepare

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"syscall"

	"github.com/seinode/seinode-operator/internal/agent/durable"
	"github.com/seinode/seinode-operator/internal/agent/volume"
	"github.com/seinode/seinode-operator/internal/agent/wire"
	"github.com/seinode/seinode-operator/internal/seid"
)

// Options say what to prepare.
type Options struct {
	// Volume is the folder at which the volume is mounted, Place where on it the home is looked for.
	Volume string
	Place  volume.Place
	// Scratch is a fresh home of this version, made by `seid init` in scratch space.
	Scratch string
	// Home is the path that seid takes for its home. It becomes a link to where the home lies on the volume.
	Home string
	// Genesis is the genesis file that the SeiNode names, "" for none.
	Genesis string
	// Mode is fullNode, archive, validator or seed.
	Mode string
	// KeyOnVolume says that a validator's key is the one on the volume, since no Secret brings one.
	KeyOnVolume bool
	// NodeKeyElsewhere says that a Secret brings the key that gives the node its ID.
	NodeKeyElsewhere bool
	// NodeKey is the Secret's file of it, "" where nobody has to know the ID.
	NodeKey string
	// OwnNodeKey is the name, in config/, of the key that gives the node its ID where the volume began as a copy of another node's, whose key lies there too; "" for
	// the usual one.
	OwnNodeKey string
	// Key is the signing key that a Secret brings.
	Key Key
	// Program is the file for a copy of this very program, which seid's container is to run; "" for none.
	Program string
	// FreshState says that the user knows the validator's key to have signed nothing yet.
	FreshState bool
}

// nodeKey is the name of the node's key in config/.
func (o Options) nodeKey() string { return cmp.Or(o.OwnNodeKey, seid.NodeKeyFile) }

// Prepare creates what is missing, and returns the paths of what it created, relative to the home. An error leaves every file
// that was there as it was, and a volume that is no home of seid untouched.
func Prepare(o Options) ([]string, error) {
	opened, err := volume.Open(o.Volume, o.Place)
	if err != nil {
		return nil, err
	}
	defer opened.Close()
	home, err := homeOn(opened)
	if err != nil {
		return nil, err
	}
	opened.At(home)
	if err := writable(opened, volume.Path(o.Volume, home)); err != nil {
		return nil, err
	}
	if err := errors.Join(bindKey(o.Key), copyProgram(o.Program), linkHome(o.Home, volume.Path(o.Volume, home))); err != nil {
		return nil, err
	}
	root, err := durable.OpenHome(o.Volume, home)
	if err != nil {
		return nil, err
	}
	defer func() { _ = root.Close() }()
	p := &preparer{root: root, options: o, volume: opened}
	err = p.run()
	return p.created, err
}

// homeOn is where the home lies, or is to lie. It is inspect's own answer: what is no home of seid is not written to.
func homeOn(opened *volume.Volume) (string, error) {
	layout, home := opened.Home()
	switch {
	case opened.Err != nil:
		return "", opened.Err
	case len(opened.Odd) > 0:
		return "", errors.New(opened.Odd[0].String())
	case layout == wire.LayoutUnknown:
		return "", errors.New("the volume holds no single home of seid, and is not empty; wanted one of both: move the home to the volume's root or to .sei/, " +
			"or to where spec.dataVolume.homePath says, if the SeiNode has one")
	}
	return home, nil
}

// linkHome makes the link that seid's --home names, in scratch space.
func linkHome(link, target string) error {
	if found, err := os.Readlink(link); err == nil && found == target {
		return nil
	}
	if err := os.Symlink(target, link); err != nil {
		return fmt.Errorf("linking seid's home: %w", err)
	}
	return nil
}

type preparer struct {
	root    *os.Root
	options Options
	volume  *volume.Volume
	created []string
	err     error
}

func (p *preparer) run() error {
	for _, dir := range []string{seid.ConfigDir, seid.DataDir} {
		p.makeDir(dir)
	}
	p.tidy(seid.ConfigDir)
	p.beginSigning(p.tidy(seid.DataDir) == 0)
	for _, name := range []string{seid.ConfigTOML, seid.AppTOML, seid.ClientTOML} {
		p.copyConfig(name, filepath.Join(p.options.Scratch, seid.ConfigDir, name))
	}
	if !p.options.NodeKeyElsewhere { // a key that nobody reads has no place on the volume
		p.copyConfig(p.options.nodeKey(), filepath.Join(p.options.Scratch, seid.ConfigDir, seid.NodeKeyFile))
	}
	p.copyGenesis()
	return p.err
}

// beginSigning brings what only a home without data may get: beside existing data a sign state that says zero would let a
// validator sign twice. The sign state comes before every other file: a validator's volume with files and without one is refused. A key that
// a Secret brings may have signed elsewhere, so that only the user can say that zero is right.
func (p *preparer) beginSigning(nothing bool) {
	validator := p.options.Mode == "validator"
	if nothing && (!validator || p.options.KeyOnVolume) || validator && p.options.FreshState {
		state := path.Join(seid.DataDir, seid.SignStateFile)
		p.copy(state, filepath.Join(p.options.Scratch, state))
	}
	key := path.Join(seid.ConfigDir, seid.SigningKeyFile)
	if validator && p.options.KeyOnVolume && p.err == nil && p.signedNothing() && !p.exists(key) {
		p.noteBeginning(key)
		p.copy(key, filepath.Join(p.options.Scratch, key))
	}
}

// signedNothing says that there is a sign state of zero, and no database yet: whatever is signed from now on will be in it.
func (p *preparer) signedNothing() bool {
	state, _ := p.volume.SignState()
	return state != nil && state.Height == 0 && !slices.ContainsFunc(seid.Stores, func(store seid.Store) bool {
		return p.volume.Exists(store.Path) || p.volume.Exists(store.Legacy)
	})
}

// noteBeginning keeps which key begins here, the one that scratch space has, so that inspect knows a sign state of zero for what it is: that
// of a validator which has not signed yet. It comes before the key. The note of a run that was killed between the two speaks of a
// key that is nowhere, and gives way.
func (p *preparer) noteBeginning(key string) {
	scratch, err := volume.Open(p.options.Scratch, volume.Place{})
	if err != nil {
		p.err = err
		return
	}
	defer scratch.Close()
	address, name := scratch.KeyAddress(key), path.Join(seid.DataDir, seid.BegunFile)
	if address == "" {
		return
	}
	if p.exists(name) {
		p.err = errors.Join(p.err, p.root.Remove(name))
	}
	if p.err != nil {
		return
	}
	if p.err = durable.Create(p.root, name, strings.NewReader(address+"\n")); p.err == nil {
		p.created = append(p.created, name)
	}
}

// copyGenesis refuses a volume whose genesis is not the one that the SeiNode names: it is never replaced.
func (p *preparer) copyGenesis() {
	source := filepath.Join(p.options.Scratch, seid.ConfigDir, seid.GenesisFile)
	if p.options.Genesis != "" {
		source = p.options.Genesis
	}
	name := path.Join(seid.ConfigDir, seid.GenesisFile)
	if p.err != nil || p.options.Genesis == "" || !p.exists(name) {
		p.copy(name, source)
		return
	}
	same, err := p.sameContent(name, source)
	if err == nil && !same {
		err = fmt.Errorf("%s on the volume is not the one that spec.genesis names, and it is never replaced; wanted the same: "+
			"remove spec.genesis, or give the node another volume", name)
	}
	p.err = errors.Join(p.err, err)
}

// sameContent compares without keeping either file: a public chain's genesis has hundreds of megabytes.
func (p *preparer) sameContent(name, source string) (bool, error) {
	info, err := p.root.Stat(name)
	if err != nil || !info.Mode().IsRegular() {
		return false, err
	}
	ours, err := p.root.OpenFile(name, os.O_RDONLY|syscall.O_NONBLOCK, 0) // it may be a pipe by now
	if err != nil {
		return false, err
	}
	defer func() { _ = ours.Close() }()
	theirs, err := os.Open(source)
	if err != nil {
		return false, err
	}
	defer func() { _ = theirs.Close() }()
	return sameBytes(ours, theirs)
}

func sameBytes(a, b io.Reader) (bool, error) {
	one, other := make([]byte, 64<<10), make([]byte, 64<<10)
	for {
		n, err := io.ReadFull(a, one)
		m, otherErr := io.ReadFull(b, other)
		if n != m || !bytes.Equal(one[:n], other[:m]) {
			return false, nil
		}
		if err != nil || otherErr != nil {
			return ended(err) && ended(otherErr), errors.Join(unlessEnded(err), unlessEnded(otherErr))
		}
	}
}

func ended(err error) bool { return errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) }

func unlessEnded(err error) error {
	if ended(err) {
		return nil
	}
	return err
}

func (p *preparer) copyConfig(name, source string) { p.copy(path.Join(seid.ConfigDir, name), source) }

func (p *preparer) exists(name string) bool {
	_, err := p.root.Lstat(name)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		p.err = errors.Join(p.err, err)
	}
	return err == nil
}

func (p *preparer) makeDir(name string) {
	if p.err != nil || p.exists(name) {
		return
	}
	if p.err = p.root.Mkdir(name, 0o750); p.err == nil {
		p.created = append(p.created, name+"/")
	}
}

// tidy removes what a killed run left behind, by the prefix that is ours alone, and counts what else is in the folder. A
// folder that cannot be read is not taken for an empty one.
func (p *preparer) tidy(folder string) int {
	if p.err != nil {
		return -1
	}
	dir, err := p.root.OpenFile(folder, os.O_RDONLY|syscall.O_DIRECTORY|syscall.O_NONBLOCK, 0) // a pipe would block for ever
	if err != nil {
		p.err = err
		return -1
	}
	defer func() { _ = dir.Close() }()
	names, err := dir.Readdirnames(-1)
	others := 0
	for _, name := range names {
		if !strings.HasPrefix(name, seid.Temporary) {
			others++
			continue
		}
		err = errors.Join(err, p.root.Remove(path.Join(folder, name)))
	}
	p.err = err
	return others
}

// copy creates a file from a source, if it is not there: written under another name, made durable, and then linked to its
// name, which fails where somebody was faster. A source that does not exist is skipped: seid makes its own.
func (p *preparer) copy(name, source string) {
	if p.err != nil || p.exists(name) {
		return
	}
	from, err := os.Open(source)
	if errors.Is(err, fs.ErrNotExist) {
		return
	}
	if err != nil {
		p.err = err
		return
	}
	defer func() { _ = from.Close() }()
	if p.err = durable.Create(p.root, name, from); p.err == nil {
		p.created = append(p.created, name)
	}
}
