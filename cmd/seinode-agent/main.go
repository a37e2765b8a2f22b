// Command seinode-agent runs inside a node's pod: inspect, bootstrap and prepare before seid starts, serve beside it, and run around it where it is to stop at a block, or to fetch its
// state from its peers. It knows nothing of
// Kubernetes. It only wires: flags, exit codes, and the termination message that Kubernetes shows.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/seinode/seinode-operator/internal/agent/inspect"
	"github.com/seinode/seinode-operator/internal/agent/prepare"
	"github.com/seinode/seinode-operator/internal/agent/run"
	"github.com/seinode/seinode-operator/internal/agent/serve"
	"github.com/seinode/seinode-operator/internal/agent/statesync"
	"github.com/seinode/seinode-operator/internal/agent/wire"
	"github.com/seinode/seinode-operator/internal/version"
)

const usage = "usage: seinode-agent inspect|bootstrap|prepare|serve|run [flags], or seinode-agent --version"

// errRefused ends inspect with 1 after the verdict was written.
var errRefused = errors.New("the volume is refused")

// exitCode is seid's own, which run ends with.
type exitCode int

func (c exitCode) Error() string { return fmt.Sprintf("exit code %d", int(c)) }

func main() {
	if len(os.Args) < 2 {
		fmt.Fprintln(os.Stderr, usage)
		os.Exit(2)
	}
	commands := map[string]func([]string) error{"inspect": runInspect, "bootstrap": runBootstrap, "prepare": runPrepare, "serve": runServe, "run": runSeid, "--version": runVersion}
	command, known := commands[os.Args[1]]
	if !known {
		fmt.Fprintf(os.Stderr, "unknown command %q\n%s\n", os.Args[1], usage)
		os.Exit(2)
	}
	err := command(os.Args[2:])
	if code, is := err.(exitCode); is { //nolint:errorlint // it is never wrapped
		os.Exit(int(code))
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "seinode-agent: "+err.Error())
		os.Exit(1)
	}
}

func runVersion([]string) error {
	fmt.Println("seinode-agent " + version.Version)
	return nil
}

func runInspect(args []string) error {
	flags := flag.NewFlagSet("inspect", flag.ExitOnError)
	options := inspectFlags(flags)
	message := flags.String("message", "/dev/termination-log", "`file` for the verdict")
	_ = flags.Parse(args) // exits on error

	found := inspect.Inspect(options())
	verdict := inspect.Encode(found)
	fmt.Println(string(verdict))
	if err := os.WriteFile(*message, verdict, 0o600); err != nil {
		return err
	}
	if found.Refused {
		return errRefused
	}
	return nil
}

func runPrepare(args []string) error {
	var o prepare.Options
	flags := flag.NewFlagSet("prepare", flag.ExitOnError)
	flags.StringVar(&o.Volume, "volume", "/volume", "`folder` at which the data volume is mounted")
	flags.StringVar(&o.Scratch, "scratch", "/scratch/home", "`folder` of a fresh home with this version's defaults")
	flags.StringVar(&o.Home, "home", "/home/nonroot/.sei", "`path` of the link that becomes seid's home")
	flags.StringVar(&o.Genesis, "genesis", "", "`file` with the chain's genesis; none means the scratch home's")
	flags.StringVar(&o.Mode, "mode", "", "fullNode, archive, validator or seed")
	key := flags.String("signing-key", "Volume", "where a validator's key comes from: Volume or Secret")
	state := flags.String("sign-state", "", "Fresh: the validator's key has signed nothing yet")
	flags.StringVar(&o.Key.Secret, "signing-key-file", "", "`file` of the Secret's key, with --signing-key Secret")
	nodeKey := flags.String("node-key", "Volume", "where the node's key comes from: Volume or Secret")
	flags.StringVar(&o.NodeKey, "node-key-file", "", "`file` of the Secret's node key, with --node-key Secret")
	flags.StringVar(&o.OwnNodeKey, "own-node-key", "", "`name` of the node's key in config/, for a volume that began as a copy of another node's, and has that one's key")
	flags.StringVar(&o.Key.Copy, "key-copy", "", "`file` for the copy of the Secret's key that seid signs with")
	flags.StringVar(&o.Key.Reservation, "reservation", "", "`file` that says which key is reserved for the node")
	flags.StringVar(&o.Program, "program", "", "`file` for a copy of this program, for seid's container; none means no copy")
	placeFlags(flags, &o.Place)
	message := flags.String("message", "/dev/termination-log", "`file` for the list of what was created")
	_ = flags.Parse(args) // exits on error
	o.KeyOnVolume, o.FreshState, o.NodeKeyElsewhere = *key == "Volume", *state == fresh, *nodeKey == "Secret"

	created, err := prepare.Prepare(o)
	report := []byte(fmt.Sprint(err))
	if err == nil {
		report, _ = json.Marshal(wire.Preparation{Created: created, NodeID: prepare.NodeID(o)})
	}
	fmt.Println(string(report))
	return errors.Join(err, os.WriteFile(*message, report, 0o600))
}

