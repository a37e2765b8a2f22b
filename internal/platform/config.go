// Package platform is the operator's own configuration: per mode the storage and the resources, and for all nodes the
// scheduling and the images' defaults. It is one YAML file, named by --config; every field is optional.
package platform

import (
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"

	seiv1alpha1 "github.com/seinode/seinode-operator/api/v1alpha1"
)

// Config is the platform's defaults, resolved: quantities are parsed, and every mode has a size.
type Config struct {
	// Modes holds the defaults of each of the four modes.
	Modes map[seiv1alpha1.Mode]ModeDefaults
	// Scheduling applies where a node sets nothing of the kind.
	Scheduling Scheduling
	// Images applies to every pod.
	Images Images
	// Containers are the resources of the operator's own containers in every pod.
	Containers Containers
}

// Containers are the resources of the containers beside seid's. All of them are set, so that a namespace with a quota on requests and
// limits takes the pod.
type Containers struct {
	// Home runs `seid init` into scratch space.
	Home corev1.ResourceRequirements
	// Bootstrap brings the data of an empty volume: it decompresses as fast as it is let, and zstd wants a window of 128 MiB, or of 2 GiB with --long=31.
	Bootstrap corev1.ResourceRequirements
	// Agent is that of inspect, of prepare and of the sidecar: a program that reads a few small files and answers a probe.
	Agent corev1.ResourceRequirements
}

// ModeDefaults are the defaults of one mode.
type ModeDefaults struct {
	// StorageClassName of created claims; nil for the cluster's default class.
	StorageClassName *string
	// Size of created claims, and the capacity that an imported one must have.
	Size resource.Quantity
	// Resources of the seid container.
	Resources corev1.ResourceRequirements
}

// Scheduling says where pods may run.
type Scheduling struct {
	NodeSelector map[string]string   `json:"nodeSelector,omitempty"`
	Tolerations  []corev1.Toleration `json:"tolerations,omitempty"`
	Affinity     *corev1.Affinity    `json:"affinity,omitempty"`

	TopologySpreadConstraints []corev1.TopologySpreadConstraint `json:"topologySpreadConstraints,omitempty"`
	PriorityClassName         string                            `json:"priorityClassName,omitempty"`
}

// Images says how images are pulled.
type Images struct {
	// Agent is the image of the agent in the nodes' pods: the operator's own. A change of it alone replaces no pod.
	Agent string `json:"agent,omitempty"`
	// PullPolicy is Always, IfNotPresent or Never; "" for Kubernetes' own default.
	PullPolicy corev1.PullPolicy `json:"pullPolicy,omitempty"`
	// PullSecrets apply where a node names none.
	PullSecrets []corev1.LocalObjectReference `json:"pullSecrets,omitempty"`
}

// builtinSizes hold a node of each mode with room to grow: pacific-1's archive is 18 to 35 TB today, a pruned node stays
// under 2 TB, and a seed holds an address book.
var builtinSizes = map[seiv1alpha1.Mode]string{
	seiv1alpha1.ModeFullNode:  "2000Gi",
	seiv1alpha1.ModeValidator: "2000Gi",
	seiv1alpha1.ModeArchive:   "25000Gi",
	seiv1alpha1.ModeSeed:      "20Gi",
}

// Default returns the built-in defaults.
func Default() Config {
	modes := map[seiv1alpha1.Mode]ModeDefaults{}
	for mode, size := range builtinSizes {
		modes[mode] = ModeDefaults{Size: resource.MustParse(size)}
	}
	return Config{Modes: modes, Containers: Containers{
		Home:      requirements("100m", "256Mi", "1", "1Gi"),
		Bootstrap: requirements("500m", "512Mi", "4", "2Gi"),
		Agent:     requirements("10m", "32Mi", "500m", "128Mi"),
	}}
}

func requirements(cpu, memory, maxCPU, maxMemory string) corev1.ResourceRequirements {
	return corev1.ResourceRequirements{
		Requests: corev1.ResourceList{corev1.ResourceCPU: resource.MustParse(cpu), corev1.ResourceMemory: resource.MustParse(memory)},
		Limits:   corev1.ResourceList{corev1.ResourceCPU: resource.MustParse(maxCPU), corev1.ResourceMemory: resource.MustParse(maxMemory)},
	}
}

// Required returns the capacity that the node's volume must have: spec.dataVolume.size, else its mode's default.
func (c Config) Required(node *seiv1alpha1.SeiNode) resource.Quantity {
	if size := node.Volume().Size; size != nil {
		return *size
	}
	return c.Modes[node.Mode()].Size
}

// StorageClass returns the class of the node's created claim, nil for the cluster's default.
func (c Config) StorageClass(node *seiv1alpha1.SeiNode) *string {
	if class := node.Volume().StorageClassName; class != nil {
		return class
	}
	return c.Modes[node.Mode()].StorageClassName
}
