package workload_test

import (
	"slices"
	"strings"
	"testing"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/intstr"
	"k8s.io/utils/ptr"

	"github.com/google/go-cmp/cmp"

	seiv1alpha1 "github.com/seinode/seinode-operator/api/v1alpha1"
	"github.com/seinode/seinode-operator/internal/platform"
	"github.com/seinode/seinode-operator/internal/workload"
)

// TestThePodMountsTheClaimThatItIsGiven, and nothing else: the first public implementation of imports validated one claim and
// mounted another.
func TestThePodMountsTheClaimThatItIsGiven(t *testing.T) {
	forEachMode(t, func(t *testing.T, mode func(*seiv1alpha1.SeiNodeSpec)) {
		for _, name := range []string{"data-archive-0-0", "data-archive-0", "restored.from.snapshot"} {
			set := statefulSet(nodeOf(mode), name, platform.Default(), 1)
			pod := set.Spec.Template.Spec
			if diff := cmp.Diff([]string{name}, claimsOf(pod.Volumes)); diff != "" {
				t.Errorf("claims (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(map[string]bool{"inspect": true, "prepare": false, "agent": true, "seid": false}, readOnlyMounts(pod)); diff != "" {
				t.Errorf("who mounts the claim, and read-only or not (-want +got):\n%s", diff)
			}
			if len(set.Spec.VolumeClaimTemplates) != 0 {
				t.Error("a volumeClaimTemplate would silently take the place of the claim")
			}
		}
	})
}

func claimsOf(volumes []corev1.Volume) []string {
	var names []string
	for _, volume := range volumes {
		if volume.PersistentVolumeClaim != nil {
			names = append(names, volume.PersistentVolumeClaim.ClaimName)
		}
	}
	return names
}

// readOnlyMounts tells of each container that mounts the data volume whether it may only read. `home`, which runs
// `seid init --overwrite`, is not among them.
func readOnlyMounts(pod corev1.PodSpec) map[string]bool {
	found := map[string]bool{}
	for _, container := range append(pod.InitContainers, pod.Containers...) {
		for _, mount := range container.VolumeMounts {
			if mount.Name == "data" {
				found[container.Name] = mount.ReadOnly
			}
		}
	}
	return found
}

// TestAPodIsReplacedOnlyOnPurpose: RollingUpdate never replaces a pod that is not ready, and a halted node never is.
func TestAPodIsReplacedOnlyOnPurpose(t *testing.T) {
	forEachMode(t, func(t *testing.T, mode func(*seiv1alpha1.SeiNodeSpec)) {
		if got := setOf(mode).Spec.UpdateStrategy; got.Type != appsv1.OnDeleteStatefulSetStrategyType || got.RollingUpdate != nil {
			t.Errorf("update strategy is %+v", got)
		}
	})
}

func TestTheGracePeriodIsTheModesOrTheUsers(t *testing.T) {
	grace := func(s *seiv1alpha1.SeiNodeSpec) { s.TerminationGracePeriodSeconds = ptr.To[int64](45) }
	tests := map[string]struct {
		changes []func(*seiv1alpha1.SeiNodeSpec)
		want    int64
	}{
		"archive": {changes(archive), 300}, "fullNode": {changes(fullNode), 120},
		"validator": {changes(validator), 120}, "seed": {changes(seed), 10}, "the user's, seed": {changes(seed, grace), 45},
		"the user's, archive": {changes(archive, grace), 45}, "the user's, validator": {changes(validator, grace), 45},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			if got := podOf(test.changes...).TerminationGracePeriodSeconds; got == nil || *got != test.want {
				t.Errorf("grace period is %v, wanted %d", got, test.want)
			}
		})
	}
}

func changes(changes ...func(*seiv1alpha1.SeiNodeSpec)) []func(*seiv1alpha1.SeiNodeSpec) {
	return changes
}

