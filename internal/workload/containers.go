package workload

import (
	"fmt"
	"strconv"
	"strings"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/util/intstr"
	"k8s.io/utils/ptr"

	seiv1alpha1 "github.com/seinode/seinode-operator/api/v1alpha1"
	"github.com/seinode/seinode-operator/internal/platform"
	"github.com/seinode/seinode-operator/internal/seid"
)

// The names of the containers, in the order in which they start.
const (
	// ContainerHome writes this version's default files into scratch space. It never sees the data volume.
	ContainerHome = "home"
	// ContainerInspect looks at the data volume, which it has read-only, and stops the pod at one that does not fit.
	ContainerInspect = "inspect"
	// ContainerBootstrap brings the data of an empty volume, where the SeiNode says from where.
	ContainerBootstrap = "bootstrap"
	// ContainerPrepare copies onto the volume what is missing, and rewrites nothing.
	ContainerPrepare = "prepare"
	// ContainerAgent tells the truth about seid's health for as long as it runs.
	ContainerAgent = "agent"
	// ContainerSeid runs seid.
	ContainerSeid = "seid"
)

// maxBlockAge is how old the last block of a ready node may be: 25 blocks of Sei's 0.4 s.
const maxBlockAge = "10s"

// agentProgram is the agent's path in the operator's image.
const agentProgram = "/seinode-agent"

// homeContainer overwrites nothing but its own scratch folder, which outlives a restart of the container.
func homeContainer(node *seiv1alpha1.SeiNode, config platform.Config) corev1.Container {
	home := seidImage(ContainerHome, node, config, []corev1.VolumeMount{scratchMount()},
		"init", node.Name, "--chain-id", node.Spec.ChainID, "--mode", InitMode(node.Mode()), "--home", seid.ScratchHome, "--overwrite")
	home.Resources = config.Containers.Home
	return home
}

// inspectContainer has the signing key besides: which key the node would sign with is part of what is looked at.
func inspectContainer(node *seiv1alpha1.SeiNode, config platform.Config) corev1.Container {
	key, mounts := looksAtKey(node)
	return looksAtVolume(node, config, key, mounts)
}

// looksAtVolume is the container that looks at the data volume, with what it may see of a key.
func looksAtVolume(node *seiv1alpha1.SeiNode, config platform.Config, key []string, mounts []corev1.VolumeMount) corev1.Container {
	args := append([]string{"inspect", "--volume", seid.Volume}, judged(node)...)
	switch kind, name := node.CopyOf(); {
	case kind != "":
		args = append(args, "--copy-of", fmt.Sprintf("%s %q", kind, name))
	case node.StateSync() != nil:
		args = append(args, "--bootstrap", "--state-sync")
	case node.Spec.Bootstrap != nil:
		args = append(args, "--bootstrap")
	}
	return agentImage(ContainerInspect, config, append([]corev1.VolumeMount{dataMount(true)}, mounts...), append(append(args, key...), configured(node)...)...)
}

// looksAtKey lets a container see which key a validator would sign with, and which one was reserved for it.
func looksAtKey(node *seiv1alpha1.SeiNode) (args []string, mounts []corev1.VolumeMount) {
	if node.SigningSecret() != "" {
		args, mounts = append(args, secretKey()...), append(mounts, secretMount())
	}
	if node.Mode() == seiv1alpha1.ModeValidator {
		args, mounts = append(args, reserved()...), append(mounts, reservationMount())
	}
	return args, mounts
}

// judged tells the agent what a volume has to fit, and configured what the environment makes of what lies there.
func judged(node *seiv1alpha1.SeiNode) []string {
	args := []string{"--chain-id", node.Spec.ChainID, "--mode", string(node.Mode()), "--policy", string(node.InspectionPolicy())}
	return append(append(args, placed(node)...), signs(node)...)
}

func configured(node *seiv1alpha1.SeiNode) (args []string) {
	if overridden(node, "priv-validator.laddr") != "" {
		args = append(args, "--remote-signer")
	}
	for _, setting := range Settings(node) {
		args = append(args, "--setting", setting.Key)
	}
	return args
}

// placed tells the agent where on the volume the home is, and what is nobody's content there.
func placed(node *seiv1alpha1.SeiNode) (args []string) {
	if path := node.HomePath(); path != "" {
		args = append(args, "--home-path", path)
	}
	for _, name := range node.Volume().Ignore {
		args = append(args, "--ignore", name)
	}
	return args
}

