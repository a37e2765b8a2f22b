package app

import (
	"testing"

	abci "github.com/cometbft/cometbft/abci/types"
	"github.com/cometbft/cometbft/libs/log"
)

// TestBlocksSinceTheOldestSnapshotStay, whatever min-retain-blocks says; with 0 all of them do.
func TestBlocksSinceTheOldestSnapshotStay(t *testing.T) {
	for _, test := range []struct{ blocks, interval, keep, height, want int64 }{
		{0, 5, 2, 1000, 0},
		{100, 0, 0, 1000, 900},
		{100, 5, 2, 1000, 900},
		{100, 200, 2, 1000, 600},
		{100, 200, 2, 300, 0},
	} {
		a := App{options: Options{MinRetainBlocks: test.blocks, SnapshotInterval: test.interval, SnapshotKeep: test.keep}}
		if a.pending.Height = test.height; a.retain() != test.want {
			t.Errorf("%+v: %d", test, a.retain())
		}
	}
}

// TestASnapshotTellsWhatItHas: the row of the database, and what goes to peers, come back as they were; anything else is an error.
func TestASnapshotTellsWhatItHas(t *testing.T) {
	meta := snapshotMeta{Height: 1 << 40, Format: 1, Hash: []byte{1, 2}, Hashes: [][]byte{{3}, {4, 5}}}
	back, err := decodeMeta(meta.encode())
	if err != nil || back.Height != meta.Height || back.Format != 1 || string(back.Hash) != "\x01\x02" || len(back.Hashes) != 2 || string(back.Hashes[1]) != "\x04\x05" {
		t.Errorf("%+v, %v", back, err)
	}
	for cut := 1; cut < len(meta.encode()); cut++ {
		if got, err := decodeMeta(meta.encode()[:cut]); err == nil && len(got.Hashes) > 1 {
			t.Errorf("cut at %d: %+v", cut, got)
		}
	}
}

// TestAChunkOfAnotherHashIsFetchedAnew, from somebody else, and a snapshot that is none is refused.
func TestAChunkOfAnotherHashIsFetchedAnew(t *testing.T) {
	stores := &Stores{commit: &commitStore{dir: t.TempDir()}}
	a := New(stores, Options{Log: log.NewNopLogger(), OnRestore: func(Restoring) {}})
	whole := snapshotMeta{Height: 5, Format: 1, Hashes: [][]byte{make([]byte, 32), make([]byte, 32)}}
	other, short := *whole.toABCI(), *whole.toABCI()
	other.Format, short.Chunks = 2, 3
	for _, test := range []struct {
		name  string
		offer *abci.Snapshot
		want  abci.OfferSnapshotResult
	}{
		{"format 2", &other, abci.OFFER_SNAPSHOT_RESULT_REJECT_FORMAT},
		{"two hashes", &short, abci.OFFER_SNAPSHOT_RESULT_REJECT},
		{"whole", whole.toABCI(), abci.OFFER_SNAPSHOT_RESULT_ACCEPT},
		{"another one, then", whole.toABCI(), abci.OFFER_SNAPSHOT_RESULT_ABORT},
	} {
		got, err := a.OfferSnapshot(t.Context(), &abci.OfferSnapshotRequest{Snapshot: test.offer})
		if err != nil || got.Result != test.want {
			t.Errorf("%s: %v, %v", test.name, got, err)
		}
	}
	got, err := a.ApplySnapshotChunk(t.Context(), &abci.ApplySnapshotChunkRequest{Chunk: []byte("x"), Sender: "liar"})
	if err != nil || got.Result != abci.APPLY_SNAPSHOT_CHUNK_RESULT_RETRY || len(got.RefetchChunks) != 1 || got.RejectSenders[0] != "liar" {
		t.Errorf("%v, %v", got, err)
	}
}
