package release

import (
	"crypto/sha256"
	"encoding/json"
	"fmt"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// Spec is the spec of something that stays, by its sha256 before the release and after it. kubectl get -o jsonpath='{.spec}' | sha256sum says the same.
type Spec struct {
	Kind      string `json:"kind"`
	Namespace string `json:"namespace,omitempty"`
	Name      string `json:"name"`
	Before    string `json:"before"`
	// After is "" where the object is gone.
	After string `json:"after,omitempty"`
}

// Same says whether the spec is what it was.
func (s Spec) Same() bool { return s.Before == s.After }

// Unchanged says whether all that stays is what it was.
func (r *Report) Unchanged() bool {
	for _, spec := range r.Specs {
		if !spec.Same() {
			return false
		}
	}
	return true
}

// noteSpecs takes down the specs of claim and volume as they are before anything is written.
func (r *run) noteSpecs() error {
	for _, spec := range []Spec{
		{Kind: "PersistentVolumeClaim", Namespace: r.node.Namespace, Name: r.report.Claim},
		{Kind: "PersistentVolume", Name: r.report.Volume},
	} {
		if spec.Name == "" {
			continue
		}
		sum, err := r.digest(spec)
		switch {
		case apierrors.IsNotFound(err):
		case apierrors.IsForbidden(err):
			r.Say("you may not read %s %q: whether its spec stays as it is, is not known", spec.Kind, spec.Name)
		case err != nil:
			return err
		default:
			spec.Before = sum
			r.report.Specs = append(r.report.Specs, spec)
		}
	}
	return nil
}

// compareSpecs reads them again once all is done: release never writes to them, and says what came of them all the same.
func (r *run) compareSpecs() error {
	for i := range r.report.Specs {
		sum, err := r.digest(r.report.Specs[i])
		if client.IgnoreNotFound(err) != nil {
			return err
		}
		r.report.Specs[i].After = sum
	}
	return nil
}

// digest is the sha256 of an object's spec. It is read as the API server says it: a field that this program does not know counts, too.
func (r *run) digest(of Spec) (string, error) {
	object := &unstructured.Unstructured{}
	object.SetGroupVersionKind(corev1.SchemeGroupVersion.WithKind(of.Kind))
	if err := r.cluster.Get(r.ctx, client.ObjectKey{Namespace: of.Namespace, Name: of.Name}, object); err != nil {
		return "", fmt.Errorf("reading %s %q: %w", of.Kind, of.Name, err)
	}
	text, err := json.Marshal(object.Object["spec"])
	return fmt.Sprintf("%x", sha256.Sum256(text)), err
}
