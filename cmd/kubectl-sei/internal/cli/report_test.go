package cli

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"io"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	coordinationv1 "k8s.io/api/coordination/v1"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/cli-runtime/pkg/genericclioptions"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/client/interceptor"

	seiv1alpha1 "github.com/seinode/seinode-operator/api/v1alpha1"
	"github.com/seinode/seinode-operator/cmd/kubectl-sei/internal/cluster"
)

// canary is in every place where a secret may be, and is to be in no byte of a report.
const canary = "CANARY-hunter2"

// withCanaries puts it there: each place tells by the text around the canary that it is in the report.
func withCanaries(t *testing.T, on client.WithWatch) client.WithWatch {
	t.Helper()
	change := func(name types.NamespacedName, object client.Object, set func()) {
		t.Helper()
		if err := on.Get(t.Context(), name, object); err != nil {
			t.Fatal(err)
		}
		set()
		err := on.Update(t.Context(), object)
		if _, is := object.(*corev1.Pod); is && err == nil { // whose status is written apart
			set()
			err = on.Status().Update(t.Context(), object)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	notes := map[string]string{"kubectl.kubernetes.io/last-applied-configuration": canary, "example.com/note": canary}
	node, claim, volume, pod := &seiv1alpha1.SeiNode{}, &corev1.PersistentVolumeClaim{}, &corev1.PersistentVolume{}, &corev1.Pod{}
	in := func(name string) types.NamespacedName { return types.NamespacedName{Namespace: "sei", Name: name} }
	change(in("archive-0"), node, func() {
		node.Annotations, node.Spec.PodAnnotations = notes, notes
		node.Spec.Overrides = map[string]string{"priv-validator.laddr": "tcp://" + canary, "p2p.max-connections": "217"}
		node.Spec.Bootstrap = &seiv1alpha1.BootstrapSpec{Archive: &seiv1alpha1.ArchiveSource{URL: "https://u:" + canary + "@archive.example.com/a.tar?sig=" + canary}}
		node.Status.Conditions[0].Message = "fetching https://u:" + canary + "@conditions.example.com failed"
		node.Status.Leases = []string{"seinode-system/volume-1"}
	})
	change(in("data-archive-0-0"), claim, func() { claim.Annotations = notes })
	change(types.NamespacedName{Name: "pv-archive-0"}, volume, func() {
		volume.Annotations, volume.Spec.CSI.VolumeAttributes = notes, map[string]string{"password": canary, "share": "/exports/a"}
	})
	change(in("archive-0-0"), pod, func() {
		pod.Annotations = notes
		c := &pod.Spec.Containers[0]
		c.Env = []corev1.EnvVar{{Name: "SEID_A", Value: canary}, {Name: "SEID_B", ValueFrom: &corev1.EnvVarSource{SecretKeyRef: &corev1.SecretKeySelector{
			LocalObjectReference: corev1.LocalObjectReference{Name: "named-secret"}, Key: "k",
		}}}}
		c.Args = []string{"start", "--auth-token", canary, "--password=" + canary, "--peer", "https://u:" + canary + "@args.example.com"}
		pod.Status.InitContainerStatuses = listening
		pod.Status.ContainerStatuses[0].LastTerminationState.Terminated.Message = `read {"priv_key":{"type":"tendermint/PrivKeyEd25519","value":"` + canary + `"}} and died`
	})
	for _, object := range []client.Object{
		&corev1.Secret{ObjectMeta: metav1.ObjectMeta{Namespace: "sei", Name: "signing"}, Data: map[string][]byte{"priv_validator_key.json": []byte(canary)}},
		&corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Namespace: "sei", Name: "genesis"}, Data: map[string]string{"genesis.json": canary}},
		&corev1.Event{
			ObjectMeta: metav1.ObjectMeta{Namespace: "sei", Name: "archive-0.2"}, InvolvedObject: corev1.ObjectReference{Kind: "Pod", Name: "archive-0-0", UID: "uid-pod-0"},
			Type: "Warning", Reason: "Failed", Message: "pulling https://u:" + canary + "@events.example.com/image", LastTimestamp: metav1.NewTime(now),
		},
		&appsv1.StatefulSet{ObjectMeta: metav1.ObjectMeta{Namespace: "sei", Name: "archive-0", Annotations: notes}, Spec: appsv1.StatefulSetSpec{
			Template: corev1.PodTemplateSpec{ObjectMeta: metav1.ObjectMeta{Annotations: notes}, Spec: *pod.Spec.DeepCopy()},
		}},
		&corev1.Service{ObjectMeta: metav1.ObjectMeta{Namespace: "sei", Name: "archive-0", Annotations: notes}},
		&coordinationv1.Lease{ObjectMeta: metav1.ObjectMeta{Namespace: "seinode-system", Name: "volume-1", Annotations: notes}},
		manager(),
	} {
		if err := on.Create(t.Context(), object); err != nil {
			t.Fatal(err)
		}
	}
	return on
}

