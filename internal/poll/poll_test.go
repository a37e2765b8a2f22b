package poll

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/types"
	clocktesting "k8s.io/utils/clock/testing"
	"k8s.io/utils/ptr"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/client/fake"

	seiv1alpha1 "github.com/seinode/seinode-operator/api/v1alpha1"
	"github.com/seinode/seinode-operator/internal/agent/wire"
)

var start = time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)

func answer(changes ...func(*wire.NodeStatus)) wire.NodeStatus {
	status := wire.NodeStatus{Ready: true, Answers: true, NodeID: "abc", Height: 1000, EarliestHeight: 1, Peers: 3}
	for _, change := range changes {
		change(&status)
	}
	return status
}

func atHeight(height int64) func(*wire.NodeStatus) {
	return func(s *wire.NodeStatus) { s.Height, s.BlockAgeSeconds, s.HeardSeconds, s.Peers = height, 3, 4, 9 }
}

func catchingUp(s *wire.NodeStatus) { s.CatchingUp = true }

// podOf is the pod of a node, which runs.
func podOf(name string, changes ...func(*corev1.Pod)) *corev1.Pod {
	pod := &corev1.Pod{
		ObjectMeta: metav1.ObjectMeta{
			Namespace: "sei", Name: name + "-0", UID: types.UID("pod-" + name),
			Labels:          map[string]string{seiv1alpha1.LabelNode: name, seiv1alpha1.LabelNodeUID: "node-" + name},
			OwnerReferences: []metav1.OwnerReference{{APIVersion: "apps/v1", Kind: "StatefulSet", Name: name, UID: "set", Controller: ptr.To(true)}},
		},
		Status: corev1.PodStatus{Phase: corev1.PodRunning, PodIP: "192.0.2.1"},
	}
	for _, change := range changes {
		change(pod)
	}
	return pod
}

func isReady(pod *corev1.Pod) {
	pod.Status.Conditions = []corev1.PodCondition{{Type: corev1.PodReady, Status: corev1.ConditionTrue}}
}

func nodeOf(name string) *seiv1alpha1.SeiNode {
	return &seiv1alpha1.SeiNode{ObjectMeta: metav1.ObjectMeta{Namespace: "sei", Name: name, UID: types.UID("node-" + name)}}
}

func cluster(t *testing.T, objects ...client.Object) client.WithWatch {
	t.Helper()
	scheme := runtime.NewScheme()
	if err := errors.Join(corev1.AddToScheme(scheme), seiv1alpha1.AddToScheme(scheme)); err != nil {
		t.Fatal(err)
	}
	return fake.NewClientBuilder().WithScheme(scheme).WithObjects(objects...).WithStatusSubresource(&seiv1alpha1.SeiNode{}).Build()
}

// agent serves what it is told to say, and nothing while that is nil.
func agent(t *testing.T, says *atomic.Pointer[wire.NodeStatus]) string {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		if says.Load() == nil {
			w.WriteHeader(http.StatusBadGateway)
			return
		}
		_ = json.NewEncoder(w).Encode(says.Load())
	}))
	t.Cleanup(server.Close)
	return strings.TrimPrefix(server.URL, "http://")
}

