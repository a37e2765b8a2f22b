package tool

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/seinode/seinode-operator/test/seid/internal/app"
)

// txResult is what a block made of a transaction.
type txResult struct {
	Result struct {
		Code int    `json:"code"`
		Log  string `json:"log"`
	} `json:"tx_result"`
}

// Schedule submits a plan and returns when a block has it. It tries again while the node cannot take it; what the chain refuses is
// final.
func Schedule(ctx context.Context, rpc string, plan app.Plan) error {
	var result txResult
	err := retry(ctx, func() error {
		tx, err := app.PlanTx(plan, time.Now().UnixNano())
		if err != nil {
			return err
		}
		raw, err := Get(ctx, fmt.Sprintf("%s/broadcast_tx_commit?tx=0x%x", strings.TrimRight(rpc, "/"), tx))
		if err != nil {
			return err
		}
		return json.Unmarshal(raw, &result)
	})
	if err == nil && result.Result.Code != 0 {
		err = fmt.Errorf("refused: %s", result.Result.Log)
	}
	return err
}
