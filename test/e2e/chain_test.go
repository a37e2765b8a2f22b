//go:build e2e

package e2e

import (
	"context"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"

	. "github.com/onsi/gomega"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/intstr"
	"k8s.io/utils/ptr"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/seinode/seinode-operator/internal/agent/wire"
	"github.com/seinode/seinode-operator/internal/seid"
)

// The chain that all specs follow: one validator that makes a block a second and a full node of it, in plain pods of a namespace of their
// own. Two, since a node with one peer never says that it has caught up.
const (
	chainNamespace = "sei-e2e-chain"
	home           = "/home/nonroot/.sei"
	// heldHeight is the block at which those stop that fill the specs' volumes, which hold up to spilled more: a node that catches up does not stop on the spot.
	heldHeight = 5
	spilled    = 10
)

func startDevnet(ctx context.Context) {
	removeNamespace(ctx, chainNamespace) // of a run that was broken off
	Expect(k8s.Create(ctx, &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: chainNamespace}})).To(Succeed())
	startChain(ctx, chainNamespace, emptyDir())
}

// chainPods are the pods of a chain, the validator first.
var chainPods = []string{"devnet", "companion"}

// startChain starts the validator on the volume, with what else it is told, and the full node beside it.
func startChain(ctx context.Context, namespace string, source corev1.VolumeSource, told ...corev1.EnvVar) {
	for _, name := range chainPods {
		Expect(k8s.Create(ctx, chainService(namespace, name))).To(Succeed())
	}
	runDevnet(ctx, namespace, source, told...)
	runCompanion(ctx, namespace)
}

func chainService(namespace, name string) *corev1.Service {
	return &corev1.Service{
		ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: name},
		Spec: corev1.ServiceSpec{ClusterIP: corev1.ClusterIPNone, PublishNotReadyAddresses: true, Selector: map[string]string{"app": name},
			Ports: []corev1.ServicePort{{Name: "p2p", Port: 26656}, {Name: "rpc", Port: 26657}}},
	}
}

func chainHost(namespace, name string) string { return name + "." + namespace + ".svc.cluster.local" }

func emptyDir() corev1.VolumeSource {
	return corev1.VolumeSource{EmptyDir: &corev1.EmptyDirVolumeSource{}}
}

// runDevnet starts the validator, on a new chain or on the one that the volume holds.
func runDevnet(ctx context.Context, namespace string, source corev1.VolumeSource, told ...corev1.EnvVar) {
	devnet := standin("devnet", source, "devnet", "--home", home)
	devnet.Namespace, devnet.Labels = namespace, map[string]string{"app": "devnet"}
	devnet.Spec.Containers[0].Env = append([]corev1.EnvVar{knowsUpgrades}, told...)
	devnet.Spec.Containers[0].ReadinessProbe = &corev1.Probe{PeriodSeconds: 1, ProbeHandler: corev1.ProbeHandler{
		HTTPGet: &corev1.HTTPGetAction{Path: "/status", Port: intstr.FromInt32(26657)}}}
	Expect(k8s.Create(ctx, devnet)).To(Succeed())
	Eventually(ctx, func(g Gomega) {
		g.Expect(height(ctx, namespace, "devnet")).To(BeNumerically(">", heldHeight))
	}).Should(Succeed())
}

// runCompanion starts the full node, which follows the validator.
func runCompanion(ctx context.Context, namespace string) {
	companion := standin("companion", emptyDir(), "start", "--home", home)
	companion.Namespace, companion.Labels = namespace, map[string]string{"app": "companion"}
	companion.Spec.InitContainers = newHome("full", namespace, "devnet")
	companion.Spec.Containers[0].Env = append([]corev1.EnvVar{knowsUpgrades}, withoutServices...)
	Expect(k8s.Create(ctx, companion)).To(Succeed())
	Eventually(ctx, func(g Gomega) {
		g.Expect(height(ctx, namespace, "companion")).To(BeNumerically(">", 0))
	}).Should(Succeed())
}

// knowsUpgrades takes a node of the chain's own through every upgrade: else the chain would stand still at the first one.
var knowsUpgrades = corev1.EnvVar{Name: "SEID_STANDIN_HANDLERS", Value: "*"}

// withoutServices lets a signal, or a halt, end the node in order from its first second on: each of these services takes seid 5 s more.
var withoutServices = []corev1.EnvVar{
	{Name: "SEID_API_ENABLE", Value: "false"}, {Name: "SEID_GRPC_ENABLE", Value: "false"}, {Name: "SEID_GRPC_WEB_ENABLE", Value: "false"},
}

// newHome are the containers that write a home whose peers are those pods of a chain.
func newHome(mode, namespace string, peers ...string) []corev1.Container {
	join := []string{"standin", "join", "--home", home}
	for _, peer := range peers {
		join = append(join, "--rpc", "http://"+chainHost(namespace, peer)+":26657")
	}
	return []corev1.Container{
		container("init", "init", "new", "--chain-id", chainID, "--mode", mode, "--home", home),
		container("join", join...),
	}
}