// TestANodeIsWokenOnlyByNews goes through a node's day: up, blocks, catching up, silence, back, and a height after ten minutes.
func TestANodeIsWokenOnlyByNews(t *testing.T) {
	var says atomic.Pointer[wire.NodeStatus]
	url, pod := agent(t, &says), podOf("archive-0")
	clock := clocktesting.NewFakePassiveClock(start)
	p := New(cluster(t, pod, nodeOf("archive-0")), 10*time.Minute)
	p.Clock, p.Address = clock, func(*corev1.Pod) (string, error) { return url, nil }
	for _, step := range []struct {
		name   string
		says   *wire.NodeStatus
		after  time.Duration
		wakes  int
		height int64
	}{
		{"the first answer", ptr.To(answer()), 0, 1, 1000},
		{"a block", ptr.To(answer(atHeight(1001))), time.Second, 0, 1000},
		{"a block, nine and a half minutes later", ptr.To(answer(atHeight(2000))), 570 * time.Second, 1, 2000},
		{"another", ptr.To(answer(atHeight(2001))), time.Second, 0, 2000},
		{"it falls behind", ptr.To(answer(atHeight(2002), catchingUp)), time.Second, 1, 2002},
		{"it falls silent", nil, time.Second, 1, 0},
		{"it stays silent", nil, time.Hour, 0, 0},
		{"it is back", ptr.To(answer(atHeight(2003), catchingUp)), time.Second, 1, 2003},
	} {
		says.Store(step.says)
		clock.SetTime(clock.Now().Add(step.after))
		p.visit(t.Context(), client.ObjectKeyFromObject(pod))
		if got := len(p.Changed); got != step.wakes {
			t.Errorf("%s: woken %d times, wanted %d", step.name, got, step.wakes)
		}
		for range len(p.Changed) {
			if object := (<-p.Changed).Object; object.GetNamespace() != "sei" || object.GetName() != "archive-0" {
				t.Errorf("%s: woke %s/%s", step.name, object.GetNamespace(), object.GetName())
			}
		}
		if status, known := p.Latest(pod); !known || status.Answers != (step.says != nil) || status.Height != step.height {
			t.Errorf("%s: latest is %+v, %t", step.name, status, known)
		}
	}
}

func TestLatestIsOfThisVeryPod(t *testing.T) {
	var says atomic.Pointer[wire.NodeStatus]
	says.Store(ptr.To(answer()))
	url, pod := agent(t, &says), podOf("archive-0")
	live := cluster(t, pod, nodeOf("archive-0"))
	p := New(live, 0)
	p.Address = func(*corev1.Pod) (string, error) { return url, nil }
	p.visit(t.Context(), client.ObjectKeyFromObject(pod))
	successor := pod.DeepCopy()
	successor.UID = "another"
	if status, known := p.Latest(successor); known {
		t.Errorf("a pod that nobody asked says %+v, as its predecessor did", status)
	}
	successor.Status.Phase = corev1.PodPending
	if status, known := p.Latest(successor); !known || status.Answers {
		t.Errorf("in a pod that does not run yet something says %+v (%t)", status, known)
	}
	if err := live.Delete(t.Context(), pod); err != nil {
		t.Fatal(err)
	}
	p.lose(pod)
	if _, known := p.Latest(pod); known {
		t.Error("the words of a pod that is gone are kept")
	}
	var none *Poller
	if _, known := none.Latest(pod); known {
		t.Error("nobody knows something")
	}
}

// TestWhoeverIsHurriedIsAskedNow, once, and nobody who is no node's pod.
func TestWhoeverIsHurriedIsAskedNow(t *testing.T) {
	var says atomic.Pointer[wire.NodeStatus]
	says.Store(ptr.To(answer()))
	url, pod := agent(t, &says), podOf("archive-0")
	p := New(cluster(t, pod, nodeOf("archive-0")), 0)
	p.Address = func(*corev1.Pod) (string, error) { return url, nil }
	p.Hurry(podOf("other", func(pod *corev1.Pod) { pod.OwnerReferences = nil }))
	p.Hurry(pod)
	p.Hurry(pod)
	if waiting := p.lanes[false].Len(); waiting != 1 {
		t.Fatalf("%d are to be asked", waiting)
	}
	p.next(t.Context(), p.lanes[false])
	if status, known := p.Latest(pod); !known || !status.Answers {
		t.Errorf("it says %+v", status)
	}
	var none *Poller
	none.Hurry(pod)
}

