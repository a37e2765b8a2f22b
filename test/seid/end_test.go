package main

import (
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// lastWords is what a termination message holds of the output.
func lastWords(out string) string { return out[max(0, len(out)-2048):] }

// endedBy is the signal that ended the process, 0 for an exit code.
func (p *process) endedBy() syscall.Signal {
	p.t.Helper()
	p.wait()
	status, _ := p.cmd.ProcessState.Sys().(syscall.WaitStatus)
	if !status.Signaled() {
		return 0
	}
	return status.Signal()
}

func TestUpgradeHaltsAtEachStart(t *testing.T) {
	t.Parallel()
	home, e := t.TempDir(), ports(t)
	old, file := e.with("SEID_HOME", home, "SEID_STANDIN_UPGRADE", "v9@3"), filepath.Join(home, "data/upgrade-info.json")
	var written [2]time.Time
	for i := range written {
		code, out := run(t, old, "devnet")
		if code != 2 || !strings.Contains(out, `panic: UPGRADE "v9" NEEDED at height: 3: {"upgradeType":"major"} [recovered, repanicked]`) {
			t.Fatalf("exit %d: %s", code, tail(out))
		}
		if strings.Contains(lastWords(out), "UPGRADE") {
			t.Errorf("the goroutines after the panic are %d bytes", len(out))
		}
		info, err := os.Stat(file)
		check(t, err)
		written[i] = info.ModTime()
		if info.Mode().Perm() != 0o644 {
			t.Errorf("mode %o", info.Mode().Perm())
		}
		check(t, os.Chtimes(file, time.Time{}, time.Unix(1, 0)))
	}
	if written[1].Before(written[0]) {
		t.Errorf("the second start wrote nothing: %s", written)
	}
	raw, err := os.ReadFile(file)
	if err != nil || string(raw) != `{"name":"v9","height":3,"info":"{\"upgradeType\":\"major\"}"}` {
		t.Errorf("upgrade-info.json: %s %v", raw, err)
	}
	state, err := os.ReadFile(filepath.Join(home, "data/priv_validator_state.json"))
	if err != nil || !strings.Contains(string(state), `"height": "3"`) || !strings.Contains(string(state), `"step": 3`) {
		t.Errorf("the sign state is not the halt's: %s %v", state, err)
	}
	p := spawn(t, e.with("SEID_HOME", home), "devnet")
	p.reach(e, 4)
}

// GOTRACEBACK=none leaves a panic's own line the last one.
func TestLastWordsOfAPanic(t *testing.T) {
	t.Parallel()
	e := ports(t).with("SEID_HOME", t.TempDir(), "SEID_STANDIN_UPGRADE", "v9@1", "GOTRACEBACK", "none")
	_, out := run(t, e, "devnet")
	lines := strings.Split(strings.TrimSpace(out), "\n")
	if last := lines[len(lines)-1]; !strings.HasPrefix(last, `panic: UPGRADE "v9" NEEDED at height: 1: `) {
		t.Errorf("the last line is %s", last)
	}
}

// An error that start returns is followed by the usage text.
func TestLastWordsOfAnError(t *testing.T) {
	t.Parallel()
	e := ports(t).with("SEID_P2P_EXTERNAL_ADDRESS", "does-not-exist.invalid:26656")
	code, out := run(t, e, "start", "--home", sample(t))
	const cause = "Error: error starting node: lookup does-not-exist.invalid"
	if code != 1 || !strings.Contains(out, cause) || strings.Contains(lastWords(out), cause) || !strings.Contains(lastWords(out), "Global Flags:") {
		t.Errorf("exit %d: %s", code, out)
	}
}

// While the services start a signal ends the node at once.
func TestSignalsBeforeTheEndOfTheStart(t *testing.T) {
	t.Parallel()
	for _, sig := range []syscall.Signal{syscall.SIGTERM, syscall.SIGINT} {
		e := ports(t)
		p := spawn(t, e.with("SEID_API_ENABLE", "true", "SEID_API_ADDRESS", "tcp://"+freePort(t)), "start", "--home", sample(t))
		p.reach(e, 3)
		_ = p.cmd.Process.Signal(sig)
		if ended := p.endedBy(); ended != sig {
			t.Errorf("%s: ended by %d, exit %d", sig, ended, p.cmd.ProcessState.ExitCode())
		}
	}
}

// Started again with the same halt height a node commits one block more each time.
func TestHaltCreeps(t *testing.T) {
	t.Parallel()
	home, e := sample(t), ports(t)
	heights := regexp.MustCompile(`appHeight=(\d+)`)
	var found [3]int
	for i := range found {
		code, out := run(t, e, "start", "--home", home, "--halt-height", "1")
		match := heights.FindStringSubmatch(out)
		if code != 0 || match == nil {
			t.Fatalf("exit %d: %s", code, tail(out))
		}
		found[i], _ = strconv.Atoi(match[1])
	}
	if found[1] != found[0]+1 || found[2] != found[1]+1 {
		t.Errorf("the starts found heights %d", found)
	}
}

// A halt within that time is no clean end either: 130 instead of 0.
func TestHaltBeforeTheEndOfTheStart(t *testing.T) {
	t.Parallel()
	e := ports(t).with("SEID_GRPC_ENABLE", "true", "SEID_GRPC_ADDRESS", freePort(t))
	p := spawn(t, e, "start", "--home", sample(t), "--halt-height", "1")
	if ended := p.endedBy(); ended != syscall.SIGINT {
		t.Errorf("ended by %d, exit %d", ended, p.cmd.ProcessState.ExitCode())
	}
}

// A full disk stops the chain, and not the process: it answers, stands still, and ends with 0.
func TestFullDisk(t *testing.T) {
	t.Parallel()
	home, e := smallDisk(t), ports(t)
	p := spawn(t, e.with("SEID_HOME", home), "devnet")
	p.reach(e, 3)
	fill, err := os.Create(filepath.Join(home, "fill"))
	check(t, err)
	defer fill.Close()
	for err == nil {
		_, err = fill.Write(make([]byte, 1<<16))
	}
	p.says("no space left on device")
	before := p.reach(e, 3).height()
	validator := ports(t) // another chain's blocks tell how time goes by
	other := spawn(t, validator.with("SEID_HOME", t.TempDir()), "devnet")
	other.reach(validator, 10)
	if after := p.reach(e, 3).height(); after != before {
		t.Errorf("height %d became %d", before, after)
	}
	if code := p.stop(); code != 0 {
		t.Errorf("exit %d", code)
	}
}

// smallDisk mounts a file system of 24 MB.
func smallDisk(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	if err := syscall.Mount("none", dir, "tmpfs", 0, "size=24m"); err != nil {
		t.Skipf("cannot mount a small disk: %v", err)
	}
	t.Cleanup(func() { check(t, syscall.Unmount(dir, syscall.MNT_DETACH)) })
	return dir
}
