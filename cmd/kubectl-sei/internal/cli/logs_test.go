package cli

import (
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// TestLogs: whose words are shown, and what is said of that on the other stream.
func TestLogs(t *testing.T) {
	for args, test := range map[string]struct {
		code     int
		out, err string
	}{
		"logs archive-0":                         {Fine, "sei/archive-0-0 seid\n", `kubectl sei: container "seid" of pod "archive-0-0": it runs since 2026-11-28T06:00:00Z`},
		"logs archive-0 --previous":              {Fine, "sei/archive-0-0 seid previous\n", "as it was asked for"},
		"logs archive-0 -f --tail 10 --since 1m": {Fine, "sei/archive-0-0 seid follow tail=10 since=60\n", "it runs since"},
		"logs crashed-4":                         {Fine, "sei/crashed-4-0 seid previous\n", "it ended with exit code 2 (Error) at 2026-11-28T06:58:59Z, and waits to be started again"},
		"logs crashed-4 --previous=false":        {Fine, "sei/crashed-4-0 seid\n", "as it was asked for"},
		"logs full-1":                            {Waits, "", `SeiNode "full-1" has no pod now; why that is: kubectl sei why full-1 -n sei`},
		"logs archive-0 -c queen":                {Usage, "", `pod "archive-0-0" has no container "queen"; wanted auto or one of seid`},
		"logs archive-0 --tail -2":               {Usage, "", "wanted no less than -1 and 0"},
		"logs nobody":                            {Failed, "", `SeiNode "nobody" does not exist`},
		"logs":                                   {Usage, "", "wants the name of one SeiNode"},
	} {
		t.Run(args, func(t *testing.T) {
			got := run(t, unwritten(t, populated(t)), 80, strings.Fields(args)...)
			if got.code != test.code || got.out != test.out || !strings.Contains(got.err, test.err) || strings.Count(got.err, "\n") != 1 {
				t.Errorf("exit code %d, out %q, err %q; wanted %d, %q and %q in one line", got.code, got.out, got.err, test.code, test.out, test.err)
			}
		})
	}
}

// TestLogsOfSomebodyElsesPod are not shown, nor is anything of a container that said nothing.
func TestLogsOfSomebodyElsesPod(t *testing.T) {
	for says, test := range map[string]struct {
		labels map[string]string
		code   int
	}{
		`pod "full-1-0" is not this node's`:                                              {nil, Refused},
		`container "seid" of pod "full-1-0": it has not started yet (ContainerCreating)`: {map[string]string{"sei.io/node-uid": "uid-full-1"}, Waits},
	} {
		pod := &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Namespace: "sei", Name: "full-1-0", Labels: test.labels}}
		pod.Status.ContainerStatuses = []corev1.ContainerStatus{{Name: "seid", State: corev1.ContainerState{Waiting: &corev1.ContainerStateWaiting{Reason: "ContainerCreating"}}}}
		on := populated(t)
		if err := on.Create(t.Context(), pod); err != nil {
			t.Fatal(err)
		}
		if got := run(t, unwritten(t, on), 80, "logs", "full-1"); got.code != test.code || got.out != "" || !strings.Contains(got.err, says) {
			t.Errorf("exit code %d, out %q, err %q; wanted %d and %q", got.code, got.out, got.err, test.code, says)
		}
	}
}
