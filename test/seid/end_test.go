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

// GOTRACEBACK=none leaves a panic's own line the last one.
func TestLastWordsOfAPanic(t *testing.T) {
	t.Parallel()
	e := ports(t)
	p := spawn(t, e.with("GOTRACEBACK", "none"), "start", "--home", sample(t))
	height := plan(t, p, e, 10, major)
	p.wait()
	lines := strings.Split(strings.TrimSpace(p.out.String()), "\n")
	if last := lines[len(lines)-1]; !strings.HasPrefix(last, "panic: "+needed(height, major)) {
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

// While a start replays, no port is open.
func TestSlowStart(t *testing.T) {
	t.Parallel()
	e, began := ports(t), time.Now()
	spawn(t, e.with("SEID_STANDIN_START_DELAY", "2s"), "start", "--home", sample(t)).reach(e, 3)
	if took := time.Since(began); took < 2*time.Second {
		t.Errorf("it answered after %s", took)
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

// The first block at or after the halt time is the last one of each start.
func TestHaltTime(t *testing.T) {
	t.Parallel()
	home, e := sample(t), ports(t)
	at := time.Now().Add(3 * time.Second).Unix()
	p := spawn(t, e, "start", "--home", home, "--halt-time", strconv.FormatInt(at, 10))
	p.reach(e, 5)
	if code := p.wait(); code != 0 || time.Now().Unix() < at {
		t.Errorf("exit %d: %s", code, tail(p.out.String()))
	}
	if code, out := run(t, e, "start", "--home", home, "--halt-time", strconv.FormatInt(at, 10)); code != 0 {
		t.Errorf("exit %d: %s", code, tail(out))
	}
}

// A halt within that time is no clean end either: 130 instead of 0, or 143, by whichever of its two signals comes first.
func TestHaltBeforeTheEndOfTheStart(t *testing.T) {
	t.Parallel()
	e := ports(t).with("SEID_GRPC_ENABLE", "true", "SEID_GRPC_ADDRESS", freePort(t))
	p := spawn(t, e, "start", "--home", sample(t), "--halt-height", "1")
	if ended := p.endedBy(); ended != syscall.SIGINT && ended != syscall.SIGTERM {
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

// With a full disk there is no start: no database can be opened.
func TestStartOnAFullDisk(t *testing.T) {
	t.Parallel()
	home, e := smallDisk(t), ports(t)
	copyTree(t, sample(t), filepath.Join(home, "home"))
	fill, err := os.Create(filepath.Join(home, "fill"))
	check(t, err)
	defer fill.Close()
	for err == nil {
		_, err = fill.Write(make([]byte, 1<<12))
	}
	code, out := run(t, e, "start", "--home", filepath.Join(home, "home"))
	if code != 2 || !strings.HasPrefix(out, "panic: ") || !strings.Contains(out, "no space left on device") {
		t.Errorf("exit %d: %s", code, out)
	}
}

// A node whose app hash is not the chain's dies one block later, at each start.
func TestWrongAppHash(t *testing.T) {
	t.Parallel()
	home, e := sample(t), ports(t)
	wrong := e.with("SEID_STANDIN_WRONG_APP_HASH", "6")
	text := regexp.MustCompile(`\npanic: \+2/3 committed an invalid block: wrong Block\.Header\.AppHash: expected [0-9A-F]{64}, got [0-9A-F]{64}: app hash mismatch \[`)
	for range 2 {
		code, out := run(t, wrong, "start", "--home", home)
		if code != 2 || !text.MatchString(out) || !strings.Contains(out, "appHeight=") {
			t.Errorf("exit %d: %s", code, tail(out))
		}
	}
	p := spawn(t, e, "start", "--home", home)
	p.reach(e, 8)
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