// TestWhatAValidatorSignedIsTheNewest, though it alone wakes nobody: whoever stops the node has to know.
func TestWhatAValidatorSignedIsTheNewest(t *testing.T) {
	var says atomic.Pointer[wire.NodeStatus]
	url, pod := agent(t, &says), podOf("validator-0")
	p := New(cluster(t, pod, nodeOf("validator-0")), 0)
	p.Address = func(*corev1.Pod) (string, error) { return url, nil }
	for i, height := range []int64{7, 9} {
		says.Store(ptr.To(answer(func(s *wire.NodeStatus) { s.Signed = &wire.Signed{Height: height} })))
		p.visit(t.Context(), client.ObjectKeyFromObject(pod))
		if told, _ := p.Latest(pod); told.Signed == nil || told.Signed.Height != height {
			t.Errorf("signed %+v, wanted height %d", told.Signed, height)
		}
		if i > 0 && len(p.Changed) > 1 {
			t.Error("a block that was signed woke the node")
		}
	}
}

// TestMuchThatAValidatorSignedIsNoted: with it the key is not let sign below, should the volume be lost.
func TestMuchThatAValidatorSignedIsNoted(t *testing.T) {
	at := func(height int64) *wire.Signed { return &wire.Signed{Height: height} }
	noted := func(height int64) *seiv1alpha1.SigningStatus {
		return &seiv1alpha1.SigningStatus{Signed: &seiv1alpha1.SignedStatus{Height: height}}
	}
	for name, test := range map[string]struct {
		shown      *seiv1alpha1.SigningStatus
		woken, now *wire.Signed
		want       bool
	}{
		"much":                                {noted(100), at(150), at(10_100), true},
		"little":                              {noted(100), at(150), at(10_099), false},
		"much, and it was woken with it":      {noted(100), at(10_000), at(10_100), false},
		"much more than nothing":              {&seiv1alpha1.SigningStatus{}, at(1), at(10_001), true},
		"of a key that it does not hold":      {nil, at(1), at(10_001), false},
		"nothing":                             {noted(100), at(150), nil, false},
		"much, and it was woken with nothing": {noted(100), nil, at(10_100), false},
	} {
		if got := toNote(test.shown, test.woken, test.now); got != test.want {
			t.Errorf("%s: %t", name, got)
		}
	}
	var says atomic.Pointer[wire.NodeStatus]
	url, pod, node := agent(t, &says), podOf("validator-0"), nodeOf("validator-0")
	node.Status.Signing = noted(7)
	p := New(cluster(t, pod, node), 0)
	p.Address = func(*corev1.Pod) (string, error) { return url, nil }
	for _, height := range []int64{8, 10_006, 10_007} {
		says.Store(ptr.To(answer(func(s *wire.NodeStatus) { s.Signed = at(height) })))
		p.visit(t.Context(), client.ObjectKeyFromObject(pod))
	}
	if len(p.Changed) != 2 {
		t.Errorf("it was woken %d times, wanted by the first answer and by the last", len(p.Changed))
	}
}

// TestOnlyPodsOfExistingSeiNodesAreAsked: the poller must be nobody's tool.
func TestOnlyPodsOfExistingSeiNodesAreAsked(t *testing.T) {
	label := func(key, value string) func(*corev1.Pod) {
		return func(pod *corev1.Pod) { pod.Labels[key] = value }
	}
	for name, test := range map[string]struct {
		change func(*corev1.Pod)
		asked  bool
	}{
		"a node's pod":                   {func(*corev1.Pod) {}, true},
		"of a SeiNode that is not there": {label(seiv1alpha1.LabelNode, "other"), false},
		"of a namesake that is gone":     {label(seiv1alpha1.LabelNodeUID, "former"), false},
		"of no StatefulSet":              {func(pod *corev1.Pod) { pod.OwnerReferences = nil }, false},
		"of another StatefulSet":         {func(pod *corev1.Pod) { pod.OwnerReferences[0].Name = "other" }, false},
		"of another kind":                {func(pod *corev1.Pod) { pod.OwnerReferences[0].Kind = "Job" }, false},
		"of another name":                {func(pod *corev1.Pod) { pod.Name = "archive-0-7" }, false},
		"it does not run":                {func(pod *corev1.Pod) { pod.Status.Phase = corev1.PodPending }, false},
		"its data is brought":            {bringsData, true},
		"its data came":                  {dataCame, false},
		"it has no address":              {func(pod *corev1.Pod) { pod.Status.PodIP = "" }, false},
	} {
		t.Run(name, func(t *testing.T) {
			pod, asked := podOf("archive-0", test.change), false
			p := New(cluster(t, pod, nodeOf("archive-0")), 0)
			p.Address = func(*corev1.Pod) (string, error) {
				asked = true
				return "", errors.New("enough")
			}
			p.visit(t.Context(), client.ObjectKeyFromObject(pod))
			if asked != test.asked {
				t.Errorf("asked: %t", asked)
			}
		})
	}
}

