package workload_test

import (
	"path"
	"slices"
	"strings"
	"testing"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/utils/ptr"

	seiv1alpha1 "github.com/seinode/seinode-operator/api/v1alpha1"
	"github.com/seinode/seinode-operator/internal/platform"
	"github.com/seinode/seinode-operator/internal/seid"
	"github.com/seinode/seinode-operator/internal/workload"
)

// TestWhereTheDataCameFromRollsNothing once seid ran on it; before, another source is asked for.
func TestWhereTheDataCameFromRollsNothing(t *testing.T) {
	elsewhere := func(s *seiv1alpha1.SeiNodeSpec) { s.Bootstrap.Archive.URL = "https://elsewhere.example.com/" }
	none := func(s *seiv1alpha1.SeiNodeSpec) { s.Bootstrap = nil }
	for name, test := range map[string]struct {
		change func(*seiv1alpha1.SeiNodeSpec)
		ran    bool
		rolls  bool
	}{
		"another source, before":       {elsewhere, false, true},
		"no source, before":            {none, false, true},
		"another source, after it ran": {elsewhere, true, false},
		"no source, after it ran":      {none, true, false},
	} {
		before, after := nodeOf(fullNode, bootstrapped), nodeOf(fullNode, bootstrapped, test.change)
		if test.ran {
			before.Status.CurrentImage, after.Status.CurrentImage = "sei:v6", "sei:v6"
		}
		live := normalized(setFor(before))
		decision := workload.DecideStatefulSet(live, setFor(after), workload.StatefulSetChild.Digest(live))
		if decision.Rolls != test.rolls {
			t.Errorf("%s: rolls %t", name, decision.Rolls)
		}
	}
}

// TestWhatBringsTheDataHasResourcesOfItsOwn: the platform's, or the user's.
func TestWhatBringsTheDataHasResourcesOfItsOwn(t *testing.T) {
	own := func(s *seiv1alpha1.SeiNodeSpec) {
		s.Bootstrap.Resources = &corev1.ResourceRequirements{Limits: corev1.ResourceList{"memory": resource.MustParse("3Gi")}}
	}
	for want, node := range map[string]*seiv1alpha1.SeiNode{"2Gi": nodeOf(fullNode, bootstrapped), "3Gi": nodeOf(fullNode, bootstrapped, own)} {
		set := statefulSet(node, claimName, platform.Default(), 1)
		limit := container(set.Spec.Template.Spec.InitContainers, workload.ContainerBootstrap).Resources.Limits["memory"]
		if limit.String() != want {
			t.Errorf("%s, wanted %s", limit.String(), want)
		}
	}
}

// TestAStateThatHasToComeMayBeAskedForElsewhere: seid's container runs before it has, and what is in its way is to be corrected. Once it has come nothing rolls.
func TestAStateThatHasToComeMayBeAskedForElsewhere(t *testing.T) {
	elsewhere := func(s *seiv1alpha1.SeiNodeSpec) { s.Bootstrap.StateSync.RPCServers[0] = "https://c.example.com:443" }
	for status, rolls := range map[metav1.ConditionStatus]bool{"": false, "False": true, "Unknown": true, "True": false} {
		before, after := nodeOf(fullNode, syncing), nodeOf(fullNode, syncing, elsewhere)
		for _, node := range []*seiv1alpha1.SeiNode{before, after} {
			node.Status.CurrentImage = "sei:v6"
			if status != "" {
				node.Status.Conditions = []metav1.Condition{{Type: seiv1alpha1.ConditionBootstrapped, Status: status}}
			}
		}
		live := normalized(setFor(before))
		if decision := workload.DecideStatefulSet(live, setFor(after), workload.StatefulSetChild.Digest(live)); decision.Rolls != rolls {
			t.Errorf("Bootstrapped is %q: rolls %t", status, decision.Rolls)
		}
	}
}

// TestAnotherSourceRightAfterTheDataCameRollsNothing: nothing was written since.
func TestAnotherSourceRightAfterTheDataCameRollsNothing(t *testing.T) {
	live := normalized(setFor(nodeOf(fullNode, syncing)))
	for name, change := range map[string]func(*seiv1alpha1.SeiNodeSpec){
		"another": func(s *seiv1alpha1.SeiNodeSpec) { s.Bootstrap.StateSync.RPCServers[0] = "https://c.example.com:443" },
		"none":    func(s *seiv1alpha1.SeiNodeSpec) { s.Bootstrap = nil },
	} {
		node := nodeOf(fullNode, syncing, change)
		node.Status.CurrentImage = "sei:v6"
		node.Status.Conditions = []metav1.Condition{{Type: seiv1alpha1.ConditionBootstrapped, Status: metav1.ConditionTrue}}
		if decision := workload.DecideStatefulSet(live, setFor(node), workload.StatefulSetChild.Digest(live)); decision.Rolls {
			t.Errorf("%s rolls", name)
		}
	}
}

