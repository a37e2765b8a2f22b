// Package daemon starts programs that outlive their starter and ends them again, and never another process: a pid file
// holds what identifies a process for good, not only its number.
package daemon

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

// Spec is a program to run.
type Spec struct {
	Name string
	Path string
	Args []string
}

// Dir keeps the pid files and logs of a set of daemons.
type Dir struct{ Pids, Logs string }

// Log is where a daemon's output goes.
func (d Dir) Log(name string) string { return filepath.Join(d.Logs, name+".log") }

func (d Dir) pidFile(name string) string { return filepath.Join(d.Pids, name+".pid") }

// Start runs the program in a session of its own, so that no terminal or parent takes it down.
func (d Dir) Start(s Spec) error {
	if err := errors.Join(os.MkdirAll(d.Pids, 0o755), os.MkdirAll(d.Logs, 0o755)); err != nil {
		return err
	}
	log, err := os.OpenFile(d.Log(s.Name), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
	if err != nil {
		return err
	}
	defer func() { _ = log.Close() }()
	cmd := exec.Command(s.Path, s.Args...)
	cmd.Stdout, cmd.Stderr, cmd.Dir = log, log, "/"
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	if err := cmd.Start(); err != nil {
		return fmt.Errorf("%s: %w", s.Name, err)
	}
	return d.record(s.Name, cmd.Process.Pid)
}

func (d Dir) record(name string, pid int) error {
	id, err := identify(pid)
	if err != nil {
		return fmt.Errorf("%s ended at once (see %s): %w", name, d.Log(name), err)
	}
	return os.WriteFile(d.pidFile(name), []byte(id.String()), 0o644)
}

// Names lists the daemons on record, whether they still run or not.
func (d Dir) Names() []string {
	files, _ := filepath.Glob(filepath.Join(d.Pids, "*.pid")) // the pattern is well formed
	for i, file := range files {
		files[i] = strings.TrimSuffix(filepath.Base(file), ".pid")
	}
	return files
}

// Pid is that of a running daemon, 0 if it does not run (any more).
func (d Dir) Pid(name string) int {
	content, err := os.ReadFile(d.pidFile(name))
	if err != nil {
		return 0
	}
	id, err := parse(string(content))
	if err != nil || !id.running() {
		return 0
	}
	return id.pid
}

// Stop asks a daemon to end, insists after a while, and forgets it.
func (d Dir) Stop(name string, patience time.Duration) error {
	for _, signal := range []syscall.Signal{syscall.SIGTERM, syscall.SIGKILL} {
		pid := d.Pid(name)
		if pid == 0 {
			break
		}
		if err := syscall.Kill(pid, signal); err != nil && !errors.Is(err, syscall.ESRCH) {
			return err
		}
		for end := time.Now().Add(patience); d.Pid(name) != 0 && time.Now().Before(end); {
			time.Sleep(20 * time.Millisecond)
		}
	}
	if d.Pid(name) != 0 {
		return fmt.Errorf("%s does not end", name)
	}
	if err := os.Remove(d.pidFile(name)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}