// signs tells the agent what a validator signs with.
func signs(node *seiv1alpha1.SeiNode) (args []string) {
	if node.SigningSecret() != "" {
		args = append(args, "--signing-key", "Secret")
	}
	if node.SignsFresh() {
		args = append(args, "--sign-state", string(seiv1alpha1.SignStateFresh))
	}
	return args
}

// secretKey tells the agent where a validator's Secret has its key, and reserved which key the operator reserved for the node.
func secretKey() []string {
	return []string{"--signing-key-file", seid.SecretKeyDir + "/" + seid.SigningKeyFile}
}

func reserved() []string {
	return []string{"--reservation", seid.ReservationDir + "/" + seid.ReservationFile}
}

// prepareContainer copies the signing key of a Secret besides: seid signs with the copy, so that a Secret that is changed under a pod reaches no
// seid that was not inspected with it.
func prepareContainer(node *seiv1alpha1.SeiNode, config platform.Config) corev1.Container {
	args := []string{"prepare", "--volume", seid.Volume, "--scratch", seid.ScratchHome, "--home", seid.Home, "--mode", string(node.Mode())}
	args = append(append(args, placed(node)...), signs(node)...)
	mounts := []corev1.VolumeMount{dataMount(false), scratchMount(), homeMount()}
	if node.Spec.Genesis != nil {
		args = append(args, "--genesis", seid.GenesisDir+"/"+seid.GenesisFile)
		mounts = append(mounts, corev1.VolumeMount{Name: genesisVolume, MountPath: seid.GenesisDir, ReadOnly: true})
	}
	switch {
	case node.Spec.NodeKey != nil:
		args = append(args, "--node-key", "Secret", "--node-key-file", seid.NodeKeyDir+"/"+seid.NodeKeyFile)
		mounts = append(mounts, nodeKeyMount())
	case node.Copies():
		args = append(args, "--own-node-key", seid.OwnNodeKeyFile(string(node.UID)))
	}
	if isAround(node) {
		args = append(args, "--program", seid.AgentCopy)
	}
	if node.SigningSecret() != "" {
		args = append(append(append(args, secretKey()...), reserved()...), "--key-copy", seid.SigningKeyDir+"/"+seid.SigningKeyFile)
		mounts = append(mounts, secretMount(), reservationMount(), signingMount(false))
	}
	return agentImage(ContainerPrepare, config, mounts, args...)
}

// agentContainer is a native sidecar: it starts before seid and stops after it, and its readiness is the pod's.
func agentContainer(node *seiv1alpha1.SeiNode, config platform.Config) corev1.Container {
	args := append([]string{"serve", "--listen", ":" + strconv.Itoa(int(seid.AgentPort)), "--volume", seid.Volume}, append(watched(node), halts(node)...)...)
	agent := agentImage(ContainerAgent, config, []corev1.VolumeMount{dataMount(true)}, append(args, placed(node)...)...)
	watchesSync(&agent, node)
	agent.RestartPolicy = ptr.To(corev1.ContainerRestartPolicyAlways)
	agent.Ports = []corev1.ContainerPort{{Name: seid.PortAgent, ContainerPort: seid.AgentPort, Protocol: corev1.ProtocolTCP}}
	agent.ReadinessProbe = readiness()
	return agent
}

// watched is what the agent is to look at: what seid says of itself, or the one port of a seed, which says nothing.
func watched(node *seiv1alpha1.SeiNode) []string {
	if node.Mode() == seiv1alpha1.ModeSeed {
		return []string{"--p2p", "127.0.0.1:" + strconv.Itoa(int(seid.P2PPort))}
	}
	args := []string{"--max-block-age", maxBlockAge, "--min-peers", strconv.Itoa(MinPeers(node))}
	if node.Mode() == seiv1alpha1.ModeValidator {
		args = append(args, "--signs")
	}
	return args
}

// readiness follows a node that is cut off within 15 s: the agent allows the last block 10 s and asks every second, and the
// probe comes every 2 s. The agent answers from memory, so that one failure is no accident.
func readiness() *corev1.Probe {
	return &corev1.Probe{
		ProbeHandler: corev1.ProbeHandler{HTTPGet: &corev1.HTTPGetAction{
			Path: "/readyz", Port: intstr.FromString(seid.PortAgent), Scheme: corev1.URISchemeHTTP,
		}},
		PeriodSeconds: 2, TimeoutSeconds: 2, FailureThreshold: 1,
	}
}

