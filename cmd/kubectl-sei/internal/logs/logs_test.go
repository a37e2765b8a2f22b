package logs

import (
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/utils/ptr"
)

var now = time.Date(2026, 11, 28, 7, 0, 0, 0, time.UTC)

// The states of a container.
var (
	done    = status(func(c *corev1.ContainerStatus) { c.State.Terminated = &corev1.ContainerStateTerminated{} })
	crashed = status(func(c *corev1.ContainerStatus) { c.State.Terminated = end(1) })
	waiting = status(func(c *corev1.ContainerStatus) {
		c.State.Waiting = &corev1.ContainerStateWaiting{Reason: "PodInitializing"}
	})
	unpulled = status(func(c *corev1.ContainerStatus) {
		c.State.Waiting = &corev1.ContainerStateWaiting{Reason: "ImagePullBackOff", Message: "no such image"}
	})
	runs    = status(func(c *corev1.ContainerStatus) { c.State.Running = since(time.Hour) })
	backOff = status(func(c *corev1.ContainerStatus) {
		c.State.Waiting, c.LastTerminationState.Terminated = &corev1.ContainerStateWaiting{Reason: "CrashLoopBackOff"}, end(2)
	})
	runsAgain = status(func(c *corev1.ContainerStatus) {
		c.State.Running, c.LastTerminationState.Terminated = since(time.Minute), end(2)
	})
	longSince = status(func(c *corev1.ContainerStatus) {
		c.State.Running, c.LastTerminationState.Terminated = since(time.Hour), end(2)
	})
)

func status(set func(*corev1.ContainerStatus)) corev1.ContainerStatus {
	c := corev1.ContainerStatus{}
	set(&c)
	return c
}

func end(code int32) *corev1.ContainerStateTerminated {
	return &corev1.ContainerStateTerminated{ExitCode: code, Reason: "Error", FinishedAt: metav1.NewTime(now.Add(-2 * time.Minute))}
}

func since(ago time.Duration) *corev1.ContainerStateRunning {
	return &corev1.ContainerStateRunning{StartedAt: metav1.NewTime(now.Add(-ago))}
}

// podOf is a node's pod in those states.
func podOf(ready bool, home, inspect, prepare, agent, seid corev1.ContainerStatus) *corev1.Pod {
	pod := &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Name: "archive-0-0"}}
	for i, name := range []string{"home", "inspect", "prepare", "agent"} {
		c := []corev1.ContainerStatus{home, inspect, prepare, agent}[i]
		c.Name = name
		pod.Spec.InitContainers = append(pod.Spec.InitContainers, corev1.Container{Name: name})
		pod.Status.InitContainerStatuses = append(pod.Status.InitContainerStatuses, c)
	}
	pod.Spec.InitContainers[3].RestartPolicy = ptr.To(corev1.ContainerRestartPolicyAlways)
	seid.Name = "seid"
	pod.Spec.Containers, pod.Status.ContainerStatuses = []corev1.Container{{Name: "seid"}}, []corev1.ContainerStatus{seid}
	if ready {
		pod.Status.Conditions = []corev1.PodCondition{{Type: corev1.PodReady, Status: corev1.ConditionTrue}}
	}
	return pod
}

