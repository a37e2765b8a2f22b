package export

import (
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/utils/ptr"

	"github.com/google/go-cmp/cmp"

	seiv1alpha1 "github.com/seinode/seinode-operator/api/v1alpha1"
)

// there is a validator with a volume of its own.
func there() Facts {
	f := Facts{
		Node: &seiv1alpha1.SeiNode{ObjectMeta: metav1.ObjectMeta{Namespace: "sei", Name: "v", UID: "uid-v"}, Spec: seiv1alpha1.SeiNodeSpec{
			ChainID: "pacific-1", Image: "sei:v1", Validator: &seiv1alpha1.ValidatorSpec{SigningKey: &seiv1alpha1.SecretReference{SecretName: "signing"}},
		}},
		Claim:  &corev1.PersistentVolumeClaim{ObjectMeta: metav1.ObjectMeta{Namespace: "sei", Name: "data-v"}},
		Volume: &corev1.PersistentVolume{ObjectMeta: metav1.ObjectMeta{Name: "pv-v"}},
	}
	f.Claim.Spec.VolumeName, f.Claim.Status.Phase = "pv-v", corev1.ClaimBound
	f.Volume.Spec.CSI = &corev1.CSIPersistentVolumeSource{Driver: "d", VolumeHandle: "h"}
	return f
}

// TestWhatCannotMoveIsRefused, with the reason, and what may not be read is no reason.
func TestWhatCannotMoveIsRefused(t *testing.T) {
	for name, test := range map[string]struct {
		change func(*Facts)
		says   string
	}{
		"all is there":       {func(*Facts) {}, ""},
		"no claim":           {func(f *Facts) { f.Claim = nil }, `PVC "data-v" does not exist in namespace "sei"`},
		"a claim not bound":  {func(f *Facts) { f.Claim.Status.Phase = corev1.ClaimPending }, `PVC "data-v" is in phase "Pending"; wanted Bound`},
		"a claim that goes":  {func(f *Facts) { f.Claim.DeletionTimestamp = &metav1.Time{} }, `PVC "data-v" is being deleted`},
		"no volume":          {func(f *Facts) { f.Volume = nil }, `volume "pv-v" of PVC "data-v" does not exist`},
		"a volume that goes": {func(f *Facts) { f.Volume.DeletionTimestamp = &metav1.Time{} }, `volume "pv-v" is being deleted`},
		"a folder": {func(f *Facts) {
			f.Volume.Spec.CSI, f.Volume.Spec.HostPath = nil, &corev1.HostPathVolumeSource{Path: "/data"}
		}, `is a folder of a machine (local:/data)`},
		"a local volume":        {func(f *Facts) { f.Volume.Spec.CSI, f.Volume.Spec.Local = nil, &corev1.LocalVolumeSource{Path: "/data"} }, `is a folder of a machine`},
		"a volume not readable": {func(f *Facts) { f.Volume, f.Unread = nil, []string{"PersistentVolume"} }, ""},
		"a claim not readable":  {func(f *Facts) { f.Claim, f.Volume, f.Unread = nil, nil, []string{"PersistentVolumeClaim"} }, ""},
	} {
		f := there()
		test.change(&f)
		_, err := Make(f)
		if (err == nil) != (test.says == "") || err != nil && !strings.Contains(err.Error(), test.says) {
			t.Errorf("%s: %v, wanted %q", name, err, test.says)
		}
	}
}