// seidContainer has no probe of its own: the agent knows better than an open port, and a long replay is no reason to kill it.
func seidContainer(node *seiv1alpha1.SeiNode, config platform.Config) corev1.Container {
	mounts := append([]corev1.VolumeMount{dataMount(false), scratchMount(), homeMount()}, keyMounts(node)...)
	container := seidImage(ContainerSeid, node, config, mounts, "start", "--home", seid.Home)
	if isAround(node) {
		putAround(&container, node)
	}
	container.Env = append([]corev1.EnvVar{lastWordsFirst}, environment(node)...)
	container.Ports = containerPorts(node)
	container.Resources = resources(node, config)
	return container
}

// halts tells the agent at which block seid is to stop and stay stopped.
func halts(node *seiv1alpha1.SeiNode) (args []string) {
	if height := haltHeight(node); height != "" {
		args = append(args, "--halt-height", height)
	}
	return args
}

// isAround says whether the agent is around seid: by itself seid ends at its halt height, and commits one block more each time that its container is started
// again, and a state sync is got ready for at each start.
func isAround(node *seiv1alpha1.SeiNode) bool {
	return haltHeight(node) != "" || node.StateSync() != nil
}

func putAround(container *corev1.Container, node *seiv1alpha1.SeiNode) {
	args := append(append(append([]string{"run", "--volume", seid.Volume}, halts(node)...), syncs(node)...), placed(node)...)
	container.Args = append(append(append(args, "--"), container.Command...), container.Args...)
	container.Command = []string{seid.AgentCopy}
}

// lastWordsFirst keeps a panic's own line the last of the output, which is what a termination message holds: else some 6 kB of
// goroutines come after it (seid v6.6.2).
var lastWordsFirst = corev1.EnvVar{Name: "GOTRACEBACK", Value: "none"}

// environment brings the settings to seid as they were written: Kubernetes would expand $(X), and take $$ for $.
func environment(node *seiv1alpha1.SeiNode) []corev1.EnvVar {
	var env []corev1.EnvVar
	for _, setting := range Settings(node) {
		env = append(env, corev1.EnvVar{Name: setting.Variable(), Value: strings.ReplaceAll(setting.Value, "$", "$$")})
	}
	return env
}

// ports are those that seid opens for others than its own pod.
func ports(node *seiv1alpha1.SeiNode) []seid.Port {
	switch {
	case node.Mode() == seiv1alpha1.ModeSeed:
		return seid.SeedPorts
	case !node.ServesRPC():
		return seid.ValidatorPorts
	}
	return seid.Ports
}

func containerPorts(node *seiv1alpha1.SeiNode) []corev1.ContainerPort {
	var opened []corev1.ContainerPort
	for _, port := range ports(node) {
		opened = append(opened, corev1.ContainerPort{Name: port.Name, ContainerPort: port.Number, Protocol: corev1.ProtocolTCP})
	}
	return opened
}

func seidImage(name string, node *seiv1alpha1.SeiNode, config platform.Config, mounts []corev1.VolumeMount, args ...string) corev1.Container {
	return corev1.Container{
		Name: name, Image: node.Spec.Image, ImagePullPolicy: config.Images.PullPolicy, Command: []string{"seid"}, Args: args,
		VolumeMounts: mounts, SecurityContext: containerSecurity(),
		TerminationMessagePolicy: corev1.TerminationMessageFallbackToLogsOnError, // its last words say why it ended
	}
}

func agentImage(name string, config platform.Config, mounts []corev1.VolumeMount, args ...string) corev1.Container {
	return corev1.Container{
		Name: name, Image: config.Images.Agent, ImagePullPolicy: config.Images.PullPolicy, Command: []string{agentProgram}, Args: args,
		VolumeMounts: mounts, SecurityContext: containerSecurity(), Resources: config.Containers.Agent,
		TerminationMessagePolicy: corev1.TerminationMessageFallbackToLogsOnError,
	}
}

func containerSecurity() *corev1.SecurityContext {
	return &corev1.SecurityContext{
		AllowPrivilegeEscalation: ptr.To(false),
		Capabilities:             &corev1.Capabilities{Drop: []corev1.Capability{"ALL"}},
	}
}
