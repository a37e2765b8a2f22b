// Package csi is a CSI driver whose disks are files: volumes, clones and snapshots with a file system of their own size, which grow
// while they are mounted, and are copied as they are at one moment. Kubernetes' own sidecars call it, as they call a cloud's.
package csi

import (
	"context"
	"errors"
	"net"
	"os"
	"path/filepath"

	"github.com/container-storage-interface/spec/lib/go/csi"
	"google.golang.org/grpc"
	"k8s.io/klog/v2"
	registration "k8s.io/kubelet/pkg/apis/pluginregistration/v1"
)

// Driver says where the driver is and what it is called.
type Driver struct {
	Name string
	// Node is the machine's name.
	Node string
	// Dir holds the disks.
	Dir string
	// Socket is where the sidecars and the kubelet find the driver, Registration where the kubelet learns of it.
	Socket, Registration string
}

// Run serves the driver until the context ends.
func (d Driver) Run(ctx context.Context) error {
	server, kubelet := grpc.NewServer(grpc.UnaryInterceptor(logged)), grpc.NewServer()
	csi.RegisterIdentityServer(server, identity{name: d.Name})
	csi.RegisterControllerServer(server, &controller{disks: newDisks(d.Dir)})
	csi.RegisterNodeServer(server, node{name: d.Node, disks: newDisks(d.Dir)})
	registration.RegisterRegistrationServer(kubelet, registrar{name: d.Name, socket: d.Socket})
	ended := make(chan error, 2)
	for at, which := range map[string]*grpc.Server{d.Socket: server, d.Registration: kubelet} {
		listener, err := listen(at)
		if err != nil {
			return err
		}
		go func() { ended <- which.Serve(listener) }()
	}
	select {
	case err := <-ended:
		return err
	case <-ctx.Done():
		server.Stop()
		kubelet.Stop()
		return nil
	}
}

func listen(socket string) (net.Listener, error) {
	if err := errors.Join(os.MkdirAll(filepath.Dir(socket), 0o755), os.RemoveAll(socket)); err != nil {
		return nil, err
	}
	return net.Listen("unix", socket)
}

// logged notes every call that failed.
func logged(ctx context.Context, request any, info *grpc.UnaryServerInfo, handle grpc.UnaryHandler) (any, error) {
	response, err := handle(ctx, request)
	if err != nil {
		klog.ErrorS(err, "refused", "call", info.FullMethod)
	}
	return response, err
}

// identity says what the driver is.
type identity struct {
	csi.UnimplementedIdentityServer
	name string
}

func (i identity) GetPluginInfo(context.Context, *csi.GetPluginInfoRequest) (*csi.GetPluginInfoResponse, error) {
	return &csi.GetPluginInfoResponse{Name: i.name, VendorVersion: "1"}, nil
}

func (identity) GetPluginCapabilities(context.Context, *csi.GetPluginCapabilitiesRequest) (*csi.GetPluginCapabilitiesResponse, error) {
	service := &csi.PluginCapability_Service_{Service: &csi.PluginCapability_Service{Type: csi.PluginCapability_Service_CONTROLLER_SERVICE}}
	online := &csi.PluginCapability_VolumeExpansion_{VolumeExpansion: &csi.PluginCapability_VolumeExpansion{Type: csi.PluginCapability_VolumeExpansion_ONLINE}}
	return &csi.GetPluginCapabilitiesResponse{Capabilities: []*csi.PluginCapability{{Type: service}, {Type: online}}}, nil
}

func (identity) Probe(context.Context, *csi.ProbeRequest) (*csi.ProbeResponse, error) {
	return &csi.ProbeResponse{}, nil
}

// registrar tells the kubelet where the driver is.
type registrar struct {
	registration.UnimplementedRegistrationServer
	name, socket string
}

func (r registrar) GetInfo(context.Context, *registration.InfoRequest) (*registration.PluginInfo, error) {
	return &registration.PluginInfo{Type: registration.CSIPlugin, Name: r.name, Endpoint: r.socket, SupportedVersions: []string{"1.0.0"}}, nil
}

func (registrar) NotifyRegistrationStatus(_ context.Context, s *registration.RegistrationStatus) (*registration.RegistrationStatusResponse, error) {
	klog.InfoS("the kubelet knows the driver", "registered", s.PluginRegistered, "error", s.Error)
	return &registration.RegistrationStatusResponse{}, nil
}
