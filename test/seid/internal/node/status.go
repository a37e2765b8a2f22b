package node

import (
	"net/http"
	"strings"
	"time"

	"github.com/cometbft/cometbft/crypto"
	"github.com/cometbft/cometbft/p2p"
	ctypes "github.com/cometbft/cometbft/rpc/core/types"
)

// statusAnswer is /status of v6.6.2, field by field. The encoder writes
// 64-bit integers as strings, as the real node does.
type statusAnswer struct {
	NodeInfo        p2p.DefaultNodeInfo `json:"node_info"`
	ApplicationInfo applicationInfo     `json:"application_info"`
	SyncInfo        syncInfo            `json:"sync_info"`
	ValidatorInfo   validatorInfo       `json:"validator_info"`
}

type applicationInfo struct {
	Version uint64 `json:"version"`
}

type syncInfo struct {
	LatestBlockHash     string `json:"latest_block_hash"`
	LatestAppHash       string `json:"latest_app_hash"`
	LatestBlockHeight   int64  `json:"latest_block_height"`
	LatestBlockTime     string `json:"latest_block_time"`
	LastCommittedHeight int64  `json:"last_committed_block_height"`

	EarliestBlockHash   string `json:"earliest_block_hash"`
	EarliestAppHash     string `json:"earliest_app_hash"`
	EarliestBlockHeight int64  `json:"earliest_block_height"`
	EarliestBlockTime   string `json:"earliest_block_time"`

	MaxPeerBlockHeight int64 `json:"max_peer_block_height"`
	CatchingUp         bool  `json:"catching_up"`

	TotalSyncedTime     int64 `json:"total_synced_time"`
	RemainingTime       int64 `json:"remaining_time"`
	TotalSnapshots      int64 `json:"total_snapshots"`
	ChunkProcessAvgTime int64 `json:"chunk_process_avg_time"`
	SnapshotHeight      int64 `json:"snapshot_height"`
	SnapshotChunksCount int64 `json:"snapshot_chunks_count"`
	SnapshotChunksTotal int64 `json:"snapshot_chunks_total"`
	BackfilledBlocks    int64 `json:"backfilled_blocks"`
	BackfillBlocksTotal int64 `json:"backfill_blocks_total"`
}

type validatorInfo struct {
	Address     string        `json:"address"`
	PubKey      crypto.PubKey `json:"pub_key"`
	VotingPower int64         `json:"voting_power"`
}

// What the real node says about its engine; CometBFT differs in both.
const (
	engineVersion = "0.35.0-unreleased"
	p2pProtocol   = 8
)

func (n *Node) status(*http.Request) (any, error) {
	s, err := n.env.Status(nil)
	if err != nil {
		return nil, err
	}
	s.NodeInfo.Version = engineVersion
	s.NodeInfo.ProtocolVersion.P2P = p2pProtocol
	s.NodeInfo.Other.RPCAddress = n.settings.String("rpc.laddr")
	return statusAnswer{
		NodeInfo:      s.NodeInfo,
		SyncInfo:      n.syncInfo(s.SyncInfo),
		ValidatorInfo: n.validatorInfo(s.ValidatorInfo),
	}, nil
}

func (n *Node) syncInfo(s ctypes.SyncInfo) syncInfo {
	return syncInfo{
		LatestBlockHash:     upper(s.LatestBlockHash.String()),
		LatestAppHash:       upper(s.LatestAppHash.String()),
		LatestBlockHeight:   s.LatestBlockHeight,
		LatestBlockTime:     stamp(s.LatestBlockTime),
		LastCommittedHeight: s.LatestBlockHeight,
		EarliestBlockHash:   upper(s.EarliestBlockHash.String()),
		EarliestAppHash:     upper(s.EarliestAppHash.String()),
		EarliestBlockHeight: s.EarliestBlockHeight,
		EarliestBlockTime:   stamp(s.EarliestBlockTime),
		MaxPeerBlockHeight:  n.maxPeerHeight(),
		CatchingUp:          n.catchingUp(),
	}
}

func upper(s string) string { return strings.ToUpper(s) }

func stamp(t time.Time) string { return t.UTC().Format(time.RFC3339Nano) }

// validatorInfo shows zeros on a node that does not sign.
func (n *Node) validatorInfo(v ctypes.ValidatorInfo) validatorInfo {
	return validatorInfo{Address: n.pub.Address().String(), PubKey: n.pub, VotingPower: v.VotingPower}
}
