package cli

import (
	"context"
	"errors"
	"io"
	"maps"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/seinode/seinode-operator/cmd/kubectl-sei/internal/cluster"
)

// withAgent is the fleet with an agent that runs in the pod of archive-0, and in another one that mounts its claim.
func withAgent(t *testing.T) client.WithWatch {
	t.Helper()
	on, pod := populated(t), &corev1.Pod{}
	if err := on.Get(t.Context(), types.NamespacedName{Namespace: "sei", Name: "archive-0-0"}, pod); err != nil {
		t.Fatal(err)
	}
	pod.Status.InitContainerStatuses = listening
	stranger := &corev1.Pod{
		ObjectMeta: metav1.ObjectMeta{Namespace: "sei", Name: "stranger"}, Spec: corev1.PodSpec{Volumes: pod.Spec.Volumes}, Status: corev1.PodStatus{InitContainerStatuses: listening},
	}
	if err := errors.Join(on.Status().Update(t.Context(), pod), on.Create(t.Context(), stranger)); err != nil {
		t.Fatal(err)
	}
	return on
}

// endless has no end. Whoever reads much more of it than an answer may have has to be told.
type endless struct {
	t    *testing.T
	read int
}

func (e *endless) Read(into []byte) (int, error) {
	if e.read += len(into); e.read > 1<<20 {
		e.t.Error("an answer is read without bound")
		return 0, io.EOF
	}
	return len(into), nil
}

// TestAnAgentThatDoesNotAnswerIsALine, once, and the rest of the report is there. None but the node's own is asked, and none again.
func TestAnAgentThatDoesNotAnswerIsALine(t *testing.T) {
	const status, metrics = "agent/archive-0-0/status.yaml", "agent/archive-0-0/metrics.txt"
	answer := func(text string) func(context.Context, string) (io.ReadCloser, error) {
		return func(context.Context, string) (io.ReadCloser, error) {
			return io.NopCloser(strings.NewReader(text)), nil
		}
	}
	for name, test := range map[string]struct {
		says  func(ctx context.Context, path string) (io.ReadCloser, error)
		asked int
		files []string
		line  string
	}{
		"it answers": {answer(`{"ready":true,"height":7}`), 2, []string{metrics, status}, ""},
		"forbidden": {func(context.Context, string) (io.ReadCloser, error) {
			return nil, apierrors.NewForbidden(schema.GroupResource{Resource: "pods/proxy"}, "archive-0-0", errors.New(`User "alice" cannot`))
		}, 1, nil, `what the agent in pod "archive-0-0" answers is not known: pods/proxy "archive-0-0" is forbidden: User "alice" cannot`},
		"away": {func(context.Context, string) (io.ReadCloser, error) {
			return nil, errors.New("dial tcp 10.0.0.1:8090:\n\tconnection refused")
		}, 1, nil, `answers is not known: dial tcp 10.0.0.1:8090: connection refused`},
		"silent": {func(ctx context.Context, _ string) (io.ReadCloser, error) {
			<-ctx.Done()
			return nil, ctx.Err()
		}, 1, nil, `answers is not known: no answer came within 5s`},
		"nonsense": {answer("<html>"), 1, nil, `answers is not known: reading its status: invalid character '<'`},
		"too much": {func(_ context.Context, path string) (io.ReadCloser, error) {
			if path == "status" {
				return io.NopCloser(strings.NewReader(`{"ready":true}`)), nil
			}
			return io.NopCloser(&endless{t: t}), nil
		}, 2, []string{status}, `answers is not known: /metrics has more than 65536 bytes`},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				asked, began := 0, time.Now()
				agent := func(ctx context.Context, pod types.NamespacedName, path string) (io.ReadCloser, error) {
					if asked++; pod.String() != "sei/archive-0-0" {
						t.Errorf("%s is asked", pod)
					}
					return test.says(ctx, path)
				}
				files, got := reported(t, cluster.Access{Client: unwritten(t, withAgent(t)), Logs: said, Agent: agent}, "archive-0", "-f", "-")
				lines, code := 0, Fine
				if test.line != "" {
					lines, code = 1, Waits
				}
				if got.code != code || strings.Count(got.err, "\n") != lines || !strings.Contains(got.err, test.line) || !strings.Contains(files["unread.txt"], test.line) {
					t.Errorf("exit code %d, wanted %d and %q once in\n%s\nand in\n%s", got.code, code, test.line, got.err, files["unread.txt"])
				}
				answered := slices.DeleteFunc(slices.Sorted(maps.Keys(files)), func(name string) bool { return !strings.HasPrefix(name, "agent/") })
				if !slices.Equal(answered, test.files) || asked != test.asked || files["why.txt"] == "" || time.Since(began) > 5*time.Second {
					t.Errorf("files %q after %d questions and %s; wanted %q after %d", answered, asked, time.Since(began), test.files, test.asked)
				}
			})
		})
	}
}

// TestAnAgentThatDoesNotRunIsNotAsked, which is no fault of the report's.
func TestAnAgentThatDoesNotRunIsNotAsked(t *testing.T) {
	files, got := reported(t, cluster.Access{Client: unwritten(t, populated(t)), Logs: said}, "archive-0", "-f", "-")
	if text := files["agent/archive-0-0/unasked.txt"]; got.code != Fine || text != "No container of pod \"archive-0-0\" runs in which an agent answers.\n" {
		t.Errorf("exit code %d, %q", got.code, text)
	}
}