// TestNewsAfterARestart: a status that shows the answer already is not written anew, and a fleet's heights do not come due at once.
func TestNewsAfterARestart(t *testing.T) {
	shown := &seiv1alpha1.NodeStatus{NodeID: "abc", Height: 900, EarliestHeight: 1}
	told, since, _ := news(&acquaintance{pod: "x"}, answer(), shown, 10*time.Minute, start)
	if due := since.Add(9 * time.Minute); told.Height != 900 || due.Before(start) || due.After(start.Add(time.Minute)) {
		t.Errorf("height %d, due at %s", told.Height, due)
	}
	shown.HeightTime = &metav1.Time{Time: start.Add(-3 * time.Minute)}
	if _, since, _ := news(&acquaintance{pod: "x"}, answer(), shown, 10*time.Minute, start); !since.Equal(shown.HeightTime.Time) {
		t.Errorf("a height of %s is due 9 minutes after %s", shown.HeightTime, since)
	}
	shown.HeightTime = &metav1.Time{Time: start.Add(-time.Hour)}
	if _, again, _ := news(&acquaintance{pod: "x"}, answer(), shown, 10*time.Minute, start); !again.Equal(since) {
		t.Errorf("an old height is due at %s", again.Add(9*time.Minute))
	}
	if told, _, _ := news(&acquaintance{pod: "x"}, answer(catchingUp), shown, 10*time.Minute, start); told.Height != 1000 {
		t.Errorf("what the status does not show: height %d", told.Height)
	}
	_, other, _ := news(&acquaintance{pod: "y"}, answer(), shown, 10*time.Minute, start)
	if other.Equal(since) {
		t.Error("all heights come due at once")
	}
}

func TestHeightsAloneAreNoNewsWhereTheyAreOff(t *testing.T) {
	before := &acquaintance{pod: "x", told: ptr.To(answer()), since: start}
	if _, _, isNews := news(before, answer(atHeight(2000)), nil, 0, start.Add(time.Hour)); isNews {
		t.Error("it is")
	}
}

// TestOneThousandSilentPodsDelayNobody: a zone is lost, and a healthy pod's news arrives long before all of the others were given up.
func TestOneThousandSilentPodsDelayNobody(t *testing.T) {
	const silents = 1000
	gone := make(chan struct{})
	hang := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { <-gone }))
	defer hang.Close()
	defer close(gone)
	var says atomic.Pointer[wire.NodeStatus]
	says.Store(ptr.To(answer()))
	url := agent(t, &says)

	objects, pods := []client.Object{nodeOf("zzz")}, []*corev1.Pod{}
	for i := range silents {
		name := fmt.Sprintf("node-%03d", i)
		objects, pods = append(objects, nodeOf(name)), append(pods, podOf(name))
	}
	pods = append(pods, podOf("zzz", isReady))
	for _, pod := range pods {
		objects = append(objects, pod)
	}
	p, asked := New(cluster(t, objects...), 0), atomic.Int32{}
	p.Address = func(pod *corev1.Pod) (string, error) {
		if pod.Name == "zzz-0" {
			return url, nil
		}
		asked.Add(1)
		return strings.TrimPrefix(hang.URL, "http://"), nil
	}
	p.Informers = informers{pods: pods}
	go func() { _ = p.Start(t.Context()) }()
	for {
		if woken := <-p.Changed; woken.Object.GetName() == "zzz" {
			break
		}
	}
	if got := asked.Load(); got > silents/2 {
		t.Errorf("%d silent pods were asked before the one that answers", got)
	}
}
