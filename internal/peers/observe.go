package peers

import (
	"context"
	"fmt"
	"slices"

	"sigs.k8s.io/controller-runtime/pkg/client"

	seiv1alpha1 "github.com/seinode/seinode-operator/api/v1alpha1"
	"github.com/seinode/seinode-operator/internal/read"
)

// The indexes that SeiNodes are found by.
const (
	// IndexByChain has each by its chain, and IndexBehindSentries the validators that have sentries.
	IndexByChain        = "peers.chain"
	IndexBehindSentries = "peers.behindSentries"
	// IndexBySelecting has each that selects SeiNodes, by its chain.
	IndexBySelecting = "peers.selecting"
	// IndexByNodeKey has each by the Secret of its node key.
	IndexByNodeKey = "peers.nodeKey"
	// IndexByNamed has each by the SeiNodes whose Services its static peers name.
	IndexByNamed = "peers.named"
)

// Indexes adds them to a cache.
func Indexes(add func(of client.Object, key string, values client.IndexerFunc)) {
	index := func(key string, value func(*seiv1alpha1.SeiNode) string) {
		add(&seiv1alpha1.SeiNode{}, key, func(object client.Object) []string {
			if found := value(object.(*seiv1alpha1.SeiNode)); found != "" {
				return []string{found}
			}
			return nil
		})
	}
	index(IndexByChain, chain)
	index(IndexBehindSentries, func(node *seiv1alpha1.SeiNode) string { return chainIf(node, node.Spec.Sentries != nil) })
	index(IndexBySelecting, func(node *seiv1alpha1.SeiNode) string { return chainIf(node, Selecting(node)) })
	index(IndexByNodeKey, NodeKeyOf)
	add(&seiv1alpha1.SeiNode{}, IndexByNamed, func(object client.Object) []string { return named(object.(*seiv1alpha1.SeiNode)) })
}

// named are the SeiNodes whose Services a node's static peers name.
func named(node *seiv1alpha1.SeiNode) (names []string) {
	for _, address := range node.StaticPeers() {
		if name, _ := ServiceOf(node.Namespace, address); name != "" {
			names = append(names, name)
		}
	}
	return names
}

func chain(node *seiv1alpha1.SeiNode) string { return node.Spec.ChainID }

func chainIf(node *seiv1alpha1.SeiNode, is bool) string {
	if !is {
		return ""
	}
	return node.Spec.ChainID
}

// NodeKeyOf is the Secret that holds the node's own key, "" for none.
func NodeKeyOf(node *seiv1alpha1.SeiNode) string {
	if node.Spec.NodeKey == nil {
		return ""
	}
	return node.Spec.NodeKey.SecretName
}

// Observe reads from the cache, and copies nothing: what it returns must not be changed.
func Observe(ctx context.Context, reader client.Reader, node *seiv1alpha1.SeiNode) Facts {
	r := &reading{ctx: ctx, reader: reader, node: node}
	facts := Facts{Node: node}
	if Selecting(node) {
		facts.Selected = r.list(IndexByChain, chain(node), matching(node))
	}
	facts.Shielded = slices.DeleteFunc(r.list(IndexBehindSentries, chain(node)), func(validator seiv1alpha1.SeiNode) bool { return !Selects(&validator, node) })
	facts.Left = r.left(facts.Shielded)
	for i := range facts.Shielded {
		fellows := slices.DeleteFunc(r.list(IndexByChain, chain(node), matching(&facts.Shielded[i])), func(fellow seiv1alpha1.SeiNode) bool {
			return fellow.UID == node.UID || !Selects(&facts.Shielded[i], &fellow)
		})
		facts.Fellows = append(facts.Fellows, r.anew(fellows)...)
	}
	if from := node.StateSync(); from != nil && from.WitnessNodes != nil {
		facts.Vouching = r.list(IndexByChain, chain(node), labelled(from.WitnessNodes.MatchLabels))
	}
	for _, name := range named(node) {
		facts.Named = append(facts.Named, r.get(name)...)
	}
	if secret := NodeKeyOf(node); secret != "" {
		others := slices.DeleteFunc(r.list(IndexByNodeKey, secret), func(other seiv1alpha1.SeiNode) bool { return other.UID == node.UID })
		facts.SameKey = r.anew(others)
	}
	facts.Err = r.err
	return facts
}

