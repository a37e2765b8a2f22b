package daemon

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"
)

func dir(t *testing.T) Dir {
	t.Helper()
	d := Dir{Pids: filepath.Join(t.TempDir(), "pids"), Logs: filepath.Join(t.TempDir(), "logs")}
	t.Cleanup(func() {
		for _, name := range d.Names() {
			_ = d.Stop(name, time.Second)
		}
	})
	return d
}

func sleeper(t *testing.T) Spec {
	t.Helper()
	path, err := exec.LookPath("sleep")
	if err != nil {
		t.Fatal(err)
	}
	return Spec{Name: "sleeper", Path: path, Args: []string{"60"}}
}

func TestDaemonRunsUntilItIsStopped(t *testing.T) {
	d := dir(t)
	if err := d.Start(sleeper(t)); err != nil {
		t.Fatal(err)
	}
	if d.Pid("sleeper") == 0 {
		t.Fatal("it does not run")
	}
	if err := d.Stop("sleeper", time.Second); err != nil {
		t.Fatal(err)
	}
	if d.Pid("sleeper") != 0 || len(d.Names()) != 0 {
		t.Error("it is still on record")
	}
}

func TestDeafDaemonIsKilled(t *testing.T) {
	d := dir(t)
	spec := Spec{Name: "deaf", Path: "/bin/sh", Args: []string{"-c", "trap '' TERM; while :; do sleep 1; done"}}
	if err := d.Start(spec); err != nil {
		t.Fatal(err)
	}
	time.Sleep(100 * time.Millisecond) // the shell sets its trap
	if err := d.Stop("deaf", 300*time.Millisecond); err != nil {
		t.Error(err)
	}
}

func TestProcessWithAReusedNumberIsLeftAlone(t *testing.T) {
	d := dir(t)
	if err := os.MkdirAll(d.Pids, 0o755); err != nil {
		t.Fatal(err)
	}
	stranger := exec.Command("sleep", "60")
	if err := stranger.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() { _ = stranger.Process.Kill(); _ = stranger.Wait() }()
	id, err := identify(stranger.Process.Pid)
	if err != nil {
		t.Fatal(err)
	}
	for _, other := range []identity{{id.pid, "1", id.exe}, {id.pid, id.started, "/another"}} {
		if err := os.WriteFile(d.pidFile("ours"), []byte(other.String()), 0o644); err != nil {
			t.Fatal(err)
		}
		if d.Pid("ours") != 0 {
			t.Errorf("%v is taken for %v", other, id)
		}
		if err := d.Stop("ours", time.Second); err != nil {
			t.Error(err)
		}
		if !id.running() {
			t.Fatal("a stranger was ended")
		}
	}
}

func TestStopOfNothingIsFine(t *testing.T) {
	if err := dir(t).Stop("nothing", time.Second); err != nil {
		t.Error(err)
	}
}

func TestStatLineOfAnOddlyNamedProcess(t *testing.T) {
	stat := "42 (a) b (c) S 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 777 20"
	state, started, err := fields(stat)
	if err != nil || state != "S" || started != "777" {
		t.Errorf("%q %q %v", state, started, err)
	}
	if _, _, err := fields("42"); err == nil {
		t.Error("a malformed line is accepted")
	}
}
