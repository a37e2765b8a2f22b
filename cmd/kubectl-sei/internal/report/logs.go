package report

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/seinode/seinode-operator/cmd/kubectl-sei/internal/cluster"
)

// How much of what one life of a container said is in an archive: so many of its last lines, and of these so many of the last bytes.
const (
	maxLines = 2000
	maxBytes = 1 << 20
	// maxRead bounds what is read, should a line be very long.
	maxRead = 8 << 20
)

// logs adds what the containers of a pod said, in the life that goes on and in the one before.
func (g *gathering) logs(folder string, pod *corev1.Pod) {
	for _, c := range slices.Concat(pod.Status.InitContainerStatuses, pod.Status.ContainerStatuses) {
		if c.State.Running != nil || c.State.Terminated != nil {
			g.log(fmt.Sprintf("%s/%s/%s.log", folder, pod.Name, c.Name), pod, c.Name, false)
		}
		if c.LastTerminationState.Terminated != nil {
			g.log(fmt.Sprintf("%s/%s/%s.previous.log", folder, pod.Name, c.Name), pod, c.Name, true)
		}
	}
}

// log adds what one life of a container said.
func (g *gathering) log(name string, pod *corev1.Pod, container string, previous bool) {
	said, err := g.said(pod, &corev1.PodLogOptions{
		Container: container, Previous: previous, Timestamps: true, TailLines: new(int64(maxLines)), LimitBytes: new(int64(maxRead)),
	})
	switch {
	case apierrors.IsForbidden(err):
		g.bundle.refused(cluster.Refusal{Kind: "log", Namespace: pod.Namespace})
	case err != nil:
		g.bundle.missed("%s: %v", name, err)
	default:
		g.bundle.text(name, tail(said, maxBytes))
	}
}

func (g *gathering) said(pod *corev1.Pod, options *corev1.PodLogOptions) (string, error) {
	stream, err := g.access.Logs(g.ctx, client.ObjectKeyFromObject(pod), options)
	if err != nil {
		return "", err
	}
	said, err := io.ReadAll(io.LimitReader(stream, maxRead))
	return string(said), errors.Join(err, stream.Close())
}

// tail is the end of a text, in whole lines, of so many bytes at the most.
func tail(text string, limit int) string {
	if len(text) <= limit {
		return text
	}
	text = text[len(text)-limit:]
	return text[strings.IndexByte(text, '\n')+1:]
}
