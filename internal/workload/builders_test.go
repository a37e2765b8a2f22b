package workload_test

import (
	"strings"
	"testing"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/utils/ptr"

	seiv1alpha1 "github.com/seinode/seinode-operator/api/v1alpha1"
	"github.com/seinode/seinode-operator/internal/platform"
	"github.com/seinode/seinode-operator/internal/workload"
)

const claimName = "data-archive-0-0"

func archive(s *seiv1alpha1.SeiNodeSpec)   { s.Archive = &seiv1alpha1.ArchiveSpec{} }
func fullNode(s *seiv1alpha1.SeiNodeSpec)  { s.FullNode = &seiv1alpha1.FullNodeSpec{} }
func validator(s *seiv1alpha1.SeiNodeSpec) { s.Validator = &seiv1alpha1.ValidatorSpec{} }
func seed(s *seiv1alpha1.SeiNodeSpec) {
	s.Seed, s.NodeKey = &seiv1alpha1.SeedSpec{}, &seiv1alpha1.SecretReference{SecretName: "node-key"}
}

func imported(s *seiv1alpha1.SeiNodeSpec) {
	s.DataVolume = &seiv1alpha1.DataVolumeSpec{Import: &seiv1alpha1.DataVolumeImport{PVCName: claimName}}
}

func bootstrapped(s *seiv1alpha1.SeiNodeSpec) {
	s.Bootstrap = &seiv1alpha1.BootstrapSpec{Archive: &seiv1alpha1.ArchiveSource{
		URL: "https://example.com/sei.tar.lz4", SHA256: ptr.To(strings.Repeat("ab", 32)), WasmURL: ptr.To("https://example.com/wasm.tar"),
		AuthSecret: &seiv1alpha1.SecretReference{SecretName: "mirror"}, Spool: ptr.To(seiv1alpha1.ArchiveSpool("Never")),
	}}
}

func syncing(s *seiv1alpha1.SeiNodeSpec) {
	s.Bootstrap = &seiv1alpha1.BootstrapSpec{StateSync: &seiv1alpha1.StateSyncSource{
		RPCServers: []string{"https://a.example.com:443", "http://b.sei.svc:26657"}, TrustHeightOffset: ptr.To[int64](2000), TrustPeriod: ptr.To("24h"),
		Trust: &seiv1alpha1.TrustedBlock{Height: 7, Hash: strings.Repeat("ab", 32)},
	}}
}

func copied(s *seiv1alpha1.SeiNodeSpec) {
	s.Bootstrap = &seiv1alpha1.BootstrapSpec{VolumeSnapshot: &seiv1alpha1.VolumeSnapshotSource{Name: "yesterday"}}
}

func withNodeKey(s *seiv1alpha1.SeiNodeSpec) {
	s.NodeKey = &seiv1alpha1.SecretReference{SecretName: "node-key"}
}

// everything sets every field of the spec that reaches the workload.
func everything(s *seiv1alpha1.SeiNodeSpec) {
	s.Resources = &corev1.ResourceRequirements{Requests: corev1.ResourceList{"cpu": resource.MustParse("8")}}
	s.NodeSelector = map[string]string{"disk": "nvme"}
	s.Tolerations = []corev1.Toleration{{Key: "sei", Operator: corev1.TolerationOpExists}}
	s.Affinity = &corev1.Affinity{PodAntiAffinity: &corev1.PodAntiAffinity{}}
	s.TopologySpreadConstraints = []corev1.TopologySpreadConstraint{{MaxSkew: 1, TopologyKey: "zone", WhenUnsatisfiable: corev1.DoNotSchedule}}
	s.PriorityClassName, s.ServiceAccountName = ptr.To("critical"), ptr.To("sei")
	s.PodLabels = map[string]string{"team": "data"}
	s.PodAnnotations = map[string]string{"note": "mine"}
	s.ImagePullSecrets = []corev1.LocalObjectReference{{Name: "own"}}
	s.TerminationGracePeriodSeconds = ptr.To[int64](600)
	s.Genesis = &seiv1alpha1.GenesisSpec{ConfigMapName: "genesis"}
	s.NodeKey = &seiv1alpha1.SecretReference{SecretName: "node-key"}
	s.Peers, s.ExternalAddress = &seiv1alpha1.PeersSpec{Static: []string{"a@b:1"}}, ptr.To("c:2")
	s.Overrides = map[string]string{"p2p.max-connections": "200"}
	s.RunAs = &seiv1alpha1.RunAs{User: 1000, Group: ptr.To[int64](2000)}
}

// platformWide sets every default of the platform that reaches the workload.
func platformWide() platform.Config {
	config := platform.Default()
	for mode := range config.Modes {
		config.Modes[mode] = platform.ModeDefaults{Resources: corev1.ResourceRequirements{
			Limits: corev1.ResourceList{"memory": resource.MustParse("64Gi")},
		}}
	}
	config.Scheduling = platform.Scheduling{
		NodeSelector: map[string]string{"pool": "sei"},
		Tolerations:  []corev1.Toleration{{Key: "pool", Operator: corev1.TolerationOpExists}},
		Affinity:     &corev1.Affinity{NodeAffinity: &corev1.NodeAffinity{}},

		TopologySpreadConstraints: []corev1.TopologySpreadConstraint{{MaxSkew: 2, TopologyKey: "machine", WhenUnsatisfiable: corev1.ScheduleAnyway}},
		PriorityClassName:         "nodes",
	}
	config.Images = platform.Images{Agent: "operator:v1", PullPolicy: corev1.PullAlways, PullSecrets: []corev1.LocalObjectReference{{Name: "platform"}}}
	return config
}

func nodeOf(changes ...func(*seiv1alpha1.SeiNodeSpec)) *seiv1alpha1.SeiNode {
	node := &seiv1alpha1.SeiNode{
		ObjectMeta: metav1.ObjectMeta{Name: "archive-0", Namespace: "sei", UID: "11111111-node"},
		Spec:       seiv1alpha1.SeiNodeSpec{ChainID: "pacific-1", Image: "ghcr.io/sei-protocol/sei:v6.6.2"},
	}
	for _, change := range changes {
		change(&node.Spec)
	}
	return node
}

// signing makes a validator that signs with the key of a Secret.
func signing(s *seiv1alpha1.SeiNodeSpec) {
	s.Validator = &seiv1alpha1.ValidatorSpec{SigningKey: &seiv1alpha1.SecretReference{SecretName: "signing-key"}}
}

func setOf(changes ...func(*seiv1alpha1.SeiNodeSpec)) *appsv1.StatefulSet {
	return statefulSet(nodeOf(changes...), claimName, platform.Default(), 1)
}

func statefulSet(node *seiv1alpha1.SeiNode, claim string, config platform.Config, replicas int32) *appsv1.StatefulSet {
	return workload.StatefulSet(workload.Inputs{Node: node, ClaimName: claim, ClaimUID: "claim-uid", Platform: config, Replicas: replicas})
}

func podOf(changes ...func(*seiv1alpha1.SeiNodeSpec)) corev1.PodSpec {
	return setOf(changes...).Spec.Template.Spec
}

// forEachMode runs a test in each of the four modes.
func forEachMode(t *testing.T, check func(t *testing.T, mode func(*seiv1alpha1.SeiNodeSpec))) {
	t.Helper()
	for name, mode := range map[string]func(*seiv1alpha1.SeiNodeSpec){
		"archive": archive, "fullNode": fullNode, "validator": validator, "seed": seed,
	} {
		t.Run(name, func(t *testing.T) { check(t, mode) })
	}
}