func runServe(args []string) error {
	var o serve.Options
	flags := flag.NewFlagSet("serve", flag.ExitOnError)
	flags.StringVar(&o.Listen, "listen", ":8090", "`address` to serve on")
	flags.StringVar(&o.RPC, "rpc", "http://127.0.0.1:26657", "`address` of seid's RPC")
	flags.StringVar(&o.P2P, "p2p", "", "`host:port` of seid's P2P port, for a seed, which opens no other: its RPC is not asked")
	flags.StringVar(&o.Volume, "volume", "/volume", "`folder` at which the data volume is mounted")
	placeFlags(flags, &o.Place)
	flags.DurationVar(&o.MaxBlockAge, "max-block-age", time.Minute, "how old the last block of a ready node may be")
	flags.Int64Var(&o.HaltHeight, "halt-height", 0, "`block` at which seid is to stop and stay stopped; 0 for none")
	flags.BoolVar(&o.Signs, "signs", false, "the node is a validator: tell which key it signs with, and what it signed last")
	flags.StringVar(&o.Sync, "sync-said", "", "`file` in which run says how far a state sync is; none means that none is asked for")
	flags.Var((*list)(&o.Trust.Servers), "sync-server", "`address` of an RPC that the node's first block is compared with; may be repeated")
	flags.StringVar(&o.Trust.ChainID, "sync-chain-id", "", "chain that the node follows")
	flags.StringVar(&o.Metrics, "metrics", "http://127.0.0.1:26660/metrics", "`URL` of seid's metrics, which tell how far a state sync is")
	flags.IntVar(&o.MinPeers, "min-peers", 1, "how many peers a ready node has at least")
	_ = flags.Parse(args) // exits on error
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, syscall.SIGINT)
	defer stop()
	return serve.New(o, time.Now).Run(ctx)
}

func runSeid(args []string) error {
	var o run.Options
	flags := flag.NewFlagSet("run", flag.ExitOnError)
	flags.StringVar(&o.Volume, "volume", "/volume", "`folder` at which the data volume is mounted")
	placeFlags(flags, &o.Place)
	flags.Int64Var(&o.HaltHeight, "halt-height", 0, "`block` at which seid is to stop and stay stopped; 0 for none")
	flags.StringVar(&o.Agent, "agent", "http://127.0.0.1:8090/status", "`URL` of what the agent beside seid knows of it")
	sync := syncFlags(flags)
	_ = flags.Parse(args) // exits on error
	o.Command = flags.Args()
	options, syncs := sync()
	if o.HaltHeight < 1 && !syncs || len(o.Command) == 0 {
		return errors.New("run wants --halt-height or --sync-said, and after -- the command of seid")
	}
	if syncs {
		options.Volume, options.Place, options.Agent = o.Volume, o.Place, o.Agent
		o.Sync = statesync.New(options, os.Stderr)
	}
	return exitCode(run.Run(o, os.Stderr))
}
