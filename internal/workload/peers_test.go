package workload_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	appsv1 "k8s.io/api/apps/v1"

	seiv1alpha1 "github.com/seinode/seinode-operator/api/v1alpha1"
	"github.com/seinode/seinode-operator/internal/platform"
	"github.com/seinode/seinode-operator/internal/workload"
)

var (
	idA, idB = strings.Repeat("a", 40), strings.Repeat("b", 40)
	peerA    = []seiv1alpha1.PeerStatus{{Name: "node-a", NodeID: idA}}
	peerAB   = append(peerA, seiv1alpha1.PeerStatus{Name: "node-b", NodeID: idB})
)

func behind(s *seiv1alpha1.SeiNodeSpec) {
	s.Archive, s.Validator = nil, &seiv1alpha1.ValidatorSpec{}
	s.Sentries = &seiv1alpha1.SeiNodeSelector{MatchLabels: map[string]seiv1alpha1.LabelValue{"role": "sentry"}}
}

func connected(node *seiv1alpha1.SeiNode, peers workload.Peers) *appsv1.StatefulSet {
	return workload.StatefulSet(workload.Inputs{Node: node, ClaimName: claimName, Platform: platform.Default(), Replicas: 1, Peers: peers})
}

// variables are those of seid's container that are about peers.
func variables(set *appsv1.StatefulSet) map[string]string {
	found := map[string]string{}
	for _, variable := range container(set.Spec.Template.Spec.Containers, workload.ContainerSeid).Env {
		if key, is := strings.CutPrefix(variable.Name, "SEID_P2P_"); is && key != "LADDR" {
			found[key] = variable.Value
		}
	}
	return found
}

func TestWhoSeidIsToldOf(t *testing.T) {
	atA, atB := idA+"@node-a.sei.svc:26656", idB+"@node-b.sei.svc:26656"
	static := func(s *seiv1alpha1.SeiNodeSpec) { s.Peers = &seiv1alpha1.PeersSpec{Static: []string{"c@d:1", atA}} }
	for name, test := range map[string]struct {
		spec  func(*seiv1alpha1.SeiNodeSpec)
		peers workload.Peers
		want  map[string]string
	}{
		"nobody":                        {archive, workload.Peers{}, map[string]string{}},
		"two to dial":                   {archive, workload.Peers{Dial: peerAB}, map[string]string{"PERSISTENT_PEERS": atA + "," + atB}},
		"beside static ones, each once": {static, workload.Peers{Dial: peerAB}, map[string]string{"PERSISTENT_PEERS": "c@d:1," + atA + "," + atB}},
		"a validator to shield": {archive, workload.Peers{Shields: peerA}, map[string]string{
			"PERSISTENT_PEERS": atA, "PRIVATE_PEER_IDS": idA, "UNCONDITIONAL_PEER_IDS": idA,
		}},
		"a validator to shield beside the user's own": {func(s *seiv1alpha1.SeiNodeSpec) {
			s.Overrides = map[string]string{"p2p.private-peer-ids": "x, y", "p2p_unconditional.peer-ids": "z"}
		}, workload.Peers{Shields: peerA, Dial: peerAB}, map[string]string{
			"PERSISTENT_PEERS": atA + "," + atB, "PRIVATE_PEER_IDS": "x,y," + idA, "UNCONDITIONAL_PEER_IDS": "z," + idA,
		}},
		"a validator whose sentries do not shield it yet": {behind, workload.Peers{}, map[string]string{
			"PERSISTENT_PEERS": ",", "BOOTSTRAP_PEERS": ",", "BLOCKSYNC_PEERS": ",", "PEX": "false", "MAX_OUTBOUND_CONNECTIONS": "0",
		}},
		"a validator whose sentry does": {behind, workload.Peers{Dial: peerA}, map[string]string{
			"PERSISTENT_PEERS": atA, "BOOTSTRAP_PEERS": ",", "BLOCKSYNC_PEERS": ",", "PEX": "false", "MAX_OUTBOUND_CONNECTIONS": "0",
		}},
	} {
		t.Run(name, func(t *testing.T) {
			node := nodeOf(archive, test.spec)
			before := node.DeepCopy()
			if diff := cmp.Diff(test.want, variables(connected(node, test.peers))); diff != "" {
				t.Error(diff)
			}
			if diff := cmp.Diff(before, node); diff != "" {
				t.Errorf("the SeiNode itself is changed: %s", diff)
			}
		})
	}
}

