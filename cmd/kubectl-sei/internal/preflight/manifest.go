// Package preflight judges a SeiNode that does not exist yet, or a claim for one, by the operator's own rules and with the user's rights. Nothing is written.
package preflight

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	utilyaml "k8s.io/apimachinery/pkg/util/yaml"
	kjson "sigs.k8s.io/json"
	"sigs.k8s.io/yaml"

	seiv1alpha1 "github.com/seinode/seinode-operator/api/v1alpha1"
)

// Manifest is the SeiNode of a file.
type Manifest struct {
	// Node is it, and Raw is it as it is written, with fields that this program does not know.
	Node *seiv1alpha1.SeiNode
	Raw  *unstructured.Unstructured
	// Others are the kinds and names of what else the file holds.
	Others []string
}

// Parse reads the one SeiNode of a manifest, strictly: a field that there is not is an error which names it.
func Parse(from io.Reader) (Manifest, error) {
	found, documents := Manifest{}, utilyaml.NewYAMLReader(bufio.NewReader(from))
	for {
		document, err := documents.Read()
		switch {
		case errors.Is(err, io.EOF) && found.Node == nil:
			return found, errors.New("the manifest holds no SeiNode")
		case errors.Is(err, io.EOF):
			return found, nil
		case err != nil:
			return found, fmt.Errorf("reading the manifest: %w", err)
		}
		if err := found.add(document); err != nil {
			return found, err
		}
	}
}

func (m *Manifest) add(document []byte) error {
	raw, err := yaml.YAMLToJSONStrict(document)
	if err != nil {
		return fmt.Errorf("reading the manifest: %w", err)
	}
	object := metav1.PartialObjectMetadata{}
	switch err := kjson.UnmarshalCaseSensitivePreserveInts(raw, &object); {
	case bytes.Equal(raw, []byte("null")): // a document of comments
		return nil
	case err != nil:
		return fmt.Errorf("reading the manifest: %w", err)
	case object.Kind != "SeiNode":
		m.Others = append(m.Others, fmt.Sprintf("%s %q", object.Kind, object.Name))
		return nil
	case m.Node != nil:
		return fmt.Errorf("the manifest holds SeiNodes %q and %q; wanted one", m.Node.Name, object.Name)
	case object.APIVersion != seiv1alpha1.GroupVersion.String():
		return fmt.Errorf("the SeiNode %q has apiVersion %q; wanted %q", object.Name, object.APIVersion, seiv1alpha1.GroupVersion)
	}
	if object.Name == "" {
		return errors.New("the SeiNode has no metadata.name")
	}
	if m.Node, err = decode(raw); err != nil {
		return err
	}
	m.Raw = &unstructured.Unstructured{}
	return m.Raw.UnmarshalJSON(raw)
}

func decode(raw []byte) (*seiv1alpha1.SeiNode, error) {
	node := &seiv1alpha1.SeiNode{}
	unknown, err := kjson.UnmarshalStrict(raw, node)
	if all := errors.Join(append([]error{err}, unknown...)...); all != nil {
		return nil, fmt.Errorf("the SeiNode is not understood: %w", all)
	}
	return node, nil
}
