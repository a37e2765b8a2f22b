package app

import (
	"os"
	"slices"
	"strings"
)

// What makes two releases of one binary. The images of the test cluster bake them in.
const (
	// HandlersEnv names the upgrades that the binary has a handler for, separated by commas; "*" is every one at its time.
	HandlersEnv = "SEID_STANDIN_HANDLERS"
	// StoresEnv names those of them that bring a store of their own.
	StoresEnv = "SEID_STANDIN_STORES"
	// VersionEnv is the version that the binary says it is.
	VersionEnv = "SEID_STANDIN_VERSION"
)

// imitated is the release whose behaviour this program has.
const imitated = "v6.6.2"

// Release is what one release of the program says of itself and knows.
type Release struct {
	Version          string
	handlers, stores []string
}

// CurrentRelease is the release that this process is to be.
func CurrentRelease() Release {
	r := Release{Version: os.Getenv(VersionEnv), handlers: names(HandlersEnv), stores: names(StoresEnv)}
	if r.Version == "" {
		r.Version = imitated
	}
	return r
}

func names(variable string) []string {
	return strings.FieldsFunc(os.Getenv(variable), func(c rune) bool { return c == ',' || c == ' ' })
}

// knows tells whether the release has a handler for an upgrade. A release knows the upgrades before its own too, or it could not run
// on a chain that has gone through them.
func (r Release) knows(upgrade string) bool {
	return r.knowsAll() || slices.Contains(r.handlers, upgrade)
}

// knowsAll is a release that is always the right one, for the nodes of a chain that a test does not look at.
func (r Release) knowsAll() bool { return slices.Contains(r.handlers, "*") }
