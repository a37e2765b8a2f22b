package main

import (
	"context"
	"os"
	"runtime/debug"
	"runtime/metrics"
	"time"
)

// collectOften has garbage collected once there is half as much of it as there is of what is kept, unless GOGC says otherwise: most of the memory is the cache,
// which hardly changes, and a fleet at rest makes little garbage. Go's own default would keep room for the cache twice. At a quarter the peak of a burst was an
// eighth lower, for twice the time in the collector.
func collectOften() {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(50)
	}
}

// returnEvery is how often memory that nothing needs is looked for.
const returnEvery = time.Minute

// memory gives the machine back what the heap has room for and does not use, once that is more than an eighth of what is kept. Go by itself keeps it until the next
// collection, which in a fleet at rest is minutes away: the room that a burst took would count as the manager's for as long. Room that cannot be given back, since
// something in use lies beside it, is not looked for again and again: each look costs a collection.
type memory struct {
	// left is what was resident after memory was given back last, or the least since, in bytes.
	left uint64
}

// Start looks once a minute until the manager ends.
func (m *memory) Start(ctx context.Context) error {
	ticker := time.NewTicker(returnEvery)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-ticker.C:
			m.giveBack()
		}
	}
}

func (m *memory) giveBack() {
	now := heapNow()
	if now.wasteful() && now.resident > m.left+m.left/8 {
		debug.FreeOSMemory()
		m.left = heapNow().resident
	}
	m.left = min(m.left, now.resident)
}

// NeedLeaderElection: a manager that waits for its turn keeps the same cache.
func (*memory) NeedLeaderElection() bool { return false }

// heap is what the process's heap holds, in bytes: what the last collection found in use, and all that is resident.
type heap struct{ live, resident uint64 }

func (h heap) wasteful() bool { return h.resident > h.live+h.live/8 }

func heapNow() heap {
	samples := []metrics.Sample{
		{Name: "/gc/heap/live:bytes"}, {Name: "/memory/classes/heap/objects:bytes"}, {Name: "/memory/classes/heap/unused:bytes"}, {Name: "/memory/classes/heap/free:bytes"},
	}
	metrics.Read(samples)
	value := func(i int) uint64 { return samples[i].Value.Uint64() }
	return heap{live: value(0), resident: value(1) + value(2) + value(3)}
}
