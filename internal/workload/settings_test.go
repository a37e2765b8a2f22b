package workload_test

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"k8s.io/utils/ptr"

	seiv1alpha1 "github.com/seinode/seinode-operator/api/v1alpha1"
	"github.com/seinode/seinode-operator/internal/seid"
	"github.com/seinode/seinode-operator/internal/workload"
)

var modes = map[string]func(*seiv1alpha1.SeiNodeSpec){
	"fullnode":  func(s *seiv1alpha1.SeiNodeSpec) { s.FullNode = &seiv1alpha1.FullNodeSpec{} },
	"archive":   func(s *seiv1alpha1.SeiNodeSpec) { s.Archive = &seiv1alpha1.ArchiveSpec{} },
	"validator": func(s *seiv1alpha1.SeiNodeSpec) { s.Validator = &seiv1alpha1.ValidatorSpec{} },
	"serving": func(s *seiv1alpha1.SeiNodeSpec) {
		s.Validator = &seiv1alpha1.ValidatorSpec{RPCAccess: ptr.To(seiv1alpha1.RPCAccessCluster)}
	},
	"seed": seed,
	"everything": func(s *seiv1alpha1.SeiNodeSpec) {
		s.Validator = &seiv1alpha1.ValidatorSpec{SigningKey: &seiv1alpha1.SecretReference{SecretName: "signing"}}
		s.NodeKey = &seiv1alpha1.SecretReference{SecretName: "node"}
		s.Peers, s.ExternalAddress = &seiv1alpha1.PeersSpec{Static: []string{"a@b:1", "c@d:2"}, Seeds: []string{"e@f:3"}}, ptr.To("sei.example.com:26656")
		s.Overrides = map[string]string{"p2p.max-connections": "200", "state-store.ss-keep-recent": "5", "evm.http_enabled": "false"}
	},
}

func settingsNode(change func(*seiv1alpha1.SeiNodeSpec)) *seiv1alpha1.SeiNode {
	node := &seiv1alpha1.SeiNode{}
	change(&node.Spec)
	return node
}

func environment(node *seiv1alpha1.SeiNode) map[string]string {
	env := map[string]string{}
	for _, setting := range workload.Settings(node) {
		env[setting.Variable()] = setting.Value
	}
	return env
}

