package inspect_test

import (
	"encoding/hex"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/seinode/seinode-operator/internal/agent/inspect"
	"github.com/seinode/seinode-operator/internal/agent/wire"
)

func unhex(text string) []byte {
	raw, err := hex.DecodeString(text)
	if err != nil {
		panic(err)
	}
	return raw
}

// validatorHome is one that signed height 900 last, and ended height 1300.
func validatorHome() tree {
	return fullHome().with(tree{
		"data/state_store": "-", "data/priv_validator_state.json": `{"height":"900","round":0,"step":3}`,
		"data/tendermint/cs.wal/wal": walVote(1, 900, 0, 2, "") + walVote(1, 5000, 0, 2, "peer") + walVote(9, 5000, 0, 2, "") + walEnd(1300),
	})
}

func state(content string) tree { return tree{"data/priv_validator_state.json": content} }

const (
	zero   = `{"height":"0","round":0,"step":0}`
	wanted = ""
)

// TestSignStates: the validator starts where nothing that its key signed can be signed again, as far as the volume tells.
func TestSignStates(t *testing.T) {
	home := validatorHome()
	young := home.with(tree{"data/tendermint/cs.wal": "-", "data/state_commit/memiavl/current": "-> snapshot-00000000000000000000", "data/state_commit/memiavl/snapshot-00000000000000000000/kvs": "x"})
	for name, test := range map[string]struct {
		volume tree
		reason string
		says   string
		fresh  string // the reason with spec.validator.signState: Fresh
	}{
		"it signed last":                             {home, wire.ReasonInspected, wanted, wire.ReasonInspected},
		"it is not in the active set":                {home.with(tree{"data/tendermint/cs.wal/wal": walEnd(9_000_000)}), wire.ReasonInspected, wanted, wire.ReasonInspected},
		"0 beside data":                              {home.with(state(zero)).with(tree{"data/tendermint/cs.wal": "-"}), wire.ReasonSignStateOutdated, "nothing was signed, beside data of height 1200", wire.ReasonInspected},
		"0 beside data of which nothing tells":       {young.with(state(zero)), wire.ReasonSignStateOutdated, "signState: Fresh", wire.ReasonInspected},
		"0 beside data, and the key began there":     {young.with(state(zero)).with(tree{"data/.seinode-agent-began": address(1) + "\n"}), wire.ReasonInspected, wanted, wire.ReasonInspected},
		"0 beside data, and another key began there": {young.with(state(zero)).with(tree{"data/.seinode-agent-began": address(2) + "\n"}), wire.ReasonSignStateOutdated, "nothing was signed", wire.ReasonInspected},
		"0 beside its own votes":                     {home.with(state(zero)), wire.ReasonSignStateOutdated, "vote of the same key at height 900, round 0, step 3", wire.ReasonSignStateOutdated},
		"0 beside its own votes, and it began there": {home.with(state(zero)).with(tree{"data/.seinode-agent-began": address(1)}), wire.ReasonSignStateOutdated, "vote of the same key", wire.ReasonSignStateOutdated},
		"an older height than its own votes":         {home.with(state(`{"height":"899","round":7,"step":3}`)), wire.ReasonSignStateOutdated, "says height 899, round 7, step 3", wire.ReasonSignStateOutdated},
		"an older round than its own votes":          {home.with(tree{"data/tendermint/cs.wal/wal": walVote(1, 900, 1, 1, "")}), wire.ReasonSignStateOutdated, "height 900, round 1, step 2", wire.ReasonSignStateOutdated},
		"an older step than its own votes":           {home.with(state(`{"height":"900","round":0,"step":2}`)), wire.ReasonSignStateOutdated, "height 900, round 0, step 3", wire.ReasonSignStateOutdated},
		"a newer one than its own votes":             {home.with(state(`{"height":"901","round":0,"step":1}`)), wire.ReasonInspected, wanted, wire.ReasonInspected},
		"none":                                       {home.with(state("-")).with(tree{"data/tendermint/cs.wal": "-"}), wire.ReasonSignStateMissing, "signState: Fresh", wire.ReasonInspected},
		"an empty one":                               {home.with(state("")), wire.ReasonNotUnderstood, "data/priv_validator_state.json is empty", wire.ReasonNotUnderstood},
		"zeros, as a crash leaves them":              {home.with(state("\x00\x00\x00")), wire.ReasonNotUnderstood, "priv_validator_state.json", wire.ReasonNotUnderstood},
		"half of one":                                {home.with(state(`{"height":"9`)), wire.ReasonNotUnderstood, "priv_validator_state.json", wire.ReasonNotUnderstood},
		"one without a height":                       {home.with(state(`{"round":1}`)), wire.ReasonNotUnderstood, "names no height", wire.ReasonNotUnderstood},
		"one below zero":                             {home.with(state(`{"height":"-1"}`)), wire.ReasonNotUnderstood, "below zero", wire.ReasonNotUnderstood},
		"a folder":                                   {home.with(state("-")).with(tree{"data/priv_validator_state.json/": ""}), wire.ReasonNotUnderstood, "is a folder where a file is wanted", wire.ReasonNotUnderstood},
		"a link that leaves":                         {home.with(state("-> /var/lib/state.json")), wire.ReasonNotUnderstood, `data/priv_validator_state.json is a link to "/var/lib/state.json", which leads off the volume`, wire.ReasonNotUnderstood},
		"an empty one beside nothing":                {tree{"config/config.toml": fullHome()["config/config.toml"]}.with(state("")), wire.ReasonNotUnderstood, "is empty", wire.ReasonNotUnderstood},
		"0 beside a key alone": {tree{"config/config.toml": fullHome()["config/config.toml"], "config/priv_validator_key.json": key(1)}.with(state(zero)),
			wire.ReasonSignStateOutdated, "nothing was signed, beside a key that did not begin on this volume", wire.ReasonInspected},
		"0 beside a key alone, which began there": {tree{"config/priv_validator_key.json": key(1), "data/.seinode-agent-began": address(1) + "\n"}.with(state(zero)),
			wire.ReasonInspected, wanted, wire.ReasonInspected},
		"nothing at all: a new validator": {tree{}, wire.ReasonInspected, wanted, wire.ReasonInspected},
	} {
		t.Run(name, func(t *testing.T) {
			o := node("validator")
			check(t, look(t, test.volume, o), test.reason, test.says)
			o.Warn = true // waves none of them through
			check(t, look(t, test.volume, o), test.reason, test.says)
			o.Warn, o.FreshState = false, true
			check(t, look(t, test.volume, o), test.fresh, wanted)
		})
	}
}