// TestASourceThatIsNamedLateRollsNothing: seid ran on what the volume has, and a source is for one that is empty.
func TestASourceThatIsNamedLateRollsNothing(t *testing.T) {
	for name, source := range map[string]func(*seiv1alpha1.SeiNodeSpec){"a state sync": syncing, "an archive": bootstrapped} {
		before, after := nodeOf(fullNode), nodeOf(fullNode, source)
		before.Status.CurrentImage, after.Status.CurrentImage = "sei:v6", "sei:v6"
		live := normalized(setFor(before))
		for _, noted := range []string{live.Annotations[seiv1alpha1.AnnotationAskedData], ""} { // nothing was, while it had not run
			live.Annotations[seiv1alpha1.AnnotationAskedData] = noted
			if decision := workload.DecideStatefulSet(live, setFor(after), workload.StatefulSetChild.Digest(live)); decision.Rolls {
				t.Errorf("%s, noted %q: rolls", name, noted)
			}
		}
	}
}

// TestThatTheDataCameIsTrueForGood: neither a status that was wiped, nor servers that have another block, ask for another pod.
func TestThatTheDataCameIsTrueForGood(t *testing.T) {
	ran := nodeOf(fullNode, syncing)
	ran.Status.CurrentImage = "sei:v6"
	ran.Status.Conditions = []metav1.Condition{{Type: seiv1alpha1.ConditionBootstrapped, Status: metav1.ConditionTrue}}
	live := normalized(setFor(ran))
	forked := ran.DeepCopy()
	forked.Status.Conditions[0].Status = metav1.ConditionFalse
	for name, node := range map[string]*seiv1alpha1.SeiNode{"wiped": nodeOf(fullNode, syncing), "forked": forked, "wiped, and named no more": nodeOf(fullNode)} {
		newer := setFor(node)
		newer.Spec.Template.Annotations[seiv1alpha1.AnnotationTemplate] = "another" // of a newer operator
		if decision := workload.DecideStatefulSet(live, newer, workload.StatefulSetChild.Digest(live)); decision.Rolls {
			t.Errorf("%s: rolls", name)
		}
	}
}

// TestDataOnItsWayIsNotBegunAnew by an operator that notes where it comes from apart: the mark is the former version's, of the same spec.
func TestDataOnItsWayIsNotBegunAnew(t *testing.T) {
	const former = "1f744b47c2289253"
	elsewhere := func(s *seiv1alpha1.SeiNodeSpec) { s.Bootstrap.Archive.URL = "https://elsewhere.example.com/" }
	for name, test := range map[string]struct {
		node  *seiv1alpha1.SeiNode
		rolls bool
	}{
		"as it was":      {nodeOf(fullNode, bootstrapped), false},
		"another source": {nodeOf(fullNode, bootstrapped, elsewhere), true},
		"no source":      {nodeOf(fullNode), true},
	} {
		live := normalized(setFor(nodeOf(fullNode, bootstrapped)))
		live.Annotations[seiv1alpha1.AnnotationAsked] = former
		delete(live.Annotations, seiv1alpha1.AnnotationAskedData)
		wanted, recorded := setFor(test.node), workload.StatefulSetChild.Digest(live)
		wanted.Spec.Template.Annotations[seiv1alpha1.AnnotationTemplate] = "newer"
		if decision := workload.DecideStatefulSet(workload.Converted(live, test.node), wanted, recorded); decision.Rolls != test.rolls {
			t.Errorf("%s: rolls %t", name, decision.Rolls)
		}
	}
}

// TestNoSourceAnyMoreRollsOnce: what it was is written over.
func TestNoSourceAnyMoreRollsOnce(t *testing.T) {
	node, live := nodeOf(fullNode), normalized(setFor(nodeOf(fullNode, syncing)))
	decision := workload.DecideStatefulSet(live, setFor(node), workload.StatefulSetChild.Digest(live))
	if !decision.Rolls {
		t.Fatal("it does not roll")
	}
	live = normalized(decision.Write.(*appsv1.StatefulSet))
	if again := workload.DecideStatefulSet(live, setFor(node), workload.StatefulSetChild.Digest(live)); again.Rolls || again.Write != nil {
		t.Error("it is written again")
	}
}

