package run

import (
	"os/exec"
	"runtime"
	"slices"
	"syscall"
	"time"
)

// The exit codes of this program where seid has none.
const (
	notFound = 127
	signaled = 128
)

// ordered are the exit codes of a seid that stops at its halt height: it sends SIGINT and SIGTERM to itself. Until it listens to them, some 15 s after its
// start, it dies of them (v6.6.2).
var ordered = []int{0, signaled + int(syscall.SIGINT), signaled + int(syscall.SIGTERM)}

// late is how long after seid's end a signal may come that ended it: whoever asks every process of a machine to stop asks seid, too.
var late = time.Second

// child runs seid with our own input, output and environment, and passes on the first signal: a second one kills a seid that is stopping (v6.6.2). In a
// process group of its own, it gets none that is meant for ours. It returns seid's exit code, and whether seid ended as it does at its halt height, and
// nobody had asked it to.
func (r *runner) child() (code int, byItself bool) {
	program, err := exec.LookPath(r.options.Command[0])
	if err != nil {
		r.say("%v", err)
		return notFound, false
	}
	runtime.LockOSThread() // what Pdeathsig is bound to
	process, err := syscall.ForkExec(program, r.options.Command, &syscall.ProcAttr{
		Env: r.environment(), Files: []uintptr{0, 1, 2}, Sys: &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL, Setpgid: true},
	})
	if err != nil {
		r.say("starting %s: %v", program, err)
		return notFound, false
	}
	defer r.watch()()
	ended, asked := make(chan int, 1), false
	go func() { ended <- await(process) }()
	for {
		select {
		case s := <-r.signals:
			if !asked {
				_ = syscall.Kill(process, s.(syscall.Signal))
			}
			asked = true
		case code := <-ended:
			return code, r.options.HaltHeight > 0 && !asked && slices.Contains(ordered, code) && !r.askedLate()
		}
	}
}

// askedLate waits for a signal that comes after seid's end, or that nobody has taken yet.
func (r *runner) askedLate() bool {
	select {
	case <-r.signals:
		return true
	case <-time.After(late):
		return false
	}
}

// reap takes away what others left behind in this container, and has ended.
func reap() {
	for {
		if ended, err := syscall.Wait4(-1, nil, syscall.WNOHANG, nil); ended <= 0 && err != syscall.EINTR {
			return
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