// TestTheNodeThatMoves imports its claim, is paused, and has no more of this cluster, or of what is past, than it needs.
func TestTheNodeThatMoves(t *testing.T) {
	spec := func(change func(*seiv1alpha1.SeiNodeSpec)) seiv1alpha1.SeiNodeSpec {
		s := seiv1alpha1.SeiNodeSpec{
			ChainID: "pacific-1", Image: "sei:v1", Paused: ptr.To(true),
			DataVolume: &seiv1alpha1.DataVolumeSpec{Import: &seiv1alpha1.DataVolumeImport{PVCName: "data-n"}, DeletionPolicy: ptr.To(seiv1alpha1.DeletionPolicyRetain)},
		}
		change(&s)
		return s
	}
	reached := func(upgrades ...seiv1alpha1.ReachedUpgrade) seiv1alpha1.SeiNodeStatus {
		return seiv1alpha1.SeiNodeStatus{Upgrades: &seiv1alpha1.UpgradesStatus{Reached: upgrades}}
	}
	upgrades := []seiv1alpha1.Upgrade{{Name: "v2", Image: "sei:v2"}, {Name: "v3", Image: "sei:v3"}}
	for name, test := range map[string]struct {
		spec   seiv1alpha1.SeiNodeSpec
		status seiv1alpha1.SeiNodeStatus
		want   seiv1alpha1.SeiNodeSpec
	}{
		"a claim of its own": {
			seiv1alpha1.SeiNodeSpec{ChainID: "pacific-1", Image: "sei:v1", DataVolume: &seiv1alpha1.DataVolumeSpec{
				StorageClassName: ptr.To("fast"), DeletionPolicy: ptr.To(seiv1alpha1.DeletionPolicyDelete), HomePath: ptr.To("chains/sei"),
			}}, seiv1alpha1.SeiNodeStatus{},
			spec(func(s *seiv1alpha1.SeiNodeSpec) { s.DataVolume.HomePath = ptr.To("chains/sei") }),
		},
		"nothing said of a volume": {seiv1alpha1.SeiNodeSpec{ChainID: "pacific-1", Image: "sei:v1"}, seiv1alpha1.SeiNodeStatus{}, spec(func(*seiv1alpha1.SeiNodeSpec) {})},
		"bootstrapped once": {
			seiv1alpha1.SeiNodeSpec{ChainID: "pacific-1", Image: "sei:v1", Bootstrap: &seiv1alpha1.BootstrapSpec{}}, seiv1alpha1.SeiNodeStatus{}, spec(func(*seiv1alpha1.SeiNodeSpec) {}),
		},
		"a key that was fresh once": {
			seiv1alpha1.SeiNodeSpec{ChainID: "pacific-1", Image: "sei:v1", Validator: &seiv1alpha1.ValidatorSpec{SignState: ptr.To(seiv1alpha1.SignStateFresh)}}, seiv1alpha1.SeiNodeStatus{},
			spec(func(s *seiv1alpha1.SeiNodeSpec) { s.Validator = &seiv1alpha1.ValidatorSpec{} }),
		},
		"an upgrade that is past": {
			seiv1alpha1.SeiNodeSpec{ChainID: "pacific-1", Image: "sei:v1", Upgrades: upgrades}, reached(seiv1alpha1.ReachedUpgrade{Name: "v2", Height: 5}),
			spec(func(s *seiv1alpha1.SeiNodeSpec) { s.Image, s.Upgrades = "sei:v2", upgrades[1:] }),
		},
		"one that it is kept down for": {
			seiv1alpha1.SeiNodeSpec{ChainID: "pacific-1", Image: "sei:v1", Upgrades: upgrades},
			reached(seiv1alpha1.ReachedUpgrade{Name: "v2", Height: 5, Snapshot: &seiv1alpha1.UpgradeSnapshot{State: seiv1alpha1.SnapshotPending}}),
			spec(func(s *seiv1alpha1.SeiNodeSpec) { s.Upgrades = upgrades }),
		},
	} {
		t.Run(name, func(t *testing.T) {
			of := &seiv1alpha1.SeiNode{ObjectMeta: metav1.ObjectMeta{
				Namespace: "sei", Name: "n", UID: "uid", ResourceVersion: "5", Finalizers: []string{"f"}, Labels: map[string]string{"team": "a"},
				Annotations: map[string]string{"sei.io/accept-claim-uid": "uid", corev1.LastAppliedConfigAnnotation: "{}", "note": "b"},
			}, Spec: test.spec, Status: test.status}
			before := of.DeepCopy()
			got := node(of)
			if diff := cmp.Diff(test.want, got.Spec); diff != "" {
				t.Error(diff)
			}
			if diff := cmp.Diff(metav1.ObjectMeta{Namespace: "sei", Name: "n", Labels: map[string]string{"team": "a"}, Annotations: map[string]string{"note": "b"}}, got.ObjectMeta); diff != "" {
				t.Error(diff)
			}
			if diff := cmp.Diff(before, of); diff != "" {
				t.Errorf("the node itself was changed: %s", diff)
			}
		})
	}
}

// TestWhatIsMovedByHandIsNamed: keys and whatever else the manifests only name.
func TestWhatIsMovedByHandIsNamed(t *testing.T) {
	f := there()
	f.Node.Spec.NodeKey = &seiv1alpha1.SecretReference{SecretName: "node-key"}
	f.Node.Spec.Genesis = &seiv1alpha1.GenesisSpec{ConfigMapName: "genesis"}
	f.Node.Spec.ImagePullSecrets = []corev1.LocalObjectReference{{Name: "pull"}}
	f.Node.Spec.ServiceAccountName, f.Node.Spec.PriorityClassName = ptr.To("runner"), ptr.To("high")
	f.Volume.Spec.CSI.NodeStageSecretRef = &corev1.SecretReference{Namespace: "csi", Name: "stage"}
	plan, err := Make(f)
	if err != nil {
		t.Fatal(err)
	}
	text := strings.Builder{}
	plan.WriteSteps(&text)
	for _, want := range []string{
		"kubectl sei release v -n sei", `Secret "signing" has the key that signs blocks`, `Secret "node-key" has the key of the node's ID`,
		`ConfigMap "genesis", Secret "pull", ServiceAccount "runner", PriorityClass "high", Secret "csi/stage"`,
	} {
		if !strings.Contains(text.String(), want) {
			t.Errorf("no %q in\n%s", want, text.String())
		}
	}
}
