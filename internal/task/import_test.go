package task_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	seiv1alpha1 "github.com/seinode/seinode-operator/api/v1alpha1"
	"github.com/seinode/seinode-operator/internal/storage"
	"github.com/seinode/seinode-operator/internal/task"
)

// TestNoTaskEverWritesAnImportedClaimOrAVolume runs everything that acts, in hundreds of states, the tempting ones first:
// the default name, our own labels and references, policies that contradict.
func TestNoTaskEverWritesAnImportedClaimOrAVolume(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	acted := 0
	for i := range 600 {
		scope, recorded := scopeOf(anyImport(random)...)
		for kind, one := range task.All {
			task.Run(t.Context(), one, scope)
			// Not even where a caller forgets to check first.
			if kind == seiv1alpha1.TaskEnsureDataPVC {
				if _, err := one.Act(t.Context(), scope); err != nil {
					t.Fatal(err)
				}
			}
		}
		if err := task.Scale(t.Context(), scope); err != nil {
			t.Fatal(err)
		}
		for _, write := range recorded.made {
			acted++
			if strings.Contains(write, "PersistentVolume") {
				t.Fatalf("state %d: %s", i, write)
			}
		}
	}
	if acted == 0 {
		t.Error("no state made any task act: the test looks at nothing")
	}
}

// TestNoPodCanStartBeforeTheClaimIsValid: whatever the state, no StatefulSet is made while the verdict of this very
// reconcile is not valid, and none is scaled up.
func TestNoPodCanStartBeforeTheClaimIsValid(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 4))
	for i := range 600 {
		scope, recorded := scopeOf(anyImport(random)...)
		for _, one := range task.All {
			task.Run(t.Context(), one, scope)
		}
		if err := task.Scale(t.Context(), scope); err != nil {
			t.Fatal(err)
		}
		for j, write := range recorded.made {
			made := strings.HasPrefix(write, "create StatefulSet")
			raised := strings.HasPrefix(write, "patch StatefulSet") && strings.Contains(recorded.bodies[j], `"replicas":1`)
			if (made || raised) && !scope.Import.OK() {
				t.Fatalf("state %d: %s on a claim that is %s", i, write, scope.Import.Reason)
			}
		}
	}
}

// anyImport is any state of a node that imports a claim.
func anyImport(random *rand.Rand) []option {
	maybe := func(options ...option) option {
		if i := random.IntN(len(options) + 1); i < len(options) {
			return options[i]
		}
		return func(*task.Scope) {}
	}
	return []option{
		maybe(importName("data-archive-0")),
		maybe(trouble, verdict(storage.Terminal, "PVCLost"), verdict(storage.Transient, "PVCNotFound"), replaced),
		maybe(retainImport, policyDelete),
		maybe(func(s *task.Scope) { s.Data.Claim.Labels = map[string]string{seiv1alpha1.LabelNodeUID: "node-uid"} }),
		maybe(func(s *task.Scope) { s.Data.Claim.DeletionTimestamp = &metav1.Time{} }),
		maybe(noClaim),
		maybe(withService(), withService(func(s *corev1.Service) { s.Annotations = nil })),
		maybe(withSet(), withSet(replicas(0)), withSet(foreignSet), withSet(unseen)),
		maybe(withPod("old"), withPod("new")),
		maybe(paused), maybe(newImage),
	}
}

func importName(name string) option {
	return func(s *task.Scope) { s.Node.Spec.DataVolume.Import.PVCName, s.Data.Claim.Name = name, name }
}

func policyDelete(s *task.Scope) {
	policy := seiv1alpha1.DeletionPolicyDelete
	s.Node.Spec.DataVolume.DeletionPolicy = &policy
}

// TestTheTestsThatLookForWritesToClaimsWouldSeeOne keeps the property above honest: the recorder does show a claim's write.
func TestTheTestsThatLookForWritesToClaimsWouldSeeOne(t *testing.T) {
	scope, recorded := scopeOf(creates, noClaim)
	run(t, seiv1alpha1.TaskEnsureDataPVC, scope)
	if !strings.Contains(fmt.Sprint(recorded.made), "PersistentVolumeClaim") {
		t.Errorf("writes are %v", recorded.made)
	}
}
