package cli

import (
	"bytes"
	"context"
	"strings"
	"testing"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	storagev1 "k8s.io/api/storage/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/cli-runtime/pkg/genericclioptions"
	"k8s.io/utils/ptr"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/client/interceptor"

	seiv1alpha1 "github.com/seinode/seinode-operator/api/v1alpha1"
	"github.com/seinode/seinode-operator/cmd/kubectl-sei/internal/cluster"
)

// operated does what the operator does about a pause and a policy, and notes what is written. An absent operator does nothing, a slow one has not come to the policy.
type operated struct {
	t      *testing.T
	absent bool
	slow   bool
	writes []string
}

func (o *operated) patched(ctx context.Context, c client.WithWatch, node *seiv1alpha1.SeiNode) error {
	if o.absent {
		return nil
	}
	if node.Paused() {
		pod := &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Namespace: node.Namespace, Name: node.PodName()}}
		if err := client.IgnoreNotFound(c.Delete(ctx, pod)); err != nil {
			return err
		}
		if err := c.DeleteAllOf(ctx, &storagev1.VolumeAttachment{}); err != nil {
			return err
		}
	}
	if policy := node.Volume().DeletionPolicy; !o.slow && policy != nil && *policy == seiv1alpha1.DeletionPolicyRetain {
		claim := &corev1.PersistentVolumeClaim{}
		if err := c.Get(ctx, types.NamespacedName{Namespace: node.Namespace, Name: "data-" + node.Name}, claim); err != nil {
			return err
		}
		claim.OwnerReferences = nil
		return c.Update(ctx, claim)
	}
	return nil
}

func (o *operated) on(to client.WithWatch) client.WithWatch {
	return interceptor.NewClient(to, interceptor.Funcs{
		Patch: func(ctx context.Context, c client.WithWatch, object client.Object, patch client.Patch, options ...client.PatchOption) error {
			node, is := object.(*seiv1alpha1.SeiNode)
			if !is {
				o.t.Errorf("%T is written to", object)
			}
			asked := client.PatchOptions{}
			asked.ApplyOptions(options)
			body, _ := patch.Data(object)
			o.writes = append(o.writes, strings.TrimSpace("patch "+string(body)+" "+strings.Join(asked.DryRun, "")))
			if err := c.Patch(ctx, object, patch, options...); err != nil || len(asked.DryRun) > 0 {
				return err
			}
			return o.patched(ctx, c, node)
		},
		Delete: func(ctx context.Context, c client.WithWatch, object client.Object, options ...client.DeleteOption) error {
			asked := client.DeleteOptions{}
			asked.ApplyOptions(options)
			if asked.Preconditions == nil || asked.Preconditions.UID == nil || *asked.Preconditions.UID != object.GetUID() {
				o.t.Errorf("%s is deleted by name", object.GetName())
			}
			o.writes = append(o.writes, strings.TrimSpace("delete "+object.GetName()+" "+strings.Join(asked.DryRun, "")))
			return c.Delete(ctx, object, options...)
		},
	})
}

// attached are the claim's controller and the attachment of the volume, as of a node that runs.
func attached(t *testing.T, to client.Client) {
	t.Helper()
	claim := &corev1.PersistentVolumeClaim{}
	if err := to.Get(t.Context(), types.NamespacedName{Namespace: "sei", Name: "data-full-1"}, claim); err != nil {
		t.Fatal(err)
	}
	claim.OwnerReferences = []metav1.OwnerReference{{APIVersion: "sei.io/v1alpha1", Kind: "SeiNode", Name: "full-1", UID: "uid-full-1", Controller: ptr.To(true)}}
	attachment := &storagev1.VolumeAttachment{
		ObjectMeta: metav1.ObjectMeta{Name: "csi-1"},
		Spec:       storagev1.VolumeAttachmentSpec{Attacher: "ebs.csi.aws.com", NodeName: "machine-1", Source: storagev1.VolumeAttachmentSource{PersistentVolumeName: ptr.To("pv-full-1")}},
	}
	if err := to.Update(t.Context(), claim); err != nil {
		t.Fatal(err)
	}
	if err := to.Create(t.Context(), attachment); err != nil {
		t.Fatal(err)
	}
}