func TestWhichContainerMatters(t *testing.T) {
	injected := podOf(false, done, done, done, runs, waiting)
	proxy := backOff
	proxy.Name = "zz-proxy"
	injected.Status.ContainerStatuses = append(injected.Status.ContainerStatuses, proxy)
	auto := Asked{Container: Auto}
	for name, test := range map[string]struct {
		pod   *corev1.Pod
		asked Asked
		want  string
	}{
		"a node that runs":                           {podOf(true, done, done, done, runs, runs), auto, "seid"},
		"one that ran before":                        {podOf(true, done, done, done, runs, runsAgain), auto, "seid"},
		"the first is at it":                         {podOf(false, runs, waiting, waiting, waiting, waiting), auto, "home"},
		"nothing started":                            {podOf(false, waiting, waiting, waiting, waiting, waiting), auto, "home silent"},
		"inspect refuses the volume":                 {podOf(false, done, backOff, waiting, waiting, waiting), auto, "inspect previous"},
		"inspect has just refused it":                {podOf(false, done, crashed, waiting, waiting, waiting), auto, "inspect"},
		"prepare is at it":                           {podOf(false, done, done, runs, waiting, waiting), auto, "prepare"},
		"the agent crashed before seid":              {podOf(false, done, done, done, backOff, waiting), auto, "agent previous"},
		"the agent runs, and seid is not pulled":     {podOf(false, done, done, done, runs, unpulled), auto, "seid silent"},
		"seid crashed and waits":                     {podOf(false, done, done, done, runs, backOff), auto, "seid previous"},
		"seid has just crashed":                      {podOf(false, done, done, done, runs, crashed), auto, "seid"},
		"seid was started again":                     {podOf(false, done, done, done, runs, runsAgain), auto, "seid previous"},
		"long since":                                 {podOf(false, done, done, done, runs, longSince), auto, "seid"},
		"started again, and followed":                {podOf(false, done, done, done, runs, runsAgain), Asked{Container: Auto, Follow: true}, "seid"},
		"started again, and asked for now":           {podOf(false, done, done, done, runs, runsAgain), Asked{Container: Auto, Previous: ptr.To(false)}, "seid"},
		"asked for the life before":                  {podOf(true, done, done, done, runs, runsAgain), Asked{Container: Auto, Previous: ptr.To(true)}, "seid previous"},
		"a container by name":                        {podOf(false, done, done, done, runs, backOff), Asked{Container: "agent"}, "agent"},
		"by name, after a crash":                     {podOf(false, done, done, done, runs, backOff), Asked{Container: "seid"}, "seid previous"},
		"by name, before the kubelet knows it":       {&corev1.Pod{Spec: corev1.PodSpec{Containers: []corev1.Container{{Name: "seid"}}}}, Asked{Container: "seid"}, "seid silent"},
		"no machine yet":                             {&corev1.Pod{}, auto, "seid silent"},
		"somebody else's container keeps seid":       {injected, auto, "zz-proxy previous"},
		"one that ended in order is no crash":        {podOf(false, done, done, done, runs, done), auto, "seid"},
		"the life before of one that waits, by name": {podOf(false, done, backOff, waiting, waiting, waiting), Asked{Container: "inspect", Previous: ptr.To(true)}, "inspect previous"},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := Pick(test.pod, test.asked, now)
			text := got.Container
			if got.Previous {
				text += " previous"
			}
			if got.Silent {
				text += " silent"
			}
			if text != test.want || err != nil || got.Why == "" {
				t.Errorf("%s (%s, %v), wanted %s", text, got.Why, err, test.want)
			}
		})
	}
}

func TestAContainerThatThePodDoesNotHave(t *testing.T) {
	_, err := Pick(podOf(true, done, done, done, runs, runs), Asked{Container: "bootstrap"}, now)
	if err == nil || !strings.Contains(err.Error(), "wanted auto or one of home, inspect, prepare, agent, seid") {
		t.Error(err)
	}
}

// TestWhyIsTold: in words that name the end, the time and the flag.
func TestWhyIsTold(t *testing.T) {
	for want, seid := range map[string]corev1.ContainerStatus{
		"it ended with exit code 2 (Error) at 2026-11-28T06:58:00Z, and waits to be started again: this is what it said before (--previous)":                                                     backOff,
		"it ended with exit code 2 (Error) at 2026-11-28T06:58:00Z, and runs again since 2026-11-28T06:59:00Z: this is what it said before (--previous); for what it says now: --previous=false": runsAgain,
		"it runs since 2026-11-28T06:00:00Z":                        runs,
		"it has not started yet (ImagePullBackOff: no such image)":  unpulled,
		"it has not started yet (PodInitializing)":                  waiting,
		"it ended with exit code 1 (Error) at 2026-11-28T06:58:00Z": crashed,
	} {
		if got, err := Pick(podOf(false, done, done, done, runs, seid), Asked{Container: "seid"}, now); got.Why != want || err != nil {
			t.Errorf("%s (%v), wanted %s", got.Why, err, want)
		}
	}
}
