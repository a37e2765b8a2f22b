package app

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
)

// addStores is how a start finds the stores that an upgrade of its release brings: new ones may be added only right at the height that
// the halt of the release before left in upgrade-info.json. Without that file the start fails, with an exit code of its own.
func (r Release) addStores(at version, infoPath string) {
	info := readInfo(infoPath)
	for _, name := range r.stores {
		expected := info.Name == name && info.Height == at.Height+1
		if at.Height > 0 && !expected && !slices.Contains(at.Stores, name) {
			fmt.Println("new store is not added in upgrades: " + name)
			os.Exit(1)
		}
	}
}

// readInfo reads what the last halt left, if there was one. A damaged file ends each start.
func readInfo(path string) (info Plan) {
	raw, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return info
	}
	if err == nil {
		err = json.Unmarshal(raw, &info)
	}
	if err != nil {
		panic(err)
	}
	return info
}

// allStores are the stores after a block of this release.
func (r Release) allStores(before []string) []string {
	stores := append(slices.Clone(before), r.stores...)
	slices.Sort(stores)
	return slices.Compact(stores)
}
