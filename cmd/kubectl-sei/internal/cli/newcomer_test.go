package cli

import (
	"bytes"
	"context"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/cli-runtime/pkg/genericclioptions"
	"k8s.io/utils/ptr"
	"sigs.k8s.io/controller-runtime/pkg/client"

	seiv1alpha1 "github.com/seinode/seinode-operator/api/v1alpha1"
	"github.com/seinode/seinode-operator/cmd/kubectl-sei/internal/cluster"
)

// TestANewcomerComesLast: a node that does not exist yet owns no pod, and leaves a claim or a name to whoever is there.
func TestANewcomerComesLast(t *testing.T) {
	pod := &corev1.Pod{
		ObjectMeta: metav1.ObjectMeta{Namespace: "sei", Name: "former-0", OwnerReferences: []metav1.OwnerReference{
			{APIVersion: "apps/v1", Kind: "StatefulSet", Name: "former", UID: "uid-set", Controller: ptr.To(true)},
		}},
		Spec: corev1.PodSpec{Volumes: []corev1.Volume{{Name: "data", VolumeSource: corev1.VolumeSource{
			PersistentVolumeClaim: &corev1.PersistentVolumeClaimVolumeSource{ClaimName: "data-free"},
		}}}},
	}
	rival := &seiv1alpha1.SeiNode{
		ObjectMeta: metav1.ObjectMeta{Namespace: "sei", Name: "rival", UID: "zz-rival", CreationTimestamp: metav1.NewTime(now.Add(-time.Second))},
		Spec: seiv1alpha1.SeiNodeSpec{
			Archive: &seiv1alpha1.ArchiveSpec{}, DataVolume: &seiv1alpha1.DataVolumeSpec{Import: &seiv1alpha1.DataVolumeImport{PVCName: "data-free"}},
		},
	}
	service := &corev1.Service{ObjectMeta: metav1.ObjectMeta{Namespace: "sei", Name: "archive-9"}}
	for says, test := range map[string]struct {
		there client.Object
		code  int
		args  string
	}{
		`is mounted by pod "former-0"`:              {pod, Waits, "preflight --claim data-free"},
		`is already the data of SeiNode "rival"`:    {rival, Waits, "preflight --claim data-free"},
		`Service "archive-9" already exists and is`: {service, Refused, "preflight -f testdata/archive.yaml"},
	} {
		real := populated(t)
		if err := real.Create(t.Context(), test.there); err != nil {
			t.Fatal(err)
		}
		if got := run(t, unwritten(t, real), 0, strings.Fields(test.args)...); got.code != test.code || !strings.Contains(got.out, says) {
			t.Errorf("exit code %d, wanted %d and %q:\n%s%s", got.code, test.code, says, got.out, got.err)
		}
	}
}

// TestCompletion completes verbs and the names of nodes.
func TestCompletion(t *testing.T) {
	for args, wants := range map[string][]string{
		"__complete ":               {"why", "status", "preflight", "release", "adopt", "peers", "upgrades", "logs", "report", "export"},
		"__complete why ":           {"archive-0", "full-1"},
		"__complete status -o ":     {"table", "wide", "json", "yaml", "name"},
		"__complete why archive-0 ": {":4"},
	} {
		got := run(t, unwritten(t, populated(t)), 0, strings.Split(args, " ")...)
		for _, want := range wants {
			if got.code != Fine || !strings.Contains("\n"+got.out, "\n"+want) {
				t.Errorf("%s: exit code %d, wanted %s among\n%s", args, got.code, want, got.out)
			}
		}
	}
}

// shown passes on each write to a stream.
type shown chan string

func (s shown) Write(text []byte) (int, error) {
	s <- string(text)
	return len(text), nil
}

// TestWatch shows again what changes, and ends in order when it is interrupted.
func TestWatch(t *testing.T) {
	real, out := populated(t), make(shown, 64)
	ctx, interrupt := context.WithCancel(t.Context())
	ended := make(chan int)
	go func() {
		ended <- Run(ctx, []string{"status", "full-1", "--watch", "-o", "name"}, Environment{
			Out: out, Err: &bytes.Buffer{}, Now: time.Now,
			Connect: func(*genericclioptions.ConfigFlags) (cluster.Access, error) {
				return cluster.Access{Client: unwritten(t, real), Namespace: "sei"}, nil
			},
		})
	}()
	for range 3 { // the fake API server tells of no change before its watch is made: each change is made until one is told of
		node := &seiv1alpha1.SeiNode{}
		for told := false; !told; {
			if err := real.Get(t.Context(), types.NamespacedName{Namespace: "sei", Name: "full-1"}, node); err != nil {
				t.Fatal(err)
			}
			node.Status.Phase = seiv1alpha1.PhaseRunning
			node.Labels = map[string]string{"changed": node.ResourceVersion}
			if err := real.Update(t.Context(), node); err != nil {
				t.Fatal(err)
			}
			select {
			case line := <-out:
				told = strings.Contains(line, "seinode.sei.io/full-1") || line == "\n"
			case <-time.After(2 * settling):
			}
		}
	}
	interrupt()
	if code := <-ended; code != Waits {
		t.Errorf("exit code %d", code)
	}
}
