package serve

import (
	"bufio"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/seinode/seinode-operator/internal/agent/wire"
)

const (
	// scrapeInterval is how often seid's metrics are read: it answers three such questions at a time, and others ask, too.
	scrapeInterval = 5 * time.Second
	// maxMetrics bounds a page of metrics, in bytes, and maxSync the file of a state sync.
	maxMetrics = 8 << 20
	maxSync    = 64 << 10
	// peersToSync is how many peers seid waits for before it begins a state sync (v6.6.2).
	peersToSync = 2
	// usual is how long a state sync takes to find its peers, and what they have.
	usual = 30 * time.Second
)

// stateSync is how far the state sync is, as the agent around seid says, and seid's metrics while it runs; nil where none is asked for, or nobody has said anything.
func (a *Agent) stateSync(ctx context.Context) *wire.Restore {
	if a.options.Sync == "" {
		return nil
	}
	said := readSync(a.options.Sync)
	if said == nil || !slices.Contains([]string{wire.ReasonSyncing, wire.ReasonStalled, wire.ReasonStateSynced}, said.Reason) {
		return said
	}
	ended := said.Reason == wire.ReasonStateSynced && a.series[seriesSyncing] != 1 // what was to be heard is
	if !ended && a.now().Sub(a.scraped) >= scrapeInterval {
		a.scraped, a.series = a.now(), a.scrape(ctx)
	}
	if said.Reason == wire.ReasonStateSynced { // seid tells the height of its snapshot when it has it
		said.SnapshotHeight = int64(a.series[seriesHeight])
		return said
	}
	return progressOf(*said, a.series, a.waitsFor())
}

// waitsFor is how long nothing has come of a state sync that goes on.
func (a *Agent) waitsFor() time.Duration {
	if a.series[seriesSyncing] != 1 || a.series[seriesSnapshots] > 0 {
		a.waits = time.Time{}
		return 0
	}
	if a.waits.IsZero() {
		a.waits = a.now()
	}
	return a.now().Sub(a.waits)
}

func readSync(path string) *wire.Restore {
	file, err := os.Open(path)
	if err != nil {
		return nil
	}
	defer func() { _ = file.Close() }()
	var said wire.Restore
	if json.NewDecoder(io.LimitReader(file, maxSync)).Decode(&said) != nil || said.Reason == "" {
		return nil
	}
	return &said
}

// The series that tell how far seid is with a state sync (v6.6.2), without the namespace.
const (
	seriesSyncing   = "tendermint_consensus_state_syncing"
	seriesPeers     = "tendermint_p2p_peers"
	seriesSnapshots = "tendermint_statesync_total_snapshots"
	seriesChunk     = "tendermint_statesync_snapshot_chunk"
	seriesChunks    = "tendermint_statesync_snapshot_chunk_total"
	seriesHeight    = "tendermint_statesync_snapshot_height"
	seriesFilled    = "tendermint_statesync_back_filled_blocks"
	seriesToFill    = "tendermint_statesync_back_fill_blocks_total"
)

// progressOf adds what the metrics say. A sync that stalls keeps its reason, and says how far it is. That peers or snapshots are still to be found is told only
// of one that has waited for them: each begins so.
func progressOf(said wire.Restore, series map[string]float64, waits time.Duration) *wire.Restore {
	if series[seriesSyncing] != 1 {
		return &said
	}
	reason, message := wire.ReasonSyncing, "seid fetches a snapshot of the state, and takes it"
	done, total := series[seriesChunk], series[seriesChunks]
	said.Parts = int(done + series[seriesFilled] + series[seriesSnapshots])
	said.SnapshotHeight = int64(series[seriesHeight])
	switch {
	case total > 0:
		said.Percent, said.Awaits = int(min(done, total)*20/total)*5, done < total-1 // one counts once it is taken, which with the last takes as long as the whole state
		if filling := series[seriesToFill]; done >= total && filling > 0 {
			message = "the state has come, and seid fetches the blocks before it"
		}
	case waits < usual:
		said.Awaits = series[seriesPeers] >= peersToSync
	case series[seriesPeers] < peersToSync:
		reason, message = wire.ReasonWaitingForPeers, "seid begins a state sync with two peers, and has fewer; see spec.peers"
	default:
		reason, message = wire.ReasonNoSnapshots, "no peer has offered a snapshot yet: nodes make them that have spec.snapshots, or state-sync.snapshot-interval in app.toml"
		said.Awaits = true
	}
	if said.Reason == wire.ReasonSyncing {
		said.Reason, said.Message = reason, message
	}
	return &said
}

// scrape reads those series, nil where seid does not answer. What bears labels counts whatever they are.
func (a *Agent) scrape(ctx context.Context) map[string]float64 {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, a.options.Metrics, http.NoBody)
	if err != nil {
		return nil
	}
	response, err := a.client.Do(request)
	if err != nil {
		return nil
	}
	defer func() { _ = response.Body.Close() }()
	return seriesIn(io.LimitReader(response.Body, maxMetrics))
}

func seriesIn(page io.Reader) map[string]float64 {
	found := map[string]float64{}
	lines := bufio.NewScanner(page)
	for lines.Scan() {
		line := lines.Text()
		name, _, _ := strings.Cut(line, " ")
		name, _, _ = strings.Cut(name, "{")
		if value, err := strconv.ParseFloat(line[strings.LastIndex(line, " ")+1:], 64); err == nil && strings.HasPrefix(name, "tendermint_") {
			found[name] = value
		}
	}
	return found
}
