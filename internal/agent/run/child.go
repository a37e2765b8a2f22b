package run

import (
	"os"
	"os/exec"
	"runtime"
	"slices"
	"syscall"
)

// The exit codes of this program where seid has none.
const (
	notFound = 127
	signaled = 128
)

// ordered are the exit codes of a seid that stops at its halt height: it sends SIGINT and SIGTERM to itself. Until it listens to them, some 15 s after its
// start, it dies of them (v6.6.2).
var ordered = []int{0, signaled + int(syscall.SIGINT), signaled + int(syscall.SIGTERM)}

// child runs seid with our own input, output and environment, and passes signals on. It returns seid's exit code, and whether seid ended as it does at its
// halt height, and nobody had asked it to.
func (r *runner) child() (code int, byItself bool) {
	program, err := exec.LookPath(r.options.Command[0])
	if err != nil {
		r.say("%v", err)
		return notFound, false
	}
	runtime.LockOSThread() // what Pdeathsig is bound to
	process, err := syscall.ForkExec(program, r.options.Command, &syscall.ProcAttr{
		Env: os.Environ(), Files: []uintptr{0, 1, 2}, Sys: &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL},
	})
	if err != nil {
		r.say("starting %s: %v", program, err)
		return notFound, false
	}
	ended, asked := make(chan int, 1), false
	go func() { ended <- await(process) }()
	for {
		select {
		case s := <-r.signals:
			asked = true
			_ = syscall.Kill(process, s.(syscall.Signal))
		case code := <-ended:
			return code, !asked && slices.Contains(ordered, code)
		}
	}
}

// await returns the exit code of a process. It takes away whatever else ends: the first program of a container inherits what others leave behind.
func await(process int) int {
	for {
		var status syscall.WaitStatus
		switch ended, err := syscall.Wait4(-1, &status, 0, nil); {
		case err == syscall.EINTR || err == nil && ended != process:
		case err != nil:
			return signaled
		case status.Signaled():
			return signaled + int(status.Signal())
		default:
			return status.ExitStatus()
		}
	}
}
