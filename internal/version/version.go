// Package version holds the program's version, stamped at build time.
package version

// Version is the release, for example 0.1.0; "dev" for a build that was not stamped (-ldflags "-X ...Version=").
var Version = "dev"