// TestThatTheStateCameRollsNothing: the spec is the same, and asks for the same pod.
func TestThatTheStateCameRollsNothing(t *testing.T) {
	node := nodeOf(fullNode, syncing)
	live := normalized(setFor(node))
	node.Status.CurrentImage = "sei:v6"
	node.Status.Conditions = []metav1.Condition{{Type: seiv1alpha1.ConditionBootstrapped, Status: metav1.ConditionTrue}}
	if decision := workload.DecideStatefulSet(live, setFor(node), workload.StatefulSetChild.Digest(live)); decision.Rolls || decision.Pending != "" || decision.Write != nil {
		t.Errorf("%+v", decision)
	}
}

// TestACopyHasAnIdentityOfItsOwn: no two nodes have one node key, also those of copies of one volume, and of a copy of a copy.
func TestACopyHasAnIdentityOfItsOwn(t *testing.T) {
	const variable = "SEID_NODE_KEY_FILE"
	clone := func(s *seiv1alpha1.SeiNodeSpec) {
		s.Bootstrap = &seiv1alpha1.BootstrapSpec{Claim: &seiv1alpha1.ClaimSource{Name: "data-other"}}
	}
	other := nodeOf(fullNode, copied)
	other.UID = "22222222-node"
	for name, test := range map[string]struct {
		node *seiv1alpha1.SeiNode
		want string
	}{
		"of a snapshot":                {nodeOf(fullNode, copied), "/home/nonroot/.sei/config/seinode_node_key-11111111-node.json"},
		"of a claim":                   {nodeOf(archive, clone), "/home/nonroot/.sei/config/seinode_node_key-11111111-node.json"},
		"another, of the same":         {other, "/home/nonroot/.sei/config/seinode_node_key-22222222-node.json"},
		"a Secret's comes before":      {nodeOf(fullNode, copied, withNodeKey), "/keys/node/node_key.json"},
		"an archive brings no key":     {nodeOf(fullNode, bootstrapped), ""},
		"an import keeps the node's":   {nodeOf(archive, imported), ""},
		"one that begins with nothing": {nodeOf(fullNode), ""},
	} {
		if got := environment(test.node)[variable]; got != test.want {
			t.Errorf("%s: %s=%s", name, variable, got)
		}
		args := strings.Join(container(statefulSet(test.node, claimName, platform.Default(), 1).Spec.Template.Spec.InitContainers, workload.ContainerPrepare).Args, " ")
		if own := path.Base(test.want); strings.HasPrefix(own, "seinode_") != strings.Contains(args, "--own-node-key "+own) {
			t.Errorf("%s: prepare %s", name, args)
		}
	}
}

// TestTheKeyOfAValidatorIsLookedAtWhereDataIsBrought, as where it is inspected: what was brought is judged before seid sees it.
func TestTheKeyOfAValidatorIsLookedAtWhereDataIsBrought(t *testing.T) {
	set := setFor(nodeOf(validator, bootstrapped, func(s *seiv1alpha1.SeiNodeSpec) {
		s.Validator = &seiv1alpha1.ValidatorSpec{SigningKey: &seiv1alpha1.SecretReference{SecretName: "signing"}, SignState: ptr.To(seiv1alpha1.SignStateFresh)}
	}))
	for _, name := range []string{workload.ContainerInspect, workload.ContainerBootstrap} {
		judge := container(set.Spec.Template.Spec.InitContainers, name)
		for _, flag := range []string{"--signing-key-file", "--reservation", "--sign-state"} {
			if !slices.Contains(judge.Args, flag) {
				t.Errorf("%s is not told %s: %q", name, flag, judge.Args)
			}
		}
		for _, folder := range []string{seid.SecretKeyDir, seid.ReservationDir} {
			if !slices.ContainsFunc(judge.VolumeMounts, func(m corev1.VolumeMount) bool { return m.MountPath == folder && m.ReadOnly }) {
				t.Errorf("%s does not see %s", name, folder)
			}
		}
	}
}