func TestThePodRunsWithoutPrivileges(t *testing.T) {
	forEachMode(t, func(t *testing.T, mode func(*seiv1alpha1.SeiNodeSpec)) {
		pod := podOf(mode)
		want := &corev1.PodSecurityContext{
			RunAsNonRoot: ptr.To(true), RunAsUser: ptr.To[int64](65532), RunAsGroup: ptr.To[int64](65532), FSGroup: ptr.To[int64](65532),
			// A recursive chown of an archive's millions of files takes hours.
			FSGroupChangePolicy: ptr.To(corev1.FSGroupChangeOnRootMismatch),
			SeccompProfile:      &corev1.SeccompProfile{Type: corev1.SeccompProfileTypeRuntimeDefault},
		}
		if diff := cmp.Diff(want, pod.SecurityContext); diff != "" {
			t.Errorf("pod security (-want +got):\n%s", diff)
		}
		container := &corev1.SecurityContext{
			AllowPrivilegeEscalation: ptr.To(false), Capabilities: &corev1.Capabilities{Drop: []corev1.Capability{"ALL"}},
		}
		if diff := cmp.Diff(container, pod.Containers[0].SecurityContext); diff != "" {
			t.Errorf("container security (-want +got):\n%s", diff)
		}
		if pod.AutomountServiceAccountToken == nil || *pod.AutomountServiceAccountToken {
			t.Error("the pod gets a token that it has no use for")
		}
	})
}

// TestASeedHasOneDoor: it opens the port of its peers alone, so that nothing else is promised, asked, or waited for.
func TestASeedHasOneDoor(t *testing.T) {
	pod, service := podOf(seed), workload.Service(nodeOf(seed))
	var numbers []int32
	for _, port := range pod.Containers[0].Ports {
		numbers = append(numbers, port.ContainerPort)
	}
	for _, port := range service.Spec.Ports {
		numbers = append(numbers, port.Port)
	}
	if diff := cmp.Diff([]int32{26656, 26656, 8090}, numbers); diff != "" {
		t.Errorf("ports of the container and of the Service (-want +got):\n%s", diff)
	}
	args := strings.Join(pod.InitContainers[3].Args, " ")
	if !strings.Contains(args, "--p2p 127.0.0.1:26656") || strings.Contains(args, "--min-peers") {
		t.Errorf("the agent watches %s", args)
	}
	if args := strings.Join(podOf(fullNode).InitContainers[3].Args, " "); strings.Contains(args, "--p2p") {
		t.Errorf("the agent of a full node watches %s", args)
	}
}

// TestNothingKillsANodeThatReplays: readiness takes it out of use, a liveness probe would start the replay over.
func TestNothingKillsANodeThatReplays(t *testing.T) {
	forEachMode(t, func(t *testing.T, mode func(*seiv1alpha1.SeiNodeSpec)) {
		pod := podOf(mode)
		if len(pod.Containers) != 1 || len(pod.InitContainers) != 4 || pod.ActiveDeadlineSeconds != nil {
			t.Fatalf("%d containers, %d of them first, deadline %v", len(pod.Containers), len(pod.InitContainers), pod.ActiveDeadlineSeconds)
		}
		for _, container := range append(pod.InitContainers, pod.Containers...) {
			if container.LivenessProbe != nil || container.StartupProbe != nil {
				t.Errorf("container %s: something kills it when it takes long", container.Name)
			}
		}
		agent := pod.InitContainers[3]
		probe := agent.ReadinessProbe
		if probe == nil || probe.HTTPGet == nil || probe.HTTPGet.Path != "/readyz" || probe.HTTPGet.Port != intstr.FromString("agent-metrics") {
			t.Errorf("readiness is %v, wanted the agent's /readyz", probe)
		}
		if agent.RestartPolicy == nil || *agent.RestartPolicy != corev1.ContainerRestartPolicyAlways {
			t.Error("the agent is no sidecar: seid would wait for it to end")
		}
		var blockAge, poll int32 = 10, 1
		asked := slices.Contains(agent.Args, "10s")
		if slices.Contains(agent.Args, "--p2p") { // a seed has no blocks, and its port is tried every 5 s
			blockAge, poll, asked = 0, 5, true
		}
		if late := probe.PeriodSeconds*probe.FailureThreshold + blockAge + poll; late > 15 || !asked {
			t.Errorf("readiness is up to %d s late, wanted 15 at most", late)
		}
	})
}

