package run

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/seinode/seinode-operator/internal/seid"
)

// asRunner has the test's own program run as the agent does in seid's container: it takes signals, and waits for all children. besideIt is the URL of the
// agent that it asks.
const (
	asRunner = "SEINODE_TEST_RUN"
	besideIt = "SEINODE_TEST_AGENT"
)

const subreaper = 36 // PR_SET_CHILD_SUBREAPER: what is orphaned becomes ours, as it does the first program's in a container

func TestMain(m *testing.M) {
	if volume := os.Getenv(asRunner); volume != "" {
		_, _, _ = syscall.RawSyscall(syscall.SYS_PRCTL, subreaper, 1, 0)
		height, _ := strconv.ParseInt(os.Args[1], 10, 64)
		again = 50 * time.Millisecond
		os.Exit(Run(Options{Volume: volume, HaltHeight: height, Agent: os.Getenv(besideIt), Command: os.Args[2:], Sync: syncFor(volume)}, os.Stderr))
	}
	os.Exit(m.Run())
}

// patience is how long a test waits for what takes milliseconds.
const patience = 20 * time.Second

// until waits for that.
func until(t *testing.T, what string, is func() bool) {
	t.Helper()
	for deadline := time.Now().Add(patience); !is(); time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("%s: not after %s", what, patience)
		}
	}
}

// wrapped is a run in a process of its own, and what it has said.
type wrapped struct {
	t     *testing.T
	cmd   *exec.Cmd
	lines *bufio.Scanner
}

// begin runs a shell's script in place of seid, on a volume, to stop at block 500.
func begin(t *testing.T, volume, script string) *wrapped {
	t.Helper()
	return beginAt(t, 500, volume, "", script)
}

// beginAt runs it to stop at any block, beside an agent.
func beginAt(t *testing.T, height int, volume, agent, script string) *wrapped {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	t.Cleanup(cancel)
	cmd := exec.CommandContext(ctx, os.Args[0], strconv.Itoa(height), "sh", "-c", script)
	cmd.Env = append(os.Environ(), asRunner+"="+volume, besideIt+"="+agent, "GORACE=atexit_sleep_ms=0")
	out, err := cmd.StderrPipe()
	must(t, err)
	must(t, cmd.Start())
	return &wrapped{t, cmd, bufio.NewScanner(out)}
}

// says waits for a line that holds that.
func (w *wrapped) says(text string) string {
	w.t.Helper()
	var all []string
	for w.lines.Scan() {
		all = append(all, w.lines.Text())
		if strings.Contains(w.lines.Text(), text) {
			return w.lines.Text()
		}
	}
	w.t.Fatalf("it never said %q, but %q", text, all)
	return ""
}

// code is how it ended, and what it said last.
func (w *wrapped) code() (code int, last string) {
	for w.lines.Scan() {
		last = w.lines.Text()
	}
	_ = w.cmd.Wait()
	return w.cmd.ProcessState.ExitCode(), last
}

func (w *wrapped) ask(s syscall.Signal) { must(w.t, w.cmd.Process.Signal(s)) }

