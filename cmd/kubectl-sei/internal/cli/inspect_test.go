package cli

import (
	"bytes"
	"context"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/cli-runtime/pkg/genericclioptions"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/client/interceptor"

	"github.com/seinode/seinode-operator/cmd/kubectl-sei/internal/cluster"
)

// agent is the agent in a pod that looks at a volume: what it says, and all that is written meanwhile.
type agent struct {
	t      *testing.T
	says   string
	image  string
	writes []string
}

func (a *agent) on(to client.WithWatch) client.WithWatch {
	return interceptor.NewClient(unwritten(a.t, to), interceptor.Funcs{
		Create: func(ctx context.Context, _ client.WithWatch, o client.Object, options ...client.CreateOption) error {
			asked := client.CreateOptions{}
			asked.ApplyOptions(options)
			pod, is := o.(*corev1.Pod)
			if !is || !pod.Spec.Volumes[0].PersistentVolumeClaim.ReadOnly {
				a.t.Errorf("%T is made, or a pod that may write", o)
			}
			a.image = pod.Spec.Containers[0].Image
			a.writes = append(a.writes, strings.TrimSpace("create "+o.GetName()+" "+strings.Join(asked.DryRun, "")))
			return to.Create(ctx, o, options...)
		},
		Delete: func(ctx context.Context, _ client.WithWatch, o client.Object, options ...client.DeleteOption) error {
			a.writes = append(a.writes, "delete "+o.GetName())
			return to.Delete(ctx, o, options...)
		},
		Get: func(ctx context.Context, c client.WithWatch, key client.ObjectKey, o client.Object, options ...client.GetOption) error {
			err := c.Get(ctx, key, o, options...)
			if pod, is := o.(*corev1.Pod); is && err == nil && a.says != "" {
				pod.Status.ContainerStatuses = []corev1.ContainerStatus{{State: corev1.ContainerState{Terminated: &corev1.ContainerStateTerminated{Message: a.says}}}}
			}
			return err
		},
	})
}

// looked runs preflight --inspect.
func looked(t *testing.T, on client.WithWatch, width int, args string) outcome {
	t.Helper()
	var out, errs bytes.Buffer
	code := Run(t.Context(), strings.Fields(args), Environment{
		In: strings.NewReader(""), Out: &out, Err: &errs, Width: width, Now: func() time.Time { return now }, Every: time.Millisecond, Name: func() string { return "looks-1" },
		Connect: func(*genericclioptions.ConfigFlags) (cluster.Access, error) {
			return cluster.Access{Client: on, Namespace: "sei"}, nil
		},
	})
	return outcome{code, out.String(), errs.String()}
}

const (
	archiveFound = `{"reason":"Inspected","message":"a home of chain \"pacific-1\" (layout Root), height 151000000 or above","layout":"Root","chainId":"pacific-1","height":151000000,` +
		`"stateCommit":true,"stateStore":"pebbledb","wasm":true,"consensusKey":true,"signState":true,"nodeKey":true,"ownerUid":65532,"freeBytes":1319413953331}`
	validatorFound = `{"reason":"SignStateOutdated","message":"it would sign again","refused":true,"layout":"Nested","chainId":"pacific-1","height":151000000,"stateCommit":true,"wasm":true,` +
		`"consensusKey":true,"signState":true,"keyAddress":"AB12","signed":{"height":150000000,"round":0,"step":3},"ownerUid":1000,"freeBytes":5368709120}`
	otherFound = `{"reason":"ChainMismatch","message":"config/genesis.json on the volume is of chain \"atlantic-2\"","layout":"Root","chainId":"atlantic-2","ownerUid":0}`
)

// TestPreflightLooksIntoTheVolume by one pod, which is gone after, and says what is on it.
func TestPreflightLooksIntoTheVolume(t *testing.T) {
	const claim = "preflight --claim data-free --chain pacific-1 --inspect --agent-image agent:v1 "
	both := "create looks-1, delete looks-1"
	for name, test := range map[string]struct {
		width  int
		code   int
		args   string
		says   string
		writes string
	}{
		"inspect-80":        {80, Fine, claim, archiveFound, both},
		"inspect-200":       {200, Fine, claim, archiveFound, both},
		"inspect-json":      {0, Fine, claim + "-o json", archiveFound, both},
		"inspect-name":      {0, Fine, claim + "-o name", archiveFound, both},
		"inspect-refused":   {80, Refused, claim + "--mode validator", validatorFound, both},
		"inspect-warns":     {80, Waits, claim, otherFound, both},
		"inspect-dry-run":   {80, Fine, claim + "--dry-run=server", "", "create looks-1 All"},
		"inspect-timeout":   {80, TimedOut, claim + "--timeout 1s", "", both},
		"inspect-used":      {80, Refused, "preflight --claim data-archive-0-0 --chain pacific-1 --inspect --agent-image agent:v1", "", ""},
		"inspect-unbound":   {80, Refused, "preflight --claim data-orphan --chain pacific-1 --inspect --agent-image agent:v1", "", ""},
		"inspect-exists":    {80, Refused, "preflight -f testdata/exists.yaml --inspect --agent-image agent:v1", "", ""},
		"inspect-no-image":  {80, Usage, "preflight --claim data-free --chain pacific-1 --inspect", "", ""},
		"inspect-no-chain":  {80, Usage, "preflight --claim data-free --inspect", "", ""},
		"inspect-no-errand": {80, Usage, "preflight --claim data-free --timeout 1m", "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			played := &agent{t: t, says: test.says}
			got := looked(t, played.on(populated(t)), test.width, test.args)
			if got.code != test.code || strings.Join(played.writes, ", ") != test.writes {
				t.Errorf("exit code %d, wanted %d; written was %q, wanted %q", got.code, test.code, played.writes, test.writes)
			}
			golden(t, name, got.out+got.err)
		})
	}
}

// TestTheAgentIsTheOperators, where nobody names another.
func TestTheAgentIsTheOperators(t *testing.T) {
	mirrored := manager()
	mirrored.Spec.Containers[0].Env = []corev1.EnvVar{{Name: "RELATED_IMAGE_AGENT", Value: "mirror/operator:v1"}}
	for want, pod := range map[string]*corev1.Pod{"operator:v1": manager(), "mirror/operator:v1": mirrored} {
		played, on := &agent{t: t, says: archiveFound}, populated(t)
		if err := on.Create(t.Context(), pod); err != nil {
			t.Fatal(err)
		}
		if got := looked(t, played.on(on), 80, "preflight --claim data-free --chain pacific-1 --inspect"); got.code != Fine || played.image != want {
			t.Errorf("exit code %d, image %q, wanted %q: %s", got.code, played.image, want, got.err)
		}
	}
}

// TestNobodyLooksWhereItIsNotKnownWhoDoes, too: without the right to see pods and volumes nothing is made.
func TestNobodyLooksWhereItIsNotKnownWhoDoes(t *testing.T) {
	for _, kind := range []string{"PersistentVolume", "Pod", "VolumeAttachment"} {
		played := &agent{t: t}
		got := looked(t, forbidding(played.on(populated(t)), kind), 80, "preflight --claim data-free --chain pacific-1 --inspect --agent-image agent:v1")
		if got.code != Refused || got.out != "" || len(played.writes) > 0 || !strings.Contains(got.err, "you may not read "+kind+"s, so that it is not known who uses PVC") {
			t.Errorf("exit code %d, written was %q: %s", got.code, played.writes, got.err)
		}
	}
}
