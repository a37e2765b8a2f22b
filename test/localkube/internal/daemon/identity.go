package daemon

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// identity tells a process from a later one that was given the same number.
type identity struct {
	pid     int
	started string // clock ticks since boot
	exe     string
}

func (id identity) String() string { return fmt.Sprintf("%d %s %s\n", id.pid, id.started, id.exe) }

func parse(s string) (identity, error) {
	fields := strings.SplitN(strings.TrimSpace(s), " ", 3)
	if len(fields) != 3 {
		return identity{}, fmt.Errorf("malformed pid file %q", s)
	}
	pid, err := strconv.Atoi(fields[0])
	return identity{pid: pid, started: fields[1], exe: fields[2]}, err
}

func identify(pid int) (identity, error) {
	proc := filepath.Join("/proc", strconv.Itoa(pid))
	stat, err := os.ReadFile(filepath.Join(proc, "stat"))
	if err != nil {
		return identity{}, err
	}
	state, started, err := fields(string(stat))
	if err != nil {
		return identity{}, err
	}
	if state == "Z" {
		return identity{}, errors.New("the process has ended")
	}
	exe, err := os.Readlink(filepath.Join(proc, "exe"))
	return identity{pid: pid, started: started, exe: strings.TrimSuffix(exe, " (deleted)")}, err
}

// fields finds a process's state and start time in its stat line; they come after the name, which may hold anything.
func fields(stat string) (state, started string, err error) {
	_, rest, ok := cutLast(stat, ") ")
	all := strings.Fields(rest)
	if !ok || len(all) < 20 {
		return "", "", fmt.Errorf("malformed stat %q", stat)
	}
	return all[0], all[19], nil
}

func cutLast(s, sep string) (before, after string, ok bool) {
	i := strings.LastIndex(s, sep)
	if i < 0 {
		return s, "", false
	}
	return s[:i], s[i+len(sep):], true
}

// running reports whether this very process still runs.
func (id identity) running() bool {
	now, err := identify(id.pid)
	return err == nil && now == id
}