// TestOtherWitnessesRollNothing, and are not written for their own sake: the next change of the spec takes them along, and the annotation at once.
func TestOtherWitnessesRollNothing(t *testing.T) {
	selecting := func(s *seiv1alpha1.SeiNodeSpec) {
		s.Bootstrap = &seiv1alpha1.BootstrapSpec{StateSync: &seiv1alpha1.StateSyncSource{WitnessNodes: &seiv1alpha1.SeiNodeSelector{
			MatchLabels: map[string]seiv1alpha1.LabelValue{"a": "b"},
		}}}
	}
	of := func(witnesses []string, changes ...func(*seiv1alpha1.SeiNodeSpec)) *appsv1.StatefulSet {
		node := nodeOf(append([]func(*seiv1alpha1.SeiNodeSpec){fullNode, selecting}, changes...)...)
		return workload.StatefulSet(workload.Inputs{Node: node, ClaimName: claimName, ClaimUID: "claim-uid", Platform: platform.Default(), Replicas: 1, Peers: workload.Peers{Witnesses: witnesses}})
	}
	live := normalized(of([]string{"one", "two"}))
	args := strings.Join(live.Spec.Template.Spec.Containers[0].Args, " ")
	if !strings.Contains(args, "--sync-server http://one.sei.svc:26657 --sync-server http://two.sei.svc:26657") {
		t.Errorf("seid's container is told %s", args)
	}
	recorded := workload.StatefulSetChild.Digest(live)
	for _, others := range [][]string{{"one"}, {"one", "two", "three"}, nil} {
		if got := workload.DecideStatefulSet(live, of(others), recorded); got.Write != nil || got.Pending != "" {
			t.Errorf("%v: %+v", others, got)
		}
	}
	image := func(s *seiv1alpha1.SeiNodeSpec) { s.Image = "sei:v7" }
	got := workload.DecideStatefulSet(live, of([]string{"two", "three"}, image), recorded)
	if !got.Rolls || !strings.Contains(strings.Join(got.Write.(*appsv1.StatefulSet).Spec.Template.Spec.Containers[0].Args, " "), "three.sei.svc") {
		t.Errorf("with another image: %+v", got)
	}
	now := of([]string{"two", "three"})
	now.Annotations[seiv1alpha1.AnnotationRollout] = seiv1alpha1.RolloutNow
	if got := workload.DecideStatefulSet(live, now, recorded); !got.Rolls {
		t.Errorf("with the annotation: %+v", got)
	}
}

// TestASnapshotIsBroughtBeforeSeidTakesIt: by the container that brings data, with the user's Secret, and seid is told of it. Without one no such container is there.
func TestASnapshotIsBroughtBeforeSeidTakesIt(t *testing.T) {
	published := func(s *seiv1alpha1.SeiNodeSpec) {
		s.Bootstrap.StateSync.Snapshot = &seiv1alpha1.SnapshotSource{
			URL: "https://example.com/5.tar.gz", SHA256: ptr.To("ab"), Compression: ptr.To(seiv1alpha1.ArchiveCompression("Gzip")),
			AuthSecret: &seiv1alpha1.SecretReference{SecretName: "mirror"}, Spool: ptr.To(seiv1alpha1.ArchiveSpool("Never")),
		}
	}
	for name, test := range map[string]struct {
		node           *seiv1alpha1.SeiNode
		brings, chunks bool
	}{
		"a snapshot": {nodeOf(fullNode, syncing, published), true, true},
		"peers":      {nodeOf(fullNode, syncing), false, false},
		"an archive": {nodeOf(fullNode, bootstrapped), true, false},
	} {
		pod := statefulSet(test.node, claimName, platform.Default(), 1).Spec.Template.Spec
		brings := slices.ContainsFunc(pod.InitContainers, func(c corev1.Container) bool { return c.Name == workload.ContainerBootstrap })
		if brings != test.brings {
			t.Errorf("%s: is brought: %t", name, brings)
		}
		if seids := container(pod.Containers, workload.ContainerSeid); slices.Contains(seids.Args, "--sync-chunks") != test.chunks {
			t.Errorf("%s: seid is told: %v", name, seids.Args)
		}
		if !brings {
			continue
		}
		args := container(pod.InitContainers, workload.ContainerBootstrap).Args
		if slices.Contains(args, "--chunks") != test.chunks || !slices.Contains(args, "--auth-dir") || !slices.Contains(args, test.node.Published().URL) {
			t.Errorf("%s: %v", name, args)
		}
		if !slices.ContainsFunc(pod.Volumes, func(v corev1.Volume) bool { return v.Secret != nil && v.Secret.SecretName == "mirror" }) {
			t.Errorf("%s: the Secret is not mounted", name)
		}
	}
}

// TestWhoKnowsTheChainIsAskedByTheAgent: where an archive brings the data.
func TestWhoKnowsTheChainIsAskedByTheAgent(t *testing.T) {
	set := setFor(nodeOf(fullNode, bootstrapped, func(s *seiv1alpha1.SeiNodeSpec) { s.Bootstrap.Witnesses = []string{"https://a:443", "https://b:443"} }))
	args := strings.Join(container(set.Spec.Template.Spec.InitContainers, workload.ContainerAgent).Args, " ")
	if !strings.Contains(args, "--sync-chain-id pacific-1 --sync-server https://a:443 --sync-server https://b:443") || strings.Contains(args, "--sync-said") {
		t.Error(args)
	}
}