func TestThePortsOfThePodAndTheServiceAreSeids(t *testing.T) {
	want := map[string]int32{
		"evm-rpc": 8545, "evm-ws": 8546, "grpc": 9090, "rest": 1317, "p2p": 26656, "rpc": 26657, "metrics": 26660,
	}
	pod, service := map[string]int32{}, map[string]int32{}
	for _, port := range podOf(archive).Containers[0].Ports {
		pod[port.Name] = port.ContainerPort
	}
	for _, port := range workload.Service(nodeOf(archive)).Spec.Ports {
		service[port.Name] = port.Port
		if port.TargetPort != intstr.FromString(port.Name) {
			t.Errorf("port %s goes to %s", port.Name, port.TargetPort.String())
		}
		if h2c := port.AppProtocol != nil && *port.AppProtocol == "kubernetes.io/h2c"; h2c != (port.Name == "grpc") {
			t.Errorf("port %s speaks %v", port.Name, port.AppProtocol)
		}
	}
	if diff := cmp.Diff(want, pod); diff != "" {
		t.Errorf("the pod's ports (-want +got):\n%s", diff)
	}
	want["agent-metrics"] = 8090
	if diff := cmp.Diff(want, service); diff != "" {
		t.Errorf("the Service's ports (-want +got):\n%s", diff)
	}
}