// endsInOrder asks it to stop, which it does at once.
func (w *wrapped) endsInOrder() {
	w.t.Helper()
	w.ask(syscall.SIGTERM)
	if code, _ := w.code(); code != 0 {
		w.t.Errorf("exit code %d", code)
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// home is a volume with a home of seid's.
func home(t *testing.T) string {
	t.Helper()
	volume := t.TempDir()
	must(t, os.MkdirAll(filepath.Join(volume, seid.DataDir), 0o755))
	must(t, os.MkdirAll(filepath.Join(volume, seid.ConfigDir), 0o755))
	must(t, os.WriteFile(filepath.Join(volume, seid.ConfigDir, seid.ConfigTOML), []byte("mode = 'full'\n"), 0o600))
	return volume
}

func isFile(path string) bool {
	info, err := os.Lstat(path)
	return err == nil && info.Mode().IsRegular()
}

func noteOn(volume string) string { return filepath.Join(volume, seid.DataDir, seid.HaltedFile) }

// expectNoted wants nothing else of ours to be left in data/.
func expectNoted(t *testing.T, volume, want string) {
	t.Helper()
	content, _ := os.ReadFile(noteOn(volume))
	if string(content) != want {
		t.Errorf("noted is %q, wanted %q", content, want)
	}
	entries, err := os.ReadDir(filepath.Join(volume, seid.DataDir))
	must(t, err)
	for _, entry := range entries {
		if strings.HasPrefix(entry.Name(), seid.Temporary) {
			t.Errorf("%s was left behind", entry.Name())
		}
	}
}

// expectKept starts it on the volume, and wants seid not to be started.
func expectKept(t *testing.T, volume, because string) {
	t.Helper()
	w := begin(t, volume, "echo started >&2; exit 3")
	if said := w.says("not started"); !strings.Contains(said, because) {
		t.Errorf("it says %q, wanted %q", said, because)
	}
	w.endsInOrder()
}

// TestASeidThatEndsByItselfStaysStopped, in whichever of its ways it does at its halt height, and whoever starts it again.
func TestASeidThatEndsByItselfStaysStopped(t *testing.T) {
	for name, script := range map[string]string{"in order": "exit 0", "of its own SIGINT": "kill -INT $$", "of its own SIGTERM": "kill -TERM $$"} {
		t.Run(name, func(t *testing.T) {
			volume := home(t)
			first := begin(t, volume, script)
			first.says("ended by itself")
			until(t, "it is noted", func() bool { return isFile(noteOn(volume)) })
			first.ask(syscall.SIGKILL) // as a machine that goes down
			if code, _ := first.code(); code == 0 {
				t.Error("it was killed, and ended in order")
			}
			expectNoted(t, volume, "500\n")
			expectKept(t, volume, "it stopped for halt height 500, and is to stop at 500")
		})
	}
}

// TestAnyOtherEndIsSeidsOwn: its exit code, and its last words.
func TestAnyOtherEndIsSeidsOwn(t *testing.T) {
	for script, want := range map[string]int{"exit 1": 1, "exit 2": 2, "kill -KILL $$": 137, "kill -ABRT $$": 134} {
		volume := home(t)
		if code, last := begin(t, volume, "echo panic: boom >&2; "+script).code(); code != want || last != "panic: boom" {
			t.Errorf("%s: exit code %d, last words %q", script, code, last)
		}
		expectNoted(t, volume, "")
	}
	if code, last := begin(t, home(t), "exec no-such-program").code(); code != 127 || !strings.Contains(last, "no-such-program") {
		t.Errorf("exit code %d, last words %q", code, last)
	}
}

// TestAStopThatWasAskedForIsNoHalt: seid gets the signal, and is started again another time.
func TestAStopThatWasAskedForIsNoHalt(t *testing.T) {
	for name, test := range map[string]struct {
		script string
		signal syscall.Signal
		want   int
	}{
		"it ends in order":   {"trap 'exit 0' TERM; echo up >&2; while :; do sleep 0.01; done", syscall.SIGTERM, 0},
		"an interrupt":       {"trap 'exit 0' INT; echo up >&2; while :; do sleep 0.01; done", syscall.SIGINT, 0},
		"it dies of it":      {"echo up >&2; exec sleep 1000", syscall.SIGTERM, 143},
		"it fails meanwhile": {"trap 'exit 2' TERM; echo up >&2; while :; do sleep 0.01; done", syscall.SIGTERM, 2},
	} {
		t.Run(name, func(t *testing.T) {
			volume := home(t)
			w := begin(t, volume, test.script)
			w.says("up")
			w.ask(test.signal)
			if code, _ := w.code(); code != test.want {
				t.Errorf("exit code %d, wanted %d", code, test.want)
			}
			expectNoted(t, volume, "")
		})
	}
}

// TestAHaltHeightThatIsRaisedGoesOn, and the note follows.
func TestAHaltHeightThatIsRaisedGoesOn(t *testing.T) {
	volume := home(t)
	must(t, os.WriteFile(noteOn(volume), []byte("499\n"), 0o600))
	w := begin(t, volume, "echo started >&2")
	w.says("started")
	w.says("ended by itself")
	w.endsInOrder()
	expectNoted(t, volume, "500\n")
}

// TestInDoubtSeidIsNotStarted, and what was found stays.
func TestInDoubtSeidIsNotStarted(t *testing.T) {
	write := func(content string) func(string) error {
		return func(note string) error { return os.WriteFile(note, []byte(content), 0o600) }
	}
	for name, test := range map[string]struct {
		make func(note string) error
		says string
	}{
		"empty":      {write(""), "move it away"},
		"a word":     {write("five hundred\n"), "move it away"},
		"below zero": {write("-5"), "move it away"},
		"two lines":  {write("1\n2\n"), "move it away"},
		"too long":   {write(strings.Repeat("1", 2<<20)), "more than 1 MiB"},
		"a pipe":     {func(note string) error { return syscall.Mkfifo(note, 0o600) }, "is a pipe"},
		"a folder":   {func(note string) error { return os.Mkdir(note, 0o700) }, "is a folder"},
		"a link": {func(note string) error {
			return os.Symlink("../"+seid.ConfigDir+"/"+seid.ConfigTOML, note)
		}, "is a link"},
		"a link that leads nowhere": {func(note string) error { return os.Symlink("nowhere", note) }, "is a link"},
	} {
		t.Run(name, func(t *testing.T) {
			volume := home(t)
			must(t, test.make(noteOn(volume)))
			before, err := os.Lstat(noteOn(volume))
			must(t, err)
			expectKept(t, volume, test.says)
			if after, err := os.Lstat(noteOn(volume)); err != nil || !os.SameFile(before, after) || after.Size() != before.Size() {
				t.Errorf("it was changed: %v (%v)", after, err)
			}
		})
	}
	expectKept(t, t.TempDir(), "holds no home of seid any more")
	expectKept(t, filepath.Join(t.TempDir(), "none"), "cannot be read")
}

// TestADoubtThatPassesKeepsNobodyStopped: whatever it was is looked at again, and so is a note that somebody took away.
func TestADoubtThatPassesKeepsNobodyStopped(t *testing.T) {
	gone, back := filepath.Join(t.TempDir(), "volume"), home(t)
	odd, noted := home(t), home(t)
	must(t, os.WriteFile(noteOn(odd), []byte("half"), 0o600))
	must(t, os.WriteFile(noteOn(noted), []byte("500"), 0o600))
	for _, test := range []struct {
		volume, says string
		mend         func() error
	}{
		{gone, "cannot be read", func() error { return os.Rename(back, gone) }},
		{odd, "move it away", func() error { return os.Remove(noteOn(odd)) }},
		{noted, "stopped for halt height 500", func() error { return os.Remove(noteOn(noted)) }},
	} {
		w := begin(t, test.volume, "echo started >&2; exit 3")
		w.says(test.says)
		must(t, test.mend())
		if code, last := w.code(); code != 3 || last != "started" {
			t.Errorf("%s: exit code %d, %q", test.says, code, last)
		}
	}
}

// TestAVolumeThatHasTheBlockIsNotGoneOnWith: seid would commit one more, where this program was killed before it could note anything.
func TestAVolumeThatHasTheBlockIsNotGoneOnWith(t *testing.T) {
	for height, kept := range map[int]bool{499: false, 500: true, 501: true} {
		volume := home(t)
		snapshot := fmt.Sprintf("snapshot-%020d", height)
		must(t, os.MkdirAll(filepath.Join(volume, seid.StateCommit.Path, snapshot), 0o755))
		must(t, os.Symlink(snapshot, filepath.Join(volume, seid.StateCommit.Path, "current")))
		if kept {
			expectKept(t, volume, fmt.Sprintf("the volume has block %d", height))
			expectNoted(t, volume, "500\n")
			continue
		}
		if code, last := begin(t, volume, "echo started >&2; exit 3").code(); code != 3 || last != "started" {
			t.Errorf("%d: exit code %d, %q", height, code, last)
		}
	}
}

// TestWhatCannotBeNotedIsTriedAgain: a disk may be full, and be given room.
func TestWhatCannotBeNotedIsTriedAgain(t *testing.T) {
	volume := home(t)
	w := begin(t, volume, "mkdir -p $"+asRunner+"/data/"+seid.HaltedFile+"/x")
	w.says("is tried again")
	must(t, os.RemoveAll(noteOn(volume)))
	until(t, "it is noted", func() bool { return isFile(noteOn(volume)) })
	w.endsInOrder()
	expectNoted(t, volume, "500\n")
}

// TestSeidGoesWithItsRunner: no seid runs on unseen.
func TestSeidGoesWithItsRunner(t *testing.T) {
	w := begin(t, home(t), "echo pid $$ >&2; exec sleep 1000")
	pid, err := strconv.Atoi(strings.TrimPrefix(w.says("pid"), "pid "))
	must(t, err)
	w.ask(syscall.SIGKILL)
	_, _ = w.code()
	until(t, "seid is gone", func() bool {
		state, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
		return err != nil || strings.Contains(string(state), ") Z ") // what has ended, and nobody has taken away
	})
}

// TestWhatOthersLeaveBehindIsTakenAway, as the first program of a container has to.
func TestWhatOthersLeaveBehindIsTakenAway(t *testing.T) {
	const orphan = `cd $` + asRunner + `; sh -c 'sh -c "echo \$\$ >orphan" &'; until test -s orphan && ! test -e /proc/$(cat orphan); do sleep 0.01; done; exit 4`
	if code, last := begin(t, home(t), orphan).code(); code != 4 {
		t.Errorf("exit code %d, %q", code, last)
	}
}
