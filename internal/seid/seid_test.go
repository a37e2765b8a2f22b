package seid_test

import (
	"strconv"
	"strings"
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

// TestSeidListensWhereTheServicePointsAndNotOnLoopback: a validator's and a seed's default files do, where no probe and no
// peer comes.
func TestSeidListensWhereTheServicePointsAndNotOnLoopback(t *testing.T) {
	settings := map[string]string{}
	for _, one := range seid.Settings {
		settings[one.Name] = one.Value
	}
	for name, port := range map[string]string{
		"SEID_RPC_LADDR": seid.PortRPC, "SEID_P2P_LADDR": seid.PortP2P, "SEID_INSTRUMENTATION_PROMETHEUS_LISTEN_ADDR": seid.PortMetrics,
	} {
		if value := settings[name]; !strings.HasSuffix(value, ":"+number(port)) || strings.Contains(value, "127.0.0.1") {
			t.Errorf("%s is %q, wanted every address, port %s", name, value, number(port))
		}
	}
	if settings["SEID_INSTRUMENTATION_PROMETHEUS"] != "true" || len(settings) != len(seid.Settings) {
		t.Errorf("settings are %v", seid.Settings)
	}
}

func number(name string) string {
	for _, port := range seid.Ports {
		if port.Name == name {
			return strconv.Itoa(int(port.Number))
		}
	}
	return "none"
}
