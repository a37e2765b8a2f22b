package main

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"
)

// tick is the unit of times in /proc/PID/stat (USER_HZ, 100 on every Linux that Go runs on).
const tick = 10 * time.Millisecond

// stat is what the kernel tells of a process.
type stat struct {
	name   string
	parent int
	// busy is how much processor time it has taken, of all threads.
	busy time.Duration
}

func statOf(pid int) (stat, error) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return stat{}, err
	}
	before, rest, _ := strings.Cut(string(text), ") ") // the name may have anything in it
	_, name, _ := strings.Cut(before, "(")
	fields := strings.Fields(rest)
	if len(fields) < 13 {
		return stat{}, fmt.Errorf("/proc/%d/stat tells no processor time: %s", pid, text)
	}
	parent, _ := strconv.Atoi(fields[1])
	user, _ := strconv.ParseInt(fields[11], 10, 64)
	system, _ := strconv.ParseInt(fields[12], 10, 64)
	return stat{name, parent, time.Duration(user+system) * tick}, nil
}

// spent is how much processor time the programs of a run have taken, by name.
type spent map[string]time.Duration

// spentBy is what this program and all that it started have taken.
func spentBy() spent {
	all := spent{}
	entries, _ := filepath.Glob("/proc/[0-9]*")
	for _, entry := range entries {
		pid, _ := strconv.Atoi(filepath.Base(entry))
		is, err := statOf(pid)
		if err == nil && (pid == os.Getpid() || is.parent == os.Getpid()) { // one that has just ended takes nothing more
			all[is.name] += is.busy
		}
	}
	return all
}

// since is what was taken in between, the largest first.
func (s spent) since(before spent) string {
	names := slices.SortedFunc(maps.Keys(s), func(a, b string) int { return int((s[b] - before[b]) - (s[a] - before[a])) })
	told := make([]string, 0, len(names))
	for _, name := range names {
		told = append(told, fmt.Sprintf("%s %.0f s", name, (s[name]-before[name]).Seconds()))
	}
	return "processor time: " + strings.Join(told, ", ")
}
