package csi

import (
	"context"
	"os"
	"sync"

	"github.com/container-storage-interface/spec/lib/go/csi"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/timestamppb"
)

// controller makes, grows and removes disks, one at a time. Attaching is nothing here but an answer: it is on record in the API server.
type controller struct {
	csi.UnimplementedControllerServer
	disks disks
	one   sync.Mutex
}

func (*controller) ControllerGetCapabilities(context.Context, *csi.ControllerGetCapabilitiesRequest) (*csi.ControllerGetCapabilitiesResponse, error) {
	response := &csi.ControllerGetCapabilitiesResponse{}
	for _, can := range []csi.ControllerServiceCapability_RPC_Type{
		csi.ControllerServiceCapability_RPC_CREATE_DELETE_VOLUME,
		csi.ControllerServiceCapability_RPC_PUBLISH_UNPUBLISH_VOLUME,
		csi.ControllerServiceCapability_RPC_CREATE_DELETE_SNAPSHOT,
		csi.ControllerServiceCapability_RPC_CLONE_VOLUME,
		csi.ControllerServiceCapability_RPC_EXPAND_VOLUME,
		csi.ControllerServiceCapability_RPC_SINGLE_NODE_MULTI_WRITER,
	} {
		rpc := &csi.ControllerServiceCapability_Rpc{Rpc: &csi.ControllerServiceCapability_RPC{Type: can}}
		response.Capabilities = append(response.Capabilities, &csi.ControllerServiceCapability{Type: rpc})
	}
	return response, nil
}

// CreateVolume makes a disk of that name, unless it is there.
func (c *controller) CreateVolume(_ context.Context, r *csi.CreateVolumeRequest) (*csi.CreateVolumeResponse, error) {
	c.one.Lock()
	defer c.one.Unlock()
	if err := refusal(r.Name, r.VolumeCapabilities); err != nil {
		return nil, err
	}
	wanted := max(r.CapacityRange.GetRequiredBytes(), smallest)
	if limit := r.CapacityRange.GetLimitBytes(); limit > 0 && limit < wanted {
		return nil, status.Errorf(codes.OutOfRange, "a disk of %d bytes at most cannot be made", limit)
	}
	from, err := c.source(r.VolumeContentSource, wanted)
	if err != nil {
		return nil, err
	}
	has, err := size(c.disks.volume(r.Name))
	switch {
	case err != nil:
		return nil, err
	case has == 0:
		err = c.disks.create(c.disks.volume(r.Name), from, wanted)
	case has != wanted:
		err = status.Errorf(codes.AlreadyExists, "disk %s is there, with %d bytes and not %d", r.Name, has, wanted)
	}
	if err != nil {
		return nil, err
	}
	return &csi.CreateVolumeResponse{Volume: &csi.Volume{VolumeId: r.Name, CapacityBytes: wanted, ContentSource: r.VolumeContentSource}}, nil
}

// refusal is why a disk cannot be made, or used, as asked for; nil if it can.
func refusal(id string, capabilities []*csi.VolumeCapability) error {
	if err := valid(id); err != nil {
		return err
	}
	if len(capabilities) == 0 {
		return status.Error(codes.InvalidArgument, "which capabilities?")
	}
	for _, capability := range capabilities {
		mode := capability.AccessMode.GetMode()
		if capability.GetBlock() != nil || mode >= csi.VolumeCapability_AccessMode_MULTI_NODE_READER_ONLY && mode <= csi.VolumeCapability_AccessMode_MULTI_NODE_MULTI_WRITER {
			return status.Error(codes.InvalidArgument, "a disk is mounted, and by one machine")
		}
	}
	return nil
}

// source is the file to begin with, "" for nothing.
func (c *controller) source(wanted *csi.VolumeContentSource, bytes int64) (string, error) {
	id, place := wanted.GetSnapshot().GetSnapshotId(), c.disks.snapshot
	if volume := wanted.GetVolume(); volume != nil {
		id, place = volume.VolumeId, c.disks.volume
	}
	if wanted == nil {
		return "", nil
	}
	if err := valid(id); err != nil {
		return "", err
	}
	switch has, err := size(place(id)); {
	case err != nil:
		return "", err
	case has == 0:
		return "", status.Errorf(codes.NotFound, "no disk %s to begin with", id)
	case has > bytes:
		return "", status.Errorf(codes.OutOfRange, "disk %s has %d bytes, more than %d", id, has, bytes)
	}
	return place(id), nil
}

