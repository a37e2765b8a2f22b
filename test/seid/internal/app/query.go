package app

import (
	"context"
	"time"

	abci "github.com/cometbft/cometbft/abci/types"
	"google.golang.org/protobuf/encoding/protowire"
)

// The queries of the upgrade module, and the stand-in's own for a key.
const (
	currentPlanPath = "/cosmos.upgrade.v1beta1.Query/CurrentPlan"
	appliedPlanPath = "/cosmos.upgrade.v1beta1.Query/AppliedPlan"
	keyPath         = "/key"
)

// Query answers at the height that is committed.
func (a *App) Query(_ context.Context, req *abci.QueryRequest) (*abci.QueryResponse, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	at := a.stores.current
	switch req.Path {
	case currentPlanPath:
		return &abci.QueryResponse{Height: at.Height, Value: currentPlan(at.Upgrades.Plan)}, nil
	case appliedPlanPath:
		return &abci.QueryResponse{Height: at.Height, Value: appliedPlan(at.Upgrades, req.Data)}, nil
	case keyPath:
		return a.key(req.Data), nil
	}
	return &abci.QueryResponse{Code: 6, Codespace: "sdk", Log: "unknown query path: unknown request"}, nil
}

func (a *App) key(key []byte) *abci.QueryResponse {
	value, err := a.stores.commit.db.Get(append([]byte(keyPrefix), key...), nil)
	if err != nil {
		return &abci.QueryResponse{Code: 1, Log: err.Error()}
	}
	return &abci.QueryResponse{Key: key, Value: value}
}

// currentPlan is the message {1: plan{1: name, 2: time, 3: height, 4: info}}. The time is of no use any more, and is always there.
func currentPlan(plan *Plan) []byte {
	if plan == nil {
		return []byte{}
	}
	zero := protowire.AppendVarint(protowire.AppendTag(nil, 1, protowire.VarintType), uint64(time.Time{}.Unix()))
	raw := appendBytes(nil, 1, []byte(plan.Name))
	raw = appendBytes(raw, 2, zero)
	raw = appendNumber(raw, 3, plan.Height)
	if plan.Info != "" {
		raw = appendBytes(raw, 4, []byte(plan.Info))
	}
	return appendBytes(nil, 1, raw)
}

// appliedPlan answers {1: height} to {1: name}, and nothing for an upgrade that was never applied.
func appliedPlan(u Upgrades, request []byte) []byte {
	_, _, n := protowire.ConsumeTag(request)
	if n < 0 {
		return []byte{}
	}
	name, _ := protowire.ConsumeString(request[n:])
	height := u.doneAt(name)
	if height == 0 {
		return []byte{}
	}
	return appendNumber(nil, 1, height)
}

func appendBytes(raw []byte, field protowire.Number, value []byte) []byte {
	return protowire.AppendBytes(protowire.AppendTag(raw, field, protowire.BytesType), value)
}

func appendNumber(raw []byte, field protowire.Number, value int64) []byte {
	return protowire.AppendVarint(protowire.AppendTag(raw, field, protowire.VarintType), uint64(value))
}