// Concerned are the nodes that another of their namespace may matter to: those that select it, those that it selects or stands before, those with its node key,
// and those that name it.
func Concerned(ctx context.Context, reader client.Reader, of *seiv1alpha1.SeiNode) ([]seiv1alpha1.SeiNode, error) {
	r := &reading{ctx: ctx, reader: reader, node: of}
	var concerned []seiv1alpha1.SeiNode
	for _, other := range r.list(IndexBySelecting, chain(of)) {
		if other.UID != of.UID && mayTake(&other, of) {
			concerned = append(concerned, other)
		}
	}
	if of.Spec.Sentries != nil {
		concerned = append(concerned, r.list(IndexByChain, chain(of), matching(of))...)
	}
	if secret := NodeKeyOf(of); secret != "" {
		concerned = append(concerned, r.list(IndexByNodeKey, secret)...)
	}
	concerned = append(concerned, r.list(IndexByNamed, of.Name)...)
	return concerned, r.err
}

// matching are those that have the labels which a node selects by.
func matching(node *seiv1alpha1.SeiNode) client.ListOption { return labelled(wanted(node)) }

func labelled(labels map[string]seiv1alpha1.LabelValue) client.ListOption {
	set := client.MatchingLabels{}
	for key, value := range labels {
		set[key] = string(value)
	}
	return set
}

// mayTake says whether a node takes another, or took it. One that has as many as it takes is not woken for one that is farther away than all of them.
func mayTake(node, other *seiv1alpha1.SeiNode) bool {
	var taken []string
	if node.Status.Peers != nil {
		taken = Names(node.Status.Peers)
	}
	if slices.Contains(taken, other.Name) || !Selects(node, other) {
		return slices.Contains(taken, other.Name)
	}
	away := distance(node.Name, other.Name)
	return len(taken) < Most || slices.ContainsFunc(taken, func(name string) bool { return distance(node.Name, name) > away })
}

// Names are the SeiNodes that a node is or is to be connected to.
func Names(shown *seiv1alpha1.PeersStatus) []string {
	names := slices.Clone(shown.Waiting)
	for _, peer := range shown.Resolved {
		names = append(names, peer.Name)
	}
	return names
}

// reading lists, and keeps the first error.
type reading struct {
	ctx    context.Context
	reader client.Reader
	node   *seiv1alpha1.SeiNode
	err    error
}

// left are the validators that the node was last seen to stand before, and that are there and do not select it.
func (r *reading) left(selecting []seiv1alpha1.SeiNode) (left []seiv1alpha1.SeiNode) {
	if r.node.Status.Peers == nil {
		return nil
	}
	for _, before := range r.node.Status.Peers.Shields {
		if !slices.ContainsFunc(selecting, func(v seiv1alpha1.SeiNode) bool { return v.Name == before.Name }) {
			left = append(left, r.get(before.Name)...)
		}
	}
	return left
}

// get is the SeiNode of that name, none where there is none.
func (r *reading) get(name string) []seiv1alpha1.SeiNode {
	found := seiv1alpha1.SeiNode{}
	switch err := r.reader.Get(r.ctx, client.ObjectKey{Namespace: r.node.Namespace, Name: name}, &found); {
	case err == nil:
		return []seiv1alpha1.SeiNode{found}
	case client.IgnoreNotFound(err) != nil && r.err == nil:
		r.err = fmt.Errorf("reading SeiNode %q: %w", name, err)
	}
	return nil
}

// anew are nodes as their own reconciles have left them: one of them goes before the other.
func (r *reading) anew(listed []seiv1alpha1.SeiNode) []seiv1alpha1.SeiNode {
	nodes, err := read.Anew(r.ctx, r.reader, listed)
	if err != nil && r.err == nil {
		r.err = fmt.Errorf("reading a SeiNode of namespace %q: %w", r.node.Namespace, err)
	}
	return nodes
}

func (r *reading) list(index, value string, options ...client.ListOption) []seiv1alpha1.SeiNode {
	found := &seiv1alpha1.SeiNodeList{}
	options = append(options, client.InNamespace(r.node.Namespace), client.MatchingFields{index: value}, client.UnsafeDisableDeepCopy)
	if err := r.reader.List(r.ctx, found, options...); err != nil && r.err == nil {
		r.err = fmt.Errorf("listing the SeiNodes of namespace %q: %w", r.node.Namespace, err)
	}
	return found.Items
}
