package report

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	coordinationv1 "k8s.io/api/coordination/v1"
	corev1 "k8s.io/api/core/v1"
	storagev1 "k8s.io/api/storage/v1"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/client/apiutil"

	"github.com/seinode/seinode-operator/cmd/kubectl-sei/internal/cluster"
	"github.com/seinode/seinode-operator/cmd/kubectl-sei/internal/operator"
	"github.com/seinode/seinode-operator/cmd/kubectl-sei/internal/redact"
	"github.com/seinode/seinode-operator/cmd/kubectl-sei/internal/why"
	"github.com/seinode/seinode-operator/internal/owner"
	"github.com/seinode/seinode-operator/internal/storage"
	"github.com/seinode/seinode-operator/internal/version"
	"github.com/seinode/seinode-operator/internal/workload"
)

// gathering is one report under way. What fails is noted, and the rest goes on.
type gathering struct {
	ctx    context.Context
	access cluster.Access
	reader *cluster.Reader
	facts  why.Facts
	bundle *Bundle
	// seen are the UIDs of the objects that are in the bundle.
	seen map[types.UID]bool
}

// Gather reads all that there is of a node. The error is that there is no such node, or that it cannot be read.
func Gather(ctx context.Context, access cluster.Access, name types.NamespacedName, now time.Time) (*Bundle, error) {
	facts, err := why.Look(ctx, access.Client, name)
	if err != nil {
		return nil, err
	}
	g := &gathering{ctx: ctx, access: access, reader: cluster.NewReader(access.Client), facts: facts, bundle: &Bundle{}, seen: map[types.UID]bool{}}
	g.bundle.refused(facts.Refused...)
	g.findings()
	for _, part := range []func(){g.volume, g.children, g.pods, g.leases, g.events, g.operator} {
		part()
	}
	g.bundle.refused(g.reader.Refused()...)
	g.about(now)
	return g.bundle, nil
}

// findings are those of kubectl sei why.
func (g *gathering) findings() {
	explained, page := why.Explain(g.facts), bytes.Buffer{}
	explained.Text(&page, 0)
	g.bundle.text("why.txt", page.String())
	g.bundle.object("why.yaml", &explained)
}

// add adds an object, if it is there.
func (g *gathering) add(object client.Object) {
	kind, err := apiutil.GVKForObject(object, cluster.Scheme)
	if err != nil {
		g.bundle.missed("%s: %v", object.GetName(), err)
		return
	}
	g.seen[object.GetUID()] = true
	g.bundle.object(fmt.Sprintf("objects/%s-%s.yaml", strings.ToLower(kind.Kind), object.GetName()), object)
}

// get reads an object, and adds it if it is there.
func (g *gathering) get(namespace, name string, object client.Object) {
	err := g.reader.Get(g.ctx, client.ObjectKey{Namespace: namespace, Name: name}, object)
	if client.IgnoreNotFound(err) != nil {
		g.bundle.missed("%T %q: %v", object, name, err)
	}
	if err == nil {
		g.add(object)
	}
}

// list reads objects, and says whether that went well.
func (g *gathering) list(what string, list client.ObjectList, options ...client.ListOption) bool {
	err := g.reader.List(g.ctx, list, options...)
	if err != nil {
		g.bundle.missed("%s: %v", what, err)
	}
	return err == nil
}

// volume adds the node, its claim, the volume, and where that is attached.
func (g *gathering) volume() {
	g.add(g.facts.Node)
	if g.facts.Claim != nil {
		g.add(g.facts.Claim)
	}
	if g.facts.Volume == nil {
		return
	}
	g.add(g.facts.Volume)
	all := &storagev1.VolumeAttachmentList{}
	if !g.list("VolumeAttachments", all) {
		return
	}
	for i := range all.Items {
		if storage.AttachedVolume(&all.Items[i]) == g.facts.Volume.Name {
			g.add(&all.Items[i])
		}
	}
}

// children adds what has the names of the objects that the operator makes for the node.
func (g *gathering) children() {
	for _, kind := range workload.Children {
		g.get(g.facts.Node.Namespace, kind.NameFor(g.facts.Node.Name), kind.New())
	}
}

