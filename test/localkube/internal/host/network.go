package host

import (
	"errors"
	"strings"
)

// Network says which devices the cluster has on the machine.
type Network struct {
	// HostDevice is a bridge without ports that carries the machine's address in the cluster: the loopback device's
	// address would not do (a pod has its own), and the machine's outer address is none of the cluster's business.
	HostDevice, HostIP string
	// PodDevice is the bridge that the pods are attached to; the CNI plugin makes it.
	PodDevice string
}

// ruleChain holds the cluster's own rule: pods reach each other and the machine, and nothing beyond; nobody reaches them
// from outside, although the machine forwards packets while the cluster is up.
const ruleChain = "LOCALKUBE-FORWARD"

// Up gives the machine its address in the cluster and shuts the cluster's network in.
func (n Network) Up() error {
	steps := [][]string{
		{"ip", "link", "add", n.HostDevice, "type", "bridge"},
		{"ip", "address", "add", n.HostIP + "/32", "dev", n.HostDevice},
		{"ip", "link", "set", n.HostDevice, "up"},
		{"iptables", "-w", "-N", ruleChain},
		{"iptables", "-w", "-A", ruleChain, "-i", n.PodDevice, "!", "-o", n.PodDevice, "-j", "REJECT"},
		{"iptables", "-w", "-A", ruleChain, "!", "-i", n.PodDevice, "-o", n.PodDevice, "-j", "REJECT"},
		{"iptables", "-w", "-I", "FORWARD", "-j", ruleChain},
	}
	for _, step := range steps {
		if err := Run(step[0], step[1:]...); err != nil {
			return err
		}
	}
	return nil
}

// Down removes the devices, and every pod's end of them.
func (n Network) Down() error {
	if missing("ip") {
		return nil
	}
	var problems []error
	ports, _ := Output("", "ip", "-o", "link", "show", "master", n.PodDevice) // no such device: no ports
	for line := range strings.Lines(ports) {
		problems = append(problems, remove(portName(line)))
	}
	return errors.Join(append(problems, remove(n.PodDevice), remove(n.HostDevice))...)
}

// portName reads "7: veth1a2b@if2: <...> ...".
func portName(line string) string {
	_, rest, _ := strings.Cut(line, ": ")
	name, _, _ := strings.Cut(rest, ":")
	name, _, _ = strings.Cut(name, "@")
	return name
}

// remove tolerates a device that is gone: pods' ends vanish by themselves once their namespace does.
func remove(device string) error {
	if Run("ip", "link", "show", device) != nil {
		return nil
	}
	err := Run("ip", "link", "delete", device)
	if Run("ip", "link", "show", device) != nil {
		return nil
	}
	return err
}
