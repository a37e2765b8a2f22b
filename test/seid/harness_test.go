package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/seinode/seinode-operator/test/seid/internal/cli"
	"github.com/seinode/seinode-operator/test/seid/internal/tool"
)

// asProgram makes the test binary be the program: no second build, and the
// race detector looks at the processes too.
const asProgram = "SEID_TEST_AS_PROGRAM"

func TestMain(m *testing.M) {
	if os.Getenv(asProgram) == "1" {
		os.Exit(cli.Run(os.Args))
	}
	code := m.Run()
	_ = os.RemoveAll(sampleDir)
	os.Exit(code)
}

// limit is how long anything may take before a test gives up on it.
const limit = 40 * time.Second

// process is a running stand-in.
type process struct {
	t    *testing.T
	cmd  *exec.Cmd
	out  *output
	done chan struct{}
}

type output struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.buf.Write(p)
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.buf.String()
}

type env map[string]string

// ports gives a node its own addresses and no service ports.
func ports(t *testing.T) env {
	t.Helper()
	return env{
		"SEID_RPC_LADDR":        "tcp://" + freePort(t),
		"SEID_P2P_LADDR":        "tcp://" + freePort(t),
		"SEID_API_ENABLE":       "false",
		"SEID_GRPC_ENABLE":      "false",
		"SEID_GRPC_WEB_ENABLE":  "false",
		"SEID_EVM_HTTP_ENABLED": "false",
		"SEID_EVM_WS_ENABLED":   "false",
	}
}

func (e env) with(pairs ...string) env {
	out := env{}
	for k, v := range e {
		out[k] = v
	}
	for i := 0; i < len(pairs); i += 2 {
		out[pairs[i]] = pairs[i+1]
	}
	return out
}

func (e env) rpc() string { return "http://" + strings.TrimPrefix(e["SEID_RPC_LADDR"], "tcp://") }
func (e env) p2p() string { return strings.TrimPrefix(e["SEID_P2P_LADDR"], "tcp://") }

func freePort(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

// command prepares a run under the name seid: the environment's prefix comes
// from it.
func command(e env, args ...string) *exec.Cmd {
	cmd := exec.Command(os.Args[0])
	cmd.Args = append([]string{"seid"}, args...)
	cmd.Env = []string{asProgram + "=1", "HOME=/nonexistent", "SEID_STANDIN_BLOCK_TIME=200ms"}
	for k, v := range e {
		cmd.Env = append(cmd.Env, k+"="+v)
	}
	return cmd
}

func launch(t *testing.T, cmd *exec.Cmd) *process {
	t.Helper()
	p := &process{t: t, cmd: cmd, out: &output{}, done: make(chan struct{})}
	cmd.Stdout, cmd.Stderr = p.out, p.out
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		_ = cmd.Wait()
		close(p.done)
	}()
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		<-p.done
	})
	return p
}

func spawn(t *testing.T, e env, args ...string) *process {
	t.Helper()
	return launch(t, command(e, args...))
}

// run waits for a command that ends by itself.
func run(t *testing.T, e env, args ...string) (int, string) {
	t.Helper()
	p := spawn(t, e, args...)
	return p.wait(), p.out.String()
}

func (p *process) wait() int {
	p.t.Helper()
	select {
	case <-p.done:
		return p.cmd.ProcessState.ExitCode()
	case <-time.After(limit):
		p.t.Fatalf("%v did not end:\n%s", p.cmd.Args, tail(p.out.String()))
		return 0
	}
}

func (p *process) stop() int {
	p.t.Helper()
	_ = p.cmd.Process.Signal(syscall.SIGTERM)
	return p.wait()
}

func tail(s string) string { return s[max(0, len(s)-3000):] }

// must runs a command that has to succeed.
func must(t *testing.T, args ...string) string {
	t.Helper()
	code, out := run(t, nil, args...)
	if code != 0 {
		t.Fatalf("%v: exit %d: %s", args, code, tail(out))
	}
	return out
}

type statusAnswer struct {
	NodeInfo struct {
		ID string `json:"id"`
	} `json:"node_info"`
	SyncInfo struct {
		Height     string `json:"latest_block_height"`
		CatchingUp bool   `json:"catching_up"`
	} `json:"sync_info"`
	ValidatorInfo struct {
		Address string `json:"address"`
		Power   string `json:"voting_power"`
	} `json:"validator_info"`
}

func (s statusAnswer) height() int64 {
	n, _ := strconv.ParseInt(s.SyncInfo.Height, 10, 64)
	return n
}

func get(t *testing.T, address string, into any) error {
	t.Helper()
	raw, err := tool.Get(context.Background(), address)
	if err != nil {
		return err
	}
	return json.Unmarshal(raw, into)
}

// poll repeats a check until it holds, the process ends, or time is up.
func (p *process) poll(what string, check func() error) {
	p.t.Helper()
	var err error
	for end := time.Now().Add(limit); time.Now().Before(end); {
		if err = check(); err == nil {
			return
		}
		select {
		case <-p.done:
			p.t.Fatalf("%s: the node ended (%d):\n%s", what, p.cmd.ProcessState.ExitCode(), tail(p.out.String()))
		case <-time.After(50 * time.Millisecond):
		}
	}
	p.t.Fatalf("%s: %v\n%s", what, err, tail(p.out.String()))
}

// reach waits for a height and answers the status that showed it.
func (p *process) reach(e env, height int64) (s statusAnswer) {
	p.t.Helper()
	p.poll(fmt.Sprintf("height %d", height), func() error {
		if err := get(p.t, e.rpc()+"/status", &s); err != nil {
			return err
		}
		if s.height() < height {
			return fmt.Errorf("at %d", s.height())
		}
		return nil
	})
	return s
}

// hashes sums every file below the paths; what is missing is left out.
func hashes(t *testing.T, paths ...string) map[string]string {
	t.Helper()
	out := map[string]string{}
	for _, root := range paths {
		err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
			if errors.Is(err, fs.ErrNotExist) {
				return nil
			}
			if err != nil || !d.Type().IsRegular() {
				return err
			}
			raw, err := os.ReadFile(path)
			sum := sha256.Sum256(raw)
			out[path] = hex.EncodeToString(sum[:])
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return out
}

func present(path string) bool {
	_, err := os.Lstat(path)
	return err == nil
}
