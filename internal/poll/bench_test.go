package poll

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	seiv1alpha1 "github.com/seinode/seinode-operator/api/v1alpha1"
	"github.com/seinode/seinode-operator/internal/agent/wire"
)

// playsAgent has the test binary play an agent, in place of running tests: what it costs to answer is not the operator's.
const playsAgent = "SEINODE_TEST_PLAYS_AGENT"

func TestMain(m *testing.M) {
	if os.Getenv(playsAgent) == "" {
		os.Exit(m.Run())
	}
	status := wire.NodeStatus{
		Ready: true, Answers: true, NodeID: strings.Repeat("ab", 20), Network: "pacific-1", Height: 123456789, EarliestHeight: 1, BlockAgeSeconds: 0.4,
		Peers: 40, Connected: wire.ConnectedToMany, Plan: &wire.Plan{},
	}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _ = json.NewEncoder(w).Encode(status) }))
	fmt.Println(strings.TrimPrefix(server.URL, "http://"))
	_, _ = bufio.NewReader(os.Stdin).ReadString('\n') // until the benchmark is over
}

// agentProcess starts an agent that is a process of its own, and returns its address.
func agentProcess(b *testing.B) string {
	b.Helper()
	command := exec.Command(os.Args[0])
	command.Env = append(os.Environ(), playsAgent+"=1")
	input, err := command.StdinPipe()
	if err != nil {
		b.Fatal(err)
	}
	output, err := command.StdoutPipe()
	if err != nil {
		b.Fatal(err)
	}
	if err := command.Start(); err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		_ = input.Close()
		_ = command.Wait()
	})
	address, err := bufio.NewReader(output).ReadString('\n')
	if err != nil {
		b.Fatal(err)
	}
	return strings.TrimSpace(address)
}

// busy is how long the processor was busy with this process.
func busy(b *testing.B) time.Duration {
	b.Helper()
	var used syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &used); err != nil {
		b.Fatal(err)
	}
	return time.Duration(used.Utime.Nano() + used.Stime.Nano())
}

// held is a cache that gives out what it holds, and copies nothing.
type held struct {
	client.Reader
	pod  *corev1.Pod
	node *seiv1alpha1.SeiNode
}

func (h held) Get(_ context.Context, _ client.ObjectKey, object client.Object, _ ...client.GetOption) error {
	switch object := object.(type) {
	case *corev1.Pod:
		*object = *h.pod
	case *seiv1alpha1.SeiNode:
		*object = *h.node
	}
	return nil
}

// BenchmarkAQuestion prints what one costs the operator, all included: whom to ask, the question, and whether the answer is news. One that comes after others
// is what a beat is of; one that comes alone finds a processor that slept.
func BenchmarkAQuestion(b *testing.B) {
	for name, alone := range map[string]time.Duration{"after others": 0, "alone": 20 * time.Millisecond} {
		b.Run(name, func(b *testing.B) {
			pod, address := podOf("a", isReady), agentProcess(b)
			p := New(held{pod: pod, node: nodeOf("a")}, 0)
			p.Address = func(*corev1.Pod) (string, error) { return address, nil }
			before := busy(b)
			for b.Loop() {
				time.Sleep(alone)
				if _, answers := p.visit(b.Context(), client.ObjectKeyFromObject(pod)); !answers {
					b.Fatal("no answer")
				}
			}
			b.ReportMetric(float64((busy(b)-before).Microseconds())/float64(b.N), "processor-µs/op")
		})
	}
}
