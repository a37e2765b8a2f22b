package workload_test

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/utils/ptr"

	seiv1alpha1 "github.com/seinode/seinode-operator/api/v1alpha1"
	"github.com/seinode/seinode-operator/internal/owner"
	"github.com/seinode/seinode-operator/internal/platform"
	"github.com/seinode/seinode-operator/internal/workload"
)

func TestTheInspectionPodIsWhatTheGoldenFileSays(t *testing.T) {
	plain := workload.Inspection(nodeOf(archive, imported), "inspection-1", claimName, 120, platform.Default())
	full := workload.Inspection(nodeOf(archive, everything), "inspection-1", claimName, 120, platformWide())
	golden(t, filepath.Join("testdata", "inspection.yaml"), render(t, plain)+"---\n"+render(t, full))
}

// TestAnInspectionPodHarmsNothing: whatever the spec says it only reads the volume, and gets at nothing else.
func TestAnInspectionPodHarmsNothing(t *testing.T) {
	for name, changes := range map[string][]func(*seiv1alpha1.SeiNodeSpec){
		"an archive with all there is": {archive, everything}, "a validator with a key": {signing, withNodeKey}, "an import": {fullNode, imported},
	} {
		node := nodeOf(changes...)
		pod := workload.Inspection(node, "inspection-1", "some-claim", 120, platformWide())
		spec, container := pod.Spec, pod.Spec.Containers[0]
		switch {
		case len(spec.Volumes) != 1 || spec.Volumes[0].PersistentVolumeClaim == nil || spec.Volumes[0].PersistentVolumeClaim.ClaimName != "some-claim":
			t.Errorf("%s: it has other volumes than the claim's: %+v", name, spec.Volumes)
		case !spec.Volumes[0].PersistentVolumeClaim.ReadOnly:
			t.Errorf("%s: the kubelet may write to the volume", name)
		case len(container.VolumeMounts) != 1 || !container.VolumeMounts[0].ReadOnly:
			t.Errorf("%s: the container may write to the volume: %+v", name, container.VolumeMounts)
		case spec.SecurityContext.FSGroup != nil || spec.SecurityContext.FSGroupChangePolicy != nil:
			t.Errorf("%s: Kubernetes gives the files to a group", name)
		case ptr.Deref(spec.AutomountServiceAccountToken, true) || len(container.Env)+len(container.EnvFrom) > 0:
			t.Errorf("%s: it has a token, or an environment", name)
		case !ptr.Deref(spec.SecurityContext.RunAsNonRoot, false) || ptr.Deref(container.SecurityContext.AllowPrivilegeEscalation, true) || spec.HostNetwork:
			t.Errorf("%s: it has privileges", name)
		case spec.RestartPolicy != corev1.RestartPolicyNever || ptr.Deref(spec.ActiveDeadlineSeconds, 0) != 120 || len(spec.InitContainers) > 0 || len(spec.Containers) > 1:
			t.Errorf("%s: it goes on", name)
		case owner.Pod(pod, node) || pod.Labels[seiv1alpha1.LabelNode] != "" || len(pod.OwnerReferences) > 0:
			t.Errorf("%s: it is taken for the node's own", name)
		}
	}
}

// TestAnInspectionPodLooksAsTheNodesOwn: by the same command, but for what rests on the operator, the reservation of a key, and on a Secret.
func TestAnInspectionPodLooksAsTheNodesOwn(t *testing.T) {
	for name, changes := range map[string][]func(*seiv1alpha1.SeiNodeSpec){"an archive": {archive, imported}, "a validator with a key": {signing}} {
		own := podOf(changes...).InitContainers
		at := slices.IndexFunc(own, func(c corev1.Container) bool { return c.Name == workload.ContainerInspect })
		looks := workload.Inspection(nodeOf(changes...), "inspection-1", claimName, 120, platform.Default()).Spec.Containers[0]
		for _, arg := range looks.Args {
			if !slices.Contains(own[at].Args, arg) {
				t.Errorf("%s: the node's own pod is not told %s", name, arg)
			}
		}
		if text := strings.Join(looks.Args, " "); strings.Contains(text, "--reservation") || strings.Contains(text, "--signing-key-file") {
			t.Errorf("%s: it wants what it does not have: %s", name, text)
		}
		if looks.Image != own[at].Image || !slices.Equal(looks.Command, own[at].Command) || looks.TerminationMessagePolicy != own[at].TerminationMessagePolicy {
			t.Errorf("%s: it runs something else: %+v", name, looks)
		}
	}
}
