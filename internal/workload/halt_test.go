package workload_test

import (
	"slices"
	"testing"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/utils/ptr"

	seiv1alpha1 "github.com/seinode/seinode-operator/api/v1alpha1"
	"github.com/seinode/seinode-operator/internal/platform"
	"github.com/seinode/seinode-operator/internal/seid"
)

// halting has a node stop at a block.
func halting(s *seiv1alpha1.SeiNodeSpec) { s.HaltHeight = ptr.To[int64](500) }

// TestANodeThatStopsAtABlockStaysStoppedByItself, with no operator: the agent is around seid, on every kind of volume. A seed comes to no block.
func TestANodeThatStopsAtABlockStaysStoppedByItself(t *testing.T) {
	forEachMode(t, func(t *testing.T, mode func(*seiv1alpha1.SeiNodeSpec)) {
		for name, change := range map[string]func(*seiv1alpha1.SeiNodeSpec){"created": func(*seiv1alpha1.SeiNodeSpec) {}, "imported": imported} {
			plain, halts := nodeOf(mode, change), nodeOf(mode, change, halting)
			before := containerOf(t, plain, "seid")
			after := containerOf(t, halts, "seid")
			if plain.Mode() == seiv1alpha1.ModeSeed {
				if after.Command[0] != "seid" {
					t.Errorf("a seed runs %v", after.Command)
				}
				continue
			}
			if after.Command[0] != seid.AgentCopy || !slices.Equal(after.Args[:5], []string{"run", "--volume", "/volume", "--halt-height", "500"}) {
				t.Errorf("%s: it runs %v %v", name, after.Command, after.Args)
			}
			own := after.Args[slices.Index(after.Args, "--")+1:]
			if want := slices.Concat(before.Command, before.Args); !slices.Equal(own, want) {
				t.Errorf("%s: seid's own command is %v, wanted %v", name, own, want)
			}
			if args := containerOf(t, halts, "prepare").Args; !contains(args, "--program", seid.AgentCopy) {
				t.Errorf("%s: nobody brings the agent to seid's container: %v", name, args)
			}
			if args := containerOf(t, halts, "agent").Args; !contains(args, "--halt-height", "500") {
				t.Errorf("%s: the agent beside it does not know: %v", name, args)
			}
		}
	})
}

func containerOf(t *testing.T, node *seiv1alpha1.SeiNode, name string) corev1.Container {
	t.Helper()
	pod := statefulSet(node, claimName, platform.Default(), 1).Spec.Template.Spec
	for _, c := range append(pod.InitContainers, pod.Containers...) {
		if c.Name == name {
			return c
		}
	}
	t.Fatalf("no container %s", name)
	return corev1.Container{}
}

// contains says whether a flag has that value.
func contains(args []string, flag, value string) bool {
	at := slices.Index(args, flag)
	return at >= 0 && at+1 < len(args) && args[at+1] == value
}

// TestWhereTheHomeLiesIsToldToWhatRunsSeid, too.
func TestWhereTheHomeLiesIsToldToWhatRunsSeid(t *testing.T) {
	deep := func(s *seiv1alpha1.SeiNodeSpec) {
		s.DataVolume = &seiv1alpha1.DataVolumeSpec{HomePath: ptr.To("chains/sei"), Ignore: []string{"photos"}}
	}
	if args := containerOf(t, nodeOf(archive, deep, halting), "seid").Args; !contains(args, "--home-path", "chains/sei") || !contains(args, "--ignore", "photos") {
		t.Errorf("%v", args)
	}
}
