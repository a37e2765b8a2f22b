package status_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apiextensions-apiserver/pkg/apis/apiextensions"
	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema/listtype"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/validation"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/util/validation/field"
	"sigs.k8s.io/yaml"

	seiv1alpha1 "github.com/seinode/seinode-operator/api/v1alpha1"
	"github.com/seinode/seinode-operator/internal/agent/wire"
	"github.com/seinode/seinode-operator/internal/fixture"
	"github.com/seinode/seinode-operator/internal/plan"
	"github.com/seinode/seinode-operator/internal/status"
	"github.com/seinode/seinode-operator/internal/task"
	"github.com/seinode/seinode-operator/internal/workload"
)

// crd returns what the real CRD says against a SeiNode, nil for one that it accepts.
func crd(tb testing.TB) func(*seiv1alpha1.SeiNode) error {
	tb.Helper()
	data, err := os.ReadFile(filepath.Join("..", "..", "config", "crd", "bases", "sei.io_seinodes.yaml"))
	must(tb, err)
	loaded, internal := &apiextensionsv1.CustomResourceDefinition{}, &apiextensions.JSONSchemaProps{}
	must(tb, yaml.UnmarshalStrict(data, loaded))
	must(tb, apiextensionsv1.Convert_v1_JSONSchemaProps_To_apiextensions_JSONSchemaProps(loaded.Spec.Versions[0].Schema.OpenAPIV3Schema, internal, nil))
	structural, err := schema.NewStructural(internal)
	must(tb, err)
	validator, _, err := validation.NewSchemaValidator(internal)
	must(tb, err)
	return func(node *seiv1alpha1.SeiNode) error {
		object, err := runtime.DefaultUnstructuredConverter.ToUnstructured(node)
		if err != nil {
			return err
		}
		found := validation.ValidateCustomResource(nil, object, validator)
		return append(found, listtype.ValidateListSetsAndMaps(field.NewPath(""), structural, object)...).ToAggregate()
	}
}

func must(tb testing.TB, err error) {
	tb.Helper()
	if err != nil {
		tb.Fatal(err)
	}
}

// FuzzNoTextFreezesTheStatus: whatever an agent, a volume, a pod or the API says, the real CRD accepts the status that it makes. A
// status that is refused says nothing at all, for ever.
func FuzzNoTextFreezesTheStatus(f *testing.F) {
	accepts := crd(f)
	long := strings.Repeat("ö", 40_000)
	for _, text := range []string{"", "plain", long, "\xff\xfe", "a\nb", strings.Repeat(" ", 50), `{"reason":"` + long + `"}`} {
		f.Add(text, text, int64(-1), true)
		f.Add(text, "Reason", int64(1), false)
	}
	f.Fuzz(func(t *testing.T, text, word string, number int64, refused bool) {
		found := wire.Inspection{
			Reason: word, Message: text, Refused: refused, Layout: wire.Layout(word), ChainID: text, Height: number, StateStore: text, KeyAddress: text,
			Signed:      &wire.Signed{Height: number, Round: int32(number), Step: int8(number)},
			Unreachable: append(strings.Fields(text), word, word, text, text),
		}
		said := &wire.NodeStatus{
			Answers: refused, Reason: text, NodeID: text, Network: text, Height: number, EarliestHeight: number,
			UpgradeHalt: &wire.UpgradeHalt{Name: text, Height: number}, HeightHalt: &wire.HeightHalt{Height: number, Doubt: text}, Plan: &wire.Plan{Name: text, Height: number, Minor: refused},
		}
		s := fixture.Scope(made, agentSays(found), anyContainer(text, word), warned(text), func(o *task.Observation) {
			o.Node.Annotations = map[string]string{seiv1alpha1.AnnotationRollout: text}
			o.Data.Claim.Spec.VolumeName = text
		})
		plan.Fresh(s, "id", now)
		s.Node.Status.Plan.Tasks[0].Error = text
		s.Node.Spec.DataVolume, s.Node.APIVersion, s.Node.Kind = nil, "sei.io/v1alpha1", "SeiNode"
		s.Node.Status = status.Of(status.Input{Scope: s, Said: said, Now: now})
		if err := accepts(s.Node); err != nil {
			t.Error(err)
		}
	})
}

// agentSays gives the pod an inspection's termination message.
func agentSays(found wire.Inspection) fixture.Change {
	text, _ := json.Marshal(found)
	return inContainer(workload.ContainerInspect, ended(1, "Error", string(text)), corev1.ContainerState{})
}

// anyContainer gives the pod, if it has one, a container that says the text.
func anyContainer(text, word string) fixture.Change {
	return func(o *task.Observation) {
		for i := range o.Data.Pods {
			o.Data.Pods[i].Spec.Containers[0].Image = text
			o.Data.Pods[i].Status.ContainerStatuses = []corev1.ContainerStatus{{
				Name: workload.ContainerSeid, State: waiting(word, text), LastTerminationState: ended(2, word, text),
			}}
		}
	}
}

// TestTheCRDRefusesWhatIsNotBounded keeps the fuzz test honest.
func TestTheCRDRefusesWhatIsNotBounded(t *testing.T) {
	accepts, long := crd(t), strings.Repeat("x", 40_000)
	node := func(status seiv1alpha1.SeiNodeStatus) *seiv1alpha1.SeiNode {
		node := fixture.Observation().Node
		node.APIVersion, node.Kind, node.Spec.DataVolume, node.Status = "sei.io/v1alpha1", "SeiNode", nil, status
		return node
	}
	must(t, accepts(node(seiv1alpha1.SeiNodeStatus{})))
	for name, status := range map[string]seiv1alpha1.SeiNodeStatus{
		"a long image":       {CurrentImage: long},
		"a long node ID":     {Node: &seiv1alpha1.NodeStatus{NodeID: long}},
		"a repeated setting": {DataVolume: &seiv1alpha1.DataVolumeStatus{Inspection: &seiv1alpha1.InspectionStatus{UnreachableSettings: []string{"a", "a"}}}},
	} {
		if accepts(node(status)) == nil {
			t.Errorf("%s is accepted", name)
		}
	}
}