// TestTheEnvironmentIsWhatTheGoldenFilesSay shows a reviewer what a change of the presets does to running nodes.
// `go test ./internal/workload -update` writes the files anew.
func TestTheEnvironmentIsWhatTheGoldenFilesSay(t *testing.T) {
	for name, mode := range modes {
		t.Run(name, func(t *testing.T) {
			var got strings.Builder
			for _, setting := range workload.Settings(settingsNode(mode)) {
				_, _ = fmt.Fprintf(&got, "%s=%s\n", setting.Variable(), setting.Value)
			}
			path := filepath.Join("testdata", name+".env")
			if *update {
				if err := os.WriteFile(path, []byte(got.String()), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(string(want), got.String()); diff != "" {
				t.Errorf("%s (-want +got), -update accepts it:\n%s", path, diff)
			}
		})
	}
}

// TestSeidListensWhereTheServicePoints: for peers and whoever collects metrics on every address, in every mode; a validator's and a seed's default
// files bind to loopback. What answers questions of a validator's does so in its own pod alone, unless it is to serve others.
func TestSeidListensWhereTheServicePoints(t *testing.T) {
	questions := map[string]string{"SEID_RPC_LADDR": seid.PortRPC, "SEID_API_ADDRESS": seid.PortREST, "SEID_GRPC_ADDRESS": seid.PortGRPC}
	for name, mode := range modes {
		node := settingsNode(mode)
		env, offered := environment(node), map[int32]bool{}
		for _, port := range workload.Service(node).Spec.Ports {
			offered[port.Port] = true
		}
		for variable, port := range map[string]string{"SEID_P2P_LADDR": seid.PortP2P, "SEID_INSTRUMENTATION_PROMETHEUS_LISTEN_ADDR": seid.PortMetrics} {
			if value := env[variable]; !strings.HasSuffix(value, ":"+number(port)) || strings.Contains(value, "127.0.0.1") {
				t.Errorf("%s: %s is %q, wanted every address, port %s", name, variable, value, number(port))
			}
		}
		alone := name == "validator" || name == "everything"
		for variable, port := range questions {
			if value := env[variable]; !strings.HasSuffix(value, ":"+number(port)) || strings.Contains(value, "127.0.0.1") != alone || !alone && !strings.Contains(value, "0.0.0.0") {
				t.Errorf("%s: %s is %q, wanted port %s, and loopback: %t", name, variable, value, number(port), alone)
			}
			if number, _ := strconv.Atoi(number(port)); offered[int32(number)] != (!alone && name != "seed") { //nolint:gosec // a port
				t.Errorf("%s: the Service has port %d: %t", name, number, offered[int32(number)]) //nolint:gosec // a port
			}
		}
	}
}

// TestOnlyAValidatorUsesTheVolumesKeys: an adopted volume may carry the key and the sign state of a validator that runs elsewhere.
func TestOnlyAValidatorUsesTheVolumesKeys(t *testing.T) {
	for name, mode := range modes {
		node := settingsNode(mode)
		env := environment(node)
		key, state := env["SEID_PRIV_VALIDATOR_KEY_FILE"], env["SEID_PRIV_VALIDATOR_STATE_FILE"]
		want := node.Spec.Validator != nil
		if got := strings.HasPrefix(state, seid.Home+"/data/"); got != want {
			t.Errorf("%s: the sign state is %s", name, state)
		}
		onVolume := strings.HasPrefix(key, seid.Home)
		if wantKey := want && node.SigningSecret() == ""; onVolume != wantKey {
			t.Errorf("%s: the key is %s", name, key)
		}
		if !filepath.IsAbs(key) || !filepath.IsAbs(state) {
			t.Errorf("%s: %s and %s depend on where seid runs", name, key, state)
		}
	}
}

// TestNoPresetPrunesWhatAnAdoptedNodeKept: a smaller retention than the volume's own would delete blocks for good.
func TestNoPresetPrunesWhatAnAdoptedNodeKept(t *testing.T) {
	for name, mode := range modes {
		node := settingsNode(mode)
		node.Spec.Overrides = nil
		for variable, value := range environment(node) {
			retention := strings.Contains(variable, "RETAIN") || strings.Contains(variable, "KEEP_RECENT") || strings.Contains(variable, "PRUNING")
			if retention && value != "0" {
				t.Errorf("%s: %s=%s", name, variable, value)
			}
		}
	}
}

func TestEachKeyIsSetOnce(t *testing.T) {
	for name, mode := range modes {
		node := settingsNode(mode)
		node.Spec.Overrides = map[string]string{"mode": "x", "evm.http_enabled": "false", "new.key": "1"}
		if got, all := len(environment(node)), len(workload.Settings(node)); got != all {
			t.Errorf("%s: %d settings, %d variables", name, all, got)
		}
		if got := environment(node)["SEID_EVM_HTTP_ENABLED"]; got != "false" {
			t.Errorf("%s: the user's value is applied last, but it is %q", name, got)
		}
	}
}

// TestASpellingIsNoWayAroundWhatTheOperatorOwns: seid folds dots and hyphens, so that one variable has many keys.
func TestASpellingIsNoWayAroundWhatTheOperatorOwns(t *testing.T) {
	node := &seiv1alpha1.SeiNode{Spec: seiv1alpha1.SeiNodeSpec{Archive: &seiv1alpha1.ArchiveSpec{}, Overrides: map[string]string{
		"priv_validator.key_file": "/evil", "rpc_laddr": "evil", "m.o.d.e": "fine", "mode": "evil", "min_retain_blocks": "7", "tx-index.indexer": "a", "tx_index.indexer": "b",
	}}}
	values := map[string]string{}
	for _, setting := range workload.Settings(node) {
		if _, twice := values[setting.Variable()]; twice {
			t.Errorf("%s is set twice", setting.Variable())
		}
		values[setting.Variable()] = setting.Value
		if setting.Value == "evil" || setting.Value == "/evil" {
			t.Errorf("%s is the user's", setting.Variable())
		}
	}
	if values["SEID_MIN_RETAIN_BLOCKS"] != "7" || values["SEID_TX_INDEX_INDEXER"] != "a" {
		t.Errorf("an override of a preset, or of nothing, is lost: %v", values)
	}
}

// TestStateSyncUnpacksOnTheDataVolume: a container's own file system does not hold a snapshot.
func TestStateSyncUnpacksOnTheDataVolume(t *testing.T) {
	node := settingsNode(modes["fullnode"])
	if got, set := environment(node)["SEID_STATESYNC_TEMP_DIR"]; set {
		t.Errorf("without state sync: %s", got)
	}
	for key, value := range map[string]string{"statesync.enable": "true", "statesync_enable": "1"} {
		node.Spec.Overrides = map[string]string{key: value}
		if got := environment(node)["SEID_STATESYNC_TEMP_DIR"]; got != seid.Home+"/data" {
			t.Errorf("%s: %q", key, got)
		}
	}
}

func TestANodeThatMayHaveNoConnectionsNeedsNoPeers(t *testing.T) {
	node := settingsNode(modes["validator"])
	if got := workload.MinPeers(node); got != 1 {
		t.Errorf("%d, wanted 1", got)
	}
	for _, spelling := range []string{"p2p.max-connections", "p2p.max_connections", "p2p_max_connections"} {
		node.Spec.Overrides = map[string]string{spelling: "0"}
		if got := workload.MinPeers(node); got != 0 {
			t.Errorf("%s: %d, wanted 0", spelling, got)
		}
	}
}

func number(name string) string {
	for _, port := range seid.Ports {
		if port.Name == name {
			return strconv.Itoa(int(port.Number))
		}
	}
	return "none"
}

// TestWhatTheOperatorOwnsIsRefusedAsAnOverride, both ways: admission refuses what the table says is not the user's, and nothing else.
func TestWhatTheOperatorOwnsIsRefusedAsAnOverride(t *testing.T) {
	rules, err := os.ReadFile(filepath.Join("..", "..", "config", "crd", "bases", "sei.io_seinodes.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	refused := map[string]bool{}
	for _, list := range regexp.MustCompile(`(?s)in\s+\[([^]]+)\]`).FindAllStringSubmatch(string(rules), -1) {
		for _, key := range regexp.MustCompile(`''([a-z0-9_]+)''|'([a-z0-9_]+)'`).FindAllStringSubmatch(list[1], -1) {
			refused[key[1]+key[2]] = true
		}
	}
	if len(refused) < 20 {
		t.Fatalf("only %d keys are found on the admission's list: %v", len(refused), refused)
	}
	owned := map[string]bool{}
	for _, row := range workload.Table {
		if row.Owner != workload.OwnerRole {
			owned[strings.ToLower(strings.TrimPrefix(seid.Variable(row.Key), "SEID_"))] = true
		}
	}
	if diff := cmp.Diff(owned, refused); diff != "" {
		t.Errorf("not the user's in the table (-), refused by admission (+):\n%s", diff)
	}
}

// TestAnOverrideOfWhatIsNotTheUsersHasNoEffect, in any spelling and whether the node has a value of the operator's or not: an older
// operator's rules may have let it in.
func TestAnOverrideOfWhatIsNotTheUsersHasNoEffect(t *testing.T) {
	for _, row := range workload.Table {
		for _, spelling := range []string{row.Key, strings.ReplaceAll(row.Key, ".", "_"), strings.ReplaceAll(row.Key, "-", "_")} {
			node := settingsNode(modes["fullnode"])
			node.Spec.Overrides = map[string]string{spelling: "users"}
			if users := environment(node)[seid.Variable(row.Key)] == "users"; users != (row.Owner == workload.OwnerRole || row.Owner == workload.OwnerIfSet) {
				t.Errorf("%s, owned by %s: the user's value counts: %t", spelling, row.Owner, users)
			}
		}
	}
}

// TestAHaltHeightDecidesWhereSeidStops, alone. An override of the time before it counts where there is none: also one that an older operator let in.
func TestAHaltHeightDecidesWhereSeidStops(t *testing.T) {
	for name, mode := range modes {
		node := settingsNode(mode)
		node.Spec.HaltHeight, node.Spec.Overrides = ptr.To[int64](500), map[string]string{"halt_height": "400", "halt-time": "1700000000"}
		env := environment(node)
		if height, time := env["SEID_HALT_HEIGHT"], env["SEID_HALT_TIME"]; (height != "500" || time != "0") != (name == "seed") {
			t.Errorf("%s: seid stops at block %s, or at %s", name, height, time)
		}
		node.Spec.HaltHeight = nil
		if env := environment(node); env["SEID_HALT_HEIGHT"] != "400" || env["SEID_HALT_TIME"] != "1700000000" {
			t.Errorf("%s: without it the overrides are lost: %v", name, env)
		}
	}
}

// TestSnapshotsForOthersAreMadeAsOftenAsAsked, and as many stay; who has no state store makes none.
func TestSnapshotsForOthersAreMadeAsOftenAsAsked(t *testing.T) {
	for name, mode := range modes {
		node := settingsNode(mode)
		node.Spec.Overrides = map[string]string{"state_sync.snapshot_interval": "7"}
		if got := environment(node)["SEID_STATE_SYNC_SNAPSHOT_INTERVAL"]; got != "7" {
			t.Errorf("%s: without the field an override is lost: %q", name, got)
		}
		node.Spec.Overrides, node.Spec.Snapshots = nil, &seiv1alpha1.SnapshotsSpec{Interval: 2000}
		serves := node.Spec.FullNode != nil || node.Spec.Archive != nil
		if env := environment(node); (env["SEID_STATE_SYNC_SNAPSHOT_INTERVAL"] == "2000" && env["SEID_STATE_SYNC_SNAPSHOT_KEEP_RECENT"] == "2") != serves {
			t.Errorf("%s: %v", name, env)
		}
		node.Spec.Snapshots.KeepRecent = ptr.To[int32](5)
		if got := environment(node)["SEID_STATE_SYNC_SNAPSHOT_KEEP_RECENT"]; (got == "5") != serves {
			t.Errorf("%s: %q stay, wanted 5", name, got)
		}
	}
}
