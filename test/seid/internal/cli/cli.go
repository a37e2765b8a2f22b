// Package cli is the command line of the stand-in.
package cli

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime/debug"

	"github.com/spf13/cobra"
	"github.com/spf13/viper"

	"github.com/seinode/seinode-operator/test/seid/internal/app"
	"github.com/seinode/seinode-operator/test/seid/internal/home"
)

// Run executes the command line and gives the exit code. Panics are left
// alone: exit code 2 and the bare text are what the real program shows, with kilobytes of goroutines after it unless GOTRACEBACK is set.
func Run(args []string) int {
	if os.Getenv("GOTRACEBACK") == "" {
		debug.SetTraceback("all")
	}
	root := newRoot(args[0])
	root.SetArgs(args[1:])
	if err := root.Execute(); err != nil {
		return 1
	}
	return 0
}

// program carries what every command needs.
type program struct {
	viper *viper.Viper
}

func newRoot(executable string) *cobra.Command {
	p := &program{viper: home.NewViper(executable)}
	root := &cobra.Command{
		Use:   "seid",
		Short: "A stand-in for the Sei node program (not the real one)",
	}
	root.PersistentFlags().String("home", defaultHome(), "directory for config and data")
	_ = p.viper.BindPFlag("home", root.PersistentFlags().Lookup("home"))
	root.AddCommand(p.startCommand(), p.devnetCommand(), p.versionCommand())
	for _, cmd := range []*cobra.Command{p.initCommand(), p.tendermintCommand(), standinCommand(p)} {
		withoutUsage(cmd)
		root.AddCommand(cmd)
	}
	return root
}

// withoutUsage keeps a command's errors short. Those of start print the whole usage text after them, as the real ones do, so that the
// cause is not among the last words.
func withoutUsage(cmd *cobra.Command) {
	cmd.SilenceUsage = true
	for _, sub := range cmd.Commands() {
		withoutUsage(sub)
	}
}

func defaultHome() string {
	dir, err := os.UserHomeDir()
	if err != nil {
		dir = "/"
	}
	return filepath.Join(dir, ".sei")
}

func (p *program) home() home.Home { return home.Home(p.viper.GetString("home")) }

// versionCommand writes the files of the home that are missing before it says anything, as nearly every command does.
func (p *program) versionCommand() *cobra.Command {
	return &cobra.Command{
		Use: "version", Short: "Print the release", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if _, err := p.home().Load(p.viper, cmd.Flags()); err != nil {
				return err
			}
			fmt.Fprintln(cmd.OutOrStdout(), app.CurrentRelease().Version)
			return nil
		},
	}
}

func (p *program) initCommand() *cobra.Command {
	var o home.InitOptions
	cmd := &cobra.Command{
		Use: "init [moniker]", Short: "Write the files of a new home", Args: cobra.ExactArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			o.Moniker = args[0]
			return p.home().Init(o)
		},
	}
	cmd.Flags().StringVar(&o.ChainID, "chain-id", "", "genesis chain id, random if empty")
	cmd.Flags().StringVar(&o.Mode, "mode", home.ModeFull, "validator, full, seed or archive")
	cmd.Flags().BoolVar(&o.Overwrite, "overwrite", false, "replace app.toml, config.toml and genesis.json")
	return cmd
}

func (p *program) tendermintCommand() *cobra.Command {
	cmd := &cobra.Command{Use: "tendermint", Short: "Engine sub-commands"}
	cmd.AddCommand(&cobra.Command{
		Use: "show-node-id", Short: "Print the node's id", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			path := p.home().Config(home.NodeKeyFile)
			if _, err := os.Stat(path); err != nil {
				return err
			}
			key, err := home.NodeKey(path)
			if err == nil {
				fmt.Fprintln(cmd.OutOrStdout(), key.ID())
			}
			return err
		},
	})
	return cmd
}
