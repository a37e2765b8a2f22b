package workload

import (
	"slices"
	"strconv"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/utils/ptr"

	seiv1alpha1 "github.com/seinode/seinode-operator/api/v1alpha1"
	"github.com/seinode/seinode-operator/internal/platform"
	"github.com/seinode/seinode-operator/internal/seid"
)

// initContainers are those that run before seid, in their order.
func initContainers(node *seiv1alpha1.SeiNode, config platform.Config) []corev1.Container {
	all := []corev1.Container{homeContainer(node, config), inspectContainer(node, config)}
	if node.Published() != nil {
		all = append(all, bootstrapContainer(node, config))
	}
	return append(all, prepareContainer(node, config), agentContainer(node, config))
}

// bootstrapContainer brings the data of an empty volume, and has it judged as inspect does before seid sees it. It needs nobody but its pod, and says how
// far it is where the agent says so later.
func bootstrapContainer(node *seiv1alpha1.SeiNode, config platform.Config) corev1.Container {
	archive := node.Published()
	args := append([]string{"bootstrap", "--volume", seid.Volume, "--listen", ":" + strconv.Itoa(int(seid.AgentPort))}, judged(node)...)
	key, mounts := looksAtKey(node)
	args, mounts = append(append(append(args, key...), configured(node)...), archived(archive)...), append([]corev1.VolumeMount{dataMount(false)}, mounts...)
	if node.StateSync() != nil {
		args = append(args, "--chunks")
	}
	if archive.AuthSecret != nil {
		args, mounts = append(args, "--auth-dir", seid.ArchiveAuthDir), append(mounts, corev1.VolumeMount{Name: archiveAuthVolume, MountPath: seid.ArchiveAuthDir, ReadOnly: true})
	}
	container := agentImage(ContainerBootstrap, config, mounts, args...)
	container.Resources = config.Containers.Bootstrap
	if wanted := node.Spec.Bootstrap.Resources; wanted != nil {
		container.Resources = *wanted
	}
	return container
}

// archived tells the agent where the archive is, and what is known of it.
func archived(archive *seiv1alpha1.ArchiveSource) []string {
	args := []string{"--archive-url", archive.URL}
	for _, option := range []struct{ flag, value string }{
		{"--archive-sha256", ptr.Deref(archive.SHA256, "")},
		{"--archive-compression", string(ptr.Deref(archive.Compression, ""))},
		{"--wasm-url", ptr.Deref(archive.WasmURL, "")},
		{"--spool", string(ptr.Deref(archive.Spool, ""))},
	} {
		if option.value != "" {
			args = append(args, option.flag, option.value)
		}
	}
	return args
}

// syncs tells the agent around seid by whom the chain is trusted, nothing where no state sync is asked for.
func syncs(node *seiv1alpha1.SeiNode) []string {
	from := node.StateSync()
	if from == nil {
		return nil
	}
	args := trusts(node)
	if from.TrustHeightOffset != nil {
		args = append(args, "--sync-offset", strconv.FormatInt(*from.TrustHeightOffset, 10))
	}
	if from.Snapshot != nil {
		args = append(args, "--sync-chunks")
	}
	if from.TrustPeriod != nil {
		args = append(args, "--sync-trust-period", *from.TrustPeriod)
	}
	if from.Trust != nil {
		args = append(args, "--sync-trust-height", strconv.FormatInt(from.Trust.Height, 10), "--sync-trust-hash", from.Trust.Hash)
	}
	return args
}

// FetchesState says whether the pod is one in which a state sync is got ready for before seid starts.
func FetchesState(pod *corev1.Pod) bool {
	return pod != nil && slices.ContainsFunc(pod.Spec.Containers, func(c corev1.Container) bool {
		return c.Name == ContainerSeid && slices.Contains(c.Args, FlagSaid)
	})
}

// FlagSaid names the file in which the agent around seid says how far a state sync is.
const FlagSaid = "--sync-said"

// watchesSync lets the agent beside seid see how far a state sync is, and compare what an archive brought with those who know the chain.
func watchesSync(agent *corev1.Container, node *seiv1alpha1.SeiNode) {
	if node.StateSync() == nil {
		agent.Args = append(agent.Args, compares(node)...)
		return
	}
	scratch := scratchMount()
	scratch.ReadOnly = true
	agent.Args, agent.VolumeMounts = append(agent.Args, trusts(node)...), append(agent.VolumeMounts, scratch)
}

// compares tells the agent whom to ask for a block of an archive's data.
func compares(node *seiv1alpha1.SeiNode) []string {
	if node.Spec.Bootstrap == nil || len(node.Spec.Bootstrap.Witnesses) == 0 {
		return nil
	}
	return knownTo(node, node.Spec.Bootstrap.Witnesses)
}

// trusts tells both agents where the one says how far the sync is, and by whom the chain is trusted.
func trusts(node *seiv1alpha1.SeiNode) []string {
	return append([]string{FlagSaid, seid.SyncSaid}, knownTo(node, node.StateSync().RPCServers)...)
}

// knownTo names the servers that know the node's chain.
func knownTo(node *seiv1alpha1.SeiNode, servers []string) []string {
	args := []string{"--sync-chain-id", node.Spec.ChainID}
	for _, server := range servers {
		args = append(args, "--sync-server", server)
	}
	return args
}

// archiveAuth is the Secret that the archive is fetched with; nil for none.
func archiveAuth(node *seiv1alpha1.SeiNode) []corev1.Volume {
	from := node.Published()
	if from == nil || from.AuthSecret == nil {
		return nil
	}
	mode := secretMode(node)
	return []corev1.Volume{{Name: archiveAuthVolume, VolumeSource: corev1.VolumeSource{Secret: &corev1.SecretVolumeSource{
		SecretName: from.AuthSecret.SecretName, DefaultMode: &mode,
	}}}}
}

// hasData says whether the node has its data: seid ran on it. With a state sync seid runs before that, and the condition says so from the first answer on: a node
// without it ran before a state sync was asked for.
func hasData(node *seiv1alpha1.SeiNode) bool {
	said := meta.FindStatusCondition(node.Status.Conditions, seiv1alpha1.ConditionBootstrapped)
	return node.Status.CurrentImage != "" && (node.StateSync() == nil || said == nil || said.Status == metav1.ConditionTrue)
}
