package cli

import (
	"os"

	cmtflags "github.com/cometbft/cometbft/libs/cli/flags"
	"github.com/cometbft/cometbft/libs/log"
	"github.com/spf13/cobra"

	"github.com/seinode/seinode-operator/test/seid/internal/home"
	"github.com/seinode/seinode-operator/test/seid/internal/node"
)

// devnetChainEnv names the devnet's chain, for several devnets side by side.
const devnetChainEnv = "SEID_STANDIN_CHAIN_ID"

// secondValidatorEnv is the public key of a second validator of a new devnet, in base64.
const secondValidatorEnv = "SEID_STANDIN_VALIDATOR"

const defaultDevnetChain = "sei-devnet-1"

// startFlags are the dotted keys that may be given on the command line. With
// the default left alone the file's value counts, but the key is known to
// the environment even where the file lacks it.
var startFlags = []string{
	"chain-id", "moniker", "mode", "log-level",
	"rpc.laddr", "rpc.pprof-laddr",
	"p2p.laddr", "p2p.external-address", "p2p.persistent-peers", "p2p.bootstrap-peers",
	"p2p.unconditional-peer-ids", "p2p.private-peer-ids",
	"priv-validator.laddr", "state-sync.snapshot-interval", "state-sync.snapshot-keep-recent",
	"pruning-keep-recent", "pruning-keep-every", "pruning-interval",
	"halt-height", "halt-time", "min-retain-blocks",
}

func (p *program) startCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use: "start", Short: "Run the node", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return p.start(cmd) },
	}
	addStartFlags(cmd)
	return cmd
}

func addStartFlags(cmd *cobra.Command) {
	for _, key := range startFlags {
		cmd.Flags().String(key, "", "overrides "+key+" of the configuration files, and of the environment variable of that name")
	}
	cmd.Flags().String("pruning", "default", "accepted and ignored")
	cmd.Flags().Bool("p2p.pex", true, "overrides p2p.pex of the configuration files")
}

func (p *program) start(cmd *cobra.Command) error {
	h := p.home()
	settings, err := h.Load(p.viper, cmd.Flags())
	if err != nil {
		return err
	}
	logger, err := newLogger(settings)
	if err != nil {
		return err
	}
	return node.Run(h, settings, logger)
}

// newLogger writes to standard output; SEI_LOG_LEVEL and SEI_LOG_FORMAT come
// before the file.
func newLogger(s *home.Settings) (log.Logger, error) {
	out := log.NewSyncWriter(os.Stdout)
	logger := log.NewTMLogger(out)
	if first(os.Getenv("SEI_LOG_FORMAT"), s.String("log-format")) == "json" {
		logger = log.NewTMJSONLogger(out)
	}
	return cmtflags.ParseLogLevel(first(os.Getenv("SEI_LOG_LEVEL"), s.Or("log-level", "info")), logger, "info")
}

func first(values ...string) string {
	for _, value := range values {
		if value != "" {
			return value
		}
	}
	return ""
}

func (p *program) devnetCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use: "devnet", Short: "Run a chain of one validator, made on the first start (stand-in only)", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			chainID := first(os.Getenv(devnetChainEnv), defaultDevnetChain)
			if err := p.home().InitDevnet("devnet", chainID, os.Getenv(secondValidatorEnv)); err != nil {
				return err
			}
			return p.start(cmd)
		},
	}
	addStartFlags(cmd)
	return cmd
}