// TestRelease: what is written, in which order, and what stays.
func TestRelease(t *testing.T) {
	pause, retain := `patch {"spec":{"paused":true}}`, `patch {"spec":{"dataVolume":{"deletionPolicy":"Retain"}}}`
	for name, test := range map[string]struct {
		args   string
		absent bool
		code   int
		writes []string
	}{
		"release-created":  {"release full-1", false, Fine, []string{pause, retain, "delete full-1"}},
		"release-imported": {"release archive-0", false, Fine, []string{pause, "delete archive-0"}},
		"release-keep":     {"release full-1 --keep", false, Fine, []string{pause}},
		"release-dry-run":  {"release full-1 --dry-run=server", false, Fine, []string{pause + " All", retain + " All", "delete full-1 All"}},
		"release-json":     {"release archive-0 -o json", false, Fine, []string{pause, "delete archive-0"}},
		"release-yaml":     {"release archive-0 -o yaml --keep", false, Fine, []string{pause}},
		"release-name":     {"release archive-0 -o name --keep", false, Fine, []string{pause}},
		"release-timeout":  {"release archive-0 --timeout 1s", true, TimedOut, []string{pause}},
		"release-tied":     {"release full-1 --timeout 1s", true, TimedOut, []string{pause}},
	} {
		t.Run(name, func(t *testing.T) {
			real := populated(t)
			attached(t, real)
			played := &operated{t: t, absent: test.absent}
			var out, errs bytes.Buffer
			code := Run(t.Context(), strings.Fields(test.args), Environment{
				Out: &out, Err: &errs, Now: time.Now, Every: time.Millisecond,
				Connect: func(*genericclioptions.ConfigFlags) (cluster.Access, error) {
					return cluster.Access{Client: played.on(real), Namespace: "sei"}, nil
				},
			})
			if code != test.code || strings.Join(played.writes, "\n") != strings.Join(test.writes, "\n") {
				t.Errorf("exit code %d, wanted %d; written was %q, wanted %q", code, test.code, played.writes, test.writes)
			}
			golden(t, name, out.String()+errs.String())
			for _, claim := range []string{"data-full-1", "data-archive-0-0"} {
				if err := real.Get(t.Context(), types.NamespacedName{Namespace: "sei", Name: claim}, &corev1.PersistentVolumeClaim{}); err != nil {
					t.Errorf("the claim is gone: %v", err)
				}
			}
		})
	}
}

// TestNothingIsDeletedTooEarly: while the claim would go with the SeiNode, or a pod may still be made, the SeiNode stays.
func TestNothingIsDeletedTooEarly(t *testing.T) {
	set := &appsv1.StatefulSet{
		ObjectMeta: metav1.ObjectMeta{Namespace: "sei", Name: "full-1", OwnerReferences: []metav1.OwnerReference{
			{APIVersion: "sei.io/v1alpha1", Kind: "SeiNode", Name: "full-1", UID: "uid-full-1", Controller: ptr.To(true)},
		}},
		Spec: appsv1.StatefulSetSpec{Replicas: ptr.To[int32](1)},
	}
	for says, test := range map[string]struct {
		slow   bool
		beside []client.Object
		writes int
	}{
		`PVC "data-full-1" still carries a reference to the SeiNode`: {true, nil, 2},
		`StatefulSet "full-1" may still make a pod`:                  {false, []client.Object{set}, 1},
	} {
		real := populated(t)
		attached(t, real)
		for _, object := range test.beside {
			if err := real.Create(t.Context(), object); err != nil {
				t.Fatal(err)
			}
		}
		played := &operated{t: t, slow: test.slow}
		got := run(t, played.on(real), 80, "release", "full-1", "--timeout", "1s")
		if got.code != TimedOut || !strings.Contains(got.err, says) || len(played.writes) != test.writes {
			t.Errorf("exit code %d, %q, written was %q; wanted %q", got.code, got.err, played.writes, says)
		}
	}
}

// TestReleaseUnderstands its flags.
func TestReleaseUnderstands(t *testing.T) {
	for args, says := range map[string]string{
		"release archive-0 --dry-run=client": `unknown --dry-run "client"; wanted none or server`,
		"release archive-0 --timeout 0s":     "wanted more than nothing",
		"release":                            "wants the name of one SeiNode",
	} {
		if got := run(t, unwritten(t, populated(t)), 80, strings.Fields(args)...); got.code != Usage || !strings.Contains(got.err, says) {
			t.Errorf("%s: exit code %d, %s", args, got.code, got.err)
		}
	}
}
