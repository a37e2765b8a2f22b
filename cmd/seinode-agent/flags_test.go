package main

import (
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/seinode/seinode-operator/internal/agent/wire"
)

// plant makes files in a temporary folder.
func plant(t *testing.T, files map[string]string) string {
	t.Helper()
	root := t.TempDir()
	for name, content := range files {
		at := filepath.Join(root, name)
		if err := os.MkdirAll(filepath.Dir(at), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(at, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return root
}

// A key that nobody signs with: its secret is 32 bytes of zero.
const (
	key = `{"address":"139E3940E64B5491722088D9A0D741628FC826E0","pub_key":{"type":"tendermint/PubKeyEd25519","value":"O2onvM62pC1io6jQKm8Nc2UyFXcd4kOmOsBIoYtZ2ik="},` +
		`"priv_key":{"type":"tendermint/PrivKeyEd25519","value":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA7aie8zrakLWKjqNAqbw1zZTIVdx3iQ6Y6wEihi1naKQ=="}}`
	keyAddress = "139E3940E64B5491722088D9A0D741628FC826E0"
)

// TestInspectsFlags: each changes the verdict on a volume that is refused without it, or the other way round.
func TestInspectsFlags(t *testing.T) {
	deep := map[string]string{"chains/sei/config/config.toml": "mode = 'full'\n[priv-validator]\nkey-file = 'k'\nstate-file = 's'\n"}
	half := map[string]string{"config/config.toml": deep["chains/sei/config/config.toml"], ".seinode-agent-sync/note.json": `{"attempts":1}`}
	secret := filepath.Join(plant(t, map[string]string{"key.json": key}), "key.json")
	fromSecret := []string{"--mode", "validator", "--signing-key", "Secret", "--signing-key-file", secret}
	reserved := filepath.Join(plant(t, map[string]string{"r.json": `{"keyAddress":"` + keyAddress + `","signed":{"height":7}}`}), "r.json")
	for name, test := range map[string]struct {
		files  map[string]string
		flags  []string
		reason string
	}{
		"nothing said":            {deep, []string{"--mode", "fullNode"}, wire.ReasonLayoutUnknown},
		"where the home is":       {deep, []string{"--mode", "fullNode", "--home-path", "chains/sei"}, wire.ReasonInspected},
		"what is nobody's":        {deep, []string{"--mode", "fullNode", "--ignore", "x", "--ignore", "chains"}, wire.ReasonInspected},
		"half of a state":         {half, []string{"--mode", "fullNode", "--bootstrap"}, wire.ReasonDataIncomplete},
		"which is to be whole":    {half, []string{"--mode", "fullNode", "--bootstrap", "--state-sync"}, wire.ReasonInspected},
		"a Secret's key":          {nil, fromSecret, wire.ReasonSignStateMissing},
		"a Secret's key, fresh":   {nil, append(fromSecret[:len(fromSecret):len(fromSecret)], "--sign-state", "Fresh"), wire.ReasonInspected},
		"another state than that": {nil, append(fromSecret[:len(fromSecret):len(fromSecret)], "--sign-state", "Old"), wire.ReasonSignStateMissing},
		"not reserved": {nil, append(fromSecret[:len(fromSecret):len(fromSecret)], "--sign-state", "Fresh", "--reservation", "/none"),
			wire.ReasonKeyNotReserved},
		"reserved, and signed since": {nil, append(fromSecret[:len(fromSecret):len(fromSecret)], "--sign-state", "Fresh", "--reservation", reserved),
			wire.ReasonSignStateRegressed},
		"a remote signer": {map[string]string{"data/committer.db/current": "x"}, []string{"--mode", "validator", "--remote-signer", "--policy", "Warn"},
			wire.ReasonDataIncomplete},
		"no remote signer": {map[string]string{"data/committer.db/current": "x"}, []string{"--mode", "validator", "--policy", "Warn"}, wire.ReasonSignStateMissing},
	} {
		t.Run(name, func(t *testing.T) {
			message := filepath.Join(t.TempDir(), "message")
			err := runInspect(append([]string{"--volume", plant(t, test.files), "--message", message}, test.flags...))
			text, _ := os.ReadFile(message)
			found, ok := wire.ParseInspection(string(text))
			if !ok || found.Reason != test.reason || errors.Is(err, errRefused) != found.Refused {
				t.Errorf("%s (%v), wanted %s: %s", found.Reason, err, test.reason, found.Message)
			}
		})
	}
}

// TestRunsFlags: a halt height and a command, or nothing is run; seid's exit code is ours.
func TestRunsFlags(t *testing.T) {
	volume := plant(t, map[string]string{"chains/sei/config/config.toml": "mode = 'full'"})
	at := []string{"--volume", volume, "--home-path", "chains/sei"}
	for name, test := range map[string]struct {
		args []string
		want string
	}{
		"no halt height": {append(at[:4:4], "--", "sh", "-c", "exit 3"), "run wants --halt-height or --sync-said, and after -- the command of seid"},
		"no command":     {append(at[:4:4], "--halt-height", "5"), "run wants --halt-height or --sync-said, and after -- the command of seid"},
		"both":           {append(at[:4:4], "--halt-height", "5", "--", "sh", "-c", "exit 3"), "exit code 3"},
	} {
		if err := runSeid(test.args); err == nil || err.Error() != test.want {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestRunsFlagsOfAStateSync: each is what seid, or a server, is told, or decides what is.
func TestRunsFlagsOfAStateSync(t *testing.T) {
	var asked atomic.Value
	server := func(id string) string {
		running := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path == "/status" {
				_, _ = fmt.Fprintf(w, `{"node_info":{"id":%q,"network":"x"},"sync_info":{"latest_block_height":"50500","latest_block_time":%q,"earliest_block_height":"1"}}`, id, time.Now().UTC().Format(time.RFC3339Nano))
				return
			}
			asked.Store(r.URL.RawQuery)
			height := r.URL.Query().Get("height")
			_, _ = fmt.Fprintf(w, `{"signed_header":{"header":{"chain_id":"x","height":%q},"commit":{"height":%q,"block_id":{"hash":%q}}}}`, height, height, strings.Repeat("A", 64))
		}))
		t.Cleanup(running.Close)
		return running.URL
	}
	a, b := server("a"), server("b")
	script := `test "$SEID_STATESYNC_RPC_SERVERS $SEID_STATESYNC_TRUST_HEIGHT $SEID_STATESYNC_TRUST_PERIOD" = "$0" && exit 3`
	for name, test := range map[string]struct {
		flags      []string
		told, asks string
	}{
		"as they are":           {nil, "40000 168h", "height=40000"},
		"another offset":        {[]string{"--sync-offset", "20000"}, "30000 168h", "height=30000"},
		"another period":        {[]string{"--sync-trust-period", "24h"}, "40000 24h", "height=40000"},
		"a block that is known": {[]string{"--sync-trust-height", "7", "--sync-trust-hash", strings.Repeat("a", 64)}, "7 168h", "height=7"},
		"a snapshot of its own": {[]string{"--sync-chunks"}, "5 168h", "height=5"},
	} {
		asked.Store("")
		said := filepath.Join(t.TempDir(), "said.json")
		volume := plant(t, map[string]string{"config/client.toml": "chain-id = 'x'", ".seinode-agent-sync/chunks/chunks.json": `{"height":5}`})
		args := append([]string{"--volume", volume, "--sync-said", said, "--sync-chain-id", "x", "--sync-server", a, "--sync-server", b}, test.flags...)
		if err := runSeid(append(args, "--", "sh", "-c", script, a+","+b+" "+test.told)); err == nil || err.Error() != "exit code 3" || asked.Load() != test.asks {
			t.Errorf("%s: %v, asked %v", name, err, asked.Load())
		}
		if _, err := os.Stat(said); err != nil {
			t.Error(err)
		}
	}
}

// TestPreparesFlags: it goes by the same ones.
func TestPreparesFlags(t *testing.T) {
	scratch := plant(t, map[string]string{"config/node_key.json": "{}", "data/priv_validator_state.json": `{"height":"0"}`, "config/priv_validator_key.json": key})
	for name, test := range map[string]struct {
		flags []string
		made  []string
		not   []string
	}{
		"a new validator": {nil, []string{"data/priv_validator_state.json", "config/priv_validator_key.json"}, nil},
		"a Secret's key":  {[]string{"--signing-key", "Secret"}, nil, []string{"data/priv_validator_state.json", "config/priv_validator_key.json"}},
		"and it is fresh": {[]string{"--signing-key", "Secret", "--sign-state", "Fresh"}, []string{"data/priv_validator_state.json"}, []string{"config/priv_validator_key.json"}},
		"a node's key":    {nil, []string{"config/node_key.json"}, nil},
		"a Secret's":      {[]string{"--node-key", "Secret"}, nil, []string{"config/node_key.json"}},
		"a copy's":        {[]string{"--own-node-key", "own.json"}, []string{"config/own.json"}, []string{"config/node_key.json"}},
		"another folder":  {[]string{"--home-path", "a/b"}, []string{"a/b/data/priv_validator_state.json"}, []string{"data/priv_validator_state.json"}},
	} {
		t.Run(name, func(t *testing.T) {
			volume, scrap := plant(t, map[string]string{"photos/cat.jpg": "x"}), t.TempDir()
			err := runPrepare(append([]string{"--volume", volume, "--scratch", scratch, "--home", filepath.Join(scrap, "home"), "--mode", "validator",
				"--ignore", "photos", "--message", filepath.Join(scrap, "message")}, test.flags...))
			if err != nil {
				t.Fatal(err)
			}
			for _, name := range test.made {
				if _, err := os.Stat(filepath.Join(volume, name)); err != nil {
					t.Error(err)
				}
			}
			for _, name := range test.not {
				if _, err := os.Lstat(filepath.Join(volume, name)); err == nil {
					t.Errorf("%s was made", name)
				}
			}
		})
	}
}
