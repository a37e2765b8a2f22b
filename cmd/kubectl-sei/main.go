// Command kubectl-sei is the plugin behind `kubectl sei`: what a person at a terminal wants to know of SeiNodes, asked with that person's own rights.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"

	"github.com/seinode/seinode-operator/cmd/kubectl-sei/internal/cli"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := cli.Run(ctx, os.Args[1:], cli.Terminal())
	stop()
	os.Exit(code)
}
