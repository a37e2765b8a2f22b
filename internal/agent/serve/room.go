package serve

import (
	"context"
	"time"

	"github.com/seinode/seinode-operator/internal/agent/volume"
	"github.com/seinode/seinode-operator/internal/agent/wire"
)

const (
	// measureInterval is how often the volume's room is measured, and roomCounts for how long what was measured last is told.
	measureInterval = 15 * time.Second
	roomCounts      = time.Minute
)

// measured is a volume's room, and when that was.
type measured struct {
	volume.Room
	at time.Time
}

// Measure measures the room that the volume has. It is apart from Look: a disk that is sick may not answer, and seid's health is told all the same.
func (a *Agent) Measure() {
	if room, known := volume.RoomOf(a.options.Volume); known {
		a.room.Store(&measured{room, a.now()})
	}
}

func (a *Agent) measureOften(ctx context.Context) {
	ticker := time.NewTicker(measureInterval)
	defer ticker.Stop()
	for a.Measure(); ; a.Measure() {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
	}
}

// roomGauges are told while the volume answers.
func (a *Agent) roomGauges() []gauge {
	return []gauge{
		{"volume_capacity_bytes", "Size of the data volume's file system.", nil, a.ofRoom(func(r volume.Room) []sample { return one(float64(r.Capacity)) })},
		{"volume_available_bytes", "What the data volume's file system has left for seid.", nil, a.ofRoom(func(r volume.Room) []sample { return one(float64(r.Available)) })},
		{"volume_inodes_available", "How many files more the data volume's file system takes; nothing where it has no limit.", nil, a.ofRoom(func(r volume.Room) []sample {
			if !r.Limited {
				return nil
			}
			return one(float64(r.Files))
		})},
	}
}

func (a *Agent) ofRoom(samples func(volume.Room) []sample) func(wire.NodeStatus) []sample {
	return func(wire.NodeStatus) []sample {
		room := a.room.Load()
		if room == nil || a.now().Sub(room.at) > roomCounts {
			return nil
		}
		return samples(room.Room)
	}
}
