package serve

import (
	"context"
	"encoding/json"
	"net/url"
	"strings"
	"time"

	"google.golang.org/protobuf/encoding/protowire"

	"github.com/seinode/seinode-operator/internal/agent/wire"
)

// planInterval is how often the chain's plan is asked for: a proposal passes days before its height.
const planInterval = time.Minute

// currentPlan is the question for the upgrade that the chain has planned; any node answers it as soon as a proposal has passed (seen, v6.6.2).
var currentPlan = "/abci_query?" + url.Values{"path": {`"/cosmos.upgrade.v1beta1.Query/CurrentPlan"`}}.Encode()

// askPlan asks for the chain's plan, now and then, whether it is answered or not: seid's health is asked for every second, and comes first. Without an
// answer the last one stays.
func (a *Agent) askPlan(ctx context.Context, status *wire.NodeStatus) {
	if !status.Answers || a.now().Sub(a.planned) < planInterval {
		return
	}
	a.planned = a.now()
	var answer struct {
		Response *struct { // an error that seid answers has none
			Code  int    `json:"code"`
			Value []byte `json:"value"`
		} `json:"response"`
	}
	if get(ctx, a.client, a.options.RPC+currentPlan, &answer) != nil || answer.Response == nil || answer.Response.Code != 0 {
		return
	}
	if plan := planOf(answer.Response.Value); plan != nil {
		status.Plan = plan
	}
}

// The numbers of the fields of Query/CurrentPlan's answer, and of a plan in it.
const (
	fieldPlan   = 1
	fieldName   = 1
	fieldHeight = 3
	fieldInfo   = 4
)

// planOf is the plan in an answer, an empty one where none is set, nil where the answer is not understood.
func planOf(answer []byte) *wire.Plan {
	fields, understood := fieldsOf(answer)
	inner, innerUnderstood := fieldsOf(fields[fieldPlan].bytes)
	if !understood || !innerUnderstood {
		return nil
	}
	return &wire.Plan{
		Name: string(inner[fieldName].bytes), Height: int64(inner[fieldHeight].number), Minor: isMinor(inner[fieldInfo].bytes), //nolint:gosec // a height
	}
}

// isMinor says whether the plan's proposal calls it a minor one, which may be installed before its height (v6.6.2).
func isMinor(info []byte) bool {
	var details struct {
		UpgradeType string `json:"upgradeType"`
	}
	return json.Unmarshal(info, &details) == nil && strings.EqualFold(details.UpgradeType, "minor")
}

// field is the last value of a field of a message: a number, or bytes.
type field struct {
	number uint64
	bytes  []byte
}

// fieldsOf takes a protobuf message apart, false where it is none.
func fieldsOf(message []byte) (map[protowire.Number]field, bool) {
	fields := map[protowire.Number]field{}
	for len(message) > 0 {
		number, kind, size := protowire.ConsumeTag(message)
		if size < 0 {
			return nil, false
		}
		message = message[size:]
		var found field
		switch kind {
		case protowire.VarintType:
			found.number, size = protowire.ConsumeVarint(message)
		case protowire.BytesType:
			found.bytes, size = protowire.ConsumeBytes(message)
		default:
			size = protowire.ConsumeFieldValue(number, kind, message)
		}
		if size < 0 {
			return nil, false
		}
		fields[number], message = found, message[size:]
	}
	return fields, true
}
