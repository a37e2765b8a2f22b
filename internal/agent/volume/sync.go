package volume

import (
	"encoding/json"
	"errors"
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/seinode/seinode-operator/internal/seid"
)

// Sync is what the agent noted in a home of the state sync that began there, with no data before. Nobody else makes such a note: what lies in data/ beside it
// came by that state sync, or from what seid did after.
type Sync struct {
	// Attempts is how often it was begun.
	Attempts int `json:"attempts"`
	// Arrived says that seid had the state, and answered: from then on the data is the node's, and Height was its first block.
	Arrived bool  `json:"arrived,omitempty"`
	Height  int64 `json:"height,omitempty"`
	// Tried is how often seid was started on what an attempt left behind that may have been whole.
	Tried int `json:"tried,omitempty"`
	// Emptying says that what an attempt left behind is being removed.
	Emptying bool `json:"emptying,omitempty"`
}

// Sync reads the note of a home, nil where there is none. What is found in place of one is a doubt.
func (v *Volume) Sync() (note *Sync, doubt error) {
	name := path.Join(seid.SyncDir, seid.SyncNote)
	at := &Volume{root: v.root, base: v.base, place: v.place} // of this one path alone
	linked := at.Link(seid.SyncDir) != "" || at.Link(name) != ""
	content := at.Read(name)
	switch {
	case linked:
		return nil, fmt.Errorf("%s is a link; wanted the folder and the file that the agent makes: move it away", at.full(name))
	case at.Err != nil:
		return nil, fmt.Errorf("%s cannot be read: %w", at.full(name), at.Err)
	case len(at.Odd) > 0:
		return nil, errors.New(at.Odd[0].String())
	case content == nil:
		return nil, nil
	}
	note = &Sync{}
	if err := json.Unmarshal(content, note); err != nil || note.Attempts < 1 {
		return nil, fmt.Errorf("%s is not the note of a state sync that the agent makes: move it away", at.full(name))
	}
	return note, nil
}

// KeptInData are what no emptying takes away: what a validator signed, and what the agent noted of that.
var KeptInData = []string{seid.SignStateFile, seid.BegunFile, seid.HaltedFile}

// HasData says whether there is anything in data/ but what a preparation puts there.
func (v *Volume) HasData() bool {
	return v.IsDir(seid.DataDir) && slices.ContainsFunc(v.Names(seid.DataDir, 64), func(name string) bool {
		return !slices.Contains(KeptInData, name) && !strings.HasPrefix(name, seid.Temporary)
	})
}

// Chunks is what seid.ChunksNote says of the snapshot beside it, from which seid is to take its state.
type Chunks struct {
	// From says where it came from, in words.
	From string `json:"from"`
	// Height is the newest block that it is of.
	Height int64 `json:"height"`
}