func stopDevnet(ctx context.Context) { removeNamespace(ctx, chainNamespace) }

// standin builds a pod that runs the stand-in node with the volume as its home.
func standin(name string, source corev1.VolumeSource, args ...string) *corev1.Pod {
	return &corev1.Pod{
		ObjectMeta: objectMeta(name),
		Spec: corev1.PodSpec{
			RestartPolicy: corev1.RestartPolicyNever,
			SecurityContext: &corev1.PodSecurityContext{RunAsNonRoot: ptr.To(true), RunAsUser: ptr.To(int64(65532)), FSGroup: ptr.To(int64(65532)),
				SeccompProfile: &corev1.SeccompProfile{Type: corev1.SeccompProfileTypeRuntimeDefault}},
			Containers: []corev1.Container{container("seid", args...)},
			Volumes:    []corev1.Volume{{Name: "data", VolumeSource: source}},
		},
	}
}

func container(name string, args ...string) corev1.Container {
	return corev1.Container{
		Name: name, Image: image, ImagePullPolicy: corev1.PullIfNotPresent, Command: []string{"seid"}, Args: args,
		VolumeMounts: []corev1.VolumeMount{{Name: "data", MountPath: home}},
		SecurityContext: &corev1.SecurityContext{AllowPrivilegeEscalation: ptr.To(false),
			Capabilities: &corev1.Capabilities{Drop: []corev1.Capability{"ALL"}}},
	}
}

// fill runs an archive node of the chain on the claim until it holds heldHeight, as an earlier life of the volume.
func fill(ctx context.Context, claim string) {
	former := standin("former-"+claim, ofClaim(claim), "start", "--home", home, "--halt-height", strconv.Itoa(heldHeight))
	former.Spec.InitContainers = newHome("archive", chainNamespace, chainPods...)
	former.Spec.Containers[0].Env = withoutServices
	create(ctx, former)
	Eventually(ctx, func(g Gomega) {
		g.Expect(get(ctx, g, former.Name, &corev1.Pod{}).Status.Phase).To(Equal(corev1.PodSucceeded))
	}).Should(Succeed())
	deleteNow(ctx, former)
	expectGone(ctx, former.Name, &corev1.Pod{})
}

func ofClaim(claim string) corev1.VolumeSource {
	return corev1.VolumeSource{PersistentVolumeClaim: &corev1.PersistentVolumeClaimVolumeSource{ClaimName: claim}}
}

// rpc asks a pod's RPC through the API server: /path, or /path?key=value.
func rpc(ctx context.Context, namespace, pod, path string) []byte {
	path, query, _ := strings.Cut(path, "?")
	request := raw.CoreV1().RESTClient().Get().AbsPath(fmt.Sprintf("/api/v1/namespaces/%s/pods/%s:26657/proxy%s", namespace, pod, path))
	if key, value, asks := strings.Cut(query, "="); asks {
		request = request.Param(key, value)
	}
	answer, _ := request.DoRaw(ctx) // a node that lags answers with an error and a body
	return answer
}

// height asks a pod's RPC for its last block, 0 while it does not answer.
func height(ctx context.Context, namespace, pod string) int {
	answer := rpc(ctx, namespace, pod, "/lag_status")
	var lag struct {
		Height string `json:"current_height"`
	}
	if json.Unmarshal(answer, &lag) != nil {
		return 0
	}
	number, _ := strconv.Atoi(lag.Height)
	return number
}

// seidHeight asks the agent in a node's pod for seid's last block, 0 while it does not answer. A validator's RPC answers nobody else.
func seidHeight(ctx context.Context, name string) int64 {
	url := fmt.Sprintf("/api/v1/namespaces/%s/pods/%s-0:%d/proxy/status", namespace, name, seid.AgentPort)
	answer, _ := raw.CoreV1().RESTClient().Get().AbsPath(url).DoRaw(ctx)
	var said wire.NodeStatus
	if json.Unmarshal(answer, &said) != nil {
		return 0
	}
	return said.Height
}

// expectChainGoesOn waits until the node's pod has more than the volume held.
func expectChainGoesOn(ctx context.Context, node string) {
	Eventually(ctx, func() int64 { return seidHeight(ctx, node) }).Should(BeNumerically(">", heldHeight+spilled))
}

// volumeOf returns the volume that a claim is bound to.
func volumeOf(ctx context.Context, g Gomega, claim string) *corev1.PersistentVolume {
	volume := &corev1.PersistentVolume{}
	name := get(ctx, g, claim, &corev1.PersistentVolumeClaim{}).Spec.VolumeName
	g.Expect(k8s.Get(ctx, client.ObjectKey{Name: name}, volume)).To(Succeed())
	return volume
}
