package cli

import (
	"context"
	"fmt"

	storagev1 "k8s.io/api/storage/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/seinode/seinode-operator/cmd/kubectl-sei/internal/adopt"
	"github.com/seinode/seinode-operator/cmd/kubectl-sei/internal/cluster"
	"github.com/seinode/seinode-operator/internal/storage"
	"github.com/seinode/seinode-operator/internal/workload"
)

// snapshotted adds the VolumeSnapshot that the flags name, how large the copy is to be, and its class.
func snapshotted(ctx context.Context, access cluster.Access, flags *adoptFlags, wanted *adopt.Wanted) (err error) {
	snapshot := workload.NewVolumeSnapshot()
	err = access.Client.Get(ctx, client.ObjectKey{Namespace: access.Namespace, Name: flags.snapshot}, snapshot)
	switch {
	case apierrors.IsNotFound(err), meta.IsNoMatchError(err):
		return fmt.Errorf("VolumeSnapshot %q does not exist in namespace %q, or the cluster has no VolumeSnapshots", flags.snapshot, access.Namespace)
	case err != nil:
		return err
	}
	wanted.Snapshot = snapshot
	if wanted.Size.IsZero() {
		wanted.Size = adopt.RestoreSize(snapshot)
	}
	if wanted.Size.IsZero() {
		return usage("VolumeSnapshot %q does not say how large it is; wanted --size", flags.snapshot)
	}
	if flags.class != "" {
		wanted.ClassName = &flags.class
	}
	wanted.Class, err = class(ctx, access.Client, wanted.ClassName)
	return err
}

// class is the StorageClass of that name, or the cluster's default; nil where the user may not read it, or there is none.
func class(ctx context.Context, from client.Reader, name *string) (*storagev1.StorageClass, error) {
	all := &storagev1.StorageClassList{}
	if err := from.List(ctx, all); err != nil {
		if apierrors.IsForbidden(err) {
			return nil, nil
		}
		return nil, err
	}
	found := storage.ClassOf(name, all.Items)
	if found == nil && name != nil {
		return nil, fmt.Errorf("StorageClass %q does not exist", *name)
	}
	return found, nil
}
