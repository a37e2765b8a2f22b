package main

import (
	"fmt"
	"os"
	"time"

	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/leaderelection/resourcelock"
)

// leaderLease is the name of the Lease that the manager which works holds.
const leaderLease = "seinode-operator.sei.io"

// renewDeadline is how long a leader tries to renew its lease before it gives up: controller-runtime's default.
const renewDeadline = 10 * time.Second

// leaderLock is the lease, held in the name of the manager's pod: of a pod no two managers run at once, so that one that was killed there, for want of memory
// for example, works again as soon as it is started, and not when the lease of the one before has expired. Nil outside a pod, where each process is somebody else.
func leaderLock(config *rest.Config) (resourcelock.Interface, error) {
	pod := os.Getenv("POD_NAME")
	if pod == "" {
		return nil, nil
	}
	namespace, err := ownNamespace()
	if err != nil {
		return nil, err
	}
	lock, err := resourcelock.NewFromKubeconfig(resourcelock.LeasesResourceLock, namespace, leaderLease, resourcelock.ResourceLockConfig{Identity: pod}, config, renewDeadline)
	if err != nil {
		return nil, fmt.Errorf("making the lock of Lease %s/%s: %w", namespace, leaderLease, err)
	}
	return lock, nil
}