// TestPeersThatBecomeKnownReplaceNoPod, and are not worth a write or a word: they go along with the next change. A validator to shield replaces it, once.
func TestPeersThatBecomeKnownReplaceNoPod(t *testing.T) {
	plain, newer := nodeOf(archive), nodeOf(archive, func(s *seiv1alpha1.SeiNodeSpec) { s.Image = "sei:v2" })
	now := plain.DeepCopy()
	now.Annotations = map[string]string{seiv1alpha1.AnnotationRollout: seiv1alpha1.RolloutNow}
	for name, test := range map[string]struct {
		node          *seiv1alpha1.SeiNode
		before, after workload.Peers
		want          outcome
	}{
		"more peers":                         {plain, workload.Peers{Dial: peerA}, workload.Peers{Dial: peerAB}, outcome{}},
		"the first peers":                    {plain, workload.Peers{}, workload.Peers{Dial: peerA}, outcome{}},
		"no peers any more":                  {plain, workload.Peers{Dial: peerA}, workload.Peers{}, outcome{}},
		"more peers, and another image":      {newer, workload.Peers{}, workload.Peers{Dial: peerA}, outcome{writes: true, rolls: true}},
		"more peers, and they are asked for": {now, workload.Peers{}, workload.Peers{Dial: peerA}, outcome{writes: true, rolls: true}},
		"a validator to shield":              {plain, workload.Peers{}, workload.Peers{Shields: peerA}, outcome{writes: true, rolls: true}},
		"another validator to shield":        {plain, workload.Peers{Shields: peerA}, workload.Peers{Shields: peerAB}, outcome{writes: true, rolls: true}},
		"no validator to shield any more":    {plain, workload.Peers{Shields: peerA}, workload.Peers{}, outcome{writes: true, rolls: true}},
	} {
		t.Run(name, func(t *testing.T) {
			live := normalized(connected(plain, test.before))
			wanted := connected(test.node, test.after)
			got := workload.DecideStatefulSet(live, wanted, workload.StatefulSetChild.Digest(live))
			if came := (outcome{got.Write != nil, got.Rolls, got.Pending != ""}); came != test.want {
				t.Fatalf("%+v", came)
			}
			if got.Write == nil {
				return
			}
			written := normalized(got.Write.(*appsv1.StatefulSet))
			if diff := cmp.Diff(variables(wanted), variables(written)); diff != "" {
				t.Errorf("the peers that are known are not written along: %s", diff)
			}
			if again := workload.DecideStatefulSet(written, wanted, workload.StatefulSetChild.Digest(written)); again.Write != nil || again.Pending != "" {
				t.Errorf("it is not at rest then: %+v", again)
			}
			if diff := cmp.Diff(test.after.Shields, workload.WiredTo(written)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// TestANewerTemplateIsStillTold, whoever the pod dials.
func TestANewerTemplateIsStillTold(t *testing.T) {
	config := platform.Default()
	config.Scheduling.PriorityClassName = "high"
	live := normalized(connected(nodeOf(archive), workload.Peers{Dial: peerA}))
	wanted := workload.StatefulSet(workload.Inputs{Node: nodeOf(archive), ClaimName: claimName, Platform: config, Replicas: 1, Peers: workload.Peers{Dial: peerAB}})
	if got := workload.DecideStatefulSet(live, wanted, workload.StatefulSetChild.Digest(live)); got.Pending == "" || got.Rolls {
		t.Errorf("%+v", got)
	}
}

// TestWhomAPodDials is told from its StatefulSet, whoever its chain is trusted by.
func TestWhomAPodDials(t *testing.T) {
	for name, made := range map[string]workload.Peers{
		"nobody": {}, "nobody, with witnesses": {Witnesses: []string{"w"}}, "one": {Dial: peerA}, "one, with witnesses": {Dial: peerA, Witnesses: []string{"w"}},
	} {
		set := connected(nodeOf(archive), made)
		if !workload.Dials(set, made.Dial) || workload.Dials(set, peerAB) {
			t.Errorf("%s: mark %s", name, workload.PodMark(set))
		}
	}
}
