package config

import (
	"encoding/json"
	"net/netip"
	"strings"
	"testing"

	"sigs.k8s.io/yaml"
)

var cluster = Cluster{State: "/state", Bin: "/bin", Snapshotter: "overlayfs"}

func render(t *testing.T, name string) string {
	t.Helper()
	content, err := cluster.Render(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(content)
}

func TestEveryTemplateRenders(t *testing.T) {
	if len(Names()) == 0 {
		t.Fatal("no templates")
	}
	for _, name := range Names() {
		content := render(t, name)
		if strings.Contains(content, "{{") || strings.Contains(content, "<no value>") {
			t.Errorf("%s: %s", name, content)
		}
		if !strings.HasSuffix(name, ".yaml") {
			continue
		}
		for document := range strings.SplitSeq(content, "\n---\n") {
			var object map[string]any
			if err := yaml.UnmarshalStrict([]byte(document), &object); err != nil {
				t.Errorf("%s: %v", name, err)
			}
		}
	}
}

func TestNetworkConfigurationIsJSON(t *testing.T) {
	if content := render(t, "cni.conflist"); !json.Valid([]byte(content)) {
		t.Error(content)
	}
}

func TestAllOfContainerdLiesInTheStateFolder(t *testing.T) {
	for line := range strings.Lines(render(t, "containerd.toml")) {
		key, value, ok := strings.Cut(strings.TrimSpace(line), " = ")
		path := strings.Trim(value, `"`)
		if ok && strings.HasPrefix(path, "/") && key != "bin_dir" && !strings.HasPrefix(path, "/state/") {
			t.Errorf("outside: %s", line)
		}
	}
}

func TestNoServiceIsGivenTheHostsAddress(t *testing.T) {
	host, services, pods := netip.MustParseAddr(HostIP), netip.MustParsePrefix(ServiceCIDR), netip.MustParsePrefix(PodCIDR)
	if services.Contains(host) || pods.Contains(host) || services.Overlaps(pods) {
		t.Error("the cluster's address ranges overlap")
	}
	if !services.Contains(netip.MustParseAddr(ServiceIP)) {
		t.Error("the API server's Service is outside of the range of Services")
	}
}

// A test that an operator writes nothing at rest is worth as much as this record is complete.
func TestNoRuleDropsWritesOfServiceAccounts(t *testing.T) {
	var policy struct {
		Rules []struct {
			Level        string
			Users, Verbs []string
			UserGroups   []string
		}
	}
	if err := yaml.Unmarshal([]byte(render(t, "audit-policy.yaml")), &policy); err != nil {
		t.Fatal(err)
	}
	for i, rule := range policy.Rules {
		reads := strings.Join(rule.Verbs, " ") == "get list watch"
		if rule.Level == "None" && !reads && (len(rule.Users) == 0 || len(rule.UserGroups) > 0) {
			t.Errorf("rule %d drops writes of anybody", i)
		}
		for _, user := range rule.Users {
			if strings.HasPrefix(user, "system:serviceaccount:") {
				t.Errorf("rule %d drops writes of %s", i, user)
			}
		}
	}
	if last := policy.Rules[len(policy.Rules)-1]; last.Level != "Metadata" {
		t.Errorf("the last rule is %+v", last)
	}
}
