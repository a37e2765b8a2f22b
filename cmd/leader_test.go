package main

import (
	"testing"

	"k8s.io/client-go/rest"
)

// TestWhoLeads: a process in a pod holds the lease in the pod's name, which outlives it; elsewhere each process is somebody else.
func TestWhoLeads(t *testing.T) {
	t.Setenv("POD_NAMESPACE", "seinode-system")
	for _, pod := range []string{"", "manager-1"} {
		t.Setenv("POD_NAME", pod)
		lock, err := leaderLock(&rest.Config{})
		switch {
		case err != nil:
			t.Error(err)
		case pod == "" && lock != nil:
			t.Errorf("outside a pod the lease is held by %q", lock.Identity())
		case pod != "" && (lock == nil || lock.Identity() != pod || lock.Describe() != "seinode-system/seinode-operator.sei.io"):
			t.Errorf("lock is %v", lock)
		}
	}
}
