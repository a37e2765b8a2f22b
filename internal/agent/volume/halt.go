package volume

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/seinode/seinode-operator/internal/seid"
)

// Halted is the halt height at which seid stopped by itself on this home, as the agent noted it there; 0 where it noted none. doubt says what was found
// in place of such a note, "" for nothing: whoever is in doubt does not start seid.
func (v *Volume) Halted() (height int64, doubt string) {
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
