package volume

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/seinode/seinode-operator/internal/agent/wire"
	"github.com/seinode/seinode-operator/internal/seid"
)

// Halted is the halt height at which seid stopped by itself on the volume that is mounted at a folder, as the agent noted it in the home there; 0 where it
// noted none. doubt says why that cannot be told, "" where it can: whoever is in doubt does not start seid, and looks again.
func Halted(folder string, place Place) (home string, height int64, doubt string) {
	opened, err := Open(folder, place)
	if err != nil {
		return "", 0, "the volume cannot be read: " + err.Error()
	}
	defer opened.Close()
	layout, home := opened.Home()
	switch {
	case opened.Err != nil:
		return "", 0, "the volume cannot be read: " + opened.Err.Error()
	case layout == wire.LayoutUnknown || layout == wire.LayoutEmpty:
		return "", 0, "the volume holds no home of seid any more"
	}
	height, doubt = opened.At(home).halted()
	return home, height, doubt
}

// halted reads the note of a home. What was found in place of one is a doubt.
func (v *Volume) halted() (height int64, doubt string) {
	const name = seid.DataDir + "/" + seid.HaltedFile
	at := &Volume{root: v.root, base: v.base, place: v.place} // of this one path alone
	content := at.Read(name)
	switch {
	case at.Link(name) != "":
		return 0, at.full(name) + " is a link; wanted the file that the agent makes: move it away"
	case at.Err != nil:
		return 0, fmt.Sprintf("%s cannot be read: %v", at.full(name), at.Err)
	case len(at.Odd) > 0:
		return 0, at.Odd[0].String()
	case content == nil:
		return 0, ""
	}
	height, err := strconv.ParseInt(strings.TrimSuffix(string(content), "\n"), 10, 64)
	if err != nil || height < 1 {
		return 0, at.full(name) + " is not the note of a halt height that the agent makes: move it away"
	}
	return height, ""
}
