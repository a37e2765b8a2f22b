package main

import (
	"maps"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

var (
	sampleOnce sync.Once
	sampleDir  string
)

// sample copies the home of a validator that has run and been stopped.
func sample(t *testing.T) string {
	t.Helper()
	sampleOnce.Do(func() { sampleDir = makeSample(t) })
	if sampleDir == "" {
		t.Fatal("no sample home")
	}
	home := filepath.Join(t.TempDir(), "home")
	copyTree(t, sampleDir, home)
	return home
}

func makeSample(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "seid-sample-")
	if err != nil {
		t.Fatal(err)
	}
	e := ports(t)
	p := spawn(t, e.with("SEID_HOME", dir), "devnet")
	p.reach(e, 3)
	if code := p.stop(); code != 0 {
		t.Fatalf("exit %d", code)
	}
	return dir
}

func copyTree(t *testing.T, from, to string) {
	t.Helper()
	entries, err := os.ReadDir(from)
	if err != nil {
		t.Fatal(err)
	}
	check(t, os.MkdirAll(to, 0o750))
	for _, entry := range entries {
		src, dst := filepath.Join(from, entry.Name()), filepath.Join(to, entry.Name())
		switch {
		case entry.IsDir():
			copyTree(t, src, dst)
		case entry.Type()&os.ModeSymlink != 0:
			target, err := os.Readlink(src)
			check(t, err)
			check(t, os.Symlink(target, dst))
		default:
			raw, err := os.ReadFile(src)
			check(t, err)
			check(t, os.WriteFile(dst, raw, 0o600))
		}
	}
}

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// edit replaces a text in a file of the home.
func edit(t *testing.T, path, old, fresh string) {
	t.Helper()
	raw, err := os.ReadFile(path)
	check(t, err)
	if !strings.Contains(string(raw), old) {
		t.Fatalf("%s has no %q", path, old)
	}
	check(t, os.WriteFile(path, []byte(strings.ReplaceAll(string(raw), old, fresh)), 0o600))
}

// refusal is a home, or a way to start, that the node does not accept.
type refusal struct {
	name    string
	spoil   func(t *testing.T, home string)
	env     env
	args    []string
	code    int
	message string
}

func remove(paths ...string) func(*testing.T, string) {
	return func(t *testing.T, home string) {
		for _, path := range paths {
			check(t, os.RemoveAll(filepath.Join(home, path)))
		}
	}
}

var refusals = []refusal{
	{
		name: "genesis missing", spoil: remove("config/genesis.json"),
		code: 2, message: "panic: runtime error: invalid memory address or nil pointer dereference",
	},
	{
		name: "client.toml missing", spoil: remove("config/client.toml"),
		code: 2, message: "panic: genesis file chain-id=sei-devnet-1 does not equal config.toml chain-id=\n",
	},
	{
		name: "another chain id in client.toml",
		spoil: func(t *testing.T, home string) {
			edit(t, filepath.Join(home, "config/client.toml"), "sei-devnet-1", "other-1")
		},
		code: 2, message: "panic: genesis file chain-id=sei-devnet-1 does not equal config.toml chain-id=other-1",
	},
	{name: "another chain id as a flag", args: []string{"--chain-id", "other-1"}, code: 2, message: "panic: chain-id"},
	{
		name: "data of another chain",
		spoil: func(t *testing.T, home string) {
			edit(t, filepath.Join(home, "config/client.toml"), "sei-devnet-1", "other-1")
			edit(t, filepath.Join(home, "config/genesis.json"), "sei-devnet-1", "other-1")
		},
		code: 2, message: "unexpected ChainID",
	},
	{
		name: "sign state missing", spoil: remove("data/priv_validator_state.json"),
		code: 1, message: "error creating node: open ",
	},
	{
		name: "volume of a validator without a state store, as a full node", env: env{"SEID_MODE": "full"}, spoil: remove("data/state_store"),
		code: 2, message: "but the state store is empty",
	},
	{
		name: "rocksdb state store under pebble", env: env{"SEID_MODE": "full"},
		spoil: func(t *testing.T, home string) {
			check(t, os.MkdirAll(filepath.Join(home, "data/state_store/cosmos/rocksdb"), 0o750))
		},
		code: 2, message: "panic: state store: found rocksdb data",
	},
	{name: "wasm missing", spoil: remove("wasm"), code: 2, message: "panic: wasm"},
	{
		name: "old key in receipt-store",
		spoil: func(t *testing.T, home string) {
			edit(t, filepath.Join(home, "config/app.toml"), "[receipt-store]", "[receipt-store]\nbackend = \"pebbledb\"")
		},
		code: 2, message: "panic: receipt-store",
	},
}

