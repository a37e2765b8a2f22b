// Package host prepares the machine for a cluster and leaves no trace of it afterwards: packages, bridges, packet filter
// rules, mounts, control groups, kernel settings.
package host

import (
	"bytes"
	"fmt"
	"os/exec"
	"strings"
)

// Run runs a program; what it said is in the error if it fails.
func Run(name string, args ...string) error {
	_, err := Output("", name, args...)
	return err
}

// Output runs a program on some input and returns what it prints.
func Output(input, name string, args ...string) (string, error) {
	cmd := exec.Command(name, args...)
	var stderr bytes.Buffer
	cmd.Stdin, cmd.Stderr = strings.NewReader(input), &stderr
	out, err := cmd.Output()
	if err != nil {
		return "", fmt.Errorf("%s %s: %w: %s", name, strings.Join(args, " "), err, strings.TrimSpace(stderr.String()))
	}
	return string(out), nil
}

func missing(program string) bool {
	_, err := exec.LookPath(program)
	return err != nil // a path that is not there is no exec.ErrNotFound
}
