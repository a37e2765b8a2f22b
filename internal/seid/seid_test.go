package seid_test

import (
	"testing"

	"k8s.io/apimachinery/pkg/util/validation"

	"github.com/seinode/seinode-operator/internal/seid"
)

// TestThePortsAreOnesThatKubernetesTakes: a repeated or badly named one makes the API server refuse the whole pod.
func TestThePortsAreOnesThatKubernetesTakes(t *testing.T) {
	names, numbers := map[string]bool{}, map[int32]bool{}
	for _, port := range seid.Ports {
		if problems := validation.IsValidPortName(port.Name); len(problems) != 0 {
			t.Errorf("port %q: %v", port.Name, problems)
		}
		if problems := validation.IsValidPortNum(int(port.Number)); len(problems) != 0 {
			t.Errorf("port %d: %v", port.Number, problems)
		}
		if names[port.Name] || numbers[port.Number] {
			t.Errorf("port %s %d is there twice", port.Name, port.Number)
		}
		names[port.Name], numbers[port.Number] = true, true
	}
	if len(seid.Ports) != 7 {
		t.Errorf("%d ports", len(seid.Ports))
	}
}
