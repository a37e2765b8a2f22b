package host

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// Cgroup is a control group of one name in every hierarchy of the machine. All of the cluster's containers run in it, so
// what is in it belongs to the cluster, whatever its name.
type Cgroup struct{ Name string }

func (c Cgroup) folders() ([]string, error) {
	mounts, err := os.ReadFile("/proc/mounts")
	if err != nil {
		return nil, err
	}
	return cgroupFolders(string(mounts), c.Name), nil
}

func cgroupFolders(mounts, name string) []string {
	var folders []string
	for line := range strings.Lines(mounts) {
		fields := strings.Fields(line)
		if len(fields) > 2 && (fields[2] == "cgroup" || fields[2] == "cgroup2") {
			folders = append(folders, filepath.Join(fields[1], name))
		}
	}
	return folders
}

// Create makes the group. In the cpuset hierarchy of old a new group has no processors until it is given some.
func (c Cgroup) Create() error {
	folders, err := c.folders()
	for _, folder := range folders {
		err = errors.Join(err, os.MkdirAll(folder, 0o755))
		for _, file := range []string{"cpuset.cpus", "cpuset.mems"} {
			if inherited, readErr := os.ReadFile(filepath.Join(folder, "..", file)); readErr == nil {
				err = errors.Join(err, os.WriteFile(filepath.Join(folder, file), inherited, 0o644))
			}
		}
	}
	return err
}

// Remove ends what still runs in the group, and deletes it.
func (c Cgroup) Remove() error {
	folders, err := c.folders()
	for _, folder := range folders {
		err = errors.Join(err, removeTree(folder))
	}
	return err
}

// removeTree tries several times: a process that was killed leaves its group a little later.
func removeTree(root string) error {
	var err error
	for range 100 {
		groups := tree(root)
		if len(groups) == 0 {
			return nil
		}
		for _, group := range slices.Backward(groups) {
			killAll(group)
			err = os.Remove(group)
		}
		if err == nil {
			return nil
		}
		time.Sleep(50 * time.Millisecond)
	}
	return err
}

// tree lists a group and those below it, parents first.
func tree(root string) []string {
	var groups []string
	_ = filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		if err == nil && entry.IsDir() {
			groups = append(groups, path)
		}
		return nil // a group that vanished meanwhile is one less to remove
	})
	return groups
}

func killAll(group string) {
	procs, _ := os.ReadFile(filepath.Join(group, "cgroup.procs"))
	for _, field := range strings.Fields(string(procs)) {
		if pid, err := strconv.Atoi(field); err == nil && pid > 1 {
			_ = syscall.Kill(pid, syscall.SIGKILL)
		}
	}
}
