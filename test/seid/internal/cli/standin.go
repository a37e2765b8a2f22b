package cli

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/seinode/seinode-operator/test/seid/internal/app"
	"github.com/seinode/seinode-operator/test/seid/internal/tool"
)

// standinCommand groups what the real program does not have.
func standinCommand(p *program) *cobra.Command {
	cmd := &cobra.Command{Use: "standin", Short: "Tools for tests that only the stand-in has"}
	cmd.AddCommand(p.joinCommand(), fetchCommand(), waitHeightCommand(), planCommand(), serveDirCommand(), packCommand())
	return cmd
}

func (p *program) joinCommand() *cobra.Command {
	var rpcs, peerHosts []string
	var timeout time.Duration
	cmd := &cobra.Command{
		Use: "join", Short: "Point a home at a running chain", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			ctx, cancel := context.WithTimeout(cmd.Context(), timeout)
			defer cancel()
			return tool.Join(ctx, p.home(), rpcs, peerHosts)
		},
	}
	cmd.Flags().StringSliceVar(&rpcs, "rpc", nil, "RPC address of a node of the chain, http://HOST:26657; each becomes a peer, the first gives the genesis")
	cmd.Flags().StringSliceVar(&peerHosts, "peer-host", nil, "HOST or HOST:PORT of its P2P port, in the order of --rpc (default: the RPC's host)")
	cmd.Flags().DurationVar(&timeout, "timeout", 120*time.Second, "how long to retry")
	_ = cmd.MarkFlagRequired("rpc")
	return cmd
}

func fetchCommand() *cobra.Command {
	return &cobra.Command{
		Use: "fetch URL", Short: "Print the answer to a GET", Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			body, err := tool.Get(cmd.Context(), args[0])
			_, writeErr := cmd.OutOrStdout().Write(body)
			return errors.Join(err, writeErr)
		},
	}
}

func waitHeightCommand() *cobra.Command {
	var rpc string
	var height int64
	var timeout time.Duration
	cmd := &cobra.Command{
		Use: "wait-height", Short: "Wait until a node has a height", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			ctx, cancel := context.WithTimeout(cmd.Context(), timeout)
			defer cancel()
			if err := tool.WaitHeight(ctx, rpc, height); err != nil {
				return fmt.Errorf("wait-height: %w", err)
			}
			return nil
		},
	}
	cmd.Flags().StringVar(&rpc, "rpc", "http://127.0.0.1:26657", "RPC address of the node")
	cmd.Flags().Int64Var(&height, "height", 1, "height to wait for")
	cmd.Flags().DurationVar(&timeout, "timeout", 120*time.Second, "how long to wait")
	return cmd
}

func planCommand() *cobra.Command {
	var rpc string
	var plan app.Plan
	var minor, cancel bool
	var timeout time.Duration
	cmd := &cobra.Command{
		Use: "plan", Short: "Schedule an upgrade of the chain, in place of the one before", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			ctx, cancelTimeout := context.WithTimeout(cmd.Context(), timeout)
			defer cancelTimeout()
			if !cancel {
				plan.Info = info(minor)
			}
			return tool.Schedule(ctx, rpc, plan)
		},
	}
	cmd.Flags().StringVar(&rpc, "rpc", "http://127.0.0.1:26657", "RPC address of any node of the chain")
	cmd.Flags().StringVar(&plan.Name, "name", "", "the upgrade's name")
	cmd.Flags().Int64Var(&plan.Height, "height", 0, "the height at which it is due")
	cmd.Flags().BoolVar(&minor, "minor", false, "a minor upgrade: its binary may run before the height")
	cmd.Flags().BoolVar(&cancel, "cancel", false, "clear the plan instead")
	cmd.Flags().DurationVar(&timeout, "timeout", 30*time.Second, "how long to retry while the node does not answer")
	cmd.MarkFlagsOneRequired("name", "cancel")
	cmd.MarkFlagsMutuallyExclusive("name", "cancel")
	cmd.MarkFlagsRequiredTogether("name", "height")
	return cmd
}

func serveDirCommand() *cobra.Command {
	var dir, listen string
	var faults tool.Faults
	cmd := &cobra.Command{
		Use: "serve-dir", Short: "Serve the files of a folder over HTTP, as badly as asked for", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return tool.ServeDir(cmd.Context(), dir, listen, faults)
		},
	}
	cmd.Flags().StringVar(&dir, "dir", "", "the folder")
	cmd.Flags().StringVar(&listen, "listen", ":8080", "HOST:PORT to listen on")
	cmd.Flags().Int64Var(&faults.CutAfter, "cut-after", 0, "end each connection after so many bytes")
	cmd.Flags().BoolVar(&faults.NoRange, "no-range", false, "answer a Range with the whole file")
	cmd.Flags().Int64Var(&faults.Throttle, "throttle", 0, "bytes a second of a connection")
	cmd.Flags().IntVar(&faults.Status, "status", 0, "answer this status in place of any file")
	cmd.Flags().BoolVar(&faults.ChangingETag, "changing-etag", false, "give each answer another ETag")
	_ = cmd.MarkFlagRequired("dir")
	return cmd
}

func packCommand() *cobra.Command {
	var home, below, out string
	var snapshots bool
	cmd := &cobra.Command{
		Use: "pack", Short: "Write data/ and wasm/ of a home that nobody uses into an archive", Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			if snapshots {
				return tool.PackSnapshots(home, below, out)
			}
			return tool.Pack(home, below, out)
		},
	}
	cmd.Flags().BoolVar(&snapshots, "snapshots", false, "its snapshots for state sync instead")
	cmd.Flags().StringVar(&home, "home", "", "the home")
	cmd.Flags().StringVar(&below, "below", "", "the folder in the archive that they lie in")
	cmd.Flags().StringVar(&out, "out", "", "the file")
	_ = cmd.MarkFlagRequired("home")
	_ = cmd.MarkFlagRequired("out")
	return cmd
}

// info is the text that the proposals of the public chains carry.
func info(minor bool) string {
	if minor {
		return `{"upgradeType":"minor"}`
	}
	return `{"upgradeType":"major"}`
}