// DeleteVolume removes a disk, if it is there and nothing mounts it.
func (c *controller) DeleteVolume(_ context.Context, r *csi.DeleteVolumeRequest) (*csi.DeleteVolumeResponse, error) {
	c.one.Lock()
	defer c.one.Unlock()
	if err := valid(r.VolumeId); err != nil {
		return nil, err
	}
	if loopOf(c.disks.volume(r.VolumeId)) != "" {
		return nil, status.Errorf(codes.FailedPrecondition, "disk %s is mounted", r.VolumeId)
	}
	return &csi.DeleteVolumeResponse{}, os.RemoveAll(c.disks.volume(r.VolumeId))
}

// ControllerExpandVolume makes a disk larger; the file system follows where it is mounted.
func (c *controller) ControllerExpandVolume(_ context.Context, r *csi.ControllerExpandVolumeRequest) (*csi.ControllerExpandVolumeResponse, error) {
	c.one.Lock()
	defer c.one.Unlock()
	if err := c.exists(r.VolumeId); err != nil {
		return nil, err
	}
	if err := truncate(c.disks.volume(r.VolumeId), r.CapacityRange.GetRequiredBytes()); err != nil {
		return nil, err
	}
	has, err := size(c.disks.volume(r.VolumeId))
	return &csi.ControllerExpandVolumeResponse{CapacityBytes: has, NodeExpansionRequired: true}, err
}

func (c *controller) exists(id string) error {
	if err := valid(id); err != nil {
		return err
	}
	if has, err := size(c.disks.volume(id)); err != nil || has == 0 {
		return status.Errorf(codes.NotFound, "no disk %s: %v", id, err)
	}
	return nil
}

func (c *controller) ControllerPublishVolume(_ context.Context, r *csi.ControllerPublishVolumeRequest) (*csi.ControllerPublishVolumeResponse, error) {
	return &csi.ControllerPublishVolumeResponse{}, c.exists(r.VolumeId)
}

func (c *controller) ControllerUnpublishVolume(context.Context, *csi.ControllerUnpublishVolumeRequest) (*csi.ControllerUnpublishVolumeResponse, error) {
	return &csi.ControllerUnpublishVolumeResponse{}, nil
}

func (c *controller) ValidateVolumeCapabilities(_ context.Context, r *csi.ValidateVolumeCapabilitiesRequest) (*csi.ValidateVolumeCapabilitiesResponse, error) {
	if err := c.exists(r.VolumeId); err != nil {
		return nil, err
	}
	if err := refusal(r.VolumeId, r.VolumeCapabilities); err != nil {
		return &csi.ValidateVolumeCapabilitiesResponse{Message: err.Error()}, nil
	}
	confirmed := &csi.ValidateVolumeCapabilitiesResponse_Confirmed{VolumeCapabilities: r.VolumeCapabilities}
	return &csi.ValidateVolumeCapabilitiesResponse{Confirmed: confirmed}, nil
}

// CreateSnapshot copies a disk as it is at one moment, unless that was done.
func (c *controller) CreateSnapshot(_ context.Context, r *csi.CreateSnapshotRequest) (*csi.CreateSnapshotResponse, error) {
	c.one.Lock()
	defer c.one.Unlock()
	if err := valid(r.Name); err != nil {
		return nil, err
	}
	if err := c.exists(r.SourceVolumeId); err != nil {
		return nil, err
	}
	file := c.disks.snapshot(r.Name)
	if has, err := size(file); err != nil || has == 0 {
		if err := c.disks.create(file, c.disks.volume(r.SourceVolumeId), 0); err != nil {
			return nil, err
		}
	}
	info, err := os.Stat(file)
	if err != nil {
		return nil, err
	}
	return &csi.CreateSnapshotResponse{Snapshot: &csi.Snapshot{SnapshotId: r.Name, SourceVolumeId: r.SourceVolumeId,
		SizeBytes: info.Size(), CreationTime: timestamppb.New(info.ModTime()), ReadyToUse: true}}, nil
}

// DeleteSnapshot removes a snapshot, if it is there.
func (c *controller) DeleteSnapshot(_ context.Context, r *csi.DeleteSnapshotRequest) (*csi.DeleteSnapshotResponse, error) {
	c.one.Lock()
	defer c.one.Unlock()
	if err := valid(r.SnapshotId); err != nil {
		return nil, err
	}
	return &csi.DeleteSnapshotResponse{}, os.RemoveAll(c.disks.snapshot(r.SnapshotId))
}
