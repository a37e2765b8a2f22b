package poll

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strconv"
	"sync"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	seiv1alpha1 "github.com/seinode/seinode-operator/api/v1alpha1"
	"github.com/seinode/seinode-operator/internal/agent/wire"
	"github.com/seinode/seinode-operator/internal/seid"
)

const (
	// answerTimeout bounds one question: the agent answers from memory.
	answerTimeout = 2 * time.Second
	// bringer is the container that brings the data of an empty volume, and answers meanwhile (workload.ContainerBootstrap).
	bringer = "bootstrap"
	// maxAnswer bounds an answer with its header, in bytes; it has some 500.
	maxAnswer = 64 << 10
)

// silent is what is known of an agent that does not answer.
var silent = wire.NodeStatus{Reason: "the agent beside seid does not answer"}

// readers are what answers are read through, one after the other.
var readers = sync.Pool{New: func() any { return bufio.NewReaderSize(nil, 2<<10) }}

// ask returns what a pod's agent says, and whether it answered.
func (p *Poller) ask(ctx context.Context, pod *corev1.Pod) (wire.NodeStatus, bool) {
	address, err := p.address(pod)
	if err != nil {
		return silent, false
	}
	said, err := fetch(ctx, address)
	if err != nil {
		return silent, false
	}
	var answer wire.NodeStatus
	if json.Unmarshal(said, &answer) != nil {
		return silent, false
	}
	return answer, true
}

// fetch asks an agent for its /status, on a connection of its own: ten thousand idle ones cost more than a handshake now and then. It is
// done by hand, for half of what http.Client takes. No redirect is followed and no proxy is used: an answer comes from the address that was
// asked, or from nobody.
func fetch(ctx context.Context, address string) ([]byte, error) {
	deadline := time.Now().Add(answerTimeout)
	dialer := net.Dialer{Deadline: deadline, KeepAlive: -1}
	connection, err := dialer.DialContext(ctx, "tcp", address)
	if err != nil {
		return nil, err
	}
	defer func() { _ = connection.Close() }()
	if err := connection.SetDeadline(deadline); err != nil {
		return nil, err
	}
	if _, err := io.WriteString(connection, "GET /status HTTP/1.1\r\nHost: "+address+"\r\nConnection: close\r\n\r\n"); err != nil {
		return nil, err
	}
	return bodyOf(io.LimitReader(connection, maxAnswer))
}

// bodyOf reads an HTTP answer that says OK.
func bodyOf(answer io.Reader) ([]byte, error) {
	reader := readers.Get().(*bufio.Reader)
	defer readers.Put(reader)
	defer reader.Reset(nil)
	reader.Reset(answer)
	response, err := http.ReadResponse(reader, nil)
	if err != nil {
		return nil, err
	}
	if response.StatusCode != http.StatusOK {
		return nil, errors.New(response.Status)
	}
	return io.ReadAll(response.Body)
}

func (p *Poller) address(pod *corev1.Pod) (string, error) {
	if p.Address != nil {
		return p.Address(pod)
	}
	return agentAddress(pod.Status.PodIP)
}

// agentAddress is where the agent of a pod with that address listens. An address that is no pod's is an error: whoever can write a pod's
// status must not have the operator call a service of the machine that it runs on.
func agentAddress(ip string) (string, error) {
	address, err := netip.ParseAddr(ip)
	if err != nil {
		return "", err
	}
	address = address.Unmap()
	if address.IsLoopback() || address.IsUnspecified() || address.IsMulticast() || address.IsLinkLocalUnicast() || address.Zone() != "" {
		return "", fmt.Errorf("%s is no pod's address", address)
	}
	return net.JoinHostPort(address.String(), strconv.Itoa(int(seid.AgentPort))), nil
}

// mayAnswer says whether the pod looks like one that runs a node: anybody can write a label.
func mayAnswer(pod *corev1.Pod) bool {
	controller := metav1.GetControllerOf(pod)
	name := pod.Labels[seiv1alpha1.LabelNode]
	return listens(pod) && pod.Status.PodIP != "" && name != "" && pod.Name == name+"-0" &&
		controller != nil && controller.Kind == "StatefulSet" && controller.Name == name
}

// listens says whether an agent in the pod is there to answer: the sidecar of one that runs, or the container that brings the data of an empty volume.
func listens(pod *corev1.Pod) bool {
	return pod.Status.Phase == corev1.PodRunning || slices.ContainsFunc(pod.Status.InitContainerStatuses, func(c corev1.ContainerStatus) bool {
		return c.Name == bringer && c.State.Running != nil
	})
}

// belongs says whether the pod is that of this very SeiNode.
func belongs(pod *corev1.Pod, node *seiv1alpha1.SeiNode) bool {
	return node.UID != "" && pod.Labels[seiv1alpha1.LabelNodeUID] == string(node.UID)
}

func ready(pod *corev1.Pod) bool {
	for _, condition := range pod.Status.Conditions {
		if condition.Type == corev1.PodReady {
			return condition.Status == corev1.ConditionTrue
		}
	}
	return false
}
