package cli

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/runtime/serializer"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/cli-runtime/pkg/genericclioptions"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/client/fake"
	"sigs.k8s.io/controller-runtime/pkg/client/interceptor"

	"github.com/seinode/seinode-operator/cmd/kubectl-sei/internal/cluster"
)

var update = flag.Bool("update", false, "write the golden files anew")

// now is when all of it is.
var now = time.Date(2026, 11, 28, 7, 0, 0, 0, time.UTC)

// load reads the objects of a manifest.
func load(t *testing.T, path string) (objects []client.Object) {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	decoder := serializer.NewCodecFactory(cluster.Scheme, serializer.EnableStrict).UniversalDeserializer()
	for _, document := range strings.Split(string(text), "\n---\n") {
		object, _, err := decoder.Decode([]byte(document), nil, nil)
		if err != nil {
			t.Fatalf("%v in\n%s", err, document)
		}
		objects = append(objects, object.(client.Object))
	}
	return objects
}

// populated is a cluster with the fleet of testdata in it.
func populated(t *testing.T) client.WithWatch {
	t.Helper()
	return fake.NewClientBuilder().WithScheme(cluster.Scheme).WithObjects(load(t, "testdata/fleet.yaml")...).
		WithIndex(&corev1.Event{}, "involvedObject.uid", func(o client.Object) []string { return []string{string(o.(*corev1.Event).InvolvedObject.UID)} }).Build()
}

// errWritten is what a write gets that there is not to be.
var errWritten = errors.New("something was written")

// unwritten lets nothing be written but what is a dry run.
func unwritten(t *testing.T, to client.WithWatch) client.WithWatch {
	t.Helper()
	refuse := func(what string) error {
		t.Errorf("%s: %v", what, errWritten)
		return errWritten
	}
	return interceptor.NewClient(to, interceptor.Funcs{
		Create: func(ctx context.Context, c client.WithWatch, o client.Object, options ...client.CreateOption) error {
			asked := client.CreateOptions{}
			asked.ApplyOptions(options)
			if len(asked.DryRun) != 1 || asked.DryRun[0] != "All" {
				return refuse("create")
			}
			return c.Create(ctx, o, options...)
		},
		Delete: func(context.Context, client.WithWatch, client.Object, ...client.DeleteOption) error {
			return refuse("delete")
		},
		DeleteAllOf: func(context.Context, client.WithWatch, client.Object, ...client.DeleteAllOfOption) error {
			return refuse("delete all")
		},
		Update: func(context.Context, client.WithWatch, client.Object, ...client.UpdateOption) error {
			return refuse("update")
		},
		Patch: func(context.Context, client.WithWatch, client.Object, client.Patch, ...client.PatchOption) error {
			return refuse("patch")
		},
		Apply: func(context.Context, client.WithWatch, runtime.ApplyConfiguration, ...client.ApplyOption) error {
			return refuse("apply")
		},
		SubResourceUpdate: func(context.Context, client.Client, string, client.Object, ...client.SubResourceUpdateOption) error {
			return refuse("update of a subresource")
		},
		SubResourcePatch: func(context.Context, client.Client, string, client.Object, client.Patch, ...client.SubResourcePatchOption) error {
			return refuse("patch of a subresource")
		},
	})
}

// forbidding lets nobody read those kinds.
func forbidding(to client.WithWatch, kinds ...string) client.WithWatch {
	refuses := func(object runtime.Object) error {
		gvk, _ := to.GroupVersionKindFor(object)
		for _, kind := range kinds {
			if strings.TrimSuffix(gvk.Kind, "List") == kind {
				return apierrors.NewForbidden(schema.GroupResource{Resource: strings.ToLower(kind) + "s"}, "", errors.New(`User "alice" cannot`))
			}
		}
		return nil
	}
	return interceptor.NewClient(to, interceptor.Funcs{
		Get: func(ctx context.Context, c client.WithWatch, key client.ObjectKey, object client.Object, options ...client.GetOption) error {
			if err := refuses(object); err != nil {
				return err
			}
			return c.Get(ctx, key, object, options...)
		},
		List: func(ctx context.Context, c client.WithWatch, list client.ObjectList, options ...client.ListOption) error {
			if err := refuses(list); err != nil {
				return err
			}
			return c.List(ctx, list, options...)
		},
	})
}

// outcome is what came of a command line.
type outcome struct {
	code     int
	out, err string
}

