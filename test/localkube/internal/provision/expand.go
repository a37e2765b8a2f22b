package provision

import (
	"context"
	"encoding/json"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/cache"
	"k8s.io/klog/v2"
)

// expander grows volumes when their claims ask for more. A folder has room anyway: only the objects have to say so.
type expander struct {
	client kubernetes.Interface
	name   string
}

func watchExpansion(ctx context.Context, client kubernetes.Interface, factory informers.SharedInformerFactory, name string) error {
	e := expander{client, name}
	handle := func(obj any) {
		claim, ok := obj.(*corev1.PersistentVolumeClaim)
		if !ok || !wantsMore(claim) {
			return
		}
		// The informer's resync tries again.
		if err := e.expand(ctx, claim); err != nil {
			klog.ErrorS(err, "cannot expand", "claim", klog.KObj(claim))
		}
	}
	_, err := factory.Core().V1().PersistentVolumeClaims().Informer().AddEventHandler(cache.ResourceEventHandlerFuncs{
		AddFunc: handle, UpdateFunc: func(_, obj any) { handle(obj) },
	})
	return err
}

func wantsMore(claim *corev1.PersistentVolumeClaim) bool {
	if claim.Status.Phase != corev1.ClaimBound {
		return false
	}
	has, wants := claim.Status.Capacity[corev1.ResourceStorage], claim.Spec.Resources.Requests[corev1.ResourceStorage]
	return wants.Cmp(has) > 0
}

// expand lets other provisioners' volumes, and those made by hand, be as they are.
func (e expander) expand(ctx context.Context, claim *corev1.PersistentVolumeClaim) error {
	volumes, claims := e.client.CoreV1().PersistentVolumes(), e.client.CoreV1().PersistentVolumeClaims(claim.Namespace)
	volume, err := volumes.Get(ctx, claim.Spec.VolumeName, metav1.GetOptions{})
	if err != nil || volume.Annotations["pv.kubernetes.io/provisioned-by"] != e.name {
		return err
	}
	size := claim.Spec.Resources.Requests[corev1.ResourceStorage]
	if _, err := volumes.Patch(ctx, volume.Name, types.MergePatchType, capacity("spec", size), metav1.PatchOptions{}); err != nil {
		return err
	}
	_, err = claims.Patch(ctx, claim.Name, types.MergePatchType, capacity("status", size), metav1.PatchOptions{}, "status")
	return err
}

func capacity(part string, size resource.Quantity) []byte {
	patch, _ := json.Marshal(map[string]any{part: map[string]any{"capacity": map[string]string{"storage": size.String()}}})
	return patch // maps of strings always encode
}
