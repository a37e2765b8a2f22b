package home

import (
	"fmt"
	"os"
	"strings"

	"github.com/cometbft/cometbft/types"
)

// Join points a home at a running chain: its genesis, its chain id, and
// persistent peers. Only the stand-in can do this.
type Join struct {
	Genesis []byte
	Peers   []string
}

// Apply writes the files; missing ones get the defaults of init first.
func (j Join) Apply(h Home) error {
	doc, err := types.GenesisDocFromJSON(j.Genesis)
	if err != nil {
		return fmt.Errorf("genesis: %w", err)
	}
	if !h.configured() {
		if err := h.Init(InitOptions{Moniker: "joined", ChainID: doc.ChainID, Mode: ModeFull}); err != nil {
			return err
		}
	}
	if err := h.setKey(ClientFile, "", "chain-id", quote(doc.ChainID)); err != nil {
		return err
	}
	if err := j.peers(h); err != nil {
		return err
	}
	return writeFile(h.Config(GenesisFile), j.Genesis, 0o644)
}

func (j Join) peers(h Home) error {
	if err := h.setKey(ConfigFile, "p2p", "persistent-peers", quote(strings.Join(j.Peers, ","))); err != nil {
		return err
	}
	return h.setKey(ConfigFile, "p2p", "allow-duplicate-ip", "true")
}

func quote(s string) string { return fmt.Sprintf("%q", s) }

// setKey replaces one key's line in a section of a file of ours, keeping
// everything else as it is.
func (h Home) setKey(name, section, key, value string) error {
	path := h.Config(name)
	info, err := os.Stat(path)
	if err != nil {
		return err
	}
	raw, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	lines, found := replaceKey(strings.Split(string(raw), "\n"), section, key, value)
	if !found {
		return fmt.Errorf("%s has no key %s in section %q", path, key, section)
	}
	return writeFile(path, []byte(strings.Join(lines, "\n")), info.Mode().Perm())
}

func replaceKey(lines []string, section, key, value string) ([]string, bool) {
	current, found := "", false
	for i, line := range lines {
		trimmed := strings.TrimSpace(line)
		if strings.HasPrefix(trimmed, "[") && strings.HasSuffix(trimmed, "]") && !strings.Contains(trimmed, "=") {
			current = strings.Trim(trimmed, "[]")
		}
		name, _, ok := strings.Cut(trimmed, "=")
		if ok && current == section && strings.TrimSpace(name) == key {
			lines[i], found = key+" = "+value, true
		}
	}
	return lines, found
}