// run runs a command line against a cluster, in a terminal so wide.
func run(t *testing.T, on client.WithWatch, width int, args ...string) outcome {
	t.Helper()
	var out, errs bytes.Buffer
	code := Run(t.Context(), args, Environment{
		In: strings.NewReader(""), Out: &out, Err: &errs, Width: width, Now: func() time.Time { return now }, Every: time.Millisecond,
		Connect: func(flags *genericclioptions.ConfigFlags) (cluster.Access, error) {
			access := cluster.Access{Client: on, Namespace: "sei", Named: *flags.Namespace != "", Logs: said}
			access.Version = func(context.Context) (string, error) { return "v1.37.2", nil }
			if access.Named {
				access.Namespace = *flags.Namespace
			}
			return access, nil
		},
	})
	return outcome{code, out.String(), errs.String()}
}

// said is what a container says: who it is, and what it was asked.
func said(_ context.Context, pod types.NamespacedName, options *corev1.PodLogOptions) (io.ReadCloser, error) {
	words := pod.String() + " " + options.Container
	if options.Previous {
		words += " previous"
	}
	if options.Follow {
		words += " follow"
	}
	if options.TailLines != nil {
		words += fmt.Sprintf(" tail=%d", *options.TailLines)
	}
	if options.SinceSeconds != nil {
		words += fmt.Sprintf(" since=%d", *options.SinceSeconds)
	}
	return io.NopCloser(strings.NewReader(words + "\n")), nil
}

// golden compares a text with a file of testdata.
func golden(t *testing.T, name, text string) {
	t.Helper()
	path := filepath.Join("testdata", "golden", name+".txt")
	if *update {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), text); diff != "" {
		t.Errorf("%s is another one; go test -update writes it anew:\n%s", path, diff)
	}
}

// TestPages: what each verb says, in which form and with which exit code. Nothing is written by any of them.
func TestPages(t *testing.T) {
	for name, test := range map[string]struct {
		width int
		code  int
		args  string
	}{
		"why-ready-80":      {80, Fine, "why archive-0"},
		"why-ready-200":     {200, Fine, "why archive-0"},
		"why-ready-json":    {0, Fine, "why archive-0 -o json"},
		"why-ready-yaml":    {0, Fine, "why archive-0 -o yaml"},
		"why-ready-name":    {0, Fine, "why archive-0 -o name"},
		"why-warns-80":      {80, Waits, "why full-1 -o wide"},
		"why-waits-80":      {80, Waits, "why waits-2"},
		"why-waits-200":     {200, Waits, "why waits-2"},
		"why-waits-json":    {0, Waits, "why waits-2 -o json"},
		"why-failed-80":     {80, Refused, "why failed-3"},
		"why-crashed-80":    {80, Waits, "why crashed-4"},
		"why-paused":        {0, Waits, "why alone-0 -n devnet"},
		"why-new":           {0, Waits, "why new-0 -n devnet"},
		"status-80":         {80, Refused, "status"},
		"status-200":        {200, Refused, "status"},
		"status-wide":       {80, Refused, "status -A -o wide"},
		"status-json":       {0, Waits, "status full-1 -o json"},
		"status-yaml":       {0, Fine, "status archive-0 -o yaml"},
		"status-name":       {0, Refused, "status -o name"},
		"status-one":        {80, Fine, "status archive-0"},
		"status-none":       {80, Fine, "status -n nowhere"},
		"peers-80":          {80, Fine, "peers archive-0"},
		"peers-200":         {200, Fine, "peers archive-0"},
		"peers-json":        {0, Fine, "peers archive-0 -o json"},
		"peers-too-few":     {0, Waits, "peers full-1"},
		"peers-name":        {0, Fine, "peers archive-0 -o name"},
		"upgrades-80":       {80, Waits, "upgrades"},
		"upgrades-200":      {200, Waits, "upgrades -A"},
		"upgrades-json":     {0, Fine, "upgrades archive-0 -o json"},
		"upgrades-yaml":     {0, Waits, "upgrades full-1 -o yaml"},
		"upgrades-none":     {80, Fine, "upgrades -n devnet"},
		"preflight-free-80": {80, Fine, "preflight --claim data-free"},
		"preflight-small":   {80, Refused, "preflight --claim data-free --size 40Ti"},
		"preflight-many":    {80, Refused, "preflight --claim data-many"},
		"preflight-orphan":  {80, Waits, "preflight --claim data-orphan"},
		"preflight-used":    {200, Waits, "preflight --claim data-archive-0-0"},
		"preflight-none":    {80, Waits, "preflight --claim nothing --mode fullNode"},
		"preflight-json":    {0, Fine, "preflight --claim data-free -o json"},
		"preflight-yaml":    {0, Refused, "preflight --claim data-many -o yaml"},
		"preflight-name":    {0, Fine, "preflight --claim data-free -o name"},
		"preflight-file":    {80, Fine, "preflight -f testdata/archive.yaml"},
		"preflight-exists":  {80, Fine, "preflight -f testdata/exists.yaml"},
		"preflight-created": {80, Waits, "preflight -f testdata/created.yaml"},
	} {
		t.Run(name, func(t *testing.T) {
			got := run(t, unwritten(t, populated(t)), test.width, strings.Fields(test.args)...)
			if got.code != test.code {
				t.Errorf("exit code %d, wanted %d", got.code, test.code)
			}
			golden(t, name, got.out+got.err)
		})
	}
}