func TestStartRefuses(t *testing.T) {
	t.Parallel()
	for _, r := range refusals {
		t.Run(r.name, func(t *testing.T) {
			home := sample(t)
			if r.spoil != nil {
				r.spoil(t, home)
			}
			e := ports(t)
			maps.Copy(e, r.env)
			code, out := run(t, e, append([]string{"start", "--home", home}, r.args...)...)
			if code != r.code || !strings.Contains(out, r.message) {
				t.Errorf("exit %d, want %d %q:\n%s", code, r.code, r.message, tail(out))
			}
		})
	}
}

func TestStartOnEmptyHomeWritesConfigThenDies(t *testing.T) {
	t.Parallel()
	home := t.TempDir()
	code, _ := run(t, ports(t), "start", "--home", home)
	if code != 2 {
		t.Errorf("exit %d", code)
	}
	for _, name := range []string{"config.toml", "app.toml", "client.toml"} {
		if !present(filepath.Join(home, "config", name)) {
			t.Errorf("%s was not written", name)
		}
	}
}

func TestDataInUse(t *testing.T) {
	t.Parallel()
	home, e := t.TempDir(), ports(t)
	p := spawn(t, e.with("SEID_HOME", home), "devnet")
	p.reach(e, 1)
	began := time.Now()
	code, out := run(t, ports(t), "start", "--home", home)
	if code != 2 || !strings.HasPrefix(out, "panic: failed to initialize database: resource temporarily unavailable\n") {
		t.Errorf("exit %d: %s", code, tail(out))
	}
	if took := time.Since(began); took > 10*time.Second {
		t.Errorf("refused after %s", took)
	}
	p.reach(e, p.reach(e, 1).height()+1)
}

func TestTakenPorts(t *testing.T) {
	t.Parallel()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	check(t, err)
	defer l.Close()
	taken := "tcp://" + l.Addr().String()
	code, out := run(t, ports(t).with("SEID_RPC_LADDR", taken), "start", "--home", sample(t))
	if code != 1 || !strings.Contains(out, "failed to listen on "+taken) || !strings.Contains(out, "address already in use") {
		t.Errorf("RPC: exit %d: %s", code, tail(out))
	}
	code, out = run(t, ports(t).with("SEID_P2P_LADDR", taken), "start", "--home", sample(t))
	if code != 2 || !strings.Contains(out, "panic: ") {
		t.Errorf("P2P: exit %d: %s", code, tail(out))
	}
}

func TestUnreadableHome(t *testing.T) {
	t.Parallel()
	if os.Getuid() != 0 {
		t.Skip("needs root to become another user")
	}
	cmd := command(ports(t), "start", "--home", sample(t))
	cmd.Path = shareBinary(t)
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 65532, Gid: 65532}}
	p := launch(t, cmd)
	if code := p.wait(); code != 1 || !strings.Contains(p.out.String(), `couldn't get client config: Config File "client" Not Found`) {
		t.Errorf("exit %d: %s", code, p.out.String())
	}
}

// shareBinary links the test binary where another user can run it.
func shareBinary(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "seid-bin-")
	check(t, err)
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	check(t, os.Chmod(dir, 0o755))
	raw, err := os.ReadFile(os.Args[0])
	check(t, err)
	path := filepath.Join(dir, "seid")
	check(t, os.WriteFile(path, raw, 0o755))
	return path
}

func TestInitRefusesAndOverwrites(t *testing.T) {
	t.Parallel()
	home := sample(t)
	before := hashes(t, home)
	code, out := run(t, nil, "init", "x", "--home", home, "--chain-id", "sei-devnet-1")
	if code != 1 || !strings.Contains(out, "configuration files already exist") {
		t.Errorf("exit %d: %s", code, out)
	}
	if !maps.Equal(before, hashes(t, home)) {
		t.Error("a refused init changed something")
	}
	must(t, "init", "x", "--home", home, "--chain-id", "sei-devnet-1", "--overwrite")
	changed := map[string]bool{}
	for path, sum := range hashes(t, home) {
		if before[path] != sum {
			changed[filepath.Base(path)] = true
		}
	}
	if !maps.Equal(changed, map[string]bool{"app.toml": true, "config.toml": true, "genesis.json": true}) {
		t.Errorf("overwrite changed %v", changed)
	}
}
