package cli

import (
	"context"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/client/interceptor"

	seiv1alpha1 "github.com/seinode/seinode-operator/api/v1alpha1"
)

// meanwhile has somebody else act while a node is released: when its SeiNode is deleted.
func meanwhile(to client.WithWatch, act func(context.Context) error) client.WithWatch {
	return interceptor.NewClient(to, interceptor.Funcs{
		Delete: func(ctx context.Context, c client.WithWatch, object client.Object, options ...client.DeleteOption) error {
			if _, is := object.(*seiv1alpha1.SeiNode); is {
				if err := act(ctx); err != nil {
					return err
				}
			}
			return c.Delete(ctx, object, options...)
		},
	})
}

// TestReleaseComparesWhatStays, and tells what somebody else did to it: release itself writes to neither.
func TestReleaseComparesWhatStays(t *testing.T) {
	for says, test := range map[string]struct {
		code int
		act  func(context.Context, client.Client) error
	}{
		"unchanged": {Fine, func(context.Context, client.Client) error { return nil }},
		", and release has not changed it": {Waits, func(ctx context.Context, c client.Client) error {
			volume := &corev1.PersistentVolume{}
			if err := c.Get(ctx, types.NamespacedName{Name: "pv-archive-0"}, volume); err != nil {
				return err
			}
			volume.Spec.PersistentVolumeReclaimPolicy = corev1.PersistentVolumeReclaimDelete
			return c.Update(ctx, volume)
		}},
		"is gone now, and release has not deleted it": {Waits, func(ctx context.Context, c client.Client) error {
			claim := &corev1.PersistentVolumeClaim{}
			claim.Namespace, claim.Name = "sei", "data-archive-0-0"
			return c.Delete(ctx, claim)
		}},
	} {
		real := populated(t)
		played := &operated{t: t}
		acting := meanwhile(played.on(real), func(ctx context.Context) error { return test.act(ctx, real) })
		got := run(t, acting, 80, "release", "archive-0")
		if got.code != test.code || !strings.Contains(got.out, says) || !strings.Contains(got.out, "PersistentVolumeClaim  ") {
			t.Errorf("exit code %d, wanted %d and %q:\n%s%s", got.code, test.code, says, got.out, got.err)
		}
	}
}

// TestASpecThatMayNotBeRead is told of, and the other one is compared.
func TestASpecThatMayNotBeRead(t *testing.T) {
	played := &operated{t: t}
	got := run(t, forbidding(played.on(populated(t)), "PersistentVolume"), 80, "release", "archive-0")
	if got.code != Fine || strings.Count(got.out, "unchanged") != 1 || !strings.Contains(got.out, `you may not read PersistentVolume "pv-archive-0"`) {
		t.Errorf("exit code %d:\n%s%s", got.code, got.out, got.err)
	}
}
