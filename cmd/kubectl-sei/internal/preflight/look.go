package preflight

import (
	"context"
	"fmt"
	"strings"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"sigs.k8s.io/controller-runtime/pkg/client"

	seiv1alpha1 "github.com/seinode/seinode-operator/api/v1alpha1"
	"github.com/seinode/seinode-operator/cmd/kubectl-sei/internal/cluster"
	"github.com/seinode/seinode-operator/internal/keys"
	"github.com/seinode/seinode-operator/internal/owner"
	"github.com/seinode/seinode-operator/internal/platform"
	"github.com/seinode/seinode-operator/internal/storage"
	"github.com/seinode/seinode-operator/internal/workload"
)

// notYet is the UID of a node that does not exist: no object bears it.
const notYet = "kubectl-sei-preflight"

// Facts is all that a report rests on.
type Facts struct {
	// Node is the SeiNode as it would be: the one of the manifest, with the identity and the status of the one that there is.
	Node *seiv1alpha1.SeiNode
	// Asked says that the API server was asked; Exists that there is a SeiNode of the name already.
	Asked, Exists bool
	// Admission is what the API server says to the manifest, nil for nothing.
	Admission error
	// Others is what else the manifest holds.
	Others []string
	// Data and Keys are what the operator's rules rest on.
	Data storage.Facts
	Keys keys.Facts
	// Strangers are the objects that have the names of the node's own and are not the node's.
	Strangers []Stranger
	// Refused is what the user may not read.
	Refused cluster.Refusals
}

// Stranger is an object in the way.
type Stranger struct {
	Kind workload.Child
	Live workload.Object
}

// Look reads what is known of a node that does not exist yet. asks has the API server say what it would say to it, which writes nothing.
func Look(ctx context.Context, from client.WithWatch, m Manifest, config platform.Config, asks bool, now time.Time) (Facts, error) {
	facts := Facts{Node: m.Node.DeepCopy(), Asked: asks, Others: m.Others}
	if err := facts.meet(ctx, from, now); err != nil {
		return facts, err
	}
	if asks && !facts.Exists {
		facts.Admission = admission(ctx, from, m)
	}
	reader := cluster.NewReader(from)
	facts.Data = storage.Observe(ctx, reader, facts.Node, config.Required(facts.Node))
	facts.Keys = keys.Observe(ctx, reader, facts.Node)
	err := facts.readStrangers(ctx, reader)
	facts.Refused = reader.Refused()
	for _, failed := range []error{facts.Data.Err, facts.Keys.Err, err} {
		if failed != nil {
			return facts, failed
		}
	}
	return facts, nil
}

// meet gives the node the identity of the one that there is, or that of a newcomer: whoever is there already comes first.
func (f *Facts) meet(ctx context.Context, from client.Reader, now time.Time) error {
	live, err := &seiv1alpha1.SeiNode{}, error(apierrors.NewNotFound(schema.GroupResource{}, "")) // of a claim alone there is none
	if f.Node.Name != "" {
		err = from.Get(ctx, client.ObjectKeyFromObject(f.Node), live)
	}
	switch {
	case err == nil:
		f.Exists = true
		f.Node.UID, f.Node.CreationTimestamp, f.Node.Status = live.UID, live.CreationTimestamp, live.Status
		return nil
	case apierrors.IsNotFound(cluster.Explain(err)), apierrors.IsForbidden(err):
		f.Node.UID, f.Node.CreationTimestamp = notYet, metav1.NewTime(now)
		f.Node.Status = seiv1alpha1.SeiNodeStatus{}
		return nil
	default:
		return err
	}
}

// admission is what the API server says to the node as it is written: its rules, its webhooks and its quotas, in a dry run.
func admission(ctx context.Context, to client.Client, m Manifest) error {
	asked := m.Raw.DeepCopy()
	asked.SetNamespace(m.Node.Namespace)
	return to.Create(ctx, asked, client.DryRunAll, client.FieldValidation(metav1.FieldValidationStrict))
}

// UnknownField is what the API server says of a field that it does not have, "" for any other error.
func UnknownField(err error) string {
	if err == nil || !apierrors.IsBadRequest(err) || !strings.Contains(err.Error(), "strict decoding error") {
		return ""
	}
	_, said, _ := strings.Cut(err.Error(), "strict decoding error: ")
	return said
}

// readStrangers reads the objects that have the names of those which the node would have.
func (f *Facts) readStrangers(ctx context.Context, reader client.Reader) error {
	for _, kind := range workload.Children {
		if f.Node.Name == "" || !kind.IsWanted(f.Node) {
			continue
		}
		live, key := kind.New(), client.ObjectKey{Namespace: f.Node.Namespace, Name: kind.NameFor(f.Node.Name)}
		err := reader.Get(ctx, key, live)
		if client.IgnoreNotFound(err) != nil {
			return fmt.Errorf("reading %s %q: %w", kind.Kind, key.Name, err)
		}
		if err == nil && !owner.Controls(f.Node, live) {
			f.Strangers = append(f.Strangers, Stranger{kind, live})
		}
	}
	return nil
}
