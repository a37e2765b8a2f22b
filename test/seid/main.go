// Command seid is a stand-in for the Sei node program.
//
// The real image cannot be had where the operator's tests run, so this
// program answers, refuses and lays out its home directory the way the real
// one was observed to do (v6.6.2), on top of a real CometBFT engine. See
// README.md for what it imitates and what it does not.
package main

import (
	"os"

	"github.com/seinode/seinode-operator/test/seid/internal/cli"
)

func main() {
	os.Exit(cli.Run(os.Args))
}