// manager is a pod of the operator's.
func manager() *corev1.Pod {
	return &corev1.Pod{
		ObjectMeta: metav1.ObjectMeta{Namespace: "seinode-system", Name: "manager-1", Labels: map[string]string{"app.kubernetes.io/name": "seinode-operator"}},
		Spec:       corev1.PodSpec{Containers: []corev1.Container{{Name: "manager", Image: "operator:v1", Env: []corev1.EnvVar{{Name: "HTTPS_PROXY", Value: "http://u:" + canary + "@proxy"}}}}},
		Status: corev1.PodStatus{ContainerStatuses: []corev1.ContainerStatus{{
			Name: "manager", Image: "operator:v1", State: corev1.ContainerState{Running: &corev1.ContainerStateRunning{}},
		}}},
	}
}

// indiscreet says what no log should.
func indiscreet(_ context.Context, pod types.NamespacedName, options *corev1.PodLogOptions) (io.ReadCloser, error) {
	return io.NopCloser(strings.NewReader("log of " + pod.Name + "/" + options.Container + "\n" +
		`loaded {"address":"AB","pub_key":{"type":"tendermint/PubKeyEd25519","value":"x"},"priv_key":{"type":"tendermint/PrivKeyEd25519","value":"` + canary + `"}}` + "\n" +
		"dialling https://u:" + canary + "@logs.example.com\nAuthorization: Bearer " + canary + "\nlast line of the log\n")), nil
}

// listening are the states of the containers before seid in a pod whose agent answers.
var listening = []corev1.ContainerStatus{{Name: "agent", State: corev1.ContainerState{Running: &corev1.ContainerStateRunning{}}}}

// answers is an agent that says what none should.
func answers(_ context.Context, _ types.NamespacedName, path string) (io.ReadCloser, error) {
	said := map[string]string{
		"status": `{"ready":false,"reason":"fetching https://u:` + canary + `@status.example.com failed","height":151000007,"token":"` + canary + `","said":"` + canary +
			`","restore":{"reason":"Stalled","message":"Authorization: Bearer ` + canary + `","percent":5}}`,
		"metrics": "# TYPE sei_node_height gauge\nsei_node_height 1.51000007e+08\nsei_node_info{network=\"https://u:" + canary + "@metrics.example.com\"} 1\n",
	}[path]
	return io.NopCloser(strings.NewReader(said)), nil
}

// secretive fails whoever reads what a report does not read.
func secretive(t *testing.T, on client.WithWatch) client.WithWatch {
	t.Helper()
	refuse := func(object any) error {
		switch object.(type) {
		case *corev1.Secret, *corev1.SecretList, *corev1.ConfigMap, *corev1.ConfigMapList:
			t.Errorf("%T is read", object)
			return errors.New("nobody reads that")
		}
		return nil
	}
	return interceptor.NewClient(on, interceptor.Funcs{
		Get: func(ctx context.Context, c client.WithWatch, key client.ObjectKey, object client.Object, options ...client.GetOption) error {
			return errors.Join(refuse(object), c.Get(ctx, key, object, options...))
		},
		List: func(ctx context.Context, c client.WithWatch, list client.ObjectList, options ...client.ListOption) error {
			return errors.Join(refuse(list), c.List(ctx, list, options...))
		},
	})
}

