package csi

import (
	"context"
	"errors"
	"io/fs"
	"os"

	"github.com/container-storage-interface/spec/lib/go/csi"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/seinode/seinode-operator/test/localkube/internal/host"
)

// node mounts disks on this machine.
type node struct {
	csi.UnimplementedNodeServer
	name  string
	disks disks
}

func (n node) NodeGetInfo(context.Context, *csi.NodeGetInfoRequest) (*csi.NodeGetInfoResponse, error) {
	return &csi.NodeGetInfoResponse{NodeId: n.name}, nil
}

func (node) NodeGetCapabilities(context.Context, *csi.NodeGetCapabilitiesRequest) (*csi.NodeGetCapabilitiesResponse, error) {
	response := &csi.NodeGetCapabilitiesResponse{}
	for _, can := range []csi.NodeServiceCapability_RPC_Type{
		csi.NodeServiceCapability_RPC_STAGE_UNSTAGE_VOLUME,
		csi.NodeServiceCapability_RPC_EXPAND_VOLUME,
		csi.NodeServiceCapability_RPC_SINGLE_NODE_MULTI_WRITER,
	} {
		rpc := &csi.NodeServiceCapability_Rpc{Rpc: &csi.NodeServiceCapability_RPC{Type: can}}
		response.Capabilities = append(response.Capabilities, &csi.NodeServiceCapability{Type: rpc})
	}
	return response, nil
}

// NodeStageVolume mounts a disk, and lets its file system have all of it: a copy on a larger disk has more room than what it is of. Two copies
// of a file system have one name, and may be mounted together.
func (n node) NodeStageVolume(_ context.Context, r *csi.NodeStageVolumeRequest) (*csi.NodeStageVolumeResponse, error) {
	if err := refusal(r.VolumeId, []*csi.VolumeCapability{r.VolumeCapability}); err != nil {
		return nil, err
	}
	if mounted(r.StagingTargetPath) {
		return &csi.NodeStageVolumeResponse{}, nil
	}
	file := n.disks.volume(r.VolumeId)
	if has, err := size(file); err != nil || has == 0 {
		return nil, status.Errorf(codes.NotFound, "no disk %s: %v", r.VolumeId, err)
	}
	if err := errors.Join(os.MkdirAll(r.StagingTargetPath, 0o750), host.Run("mount", "-t", "xfs", "-o", "loop,nouuid", file, r.StagingTargetPath)); err != nil {
		return nil, err
	}
	return &csi.NodeStageVolumeResponse{}, host.Run("xfs_growfs", r.StagingTargetPath)
}

func mounted(path string) bool { return host.Run("mountpoint", "-q", path) == nil }

func (n node) NodeUnstageVolume(_ context.Context, r *csi.NodeUnstageVolumeRequest) (*csi.NodeUnstageVolumeResponse, error) {
	return &csi.NodeUnstageVolumeResponse{}, unmount(r.StagingTargetPath)
}

// NodePublishVolume shows a disk that is mounted in a pod.
func (n node) NodePublishVolume(_ context.Context, r *csi.NodePublishVolumeRequest) (*csi.NodePublishVolumeResponse, error) {
	if mounted(r.TargetPath) {
		return &csi.NodePublishVolumeResponse{}, nil
	}
	if !mounted(r.StagingTargetPath) {
		return nil, status.Errorf(codes.FailedPrecondition, "disk %s is not mounted", r.VolumeId)
	}
	options := "bind"
	if r.Readonly {
		options += ",ro"
	}
	return &csi.NodePublishVolumeResponse{}, errors.Join(os.MkdirAll(r.TargetPath, 0o750), host.Run("mount", "-o", options, r.StagingTargetPath, r.TargetPath))
}

func (n node) NodeUnpublishVolume(_ context.Context, r *csi.NodeUnpublishVolumeRequest) (*csi.NodeUnpublishVolumeResponse, error) {
	return &csi.NodeUnpublishVolumeResponse{}, errors.Join(unmount(r.TargetPath), removeFolder(r.TargetPath))
}

// removeFolder removes an empty folder, and nothing that is still mounted on one.
func removeFolder(path string) error {
	if err := os.Remove(path); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

// unmount fails where something still uses what is mounted.
func unmount(path string) error {
	if !mounted(path) {
		return nil
	}
	return host.Run("umount", path)
}

// NodeExpandVolume lets the file system have all of its disk.
func (n node) NodeExpandVolume(_ context.Context, r *csi.NodeExpandVolumeRequest) (*csi.NodeExpandVolumeResponse, error) {
	if err := valid(r.VolumeId); err != nil {
		return nil, err
	}
	file := n.disks.volume(r.VolumeId)
	device := loopOf(file)
	if device == "" {
		return nil, status.Errorf(codes.FailedPrecondition, "disk %s is not mounted", r.VolumeId)
	}
	if err := host.Run("losetup", "--set-capacity", device); err != nil {
		return nil, err
	}
	if err := host.Run("xfs_growfs", r.VolumePath); err != nil {
		return nil, err
	}
	has, err := size(file)
	return &csi.NodeExpandVolumeResponse{CapacityBytes: has}, err
}
