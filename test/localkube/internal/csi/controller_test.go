package csi

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/container-storage-interface/spec/lib/go/csi"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

// plain makes disks without a file system, as a user who is not root can.
func plain(t *testing.T) *controller {
	t.Helper()
	return &controller{disks: disks{
		dir:    t.TempDir(),
		format: func(file string) error { return write(file, "empty") },
		copy: func(from, to string) error {
			head, bytes := make([]byte, len("empty")), int64(0)
			opened, err := os.Open(from)
			if err == nil {
				_, err = opened.ReadAt(head, 0)
				bytes, _ = size(from)
			}
			return errors.Join(err, opened.Close(), os.WriteFile(to, head, 0o600), truncate(to, bytes))
		},
	}}
}

// write puts text at a disk's beginning.
func write(file, text string) error {
	opened, err := os.OpenFile(file, os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	_, err = opened.WriteAt([]byte(text), 0)
	return errors.Join(err, opened.Close())
}

func reads(t *testing.T, file, want string) {
	t.Helper()
	opened, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = opened.Close() }()
	got := make([]byte, len(want))
	if _, err := opened.ReadAt(got, 0); err != nil || string(got) != want {
		t.Errorf("%s holds %q (%v), not %q", file, got, err, want)
	}
}

func wanted(name string, bytes int64, from *csi.VolumeContentSource) *csi.CreateVolumeRequest {
	mode := &csi.VolumeCapability_AccessMode{Mode: csi.VolumeCapability_AccessMode_SINGLE_NODE_WRITER}
	mounts := &csi.VolumeCapability_Mount{Mount: &csi.VolumeCapability_MountVolume{}}
	return &csi.CreateVolumeRequest{Name: name, CapacityRange: &csi.CapacityRange{RequiredBytes: bytes}, VolumeContentSource: from,
		VolumeCapabilities: []*csi.VolumeCapability{{AccessType: mounts, AccessMode: mode}}}
}

func ofVolume(id string) *csi.VolumeContentSource {
	return &csi.VolumeContentSource{Type: &csi.VolumeContentSource_Volume{Volume: &csi.VolumeContentSource_VolumeSource{VolumeId: id}}}
}

func ofSnapshot(id string) *csi.VolumeContentSource {
	return &csi.VolumeContentSource{Type: &csi.VolumeContentSource_Snapshot{Snapshot: &csi.VolumeContentSource_SnapshotSource{SnapshotId: id}}}
}

func expectCode(t *testing.T, err error, want codes.Code) {
	t.Helper()
	if status.Code(err) != want {
		t.Errorf("got %v, want %v", err, want)
	}
}

func TestSnapshotsAndClonesHoldWhatTheirSourceHeld(t *testing.T) {
	ctx, c := context.Background(), plain(t)
	_, err := c.CreateVolume(ctx, wanted("a", smallest, nil))
	expectCode(t, err, codes.OK)
	reads(t, c.disks.volume("a"), "empty")
	if err := write(c.disks.volume("a"), "first"); err != nil {
		t.Fatal(err)
	}
	cut, err := c.CreateSnapshot(ctx, &csi.CreateSnapshotRequest{Name: "s", SourceVolumeId: "a"})
	expectCode(t, err, codes.OK)
	if cut.Snapshot.SizeBytes != smallest || !cut.Snapshot.ReadyToUse {
		t.Errorf("%+v", cut.Snapshot)
	}
	if err := write(c.disks.volume("a"), "later"); err != nil {
		t.Fatal(err)
	}
	_, err = c.CreateSnapshot(ctx, &csi.CreateSnapshotRequest{Name: "s", SourceVolumeId: "a"})
	expectCode(t, err, codes.OK)
	for name, from := range map[string]*csi.VolumeContentSource{"first": ofSnapshot("s"), "later": ofVolume("a")} {
		made, err := c.CreateVolume(ctx, wanted(name, 2*smallest, from))
		expectCode(t, err, codes.OK)
		if made.Volume.CapacityBytes != 2*smallest || made.Volume.ContentSource == nil {
			t.Errorf("%+v", made.Volume)
		}
		reads(t, c.disks.volume(name), name)
		if has, _ := size(c.disks.volume(name)); has != 2*smallest {
			t.Errorf("%s has %d bytes", name, has)
		}
	}
}

