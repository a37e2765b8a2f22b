package prepare_test

import (
	"encoding/base64"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/seinode/seinode-operator/internal/agent/prepare"
)

// TestSeidGetsTheKeyThatIsReservedAndNoOther: a Secret may be changed between inspect's look and prepare's, and while the pod runs.
func TestSeidGetsTheKeyThatIsReservedAndNoOther(t *testing.T) {
	reserved := func(number byte) string { return `{"keyAddress":"` + address(number) + `","signed":{"height":7}}` }
	for name, test := range map[string]struct {
		secret, reservation, before, says string
	}{
		"the key that is reserved":       {key(1), reserved(1), "", ""},
		"after a machine started again":  {key(1), reserved(1), key(1), ""},
		"changed since it was inspected": {key(2), reserved(1), "", "is " + address(2) + ", and was another when it was inspected"},
		"changed under a pod":            {key(2), reserved(1), key(1), address(2)},
		"nothing is reserved":            {key(1), "", "", address(1)},
		"what is reserved is cut off":    {key(1), reserved(1)[:20], "", address(1)},
		"no key":                         {"{}", reserved(1), "", "is no Ed25519 key of a validator"},
		"none at all":                    {"", reserved(1), "", "copying the signing key of the Secret"},
	} {
		t.Run(name, func(t *testing.T) {
			o := options(t, files{"data/priv_validator_state.json": zero}, "validator")
			pod := folder(t, files{"secret.json": test.secret, "reservation.json": test.reservation, "copy.json": test.before})
			o.Key = prepare.Key{Secret: filepath.Join(pod, "secret.json"), Copy: filepath.Join(pod, "copy.json"), Reservation: filepath.Join(pod, "reservation.json")}
			before := harvest(t, o.Volume)
			_, err := prepare.Prepare(o)
			copied, _ := os.ReadFile(o.Key.Copy)
			if test.says == "" {
				if err != nil || string(copied) != test.secret {
					t.Errorf("error %v, copy %q", err, copied)
				}
				return
			}
			if err == nil || !strings.Contains(err.Error(), test.says) || string(copied) != test.before {
				t.Errorf("error %v, wanted %q; copy %q", err, test.says, copied)
			}
			if diff := cmp.Diff(before, harvest(t, o.Volume)); diff != "" {
				t.Errorf("something was written:\n%s", diff)
			}
			if left := harvest(t, pod); len(left) > 3 {
				t.Errorf("a key was left behind: %v", left)
			}
		})
	}
}

// TestTheCopyOfAKeyIsItsOwnersAlone, also where a run was killed before.
func TestTheCopyOfAKeyIsItsOwnersAlone(t *testing.T) {
	o := options(t, files{"data/priv_validator_state.json": zero}, "validator")
	pod := folder(t, files{"secret.json": key(1), "reservation.json": `{"keyAddress":"` + address(1) + `"}`, ".seinode-agent-tmp-copy.json": "cut off"})
	o.Key = prepare.Key{Secret: filepath.Join(pod, "secret.json"), Copy: filepath.Join(pod, "copy.json"), Reservation: filepath.Join(pod, "reservation.json")}
	if _, err := prepare.Prepare(o); err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(o.Key.Copy); err != nil || info.Mode().Perm() != 0o400 {
		t.Errorf("%v, error %v", info.Mode(), err)
	}
}

// folder is a new one with those files that have content.
func folder(t *testing.T, content files) string {
	t.Helper()
	at := t.TempDir()
	for name, text := range content {
		if text == "" {
			continue
		}
		if err := os.WriteFile(filepath.Join(at, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return at
}

// TestTheNodeIDIsTold: peers have to know it before seid answers. Of a key that a Secret brings it is the Secret's, whatever lies on the volume.
func TestTheNodeIDIsTold(t *testing.T) {
	nodeKey := func(number byte) string {
		private := base64.StdEncoding.EncodeToString(seedOf(number))
		return `{"id":"whatever","priv_key":{"type":"tendermint/PrivKeyEd25519","value":"` + private + `"}}`
	}
	for name, test := range map[string]struct {
		volume, secret string
		want           string
	}{
		"the volume's":           {nodeKey(1), "", strings.ToLower(address(1))},
		"the Secret's":           {nodeKey(1), nodeKey(2), strings.ToLower(address(2))},
		"half a Secret's":        {nodeKey(1), nodeKey(2)[:60], ""},
		"another kind of key":    {strings.Replace(nodeKey(1), "Ed25519", "Sr25519", 1), "", ""},
		"a key that is cut off":  {`{"priv_key":{"type":"tendermint/PrivKeyEd25519","value":"AAAA"}}`, "", ""},
		"a page that is no JSON": {"<html>", "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			o := options(t, files{"config/node_key.json": test.volume, "data/priv_validator_state.json": zero}, "fullNode")
			if test.secret != "" {
				o.NodeKeyElsewhere, o.NodeKey = true, filepath.Join(folder(t, files{"node_key.json": test.secret}), "node_key.json")
			}
			if _, err := prepare.Prepare(o); err != nil {
				t.Fatal(err)
			}
			if got := prepare.NodeID(o); got != test.want {
				t.Errorf("%q, wanted %q", got, test.want)
			}
		})
	}
	copied := options(t, files{"config/node_key.json": nodeKey(1), "config/own.json": nodeKey(2), "data/priv_validator_state.json": zero}, "fullNode")
	copied.OwnNodeKey = "own.json"
	if got := prepare.NodeID(copied); got != strings.ToLower(address(2)) {
		t.Errorf("of a copy: %q", got)
	}
	if got := prepare.NodeID(prepare.Options{NodeKeyElsewhere: true, NodeKey: "/none"}); got != "" {
		t.Errorf("without a file: %q", got)
	}
}

// TestACopyGetsANodeKeyOfItsOwn, once, and keeps it: also a copy of a copy. What came along stays as it is.
func TestACopyGetsANodeKeyOfItsOwn(t *testing.T) {
	came := files{"config/config.toml": mine, "config/node_key.json": "the source's", "config/seinode_node_key-source.json": "the source's own", "data/upgrade-info.json": ""}
	for name, test := range map[string]struct {
		elsewhere bool
		adds      files
	}{
		"its own":    {false, files{"config/seinode_node_key-copy.json": fresh}},
		"a Secret's": {true, files{}},
	} {
		o := options(t, came, "fullNode")
		o.OwnNodeKey, o.NodeKeyElsewhere = "seinode_node_key-copy.json", test.elsewhere
		for range 2 { // a pod restarts its containers, and its scratch home has another key
			if _, err := prepare.Prepare(o); err != nil {
				t.Fatal(err)
			}
			got := harvest(t, o.Volume)
			maps.DeleteFunc(got, func(name, _ string) bool { return !strings.Contains(name, "node_key") })
			want := files{"config/node_key.json": "the source's", "config/seinode_node_key-source.json": "the source's own"}.and(test.adds)
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("%s (-want +got):\n%s", name, diff)
			}
			plant(t, o.Scratch, files{"config/node_key.json": "another"})
		}
	}
}