// TestOneNamespace: a user with rights on one namespace alone is told what is not known, and the rest goes on.
func TestOneNamespace(t *testing.T) {
	cluster := []string{"PersistentVolume", "VolumeAttachment", "StorageClass"}
	for name, test := range map[string]struct {
		kinds []string
		code  int
		args  string
	}{
		"namespace-why":       {cluster, Fine, "why archive-0"},
		"namespace-why-less":  {append(cluster, "Pod", "Event", "PersistentVolumeClaim"), Waits, "why full-1"},
		"namespace-preflight": {cluster, Waits, "preflight --claim data-free"},
		"namespace-orphan":    {cluster, Waits, "preflight --claim data-orphan"},
		"namespace-refused":   {cluster, Refused, "preflight --claim data-many"},
	} {
		t.Run(name, func(t *testing.T) {
			got := run(t, unwritten(t, forbidding(populated(t), test.kinds...)), 80, strings.Fields(test.args)...)
			if got.code != test.code {
				t.Errorf("exit code %d, wanted %d", got.code, test.code)
			}
			golden(t, name, got.out+got.err)
		})
	}
}

// TestBadInput is answered by one line, and by the exit code that says whose fault it is.
func TestBadInput(t *testing.T) {
	for args, test := range map[string]struct {
		code int
		says string
	}{
		"nonsense":                           {Usage, `unknown verb "nonsense"; wanted one of`},
		"why":                                {Usage, "why wants the name of one SeiNode, and got 0 arguments"},
		"why a b":                            {Usage, "got 2 arguments"},
		"why archive-0 -o xml":               {Usage, `unknown output "xml"; wanted one of table, wide, json, yaml, name`},
		"why archive-0 --nonsense":           {Usage, "unknown flag: --nonsense"},
		"why nobody":                         {Failed, `SeiNode "nobody" does not exist in namespace "sei"`},
		"status nobody":                      {Failed, `SeiNode "nobody" does not exist`},
		"status a b":                         {Usage, "or none, and got 2 arguments"},
		"status a -A":                        {Usage, "do not go together"},
		"upgrades nobody":                    {Failed, `SeiNode "nobody" does not exist`},
		"peers nobody":                       {Failed, `SeiNode "nobody" does not exist`},
		"preflight":                          {Usage, "wants either -f FILE or --claim NAME"},
		"preflight --claim a -f b":           {Usage, "wants either -f FILE or --claim NAME"},
		"preflight -f nothing.yaml":          {Usage, "no such file"},
		"preflight --claim a --mode queen":   {Usage, `unknown mode "queen"`},
		"preflight --claim a --size much":    {Usage, `--size "much" is not understood`},
		"preflight -f testdata/unknown.yaml": {Usage, `unknown field "spec.dataVolume.imports"`},
		"preflight -f testdata/none.yaml":    {Usage, "holds no SeiNode"},
		"preflight -f testdata/archive.yaml -n other":                    {Usage, `is of namespace "sei", and --namespace says "other"`},
		"preflight --claim data-free --platform-config testdata/nothing": {Usage, "no such file"},
	} {
		t.Run(args, func(t *testing.T) {
			got := run(t, unwritten(t, populated(t)), 80, strings.Fields(args)...)
			if got.code != test.code || !strings.Contains(got.err, test.says) || got.out != "" || strings.Count(got.err, "\n") != 1 {
				t.Errorf("exit code %d, out %q, err %q; wanted %d and %q in one line", got.code, got.out, got.err, test.code, test.says)
			}
		})
	}
}

// TestAForbiddenVerb is one line, for each verb.
func TestAForbiddenVerb(t *testing.T) {
	for _, args := range []string{"why archive-0", "status", "status -A", "upgrades", "peers archive-0", "logs archive-0", "report archive-0", "export archive-0"} {
		t.Run(args, func(t *testing.T) {
			got := run(t, forbidding(populated(t), "SeiNode"), 80, strings.Fields(args)...)
			if got.code != Failed || !strings.Contains(got.err, `you may not do that: `) || strings.Count(got.err, "\n") != 1 || got.out != "" {
				t.Errorf("exit code %d, out %q, err %q", got.code, got.out, got.err)
			}
		})
	}
}