// reported runs the verb, and returns the files of the archive that it wrote to the standard output.
func reported(t *testing.T, access cluster.Access, args ...string) (map[string]string, outcome) {
	t.Helper()
	access.Namespace, access.Version = "sei", func(context.Context) (string, error) { return "v1.37.2", nil }
	var out, errs bytes.Buffer
	code := Run(t.Context(), append([]string{"report"}, args...), Environment{
		In: strings.NewReader(""), Out: &out, Err: &errs, Now: func() time.Time { return now },
		Connect: func(*genericclioptions.ConfigFlags) (cluster.Access, error) { return access, nil },
	})
	return unpacked(t, out.Bytes()), outcome{code, out.String(), errs.String()}
}

func unpacked(t *testing.T, archive []byte) map[string]string {
	t.Helper()
	files := map[string]string{}
	compressed, err := gzip.NewReader(bytes.NewReader(archive))
	if err != nil {
		t.Fatal(err)
	}
	for from := tar.NewReader(compressed); ; {
		header, err := from.Next()
		if errors.Is(err, io.EOF) {
			return files
		}
		if err != nil {
			t.Fatal(err)
		}
		data, err := io.ReadAll(from)
		if err != nil {
			t.Fatal(err)
		}
		if header.Mode != 0o600 {
			t.Errorf("%s has mode %o", header.Name, header.Mode)
		}
		files[strings.TrimPrefix(header.Name, "seinode-sei-archive-0-20261128T070000Z/")] = string(data)
	}
}

// TestNoSecretIsInAReport, wherever one was, and nothing is written to the cluster; and each place where one was is in it.
func TestNoSecretIsInAReport(t *testing.T) {
	files, got := reported(t, cluster.Access{Client: secretive(t, unwritten(t, withCanaries(t, populated(t)))), Logs: indiscreet, Agent: answers}, "archive-0", "-f", "-")
	if got.code != Fine || got.err != "" {
		t.Errorf("exit code %d, %q", got.code, got.err)
	}
	golden(t, "report-files", strings.Join(slices.Sorted(maps.Keys(files)), "\n")+"\n")
	for name, text := range files {
		if at := strings.Index(text, "CANARY"); at >= 0 {
			t.Errorf("%s has a secret: …%s…", name, text[max(0, at-60):min(len(text), at+40)])
		}
	}
	for name, places := range map[string][]string{
		"objects/seinode-archive-0.yaml":                      {"priv-validator.laddr: <redacted>", `p2p.max-connections: "217"`, "https://<redacted>@archive.example.com/a.tar?sig=<redacted>", "<redacted>@conditions.example.com", "example.com/note: <redacted>"},
		"objects/persistentvolumeclaim-data-archive-0-0.yaml": {"example.com/note: <redacted>", "phase: Bound"},
		"objects/persistentvolume-pv-archive-0.yaml":          {"password: <redacted>", "share: /exports/a", "vol-0123456789abcdef0"},
		"objects/pod-archive-0-0.yaml":                        {"name: SEID_A\n      value: <redacted>", "name: named-secret", "--password=<redacted>", "<redacted>@args.example.com", "and died"},
		"objects/statefulset-archive-0.yaml":                  {"example.com/note: <redacted>", "name: SEID_A"},
		"objects/service-archive-0.yaml":                      {"example.com/note: <redacted>"},
		"objects/lease-volume-1.yaml":                         {"example.com/note: <redacted>"},
		"objects/pod-manager-1.yaml":                          {"name: HTTPS_PROXY"},
		"events.txt":                                          {"Warning Failed on Pod archive-0-0 (1 times): pulling https://<redacted>@events.example.com/image", "NodeRunning"},
		"logs/archive-0-0/seid.log":                           {"log of archive-0-0/seid", "<redacted>@logs.example.com", `"priv_key":<redacted>`, `"pub_key":{"type"`, "last line"},
		"logs/archive-0-0/seid.previous.log":                  {"last line"},
		"operator/manager-1/manager.log":                      {"log of manager-1/manager", "last line"},
		"agent/archive-0-0/status.yaml":                       {"reason: fetching https://<redacted>@status.example.com failed", "height: 151000007", "message: 'Authorization: <redacted>'"},
		"agent/archive-0-0/metrics.txt":                       {"sei_node_height 1.51000007e+08", "<redacted>@metrics.example.com"},
		"why.txt":                                             {`SeiNode "archive-0" in namespace "sei"`, "<redacted>@conditions.example.com"},
		"why.yaml":                                            {"kind: Why", "<redacted>@conditions.example.com"},
		"versions.txt":                                        {"API server: v1.37.2", "seid: ghcr.io/sei-protocol/sei:v6.6.2", "container manager: operator:v1"},
		"unread.txt":                                          {"could be read"},
		"README.txt":                                          {"No Secret and no ConfigMap was read"},
	} {
		for _, place := range places {
			if !strings.Contains(files[name], place) {
				t.Errorf("%s has no %q:\n%s", name, place, files[name])
			}
		}
	}
}