func check(t *testing.T, found wire.Inspection, reason, says string) {
	t.Helper()
	if found.Reason != reason || !strings.Contains(found.Message, says) || found.Refused != (reason != wire.ReasonInspected) {
		t.Errorf("%s, refused %t: %s; wanted %s: …%s…", found.Reason, found.Refused, found.Message, reason, says)
	}
}

func file(t *testing.T, content string) string {
	t.Helper()
	at := filepath.Join(t.TempDir(), "file.json")
	if err := os.WriteFile(at, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return at
}

// TestASecretsKeyMayHaveSignedElsewhere: without a sign state of its own it starts nowhere, unless the user knows better.
func TestASecretsKeyMayHaveSignedElsewhere(t *testing.T) {
	home := validatorHome().with(tree{"config/priv_validator_key.json": "-"})
	for name, test := range map[string]struct {
		volume        tree
		reason, fresh string
	}{
		"with a sign state":          {home, wire.ReasonInspected, wire.ReasonInspected},
		"an empty volume":            {tree{}, wire.ReasonSignStateMissing, wire.ReasonInspected},
		"a full node's volume":       {fullHome(), wire.ReasonSignStateMissing, wire.ReasonInspected},
		"data and no sign state":     {fullHome().with(state("-")), wire.ReasonSignStateMissing, wire.ReasonInspected},
		"0, and it signed there":     {home.with(state(zero)), wire.ReasonSignStateMissing, wire.ReasonSignStateOutdated},
		"prepared, and never signed": {tree{"config/config.toml": home["config/config.toml"]}.with(state(zero)), wire.ReasonSignStateMissing, wire.ReasonInspected},
	} {
		t.Run(name, func(t *testing.T) {
			o := node("validator")
			o.KeyOnVolume, o.KeyFile = false, file(t, key(1))
			found := look(t, test.volume, o)
			check(t, found, test.reason, wanted)
			if found.KeyAddress != address(1) {
				t.Errorf("address %q, wanted %q", found.KeyAddress, address(1))
			}
			o.FreshState = true
			check(t, look(t, test.volume, o), test.fresh, wanted)
		})
	}
}

// TestKeys: what a validator would sign with is told by its address, and a file that is none is not taken for none.
func TestKeys(t *testing.T) {
	other := strings.Replace(key(1), strings.Split(key(1), `"value":"`)[1][:20], strings.Split(key(2), `"value":"`)[1][:20], 1)
	for name, test := range map[string]struct{ content, address, reason, says string }{
		"a key":                       {key(1), address(1), wire.ReasonInspected, wanted},
		"a page":                      {"<html>404</html>", "", wire.ReasonNotUnderstood, "priv_validator_key.json"},
		"an empty file":               {"", "", wire.ReasonNotUnderstood, "is empty"},
		"no key":                      {"{}", "", wire.ReasonNotUnderstood, "no Ed25519 key"},
		"half of one":                 {key(1)[:200], "", wire.ReasonNotUnderstood, "priv_validator_key.json"},
		"another public key":          {other, "", wire.ReasonNotUnderstood, "do not belong together"},
		"another address":             {strings.Replace(key(1), address(1), address(2), 1), "", wire.ReasonNotUnderstood, "do not belong together"},
		"another kind of key":         {strings.ReplaceAll(key(1), "Ed25519", "Secp256k1"), "", wire.ReasonNotUnderstood, "no Ed25519 key"},
		"a value that is no base64":   {strings.Replace(key(1), `"value":"`, `"value":"!`, 1), "", wire.ReasonNotUnderstood, "priv_validator_key.json"},
		"an address in small letters": {strings.Replace(key(1), address(1), strings.ToLower(address(1)), 1), address(1), wire.ReasonInspected, wanted},
	} {
		t.Run(name, func(t *testing.T) {
			onVolume := look(t, validatorHome().with(tree{"config/priv_validator_key.json": test.content}), node("validator"))
			o := node("validator")
			o.KeyOnVolume, o.KeyFile = false, file(t, test.content)
			inSecret := look(t, validatorHome(), o)
			for _, found := range []wire.Inspection{onVolume, inSecret} {
				check(t, found, test.reason, strings.Replace(test.says, "priv_validator_key.json", "", 1))
				if found.KeyAddress != test.address {
					t.Errorf("address %q, wanted %q", found.KeyAddress, test.address)
				}
				for _, secret := range strings.Split(test.content, `"`) {
					if len(secret) > 44 && strings.Contains(string(inspect.Encode(found)), secret[:20]) {
						t.Errorf("the verdict has a part of the key: %s", inspect.Encode(found))
					}
				}
			}
		})
	}
	o := node("validator")
	o.KeyOnVolume, o.KeyFile = false, filepath.Join(t.TempDir(), "none.json")
	check(t, look(t, validatorHome(), o), wire.ReasonNotUnderstood, "is not there")
}

func TestWhatAValidatorsVolumeSaysOfItsKey(t *testing.T) {
	found := look(t, validatorHome(), node("validator"))
	if diff := cmp.Diff(&wire.Signed{Height: 900, Step: 3}, found.Signed); diff != "" || found.KeyAddress != address(1) || found.Height != 1300 {
		t.Errorf("%s, height %d, signed (-want +got):\n%s", found.KeyAddress, found.Height, diff)
	}
	for _, mode := range []string{"fullNode", "archive", "seed"} {
		if other := look(t, fullHome(), node(mode)); other.KeyAddress != "" || other.Signed != nil {
			t.Errorf("%s: %+v", mode, other)
		}
	}
}

// TestARemoteSignerHasKeyAndSignState: a validator is asked for neither; nobody else may have one.
func TestARemoteSignerHasKeyAndSignState(t *testing.T) {
	files := tree{"config/config.toml": "mode = 'validator'\n[priv-validator]\nkey-file = 'k'\nstate-file = 's'\nladdr = 'tcp://0.0.0.0:1234'\n"}
	bare := validatorHome().with(tree{"config/priv_validator_key.json": "-"}).with(state("-"))
	o := node("validator")
	o.Reservation = "none"
	found := look(t, bare.with(files), o)
	check(t, found, wire.ReasonInspected, wanted)
	o.RemoteSigner = true
	check(t, look(t, bare, o), wire.ReasonInspected, wanted)
	o = node("validator")
	o.KeyOnVolume, o.KeyFile, o.Warn = false, file(t, key(1)), true
	check(t, look(t, validatorHome().with(files), o), wire.ReasonKeyUnreachable, "remote signer")
	for _, mode := range []string{"fullNode", "archive", "seed"} {
		o := node(mode)
		o.Warn = true
		check(t, look(t, fullHome().with(files), o), wire.ReasonKeyUnreachable, `laddr = "tcp://0.0.0.0:1234"`)
	}
}

// TestReservations: nothing is signed before the operator has reserved the key, and nothing again that it knows to be signed.
func TestReservations(t *testing.T) {
	reserved := func(number byte, height string) string {
		return `{"keyAddress":"` + address(number) + `","signed":{"height":` + height + `,"round":0,"step":3}}`
	}
	for name, test := range map[string]struct{ reservation, reason, says string }{
		"of the key, at the same":       {reserved(1, "900"), wire.ReasonInspected, wanted},
		"of the key, at a lower one":    {reserved(1, "899"), wire.ReasonInspected, wanted},
		"of the key, at a higher one":   {reserved(1, "901"), wire.ReasonSignStateRegressed, "known to have signed height 901, round 0, step 3"},
		"of the key, at a higher round": {strings.Replace(reserved(1, "900"), `"round":0`, `"round":1`, 1), wire.ReasonSignStateRegressed, "height 900, round 1"},
		"of another key":                {reserved(2, "5000"), wire.ReasonKeyNotReserved, address(2)},
		"none of any":                   {"", wire.ReasonKeyNotReserved, address(1)},
		"one that is cut off":           {reserved(1, "900")[:20], wire.ReasonKeyNotReserved, address(1)},
	} {
		t.Run(name, func(t *testing.T) {
			o := node("validator")
			o.Reservation, o.Warn = file(t, test.reservation), true
			check(t, look(t, validatorHome(), o), test.reason, test.says)
			if test.reservation == "" {
				o.Reservation = filepath.Join(t.TempDir(), "missing.json")
				check(t, look(t, validatorHome(), o), test.reason, test.says)
			}
		})
	}
	o := node("validator")
	o.Reservation = filepath.Join(t.TempDir(), "missing.json")
	check(t, look(t, validatorHome().with(tree{"wasm": "-"}), o), wire.ReasonWasmMissing, wanted) // other defects come first
	check(t, look(t, tree{}, o), wire.ReasonInspected, wanted)                                    // there is no key to reserve yet
	o.KeyOnVolume, o.KeyFile, o.FreshState, o.Reservation = false, file(t, key(1)), true, file(t, reserved(1, "7"))
	check(t, look(t, tree{}, o), wire.ReasonSignStateRegressed, "the volume has no sign state")
	full := node("fullNode")
	full.Reservation = filepath.Join(t.TempDir(), "missing.json")
	check(t, look(t, fullHome(), full), wire.ReasonInspected, wanted)
	unasked := node("validator")
	for name, asks := range map[*inspect.Options]bool{&o: true, &full: false, &unasked: false} {
		if found := look(t, tree{}, *name); found.Asks != asks {
			t.Errorf("mode %s, reservation %q: asks %t", name.Mode, name.Reservation, found.Asks)
		}
	}
}
