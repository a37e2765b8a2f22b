package statesync

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"time"

	"github.com/seinode/seinode-operator/internal/agent/volume"
	"github.com/seinode/seinode-operator/internal/agent/wire"
	"github.com/seinode/seinode-operator/internal/seid"
)

const (
	// silence is how long nothing may come, no snapshot and no part of one, before seid is stopped and begins anew.
	silence = 10 * time.Minute
	// answerTimeout bounds the question to the agent, and maxAnswer its answer, in bytes. It answers from memory.
	answerTimeout = 2 * time.Second
	maxAnswer     = 1 << 20
)

// Watch notes that the state has come, once seid is heard to have a block, and calls stop where nothing comes. It returns when ctx is done, or when there is nothing to
// watch any more.
func (s *Syncer) Watch(ctx context.Context, stop func()) {
	ticker := time.NewTicker(s.ask)
	defer ticker.Stop()
	last, moved := "", s.now()
	for !s.done {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
		heard, err := s.heard(ctx)
		if err != nil {
			continue
		}
		if heard.Answers && heard.Height > 0 {
			s.come(heard.EarliestHeight)
			continue
		}
		if now := stage(heard.Restore); now != last || now == "" {
			last, moved = now, s.now()
		}
		if s.syncs && s.now().Sub(moved) >= silence {
			s.say("nothing has come for %s: seid is stopped, and begins anew", silence)
			stop()
			return
		}
	}
}

// stage is how far a sync is in which something is to come from others, "" while nothing is: what seid does by itself, such as taking the last part of a snapshot, may
// take hours.
func stage(said *wire.Restore) string {
	if said == nil || !said.Awaits {
		return ""
	}
	text, _ := json.Marshal(said)
	return string(text)
}

// come notes that the state has come. Where that fails it is tried again, since seid runs on.
func (s *Syncer) come(height int64) {
	note := volume.Sync{Attempts: s.attempt}
	if err := s.arrive(&note, height); err != nil {
		s.say("the state has come, and noting that failed; it is tried again: %v", err)
	}
}

// arrive notes that the state has come: nothing is removed from then on.
func (s *Syncer) arrive(note *volume.Sync, height int64) error {
	note.Arrived, note.Height, note.Tried = true, height, 0
	if err := s.write(*note); err != nil {
		return err
	}
	s.done = true
	s.clear(note, []string{seid.SnapshotsDB}) // which seid has open until it ends
	s.tell(s.brought(note))
	return nil
}

// Ended says that seid ended before its state had come. It writes nothing to the log: seid's own words are to be the last.
func (s *Syncer) Ended() {
	if !s.done {
		said := s.said
		said.Message = "seid ended before its state had come, and is going to begin anew"
		s.tell(said)
	}
}

func (s *Syncer) heard(ctx context.Context) (status wire.NodeStatus, err error) {
	client := http.Client{Timeout: answerTimeout}
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, s.Agent, http.NoBody)
	if err != nil {
		return status, err
	}
	answer, err := client.Do(request)
	if err != nil {
		return status, err
	}
	defer func() { _ = answer.Body.Close() }()
	err = json.NewDecoder(io.LimitReader(answer.Body, maxAnswer)).Decode(&status)
	return status, err
}
