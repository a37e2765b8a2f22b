package restore

import (
	"sync"
	"time"

	"github.com/seinode/seinode-operator/internal/agent/wire"
)

// silence is how long nothing may arrive before a restore is called stalled. It goes on trying.
const silence = 10 * time.Minute

// Progress is how far a restore is. It may be asked at any time.
type Progress struct {
	mutex   sync.Mutex
	now     func() time.Time
	done    int64
	total   int64
	doing   string
	trouble string
	heard   time.Time
}

// NewProgress returns that of a restore that has not begun. now tells the time.
func NewProgress(now func() time.Time) *Progress {
	return &Progress{now: now, heard: now(), doing: "looking at the volume"}
}

// begin says what is done next, and of how many bytes; 0 or less where nobody knows.
func (p *Progress) begin(doing string, done, total int64) {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	p.doing, p.done, p.total, p.trouble, p.heard = doing, done, max(total, 0), "", p.now()
}

// add counts bytes that arrived.
func (p *Progress) add(n int) {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	p.done += int64(n)
	if n > 0 {
		p.trouble, p.heard = "", p.now()
	}
}

// fails says why nothing arrives, in words that stay the same while the cause does.
func (p *Progress) fails(trouble string) {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	p.trouble = trouble
}

// Restore is what there is to say.
func (p *Progress) Restore() wire.Restore {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	r := wire.Restore{Reason: wire.ReasonDownloading, Message: p.doing, BytesDone: p.done, BytesTotal: p.total}
	if p.total > 0 {
		r.Percent = int(min(p.done, p.total)*20/p.total) * 5
	}
	if p.trouble != "" {
		r.Message += ": " + p.trouble + "; it is tried again"
		if p.now().Sub(p.heard) >= silence {
			r.Reason = wire.ReasonStalled
		}
	}
	return r
}
