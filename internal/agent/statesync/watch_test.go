package statesync

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"sync"
	"testing"
	"time"

	"github.com/seinode/seinode-operator/internal/agent/wire"
)

// beside is the agent beside seid.
type beside struct {
	mutex  sync.Mutex
	status wire.NodeStatus
	// moves says that something comes between any two answers.
	moves bool
	// looks is told of each answer.
	looks chan struct{}
}

func (b *beside) says(status wire.NodeStatus) {
	b.mutex.Lock()
	defer b.mutex.Unlock()
	b.status = status
}

func (b *beside) ServeHTTP(w http.ResponseWriter, _ *http.Request) {
	b.mutex.Lock()
	defer b.mutex.Unlock()
	if b.moves {
		next := *b.status.Restore
		next.Parts++
		b.status.Restore = &next
	}
	_ = json.NewEncoder(w).Encode(b.status)
	select {
	case b.looks <- struct{}{}:
	default:
	}
}

// watched is a sync whose seid runs, the agent beside it, and a clock that goes so far at each look.
func watched(t *testing.T, each time.Duration) (s *Syncer, agent *beside, root string) {
	t.Helper()
	root = plant(t, prepared)
	s = syncer(t, root)
	if ready(t, s) == nil {
		t.Fatal("nothing is fetched")
	}
	agent = &beside{looks: make(chan struct{})}
	server := httptest.NewServer(agent)
	t.Cleanup(server.Close)
	s.Agent = server.URL
	now := time.Unix(0, 0)
	s.now = func() time.Time { now = now.Add(each); return now }
	return s, agent, root
}

// TestThatTheStateHasComeIsNoted once seid has a block, and not before: an RPC may be open earlier.
func TestThatTheStateHasComeIsNoted(t *testing.T) {
	s, agent, root := watched(t, 0)
	agent.says(wire.NodeStatus{Answers: true})
	over := make(chan struct{})
	go func() { defer close(over); s.Watch(t.Context(), func() { t.Error("seid is stopped") }) }()
	<-agent.looks
	<-agent.looks // what the first one led to is done by now
	if got := treeOf(t, root)[".seinode-agent-sync/note.json"]; got != `{"attempts":1}` {
		t.Fatalf("noted before there is a block: %s", got)
	}
	agent.says(wire.NodeStatus{Answers: true, Height: 41, EarliestHeight: 40})
	<-over
	if got := treeOf(t, root)[".seinode-agent-sync/note.json"]; got != `{"attempts":1,"arrived":true,"height":40}` {
		t.Error(got)
	}
	s.Ended()
	if said := saidBy(t, s); said.Reason != wire.ReasonStateSynced || said.Percent != 100 {
		t.Errorf("%+v", said)
	}
}

// TestWhatCannotBeNotedIsTriedAgain while seid runs.
func TestWhatCannotBeNotedIsTriedAgain(t *testing.T) {
	s, agent, _ := watched(t, 0)
	failures := 3
	s.step = func(string) error {
		failures--
		if failures >= 0 {
			return os.ErrPermission
		}
		return nil
	}
	agent.says(wire.NodeStatus{Answers: true, Height: 41})
	s.Watch(t.Context(), func() { t.Error("seid is stopped") })
	if failures >= 0 || !s.done {
		t.Errorf("given up with %d failures to come", failures+1)
	}
}

// TestASyncInWhichNothingComesIsStopped, and none that does something.
func TestASyncInWhichNothingComesIsStopped(t *testing.T) {
	for name, test := range map[string]struct {
		says  wire.NodeStatus
		moves bool
		want  bool
	}{
		"no snapshot comes":         {wire.NodeStatus{Restore: &wire.Restore{Reason: "NoSnapshots", Awaits: true}}, false, true},
		"no chunk comes":            {wire.NodeStatus{Restore: &wire.Restore{Reason: "Syncing", Parts: 7, Awaits: true}}, false, true},
		"chunks come":               {wire.NodeStatus{Restore: &wire.Restore{Reason: "Syncing", Awaits: true}}, true, false},
		"seid takes the last chunk": {wire.NodeStatus{Restore: &wire.Restore{Reason: "Syncing", Parts: 9}}, false, false},
		"there are no peers":        {wire.NodeStatus{Restore: &wire.Restore{Reason: "WaitingForPeers"}}, false, false},
		"nobody says anything":      {wire.NodeStatus{}, false, false},
	} {
		t.Run(name, func(t *testing.T) {
			s, agent, _ := watched(t, time.Minute)
			agent.moves = test.moves
			agent.says(test.says)
			stopped, over := make(chan struct{}), make(chan struct{})
			go func() { defer close(over); s.Watch(t.Context(), func() { close(stopped) }) }()
			for range 3 * silence / time.Minute {
				select {
				case <-agent.looks:
				case <-over:
				}
			}
			select {
			case <-stopped:
				if !test.want {
					t.Error("seid is stopped")
				}
			default:
				if test.want {
					t.Error("seid is not stopped")
				}
			}
		})
	}
}

// TestThatSeidEndedIsSaid, under the reason that it had.
func TestThatSeidEndedIsSaid(t *testing.T) {
	s, _, _ := watched(t, 0)
	s.Ended()
	if said := saidBy(t, s); said.Reason != wire.ReasonSyncing || said.Attempts != 1 || said.Message != "seid ended before its state had come, and is going to begin anew" {
		t.Errorf("%+v", said)
	}
}
