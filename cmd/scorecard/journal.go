package main

import (
	"bytes"
	"fmt"
	"sync"
	"time"

	"github.com/go-logr/logr/funcr"
	"k8s.io/klog/v2"
	"sigs.k8s.io/controller-runtime/pkg/log"
)

// journal collects what is logged, for the result: a pod's log is all of its output, and a line beside the JSON would spoil it.
type journal struct {
	mutex sync.Mutex
	text  bytes.Buffer
}

// takeAll sends the libraries' logs here too.
func (j *journal) takeAll() {
	logger := funcr.New(func(_, args string) { j.note("%s", args) }, funcr.Options{})
	log.SetLogger(logger)
	klog.SetLogger(logger)
}

func (j *journal) note(format string, args ...any) {
	j.mutex.Lock()
	defer j.mutex.Unlock()
	j.text.WriteString(time.Now().UTC().Format("15:04:05.000 "))
	fmt.Fprintf(&j.text, format+"\n", args...)
}

// String is everything so far.
func (j *journal) String() string {
	j.mutex.Lock()
	defer j.mutex.Unlock()
	return j.text.String()
}
