// Package provision gives claims their volumes: a folder on the machine each, as a "local" volume, so that the kubelet
// applies a pod's fsGroup to it as it does to a disk.
package provision

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/clientcmd"
	"sigs.k8s.io/sig-storage-lib-external-provisioner/v13/controller"
)

// Directories makes volumes in a folder of this machine.
type Directories struct {
	Dir  string
	Node string
}

// Run serves the storage classes that name this provisioner until the context ends.
func Run(ctx context.Context, kubeconfig, name string, d Directories) error {
	config, err := clientcmd.BuildConfigFromFlags("", kubeconfig)
	if err != nil {
		return err
	}
	config.QPS = -1
	client, err := kubernetes.NewForConfig(config)
	if err != nil {
		return err
	}
	factory := informers.NewSharedInformerFactory(client, 10*time.Second)
	if err := watchExpansion(ctx, client, factory, name); err != nil {
		return err
	}
	factory.Start(ctx.Done())
	controller.NewProvisionController(ctx, client, name, d,
		controller.LeaderElection(false), controller.Threadiness(8), controller.ResyncPeriod(time.Minute),
	).Run(ctx)
	return nil
}

// Provision makes a folder and describes it; the kubelet gives it to the pod's group.
func (d Directories) Provision(_ context.Context, o controller.ProvisionOptions) (*corev1.PersistentVolume,
	controller.ProvisioningState, error) {
	if mode := o.PVC.Spec.VolumeMode; mode != nil && *mode == corev1.PersistentVolumeBlock {
		return nil, controller.ProvisioningFinished, fmt.Errorf("a folder cannot be a block device")
	}
	path := filepath.Join(d.Dir, o.PVName)
	if err := os.MkdirAll(path, 0o755); err != nil {
		return nil, controller.ProvisioningNoChange, err
	}
	return d.volume(o, path), controller.ProvisioningFinished, nil
}

func (d Directories) volume(o controller.ProvisionOptions, path string) *corev1.PersistentVolume {
	return &corev1.PersistentVolume{
		ObjectMeta: metav1.ObjectMeta{Name: o.PVName},
		Spec: corev1.PersistentVolumeSpec{
			AccessModes:                   o.PVC.Spec.AccessModes,
			Capacity:                      corev1.ResourceList{corev1.ResourceStorage: o.PVC.Spec.Resources.Requests[corev1.ResourceStorage]},
			PersistentVolumeReclaimPolicy: *o.StorageClass.ReclaimPolicy,
			MountOptions:                  o.StorageClass.MountOptions,
			PersistentVolumeSource:        corev1.PersistentVolumeSource{Local: &corev1.LocalVolumeSource{Path: path}},
			NodeAffinity: &corev1.VolumeNodeAffinity{Required: &corev1.NodeSelector{NodeSelectorTerms: []corev1.NodeSelectorTerm{{
				MatchExpressions: []corev1.NodeSelectorRequirement{{
					Key: corev1.LabelHostname, Operator: corev1.NodeSelectorOpIn, Values: []string{d.Node}}}}}}},
		},
	}
}

// Delete removes the folder, unless the volume names one that this provisioner cannot have made.
func (d Directories) Delete(_ context.Context, volume *corev1.PersistentVolume) error {
	if volume.Spec.Local == nil || !strings.HasPrefix(filepath.Clean(volume.Spec.Local.Path), d.Dir+"/") {
		return &controller.IgnoredError{Reason: "its folder is not among this provisioner's"}
	}
	return os.RemoveAll(volume.Spec.Local.Path)
}
