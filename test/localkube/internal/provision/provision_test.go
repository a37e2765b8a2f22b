package provision

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"

	corev1 "k8s.io/api/core/v1"
	storagev1 "k8s.io/api/storage/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes/fake"
	"sigs.k8s.io/sig-storage-lib-external-provisioner/v13/controller"
)

func claim(size string) *corev1.PersistentVolumeClaim {
	return &corev1.PersistentVolumeClaim{
		ObjectMeta: metav1.ObjectMeta{Name: "data", Namespace: "ns"},
		Spec: corev1.PersistentVolumeClaimSpec{
			VolumeName:  "pv",
			AccessModes: []corev1.PersistentVolumeAccessMode{corev1.ReadWriteOnce},
			Resources:   corev1.VolumeResourceRequirements{Requests: storage(size)},
		},
		Status: corev1.PersistentVolumeClaimStatus{Phase: corev1.ClaimBound, Capacity: storage("1Gi")},
	}
}

func storage(size string) corev1.ResourceList {
	return corev1.ResourceList{corev1.ResourceStorage: resource.MustParse(size)}
}

func options(c *corev1.PersistentVolumeClaim) controller.ProvisionOptions {
	policy := corev1.PersistentVolumeReclaimDelete
	return controller.ProvisionOptions{PVName: "pv", PVC: c, StorageClass: &storagev1.StorageClass{ReclaimPolicy: &policy}}
}

func TestVolumeIsAFolderThatGoesWithIt(t *testing.T) {
	d := Directories{Dir: t.TempDir(), Node: "node"}
	volume, _, err := d.Provision(context.Background(), options(claim("1Gi")))
	if err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(volume.Spec.Local.Path); err != nil || !info.IsDir() {
		t.Fatalf("no folder: %v", err)
	}
	if err := d.Delete(context.Background(), volume); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(volume.Spec.Local.Path); !os.IsNotExist(err) {
		t.Errorf("the folder is still there: %v", err)
	}
}

func TestForeignFoldersAreNotDeleted(t *testing.T) {
	root := t.TempDir()
	d := Directories{Dir: filepath.Join(root, "volumes")}
	for _, path := range []string{root, d.Dir, filepath.Join(d.Dir, "..", "other"), d.Dir + "-2/x"} {
		volume := &corev1.PersistentVolume{Spec: corev1.PersistentVolumeSpec{
			PersistentVolumeSource: corev1.PersistentVolumeSource{Local: &corev1.LocalVolumeSource{Path: path}}}}
		if ignored := new(controller.IgnoredError); !errors.As(d.Delete(context.Background(), volume), &ignored) {
			t.Errorf("%s would be deleted", path)
		}
	}
}

func TestBlockVolumesAreRefused(t *testing.T) {
	c, block := claim("1Gi"), corev1.PersistentVolumeBlock
	c.Spec.VolumeMode = &block
	if _, _, err := (Directories{Dir: t.TempDir()}).Provision(context.Background(), options(c)); err == nil {
		t.Error("no error")
	}
}

func TestOnlyOwnVolumesGrow(t *testing.T) {
	for provisioner, want := range map[string]string{"ours": "2Gi", "another": "1Gi"} {
		c := claim("2Gi")
		volume := &corev1.PersistentVolume{ObjectMeta: metav1.ObjectMeta{Name: "pv",
			Annotations: map[string]string{"pv.kubernetes.io/provisioned-by": provisioner}},
			Spec: corev1.PersistentVolumeSpec{Capacity: storage("1Gi")}}
		client := fake.NewClientset(c, volume)
		if err := (expander{client, "ours"}).expand(context.Background(), c); err != nil {
			t.Fatal(err)
		}
		grown, _ := client.CoreV1().PersistentVolumes().Get(context.Background(), "pv", metav1.GetOptions{})
		after, _ := client.CoreV1().PersistentVolumeClaims("ns").Get(context.Background(), "data", metav1.GetOptions{})
		if has := grown.Spec.Capacity.Storage().String(); has != want {
			t.Errorf("%s: volume of %s", provisioner, has)
		}
		if has := after.Status.Capacity.Storage().String(); has != want {
			t.Errorf("%s: claim of %s", provisioner, has)
		}
	}
}

func TestOnlyBoundClaimsThatAskForMoreGrow(t *testing.T) {
	pending := claim("2Gi")
	pending.Status.Phase = corev1.ClaimPending
	if wantsMore(pending) || wantsMore(claim("1Gi")) || !wantsMore(claim("2Gi")) {
		t.Error("the wrong claims grow")
	}
}
