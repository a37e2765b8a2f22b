package bundle_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/operator-framework/api/pkg/operators/v1alpha1"
	rbacv1 "k8s.io/api/rbac/v1"
	"k8s.io/apimachinery/pkg/util/sets"
)

func volumesAreOnlyRead(b *bundle) error {
	return rightsAre(b, "persistentvolumes", "get", "list", "watch")
}

func claimsAreNeverUpdated(b *bundle) error {
	return rightsAre(b, "persistentvolumeclaims", "create", "delete", "get", "list", "patch", "watch")
}

func secretsAreNotRead(b *bundle) error { return rightsAre(b, "secrets") }

// rightsAre compares the verbs of all rules on a core resource and its subresources, in the namespaces and cluster-wide.
func rightsAre(b *bundle, resource string, wanted ...string) error {
	found := sets.New[string]()
	for _, rule := range allRules(b) {
		if slices.Contains(rule.APIGroups, "") && slices.ContainsFunc(rule.Resources, within(resource)) {
			found.Insert(rule.Verbs...)
		}
	}
	return same(manifest+": verbs on "+resource, sets.List(found), append([]string{}, wanted...))
}

func within(resource string) func(string) bool {
	return func(name string) bool { return name == resource || strings.HasPrefix(name, resource+"/") }
}

func noRightIsAWildcard(b *bundle) error {
	var found []error
	for _, rule := range allRules(b) {
		named := slices.Concat(rule.APIGroups, rule.Resources, rule.Verbs, rule.NonResourceURLs)
		if strings.Contains(strings.Join(named, ""), "*") {
			found = append(found, fmt.Errorf("%s: install.spec: found the rule %v, wanted no *", manifest, rule))
		}
	}
	return errors.Join(found...)
}

func clusterRightsAreFew(b *bundle) error {
	found := sets.New[string]()
	for _, rule := range rulesOf(b.deployed().ClusterPermissions) {
		found.Insert(rule.Resources...)
		found.Insert(rule.NonResourceURLs...)
	}
	wanted := []string{"customresourcedefinitions", "nodes", "persistentvolumes", "storageclasses", "subjectaccessreviews", "tokenreviews", "volumeattachments", "volumesnapshotcontents"}
	return same(manifest+": resources of install.spec.clusterPermissions", sets.List(found), append([]string{}, wanted...))
}

func allRules(b *bundle) []rbacv1.PolicyRule {
	return slices.Concat(rulesOf(b.deployed().Permissions), rulesOf(b.deployed().ClusterPermissions))
}

func rulesOf(permissions []v1alpha1.StrategyDeploymentPermissions) (rules []rbacv1.PolicyRule) {
	for _, permission := range permissions {
		rules = append(rules, permission.Rules...)
	}
	return rules
}
