package host

import (
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// wanted are the kernel settings that pods' traffic needs.
var wanted = map[string]string{
	"net/ipv4/ip_forward":                 "1",
	"net/bridge/bridge-nf-call-iptables":  "1",
	"net/bridge/bridge-nf-call-ip6tables": "1",
}

// touched are those that the kubelet and kube-proxy set by themselves.
var touched = []string{
	"kernel/panic", "kernel/panic_on_oops", "kernel/keys/root_maxkeys", "kernel/keys/root_maxbytes",
	"vm/overcommit_memory", "vm/panic_on_oom", "net/ipv4/conf/all/route_localnet",
	"net/ipv4/vs/conntrack", "net/netfilter/nf_conntrack_max",
}

func sysctl(name string) string { return filepath.Join("/proc/sys", name) }

// SetSysctls notes the settings as they are in a file, and makes those that are needed.
func SetSysctls(saved string) error {
	if _, err := os.Stat(sysctl("net/bridge")); err != nil {
		_ = Run("modprobe", "br_netfilter") // built in on some kernels; if it is missing the writes below say so
	}
	before := map[string]string{}
	for _, name := range touched {
		if value, err := os.ReadFile(sysctl(name)); err == nil {
			before[name] = strings.TrimSpace(string(value))
		}
	}
	for name := range wanted {
		if value, err := os.ReadFile(sysctl(name)); err == nil {
			before[name] = strings.TrimSpace(string(value))
		}
	}
	content, err := json.MarshalIndent(before, "", "  ")
	if err != nil {
		return err
	}
	if err := os.WriteFile(saved, content, 0o644); err != nil {
		return err
	}
	return apply(wanted)
}

// RestoreSysctls brings back what the file notes.
func RestoreSysctls(saved string) error {
	content, err := os.ReadFile(saved)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	before := map[string]string{}
	if err := json.Unmarshal(content, &before); err != nil {
		return err
	}
	return apply(before)
}

func apply(settings map[string]string) error {
	var problems []error
	for name, value := range settings {
		current, err := os.ReadFile(sysctl(name))
		if err == nil && strings.TrimSpace(string(current)) == value {
			continue
		}
		problems = append(problems, os.WriteFile(sysctl(name), []byte(value), 0o644))
	}
	return errors.Join(problems...)
}
