package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// process is a program that this one started.
type process struct {
	name  string
	begun time.Time
	cmd   *exec.Cmd
	ended chan struct{}
}

// launch starts a program, which ends with this one. What it prints goes to a file of its name.
func launch(dir, name string, env []string, program string, args ...string) (*process, error) {
	output, err := os.OpenFile(filepath.Join(dir, name+".log"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, err
	}
	defer func() { _ = output.Close() }() // the program has its own
	cmd := exec.Command(program, args...) //nolint:gosec // what the user named
	cmd.Env, cmd.Stdout, cmd.Stderr = append(os.Environ(), env...), output, output
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	p := &process{name: name, begun: time.Now(), cmd: cmd, ended: make(chan struct{})}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	go func() {
		_ = cmd.Wait() // how it ended is in its own words
		close(p.ended)
	}()
	return p, nil
}

// stop ends it without a farewell, as a machine that is lost does.
func (p *process) stop() {
	if p == nil {
		return
	}
	_ = p.cmd.Process.Kill() // it may have ended
	<-p.ended
}

// alive is an error once the program has ended.
func (p *process) alive() error {
	select {
	case <-p.ended:
		return fmt.Errorf("%s has ended; its last words are in %s.log", p.name, p.name)
	default:
		return nil
	}
}

// memory is the resident memory now, and the most that it ever was, in bytes, as the kernel says.
func (p *process) memory() (now, peak int64, err error) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", p.cmd.Process.Pid))
	if err != nil {
		return 0, 0, err
	}
	for _, line := range strings.Split(string(text), "\n") {
		fields := strings.Fields(line)
		if len(fields) < 2 {
			continue
		}
		kib, _ := strconv.ParseInt(fields[1], 10, 64)
		switch fields[0] {
		case "VmRSS:":
			now = kib << 10
		case "VmHWM:":
			peak = kib << 10
		}
	}
	if now == 0 || peak == 0 {
		return 0, 0, errors.New("/proc tells no resident memory")
	}
	return now, peak, nil
}

// busy is how much processor time it has taken, of all threads.
func (p *process) busy() (time.Duration, error) {
	is, err := statOf(p.cmd.Process.Pid)
	return is.busy, err
}

// rests waits until it takes less than a tenth of a processor.
func (p *process) rests(ctx context.Context) error {
	const pause = 2 * time.Second
	for giveUp := time.Now().Add(patience); time.Now().Before(giveUp); {
		before, err := p.busy()
		if err != nil {
			return err
		}
		if err := sleep(ctx, pause); err != nil {
			return err
		}
		after, err := p.busy()
		if err != nil || after-before < pause/10 {
			return err
		}
	}
	return fmt.Errorf("%s is still busy after %s", p.name, patience)
}
