package lookup

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// +kubebuilder:rbac:groups="",resources=nodes,verbs=get

// look answers a question now.
func (f *Finder) look(ctx context.Context, question Question) Answer {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	if question.Machine != "" {
		return f.machine(ctx, question.Machine)
	}
	if err := f.Resolve(ctx, question.Name); err != nil {
		return Answer{Known: true, Why: fmt.Sprintf("name %q does not resolve: %s", question.Name, inShort(err))}
	}
	return Answer{Known: true, Address: question.Name}
}

func resolve(ctx context.Context, name string) error {
	_, err := net.DefaultResolver.LookupHost(ctx, name)
	return err
}

// inShort leaves out of an error what is another one each time, such as the port that was asked from.
func inShort(err error) string {
	var failed *net.DNSError
	switch {
	case !errors.As(err, &failed):
		return "the lookup failed"
	case failed.IsNotFound:
		return "no such host"
	case failed.IsTimeout:
		return "the name server does not answer"
	}
	return "the name server cannot say now"
}

// machine is the first external address of a machine.
func (f *Finder) machine(ctx context.Context, name string) Answer {
	machine := &corev1.Node{}
	err := f.Machines.Get(ctx, client.ObjectKey{Name: name}, machine)
	switch {
	case apierrors.IsForbidden(err):
		return Answer{Known: true, Why: fmt.Sprintf("machine %q cannot be looked at: the operator has no right to, see role machine-reader-role", name)}
	case err != nil:
		return Answer{Known: true, Why: fmt.Sprintf("machine %q cannot be looked at now", name)}
	}
	for _, address := range machine.Status.Addresses {
		if _, err := netip.ParseAddr(address.Address); err == nil && address.Type == corev1.NodeExternalIP {
			return Answer{Known: true, Address: address.Address}
		}
	}
	return Answer{Known: true, Why: fmt.Sprintf("machine %q has no address of type ExternalIP", name)}
}
