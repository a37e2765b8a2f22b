package controller

import (
	"context"
	"fmt"

	corev1 "k8s.io/api/core/v1"
	storagev1 "k8s.io/api/storage/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/controller-runtime/pkg/client"

	seiv1alpha1 "github.com/seinode/seinode-operator/api/v1alpha1"
	"github.com/seinode/seinode-operator/internal/storage"
	"github.com/seinode/seinode-operator/internal/task"
	"github.com/seinode/seinode-operator/internal/workload"
)

// readOrigin reads what the node's claim is to begin as a copy of, while there is no claim: a claim from the cache, a VolumeSnapshot past it, since a cluster may
// lack the kind. Nothing is read for any other node.
func (r *Reconciler) readOrigin(ctx context.Context, seen *task.Observation) {
	data := &seen.Data
	kind, name := seen.Node.CopyOf()
	if kind == "" || data.Err != nil || data.Claim != nil || seen.Node.AdoptedClaim() != "" {
		return
	}
	key := client.ObjectKey{Namespace: seen.Node.Namespace, Name: name}
	if kind == seiv1alpha1.KindClaim {
		data.Origin, data.Err = r.readSourceClaim(ctx, key)
	} else {
		data.Origin, data.Err = r.readSourceSnapshot(ctx, key)
	}
	if data.Err == nil {
		data.Origin.Class, data.Err = r.readWantedClass(ctx, r.Platform.StorageClass(seen.Node))
	}
}

func (r *Reconciler) readSourceClaim(ctx context.Context, key client.ObjectKey) (origin storage.Origin, err error) {
	claim := &corev1.PersistentVolumeClaim{}
	if err := r.Client.Get(ctx, key, claim); err != nil {
		return origin, readOf("PersistentVolumeClaim", key, client.IgnoreNotFound(err))
	}
	origin.Claim = claim
	if volume := claim.Spec.VolumeName; volume != "" {
		origin.Volume, err = r.readSourceVolume(ctx, client.ObjectKey{Name: volume})
	}
	return origin, err
}

// readSourceVolume reads past the cache, which does not keep whose driver a volume is.
func (r *Reconciler) readSourceVolume(ctx context.Context, key client.ObjectKey) (*corev1.PersistentVolume, error) {
	volume := &corev1.PersistentVolume{}
	if err := r.Live.Get(ctx, key, volume); err != nil {
		return nil, readOf("PersistentVolume", key, client.IgnoreNotFound(err))
	}
	return volume, nil
}

// readSourceSnapshot takes what cannot be read for a reason that somebody has to mend for an answer. Which driver has the snapshot is in an object that the operator
// may not be allowed to read: then it is not compared.
func (r *Reconciler) readSourceSnapshot(ctx context.Context, key client.ObjectKey) (origin storage.Origin, err error) {
	snapshot := workload.NewVolumeSnapshot()
	switch err := r.Live.Get(ctx, key, snapshot); {
	case apierrors.IsNotFound(err):
		return origin, nil
	case err != nil:
		origin.Refused = task.SnapshotRefusal(err)
		if origin.Refused != "" {
			return origin, nil
		}
		return origin, readOf("VolumeSnapshot", key, err)
	}
	origin.Snapshot = snapshot
	content := workload.NewVolumeSnapshotContent()
	bound, _, _ := unstructured.NestedString(snapshot.Object, "status", "boundVolumeSnapshotContentName")
	if bound != "" && r.Live.Get(ctx, client.ObjectKey{Name: bound}, content) == nil {
		origin.Content = content
	}
	return origin, nil
}

// readWantedClass reads, past the cache, which does not keep which one is the default, the class of that name, or the cluster's default one; nil where there is none.
func (r *Reconciler) readWantedClass(ctx context.Context, name *string) (*storagev1.StorageClass, error) {
	classes := &storagev1.StorageClassList{}
	if err := r.Live.List(ctx, classes); err != nil {
		return nil, fmt.Errorf("listing the StorageClasses: %w", err)
	}
	return storage.ClassOf(name, classes.Items), nil
}

func readOf(kind string, key client.ObjectKey, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("reading %s %q: %w", kind, key.Name, err)
}