// TestAValidatorHasTwoDoors, for its peers and for whoever collects metrics, but where it is to serve questions.
func TestAValidatorHasTwoDoors(t *testing.T) {
	opened := func(mode func(*seiv1alpha1.SeiNodeSpec)) (numbers []int32) {
		for _, port := range podOf(mode).Containers[0].Ports {
			numbers = append(numbers, port.ContainerPort)
		}
		return numbers
	}
	if diff := cmp.Diff([]int32{26656, 26660}, opened(validator)); diff != "" {
		t.Errorf("ports (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(opened(archive), opened(modes["serving"])); diff != "" {
		t.Errorf("ports of one that serves (-archive +validator):\n%s", diff)
	}
}

// TestEverySettingReachesSeid: a validator's files bind to loopback, where no peer comes.
func TestEverySettingReachesSeid(t *testing.T) {
	got := map[string]string{}
	for _, one := range podOf(validator).Containers[0].Env {
		got[one.Name] = one.Value
	}
	want := map[string]string{"GOTRACEBACK": "none"} // the cause of a crash is its last line then
	for _, one := range workload.Settings(nodeOf(validator)) {
		want[one.Variable()] = one.Value
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("environment (-want +got):\n%s", diff)
	}
}

func TestReplicasAreWhatIsAskedFor(t *testing.T) {
	for _, replicas := range []int32{0, 1} {
		set := statefulSet(nodeOf(archive), claimName, platform.Default(), replicas)
		if set.Spec.Replicas == nil || *set.Spec.Replicas != replicas {
			t.Errorf("replicas are %v, wanted %d", set.Spec.Replicas, replicas)
		}
	}
}

// TestTheSelectorIsByUIDToo, so that a pod which a deleted namesake left behind is neither adopted nor served.
func TestTheSelectorIsByUIDToo(t *testing.T) {
	want := map[string]string{"sei.io/node": "archive-0", "sei.io/node-uid": "11111111-node"}
	set, service := setOf(archive), workload.Service(nodeOf(archive))
	if diff := cmp.Diff(&metav1.LabelSelector{MatchLabels: want}, set.Spec.Selector); diff != "" {
		t.Errorf("the StatefulSet's selector (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(want, service.Spec.Selector); diff != "" {
		t.Errorf("the Service's selector (-want +got):\n%s", diff)
	}
	for key, value := range want {
		if got := set.Spec.Template.Labels[key]; got != value {
			t.Errorf("the pod's label %s is %q, wanted %q: the selector does not find it", key, got, value)
		}
	}
}

func TestTheUsersLabelsNeverOverrideOurs(t *testing.T) {
	plain, evil := setOf(archive), setOf(archive, func(s *seiv1alpha1.SeiNodeSpec) {
		s.PodLabels = map[string]string{"team": "data"}
		for key := range setOf(archive).Spec.Template.Labels {
			s.PodLabels[key] = "stolen"
		}
	})
	want := plain.Spec.Template.Labels
	want["team"] = "data"
	if diff := cmp.Diff(want, evil.Spec.Template.Labels); diff != "" {
		t.Errorf("the pod's labels (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(plain.Spec.Selector, evil.Spec.Selector); diff != "" {
		t.Errorf("the selector (-want +got):\n%s", diff)
	}
}

// TestBothObjectsBelongToThisVeryNode: the reference is what ownership is told by.
func TestBothObjectsBelongToThisVeryNode(t *testing.T) {
	node := nodeOf(archive)
	for name, object := range map[string]metav1.Object{"StatefulSet": setOf(archive), "Service": workload.Service(node)} {
		if !metav1.IsControlledBy(object, node) {
			t.Errorf("%s is not controlled by the node", name)
		}
		if object.GetNamespace() != "sei" || object.GetName() != "archive-0" {
			t.Errorf("%s is %s/%s", name, object.GetNamespace(), object.GetName())
		}
	}
	if setOf(archive).Spec.ServiceName != workload.Service(node).Name {
		t.Error("the StatefulSet names another Service than the one there is")
	}
}

// TestTheServiceIsHeadlessAndShowsANodeThatCatchesUp: peers have to reach it, and so does whoever looks into it.
func TestTheServiceIsHeadlessAndShowsANodeThatCatchesUp(t *testing.T) {
	spec := workload.Service(nodeOf(archive)).Spec
	if spec.ClusterIP != corev1.ClusterIPNone || !spec.PublishNotReadyAddresses {
		t.Errorf("clusterIP %q, publishNotReadyAddresses %t", spec.ClusterIP, spec.PublishNotReadyAddresses)
	}
}

// TestEveryContainerHasRequestsAndLimits, so that a namespace with a quota on both takes the pod of a node whose own are set.
func TestEveryContainerHasRequestsAndLimits(t *testing.T) {
	all := corev1.ResourceList{"cpu": resource.MustParse("8"), "memory": resource.MustParse("64Gi")}
	forEachMode(t, func(t *testing.T, mode func(*seiv1alpha1.SeiNodeSpec)) {
		pod := podOf(mode, func(s *seiv1alpha1.SeiNodeSpec) {
			s.Resources = &corev1.ResourceRequirements{Requests: all, Limits: all}
		})
		for _, container := range append(pod.InitContainers, pod.Containers...) {
			for _, name := range []corev1.ResourceName{"cpu", "memory"} {
				if container.Resources.Requests.Name(name, resource.DecimalSI).IsZero() || container.Resources.Limits.Name(name, resource.DecimalSI).IsZero() {
					t.Errorf("container %s has no request or no limit of %s: %+v", container.Name, name, container.Resources)
				}
			}
		}
	})
}

// TestAValueReachesSeidAsItWasWritten: Kubernetes takes $$ for $, and $(X) for the variable X.
func TestAValueReachesSeidAsItWasWritten(t *testing.T) {
	for _, value := range []string{"plain", "$(HOME)", "$$(HOME)", "a$b", "$", "$$", "price: 5$ (each)"} {
		pod := podOf(archive, func(s *seiv1alpha1.SeiNodeSpec) { s.Overrides = map[string]string{"moniker": value} })
		for _, one := range pod.Containers[0].Env {
			if one.Name == "SEID_MONIKER" && expanded(one.Value) != value {
				t.Errorf("%q is %q in the pod, and so %q in the container", value, one.Value, expanded(one.Value))
			}
		}
	}
}

// expanded is what Kubernetes makes of a value, where no variable is known: $$ becomes $, and $(X)
// stands for a variable that may exist, which is why none may be left.
func expanded(value string) string {
	var out strings.Builder
	for i := 0; i < len(value); i++ {
		switch {
		case value[i] == '$' && i+1 < len(value) && value[i+1] == '$':
			out.WriteByte('$')
			i++
		case value[i] == '$' && i+1 < len(value) && value[i+1] == '(':
			return "expanded: " + value
		default:
			out.WriteByte(value[i])
		}
	}
	return out.String()
}