// TestWhatAReportCouldNotReadIsInIt, and on the standard error, once; the rest is there.
func TestWhatAReportCouldNotReadIsInIt(t *testing.T) {
	noLogs := func(context.Context, types.NamespacedName, *corev1.PodLogOptions) (io.ReadCloser, error) {
		return nil, apierrors.NewForbidden(schema.GroupResource{Resource: "pods/log"}, "archive-0-0", errors.New(`User "alice" cannot`))
	}
	broken := func(context.Context, types.NamespacedName, *corev1.PodLogOptions) (io.ReadCloser, error) {
		return nil, errors.New("the kubelet at https://u:" + canary + "@machine does not answer")
	}
	for name, test := range map[string]struct {
		kinds []string
		says  func(context.Context, types.NamespacedName, *corev1.PodLogOptions) (io.ReadCloser, error)
		wants []string
	}{
		"one namespace": {[]string{"PersistentVolume", "VolumeAttachment", "Lease"}, said, []string{
			"you may not read the cluster's PersistentVolumes: what rests on them is not known",
		}},
		"no logs":                  {nil, noLogs, []string{`you may not read logs in namespace "sei": what rests on them is not known`}},
		"no pods":                  {[]string{"Pod", "Event"}, said, []string{`you may not read Pods in namespace "sei"`, `you may not read Pods in namespace "seinode-system"`, `you may not read Events in namespace "sei"`}},
		"a machine that is silent": {nil, broken, []string{"logs/archive-0-0/seid.log: the kubelet at https://<redacted>@machine does not answer"}},
	} {
		t.Run(name, func(t *testing.T) {
			files, got := reported(t, cluster.Access{Client: unwritten(t, forbidding(populated(t), test.kinds...)), Logs: test.says}, "archive-0", "-f", "-")
			if got.code != Waits || !strings.Contains(files["objects/seinode-archive-0.yaml"], "chainId: pacific-1") {
				t.Errorf("exit code %d, files %v", got.code, slices.Sorted(maps.Keys(files)))
			}
			for _, want := range test.wants {
				if strings.Count(got.err, want) != 1 || strings.Count(files["unread.txt"], want) != 1 || strings.Contains(got.err, canary) {
					t.Errorf("wanted %q once in\n%s\nand in\n%s", want, got.err, files["unread.txt"])
				}
			}
		})
	}
}

// TestAReportIsAFileOfItsOwn, which takes no other's place.
func TestAReportIsAFileOfItsOwn(t *testing.T) {
	const name = "seinode-sei-archive-0-20261128T070000Z.tar.gz"
	on := unwritten(t, populated(t))
	t.Chdir(t.TempDir())
	if got := run(t, on, 80, "report", "archive-0"); got.code != Fine || !strings.Contains(got.out, "files are in "+name) {
		t.Errorf("exit code %d, %q, %q", got.code, got.out, got.err)
	}
	content, err := os.ReadFile(name)
	if err != nil || unpacked(t, content)["README.txt"] == "" {
		t.Errorf("%v", err)
	}
	if info, err := os.Stat(name); err != nil || info.Mode() != 0o600 {
		t.Errorf("%v %v", info, err)
	}
	for args, test := range map[string]struct {
		code int
		says string
	}{
		"report archive-0":               {Failed, "file exists"},
		"report archive-0 -f none/a.tgz": {Failed, "no such file or directory"},
		"report nobody":                  {Failed, `SeiNode "nobody" does not exist`},
		"report":                         {Usage, "wants the name of one SeiNode"},
	} {
		if got := run(t, on, 80, strings.Fields(args)...); got.code != test.code || !strings.Contains(got.err, test.says) {
			t.Errorf("%s: exit code %d, %q; wanted %d, %q", args, got.code, got.err, test.code, test.says)
		}
	}
}
