package workload_test

import (
	"slices"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"

	seiv1alpha1 "github.com/seinode/seinode-operator/api/v1alpha1"
	"github.com/seinode/seinode-operator/internal/platform"
	"github.com/seinode/seinode-operator/internal/seid"
	"github.com/seinode/seinode-operator/internal/workload"
)

func container(of []corev1.Container, name string) corev1.Container {
	for _, c := range of {
		if c.Name == name {
			return c
		}
	}
	return corev1.Container{}
}

// TestWhatTheOperatorOwnsItSetsOrInspects: for every key that admission keeps from the user, in every mode, either the environment or the command
// line has it, or inspect judges what the files on the volume say.
func TestWhatTheOperatorOwnsItSetsOrInspects(t *testing.T) {
	judged := append(slices.Clone(seid.JudgedApart), seid.OnCommandLine...)
	for _, rule := range seid.FileRules {
		judged = append(judged, rule.Key)
	}
	for name, mode := range modes {
		env := environment(settingsNode(mode))
		for _, row := range workload.Table {
			_, set := env[seid.Variable(row.Key)]
			if row.Owner == workload.OwnerOperator && !set && !slices.Contains(judged, row.Key) {
				t.Errorf("%s: %s is neither set nor judged", name, row.Key)
			}
		}
	}
	seidArgs := container(statefulSet(nodeOf(archive), claimName, platform.Default(), 1).Spec.Template.Spec.Containers, workload.ContainerSeid).Args
	for _, key := range seid.OnCommandLine {
		if !slices.Contains(seidArgs, "--"+key) {
			t.Errorf("the command line of seid has no --%s: %v", key, seidArgs)
		}
	}
}

// TestWhatTheAgentIsTold: all its commands agree on where the home is, and those that come before seid on what a validator signs with.
func TestWhatTheAgentIsTold(t *testing.T) {
	path := "chains/sei"
	node := nodeOf(func(s *seiv1alpha1.SeiNodeSpec) {
		fresh := seiv1alpha1.SignStateFresh
		s.Validator = &seiv1alpha1.ValidatorSpec{SigningKey: &seiv1alpha1.SecretReference{SecretName: "signing"}, SignState: &fresh}
		s.DataVolume = &seiv1alpha1.DataVolumeSpec{HomePath: &path, Ignore: []string{"a", "b c"}}
	})
	pod := statefulSet(node, claimName, platform.Default(), 1).Spec.Template.Spec
	for name, signs := range map[string]bool{workload.ContainerInspect: true, workload.ContainerPrepare: true, workload.ContainerAgent: false} {
		args := strings.Join(container(pod.InitContainers, name).Args, " ")
		if !strings.Contains(args, "--home-path chains/sei --ignore a --ignore b c") {
			t.Errorf("%s: %s", name, args)
		}
		if strings.Contains(args, "--signing-key Secret --sign-state Fresh") != signs {
			t.Errorf("%s: %s", name, args)
		}
	}
	inspect := container(pod.InitContainers, workload.ContainerInspect)
	const sources = "--signing-key-file /keys/secret/priv_validator_key.json --reservation /reservation/reservation.json"
	if args := strings.Join(inspect.Args, " "); !strings.Contains(args, sources) {
		t.Errorf("inspect: %s", args)
	}
	const copies = sources + " --key-copy /keys/signing/priv_validator_key.json"
	if args := strings.Join(container(pod.InitContainers, workload.ContainerPrepare).Args, " "); !strings.Contains(args, copies) {
		t.Errorf("prepare: %s", args)
	}
	for _, mount := range inspect.VolumeMounts {
		if !mount.ReadOnly {
			t.Errorf("inspect may write to %s", mount.MountPath)
		}
	}
	plain := statefulSet(nodeOf(archive), claimName, platform.Default(), 1).Spec.Template.Spec
	for _, c := range plain.InitContainers {
		if args := strings.Join(c.Args, " "); strings.Contains(args, "--home-path") || strings.Contains(args, "--sign") || strings.Contains(args, "--remote") {
			t.Errorf("%s of a plain node: %s", c.Name, args)
		}
	}
}

// TestARemoteSignerOfTheOverridesIsTold: the files on the volume do not say.
func TestARemoteSignerOfTheOverridesIsTold(t *testing.T) {
	node := nodeOf(func(s *seiv1alpha1.SeiNodeSpec) {
		s.Validator = &seiv1alpha1.ValidatorSpec{}
		s.Overrides = map[string]string{"priv_validator.laddr": "tcp://0.0.0.0:1234"}
	})
	pod := statefulSet(node, claimName, platform.Default(), 1).Spec.Template.Spec
	if args := container(pod.InitContainers, workload.ContainerInspect).Args; !slices.Contains(args, "--remote-signer") {
		t.Errorf("inspect: %v", args)
	}
}

// TestTheMarkOfWhatWasAskedOutlivesAnUpgrade: an operator that knows more fields restarts no pod of a node that uses none of them.
func TestTheMarkOfWhatWasAskedOutlivesAnUpgrade(t *testing.T) {
	asked := func(change func(*seiv1alpha1.SeiNodeSpec)) string {
		return statefulSet(nodeOf(archive, change), claimName, platform.Default(), 1).Annotations[seiv1alpha1.AnnotationAsked]
	}
	none := asked(func(*seiv1alpha1.SeiNodeSpec) {})
	if imports := asked(func(s *seiv1alpha1.SeiNodeSpec) {
		s.DataVolume = &seiv1alpha1.DataVolumeSpec{Import: &seiv1alpha1.DataVolumeImport{PVCName: "a"}}
	}); imports != none {
		t.Error("a claim is asked of the pod")
	}
	if ignores := asked(func(s *seiv1alpha1.SeiNodeSpec) { s.DataVolume = &seiv1alpha1.DataVolumeSpec{Ignore: []string{"a"}} }); ignores == none {
		t.Error("what is ignored is not asked of the pod")
	}
}

// TestToConvertTheListOfPeersAsksForNoOtherPod: the mark is the one that the version made which knew only the list.
func TestToConvertTheListOfPeersAsksForNoOtherPod(t *testing.T) {
	asked := func(peers seiv1alpha1.PeersSpec) string {
		return statefulSet(nodeOf(archive, func(s *seiv1alpha1.SeiNodeSpec) {
			s.Peers, s.NodeKey = &peers, &seiv1alpha1.SecretReference{SecretName: "n"}
		}), claimName, platform.Default(), 1).Annotations[seiv1alpha1.AnnotationAsked]
	}
	static := []string{"a@b:1", "c@d:2"}
	if got := asked(seiv1alpha1.PeersSpec{Static: static}); got != "58e0c302a00b043e" {
		t.Errorf("the mark of converted peers is %s", got)
	}
	if asked(seiv1alpha1.PeersSpec{Static: static, Seeds: []string{"e@f:3"}}) == asked(seiv1alpha1.PeersSpec{Static: static}) {
		t.Error("seeds are not asked of the pod")
	}
}
