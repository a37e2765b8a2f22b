package chart

import (
	"maps"
	"slices"
	"strings"
	"testing"

	rbacv1 "k8s.io/api/rbac/v1"
)

// roles are the rules of what binds the manager's ServiceAccount, by key.
func roles(t *testing.T, objects map[string]*object) map[string][]rbacv1.PolicyRule {
	t.Helper()
	bound := map[string][]rbacv1.PolicyRule{}
	for key, o := range objects {
		if !strings.HasSuffix(o.GetKind(), "RoleBinding") {
			continue
		}
		binding := typed[rbacv1.RoleBinding](t, objects, key)
		equal(t, "subject of "+key, binding.Subjects, []rbacv1.Subject{{Kind: "ServiceAccount", Name: "seinode-controller-manager", Namespace: namespace}})
		role := strings.Join([]string{binding.RoleRef.Kind, binding.Namespace, binding.RoleRef.Name}, "/")
		equal(t, "roleRef of "+key, binding.RoleRef.Kind+"Binding", o.GetKind())
		bound[role] = typed[rbacv1.Role](t, objects, role).Rules
	}
	return bound
}

func TestClusterWideManager(t *testing.T) {
	got := slices.Sorted(maps.Keys(roles(t, render(t, namespace, ""))))
	equal(t, "roles", got, []string{
		"ClusterRole//seinode-machine-reader-role", "ClusterRole//seinode-manager-role", "ClusterRole//seinode-metrics-auth-role", "ClusterRole//seinode-pre-pull-role", "ClusterRole//seinode-volume-reader-role",
		"Role/" + namespace + "/seinode-leader-election-role",
	})
}

func TestNamespacedManager(t *testing.T) {
	bound := roles(t, render(t, namespace, two))
	equal(t, "roles", slices.Sorted(maps.Keys(bound)), []string{
		"ClusterRole//seinode-machine-reader-role-" + namespace, "ClusterRole//seinode-metrics-auth-role-" + namespace, "ClusterRole//seinode-volume-reader-role-" + namespace,
		"Role/sei-test/seinode-manager-role", "Role/sei-test/seinode-pre-pull-role", "Role/sei/seinode-manager-role", "Role/sei/seinode-pre-pull-role",
		"Role/" + namespace + "/seinode-leader-election-role",
	})
	wide := roles(t, render(t, namespace, ""))
	for _, watched := range []string{"sei", "sei-test"} {
		equal(t, watched, bound["Role/"+watched+"/seinode-manager-role"], wide["ClusterRole//seinode-manager-role"])
	}
	equal(t, "volume reader", bound["ClusterRole//seinode-volume-reader-role-"+namespace], wide["ClusterRole//seinode-volume-reader-role"])
}

// No pod is made without that right, and no other right makes one.
func TestTheRightToMakePodsIsOptional(t *testing.T) {
	for text, want := range map[string]bool{"": true, two: true, "prePull: {enabled: false}": false, two + "prePull: {enabled: false}": false} {
		got := false
		for _, rules := range roles(t, render(t, namespace, text)) {
			got = got || slices.ContainsFunc(rules, func(rule rbacv1.PolicyRule) bool {
				return slices.Contains(rule.Resources, "pods") && slices.Contains(rule.Verbs, "create")
			})
		}
		equal(t, "may make pods with "+text, got, want)
	}
}

// Machines are looked at by that right alone.
func TestTheRightToLookAtMachinesIsOptional(t *testing.T) {
	for text, want := range map[string]bool{"": true, two: true, "machineReader: {enabled: false}": false, two + "machineReader: {enabled: false}": false} {
		got := false
		for _, rules := range roles(t, render(t, namespace, text)) {
			got = got || slices.ContainsFunc(rules, func(rule rbacv1.PolicyRule) bool { return slices.Contains(rule.Resources, "nodes") })
		}
		equal(t, "may look at machines with "+text, got, want)
	}
}

// It may not read its own pod, unless it watches its own namespace.
func TestNamespacedManagerIsToldTheAgentsImage(t *testing.T) {
	manager := managerOf(t, render(t, namespace, two))
	equal(t, "agent's image", variable(manager, "RELATED_IMAGE_AGENT"), manager.Image)
	equal(t, "agent's image", variable(managerOf(t, render(t, namespace, "")), "RELATED_IMAGE_AGENT"), "none")
}

// Whatever the values, and whoever it is for.
func TestVolumesAreOnlyRead(t *testing.T) {
	for _, text := range []string{"", two, every} {
		for key, o := range render(t, namespace, text) {
			if !strings.HasSuffix(o.GetKind(), "Role") {
				continue
			}
			for _, rule := range typed[rbacv1.Role](t, map[string]*object{key: o}, key).Rules {
				if writesVolumes(rule) {
					t.Errorf("%s lets write to volumes: %+v", key, rule)
				}
			}
		}
	}
}

func writesVolumes(rule rbacv1.PolicyRule) bool {
	group := slices.Contains(rule.APIGroups, "") || slices.Contains(rule.APIGroups, rbacv1.APIGroupAll)
	volumes := slices.ContainsFunc(rule.Resources, func(resource string) bool {
		return resource == rbacv1.ResourceAll || strings.HasPrefix(resource, "persistentvolumes")
	})
	return group && volumes && slices.ContainsFunc(rule.Verbs, func(verb string) bool {
		return !slices.Contains([]string{"get", "list", "watch"}, verb)
	})
}

// Two releases that watch different namespaces share nothing but the CRD, which only one of them installs.
func TestTwoNamespacedReleasesDoNotCollide(t *testing.T) {
	one := render(t, "team-one", "watchNamespaces: [one]")
	other := render(t, "team-two", "watchNamespaces: [two]\ncrd: {install: false}")
	for key := range other {
		if one[key] != nil {
			t.Errorf("both have %s", key)
		}
	}
	equal(t, "objects", len(other), len(one)-1)
}

// One manager a namespace: Helm refuses an object that another release has.
func TestTwoReleasesOnOneNamespaceCollide(t *testing.T) {
	one, other := render(t, "team-one", two), render(t, "team-two", "watchNamespaces: [sei]")
	if role := "Role/sei/seinode-manager-role"; one[role] == nil || other[role] == nil {
		t.Errorf("%s is not in both", role)
	}
}
