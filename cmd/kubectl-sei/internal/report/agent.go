package report

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	corev1 "k8s.io/api/core/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/seinode/seinode-operator/internal/agent/wire"
	"github.com/seinode/seinode-operator/internal/workload"
)

const (
	// answering bounds one question: the agent answers from memory.
	answering = 5 * time.Second
	// maxAnswer bounds an answer, in bytes: a status has some 500, metrics have some 2,000.
	maxAnswer = 64 << 10
)

// agent adds what the agent in a pod of the node answers. One that does not is told of in a line, and is asked for nothing more.
func (g *gathering) agent(pod *corev1.Pod) {
	folder := "agent/" + pod.Name
	if !listens(pod) {
		g.bundle.text(folder+"/unasked.txt", fmt.Sprintf("No container of pod %q runs in which an agent answers.\n", pod.Name))
		return
	}
	err := g.status(pod, folder+"/status.yaml")
	if err == nil {
		err = g.metrics(pod, folder+"/metrics.txt")
	}
	if errors.Is(err, context.DeadlineExceeded) {
		err = fmt.Errorf("no answer came within %s", answering)
	}
	if err != nil {
		g.bundle.missed("what the agent in pod %q answers is not known: %v", pod.Name, err)
	}
}

// listens says whether an agent is there to answer: beside seid, or in the container that brings the data of an empty volume.
func listens(pod *corev1.Pod) bool {
	return slices.ContainsFunc(pod.Status.InitContainerStatuses, func(c corev1.ContainerStatus) bool {
		return (c.Name == workload.ContainerAgent || c.Name == workload.ContainerBootstrap) && c.State.Running != nil
	})
}

// status adds of a status what is known of one, and nothing else.
func (g *gathering) status(pod *corev1.Pod, name string) error {
	said, err := g.answer(pod, "status")
	if err != nil {
		return err
	}
	known := &wire.NodeStatus{}
	if err := json.Unmarshal(said, known); err != nil {
		return fmt.Errorf("reading its status: %w", err)
	}
	g.bundle.object(name, known)
	return nil
}

func (g *gathering) metrics(pod *corev1.Pod, name string) error {
	said, err := g.answer(pod, "metrics")
	if err == nil {
		g.bundle.text(name, string(said))
	}
	return err
}

func (g *gathering) answer(pod *corev1.Pod, path string) ([]byte, error) {
	ctx, cancel := context.WithTimeout(g.ctx, answering)
	defer cancel()
	stream, err := g.access.Agent(ctx, client.ObjectKeyFromObject(pod), path)
	if err != nil {
		return nil, err
	}
	said, err := io.ReadAll(io.LimitReader(stream, maxAnswer+1))
	if len(said) > maxAnswer {
		err = fmt.Errorf("/%s has more than %d bytes", path, maxAnswer)
	}
	return said, errors.Join(err, stream.Close())
}
