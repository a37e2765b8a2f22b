package home

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/pflag"
	"github.com/spf13/viper"
)

// Settings are the node's options: a file's value is overridden by the
// environment, that by a flag.
type Settings struct {
	v     *viper.Viper
	known map[string]bool
	// ClientChainID is client.toml's chain-id as it stands in the file; start
	// compares it with the genesis.
	ClientChainID string
}

// NewViper reads the environment as the real program does: the prefix is the
// name of the executable, and dots and dashes become underscores.
func NewViper(executable string) *viper.Viper {
	v := viper.New()
	v.SetEnvPrefix(filepath.Base(executable))
	v.SetEnvKeyReplacer(strings.NewReplacer(".", "_", "-", "_"))
	v.AutomaticEnv()
	return v
}

// Load reads the configuration for start, writing the files that are missing
// first: client.toml with no chain id, config.toml as a full node on
// loopback, app.toml with all services on.
func (h Home) Load(v *viper.Viper, flags *pflag.FlagSet) (*Settings, error) {
	chainID, err := h.loadClient()
	if err != nil {
		return nil, err
	}
	if err := v.BindPFlags(flags); err != nil {
		return nil, err
	}
	for name, mode := range map[string]fs.FileMode{ConfigFile: 0o644, AppFile: 0o600} {
		if err := h.merge(v, name, mode); err != nil {
			return nil, err
		}
	}
	return &Settings{v: v, known: keysOf(v), ClientChainID: chainID}, nil
}

// keysOf are the keys that a file or a flag mentions. AutomaticEnv alone
// makes no key known when the options are decoded as a whole: a variable for
// a key that the file lacks has no effect.
func keysOf(v *viper.Viper) map[string]bool {
	known := map[string]bool{}
	for _, key := range v.AllKeys() {
		known[key] = true
	}
	return known
}

func (h Home) loadClient() (string, error) {
	if _, err := os.Stat(h.Config(ClientFile)); errors.Is(err, fs.ErrNotExist) {
		if err := h.writeTemplate(ClientFile, fields{}, 0o600); err != nil {
			return "", fmt.Errorf("couldn't make client config: %w", err)
		}
	}
	raw, err := os.ReadFile(h.Config(ClientFile))
	if err != nil {
		// viper's words for a file that cannot be read: it does not say why.
		return "", fmt.Errorf(`couldn't get client config: Config File "client" Not Found in "[%s]"`, h.Config(""))
	}
	v := viper.New()
	v.SetConfigType("toml")
	if err := v.ReadConfig(strings.NewReader(string(raw))); err != nil {
		return "", fmt.Errorf("couldn't get client config: %w", err)
	}
	return v.GetString("chain-id"), nil
}

func (h Home) merge(v *viper.Viper, name string, mode fs.FileMode) error {
	path := h.Config(name)
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
		if err := h.writeTemplate(name, fallbackFields(), mode); err != nil {
			return err
		}
	}
	raw, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	v.SetConfigType("toml")
	if err := v.MergeConfig(strings.NewReader(string(raw))); err != nil {
		return fmt.Errorf("failed to read in %s: %w", path, err)
	}
	return nil
}

// Has tells whether a file or a flag mentions the key.
func (s *Settings) Has(key string) bool { return s.known[key] }

// String is a key's value, or "" where nothing mentions it.
func (s *Settings) String(key string) string {
	if !s.Has(key) {
		return ""
	}
	return s.v.GetString(key)
}

// Or is String with a default for the empty value.
func (s *Settings) Or(key, def string) string {
	if value := s.String(key); value != "" {
		return value
	}
	return def
}

// Bool is a key's value as a switch.
func (s *Settings) Bool(key string) bool { return s.Has(key) && s.v.GetBool(key) }

// Int is a key's value as a number.
func (s *Settings) Int(key string) int64 {
	if !s.Has(key) {
		return 0
	}
	return s.v.GetInt64(key)
}

// Duration is a key's value as a time, or the default.
func (s *Settings) Duration(key string, def time.Duration) time.Duration {
	if value := s.v.GetDuration(key); s.Has(key) && value > 0 {
		return value
	}
	return def
}

// List accepts a list from a file and a plain word from the environment.
func (s *Settings) List(key string) []string {
	if !s.Has(key) {
		return nil
	}
	return s.v.GetStringSlice(key)
}