// pods adds the node's pods, and those that mount its claim, with what the node's own said, and what the agent in it answers.
func (g *gathering) pods() {
	node, all := g.facts.Node, &corev1.PodList{}
	if !g.list("pods", all, client.InNamespace(node.Namespace)) {
		return
	}
	for i := range all.Items {
		pod := &all.Items[i]
		own := owner.Pod(pod, node) || owner.PrePull(pod, node)
		if own || slices.Contains(storage.MountedClaims(pod), storage.ClaimName(node)) {
			g.add(pod)
		}
		if own {
			g.logs("logs", pod)
		}
		if owner.Pod(pod, node) {
			g.agent(pod)
		}
	}
}

// leases adds those by which the node holds what only one may use.
func (g *gathering) leases() {
	for _, held := range g.facts.Node.Status.Leases {
		namespace, name, _ := strings.Cut(held, "/")
		g.get(namespace, name, &coordinationv1.Lease{})
	}
}

// events adds those on the objects that are in the bundle, the oldest first.
func (g *gathering) events() {
	all := &corev1.EventList{}
	if !g.list("events", all, client.InNamespace(g.facts.Node.Namespace)) {
		return
	}
	slices.SortStableFunc(all.Items, func(a, b corev1.Event) int { return workload.LastSeen(&a).Compare(workload.LastSeen(&b)) })
	text := strings.Builder{}
	for i := range all.Items {
		if event := &all.Items[i]; g.seen[event.InvolvedObject.UID] {
			fmt.Fprintf(&text, "%s %s %s on %s %s (%d times): %s\n", workload.LastSeen(event).UTC().Format(time.RFC3339), event.Type, event.Reason,
				event.InvolvedObject.Kind, event.InvolvedObject.Name, max(1, event.Count), event.Message)
		}
	}
	g.bundle.text("events.txt", text.String())
}

// operator adds the manager's pods, and what they said.
func (g *gathering) operator() {
	pods, refusal, err := operator.Pods(g.ctx, g.access.Client)
	if err != nil {
		g.bundle.missed("the operator's pods: %v", err)
	}
	if refusal != nil {
		g.bundle.refused(*refusal)
	}
	for i := range pods {
		g.add(&pods[i])
		g.logs("operator", &pods[i])
	}
	g.versions(pods)
}

// versions adds who is of which version.
func (g *gathering) versions(managers []corev1.Pod) {
	server, err := g.access.Version(g.ctx)
	if err != nil {
		g.bundle.missed("the API server's version: %v", err)
	}
	all := []string{"kubectl sei: " + version.Version, "API server: " + server, "seid: " + g.facts.Node.Status.CurrentImage}
	for i := range managers {
		for _, c := range managers[i].Status.ContainerStatuses {
			all = append(all, fmt.Sprintf("operator, pod %s, container %s: %s (%s)", managers[i].Name, c.Name, c.Image, c.ImageID))
		}
	}
	if g.facts.Pod != nil {
		for _, c := range slices.Concat(g.facts.Pod.Status.InitContainerStatuses, g.facts.Pod.Status.ContainerStatuses) {
			all = append(all, fmt.Sprintf("node, container %s: %s (%s)", c.Name, c.Image, c.ImageID))
		}
	}
	g.bundle.text("versions.txt", lines(all))
}

// about adds what this is, and what is missing.
func (g *gathering) about(now time.Time) {
	node := g.facts.Node
	g.bundle.text("README.txt", lines([]string{
		fmt.Sprintf("What there is of SeiNode %q in namespace %q, as kubectl sei report saw it at %s.", node.Name, node.Namespace, now.UTC().Format(time.RFC3339)),
		"No Secret and no ConfigMap was read. " + redact.Gone + " stands where a key, a token, a password or something that a user wrote may have been.",
		"Names, addresses and images are in it: look through it before you send it.",
		"What could not be read is in unread.txt.",
	}))
	if len(g.bundle.unread) == 0 {
		g.bundle.text("unread.txt", "Everything that there is could be read.\n")
		return
	}
	g.bundle.text("unread.txt", lines(g.bundle.unread))
}
