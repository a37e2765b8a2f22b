package bundle_test

import (
	"encoding/base64"
	"encoding/xml"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/google/go-cmp/cmp"
	"github.com/operator-framework/api/pkg/operators/v1alpha1"
	"sigs.k8s.io/yaml"
)

// same compares what a place holds with what it should hold.
func same(place string, found, wanted any) error {
	if cmp.Equal(found, wanted) {
		return nil
	}
	return fmt.Errorf("%s: found %v, wanted %v", place, found, wanted)
}

// labelsAgree holds because registries read the image's labels, and OLM the file inside.
func labelsAgree(b *bundle) error {
	annotations, err := readAnnotations(b)
	if err != nil {
		return err
	}
	labels, err := readLabels(filepath.Join(b.root, "bundle.Dockerfile"))
	if err != nil {
		return err
	}
	if difference := cmp.Diff(labels, annotations); difference != "" {
		return fmt.Errorf("metadata/annotations.yaml: found (+), wanted the labels of bundle.Dockerfile (-):\n%s", difference)
	}
	return nil
}

func readAnnotations(b *bundle) (map[string]string, error) {
	text, err := os.ReadFile(filepath.Join(b.root, "bundle", "metadata", "annotations.yaml"))
	if err != nil {
		return nil, err
	}
	file := struct{ Annotations map[string]string }{}
	err = yaml.UnmarshalStrict(text, &file)
	return file.Annotations, err
}

func readLabels(dockerfile string) (map[string]string, error) {
	text, err := os.ReadFile(dockerfile)
	labels := map[string]string{}
	for line := range strings.Lines(string(text)) {
		if label, is := strings.CutPrefix(strings.TrimSpace(line), "LABEL "); is {
			key, value, _ := strings.Cut(label, "=")
			labels[key] = value
		}
	}
	return labels, err
}

func channels(b *bundle) error {
	return errors.Join(
		same("metadata/annotations.yaml: channels", b.Channels, []string{"candidate-v0", "stable-v0"}),
		same("metadata/annotations.yaml: default channel", b.DefaultChannel, "stable-v0"))
}

func nameIsTheVersion(b *bundle) error {
	return same(manifest+": metadata.name", b.CSV.Name, "seinode-operator.v"+b.CSV.Spec.Version.String())
}

func allInstallModes(b *bundle) error {
	wanted := []v1alpha1.InstallMode{
		{Type: v1alpha1.InstallModeTypeAllNamespaces, Supported: true},
		{Type: v1alpha1.InstallModeTypeMultiNamespace, Supported: true},
		{Type: v1alpha1.InstallModeTypeOwnNamespace, Supported: true},
		{Type: v1alpha1.InstallModeTypeSingleNamespace, Supported: true},
	}
	found := slices.SortedFunc(slices.Values(b.CSV.Spec.InstallModes), func(one, other v1alpha1.InstallMode) int {
		return strings.Compare(string(one.Type), string(other.Type))
	})
	return same(manifest+": spec.installModes", found, wanted)
}

func oldestKubernetes(b *bundle) error {
	return same(manifest+": spec.minKubeVersion", b.CSV.Spec.MinKubeVersion, "1.29.0")
}

func oneSquareIcon(b *bundle) error {
	icons := b.CSV.Spec.Icon
	if len(icons) != 1 {
		return fmt.Errorf("%s: spec.icon: found %d, wanted 1", manifest, len(icons))
	}
	return errors.Join(same(manifest+": spec.icon[0].mediatype", icons[0].MediaType, "image/svg+xml"), isSquare(icons[0].Data))
}

func isSquare(data string) error {
	text, err := base64.StdEncoding.DecodeString(data)
	if err != nil {
		return fmt.Errorf("%s: spec.icon[0].base64data: %w", manifest, err)
	}
	image := struct {
		XMLName xml.Name `xml:"http://www.w3.org/2000/svg svg"`
		ViewBox string   `xml:"viewBox,attr"`
	}{}
	if err := xml.Unmarshal(text, &image); err != nil {
		return fmt.Errorf("%s: spec.icon[0].base64data: %w", manifest, err)
	}
	sides := strings.Fields(image.ViewBox)
	if len(sides) != 4 || sides[2] != sides[3] {
		return fmt.Errorf("%s: spec.icon[0]: found viewBox %q, wanted a square", manifest, image.ViewBox)
	}
	return nil
}

func annotationsArePresent(b *bundle) error {
	var found []error
	for _, name := range []string{
		"capabilities", "categories", "containerImage", "createdAt", "description", "repository", "support",
		"operatorframework.io/suggested-namespace",
		"operators.operatorframework.io/builder", "operators.operatorframework.io/project_layout",
		"features.operators.openshift.io/disconnected", "features.operators.openshift.io/fips-compliant",
		"features.operators.openshift.io/proxy-aware", "features.operators.openshift.io/tls-profiles",
		"features.operators.openshift.io/token-auth-aws", "features.operators.openshift.io/token-auth-azure",
		"features.operators.openshift.io/token-auth-gcp",
	} {
		if b.CSV.Annotations[name] == "" {
			found = append(found, fmt.Errorf("%s: metadata.annotations: found no %q, wanted a value", manifest, name))
		}
	}
	return errors.Join(found...)
}