func TestWhatCannotBeMadeIsRefusedAndNothingIsMade(t *testing.T) {
	ctx, c := context.Background(), plain(t)
	if _, err := c.CreateVolume(ctx, wanted("a", 2*smallest, nil)); err != nil {
		t.Fatal(err)
	}
	block, many := wanted("x", smallest, nil), wanted("x", smallest, nil)
	block.VolumeCapabilities[0].AccessType = &csi.VolumeCapability_Block{Block: &csi.VolumeCapability_BlockVolume{}}
	many.VolumeCapabilities[0].AccessMode.Mode = csi.VolumeCapability_AccessMode_MULTI_NODE_MULTI_WRITER
	tight := wanted("x", 1, nil)
	tight.CapacityRange.LimitBytes = 2
	for _, c1 := range []struct {
		request *csi.CreateVolumeRequest
		code    codes.Code
	}{
		{wanted("x", smallest, ofVolume("a")), codes.OutOfRange},
		{wanted("x", smallest, ofVolume("b")), codes.NotFound},
		{wanted("x", smallest, ofSnapshot("a")), codes.NotFound},
		{wanted("x", smallest, ofVolume("../volumes/a")), codes.InvalidArgument},
		{wanted("../x", smallest, nil), codes.InvalidArgument},
		{wanted("a", smallest, nil), codes.AlreadyExists},
		{block, codes.InvalidArgument},
		{many, codes.InvalidArgument},
		{tight, codes.OutOfRange},
	} {
		_, err := c.CreateVolume(ctx, c1.request)
		expectCode(t, err, c1.code)
	}
	left, _ := filepath.Glob(filepath.Join(c.disks.dir, "*", "*"))
	if len(left) != 1 {
		t.Errorf("there are %v", left)
	}
}

func TestACopyThatBrokeIsNoDisk(t *testing.T) {
	ctx, c := context.Background(), plain(t)
	if _, err := c.CreateVolume(ctx, wanted("a", smallest, nil)); err != nil {
		t.Fatal(err)
	}
	c.disks.copy = func(_, to string) error {
		return errors.Join(os.WriteFile(to, []byte("half"), 0o600), errors.New("broke"))
	}
	if _, err := c.CreateVolume(ctx, wanted("b", smallest, ofVolume("a"))); err == nil {
		t.Error("no error")
	}
	if has, _ := size(c.disks.volume("b")); has != 0 {
		t.Errorf("a disk of %d bytes", has)
	}
}

func TestDisksGrowAndNeverShrink(t *testing.T) {
	ctx, c := context.Background(), plain(t)
	if _, err := c.CreateVolume(ctx, wanted("a", smallest, nil)); err != nil {
		t.Fatal(err)
	}
	for _, bytes := range []int64{2 * smallest, smallest} {
		grown, err := c.ControllerExpandVolume(ctx, &csi.ControllerExpandVolumeRequest{VolumeId: "a", CapacityRange: &csi.CapacityRange{RequiredBytes: bytes}})
		expectCode(t, err, codes.OK)
		if grown.CapacityBytes != 2*smallest || !grown.NodeExpansionRequired {
			t.Errorf("%+v", grown)
		}
	}
	_, err := c.ControllerExpandVolume(ctx, &csi.ControllerExpandVolumeRequest{VolumeId: "b"})
	expectCode(t, err, codes.NotFound)
}

func TestDeletingTwiceIsNoError(t *testing.T) {
	ctx, c := context.Background(), plain(t)
	if _, err := c.CreateVolume(ctx, wanted("a", smallest, nil)); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		_, err := c.DeleteVolume(ctx, &csi.DeleteVolumeRequest{VolumeId: "a"})
		expectCode(t, err, codes.OK)
		_, err = c.DeleteSnapshot(ctx, &csi.DeleteSnapshotRequest{SnapshotId: "a"})
		expectCode(t, err, codes.OK)
	}
	_, err := c.DeleteVolume(ctx, &csi.DeleteVolumeRequest{VolumeId: ".."})
	expectCode(t, err, codes.InvalidArgument)
}
