package app

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
)

// Plan is an upgrade that the chain has scheduled: what a proposal of governance says, and what upgrade-info.json holds.
type Plan struct {
	Name   string `json:"name,omitempty"`
	Height int64  `json:"height,omitempty"`
	Info   string `json:"info,omitempty"`
}

// Upgrades is the part of the chain's state that the upgrade module keeps: at most one plan, and all that was applied, in order.
type Upgrades struct {
	Plan *Plan     `json:"plan,omitempty"`
	Done []Applied `json:"done,omitempty"`
}

// Applied is an upgrade that the chain has gone through.
type Applied struct {
	Name   string `json:"name"`
	Height int64  `json:"height"`
}

// due tells whether the plan has to be executed at a height.
func (p *Plan) due(height int64) bool { return p != nil && p.Height <= height }

// minor tells whether the plan's binary may run before the height.
func (p *Plan) minor() bool {
	var details struct {
		Type string `json:"upgradeType"`
	}
	_ = json.Unmarshal([]byte(p.Info), &details) // info that is no JSON says nothing
	return strings.EqualFold(details.Type, "minor")
}

// doneAt is the height at which an upgrade was applied, 0 for never.
func (u Upgrades) doneAt(name string) int64 {
	for _, applied := range u.Done {
		if applied.Name == name {
			return applied.Height
		}
	}
	return 0
}

// last is the name of the upgrade that was applied last, if any.
func (u Upgrades) last() string {
	if len(u.Done) == 0 {
		return ""
	}
	return u.Done[len(u.Done)-1].Name
}

// schedule sets the plan in place of the one before, as a proposal that has passed does. One without a name cancels.
func (u Upgrades) schedule(plan Plan, height int64) (Upgrades, error) {
	switch {
	case plan == Plan{}:
		u.Plan = nil
		return u, nil
	case plan.Name == "":
		return u, errors.New("name cannot be empty: invalid request")
	case plan.Height <= 0:
		return u, errors.New("height must be greater than 0: invalid request")
	case plan.Height < height:
		return u, errors.New("upgrade cannot be scheduled in the past: invalid request")
	case u.doneAt(plan.Name) != 0:
		return u, fmt.Errorf("upgrade with name %s has already been completed: invalid request", plan.Name)
	}
	u.Plan = &plan
	return u, nil
}

// apply clears the plan and remembers it as done.
func (u Upgrades) apply(height int64) Upgrades {
	done := append([]Applied(nil), u.Done...)
	return Upgrades{Done: append(done, Applied{Name: u.Plan.Name, Height: height})}
}

// PlanKey is the key of the transaction that schedules an upgrade. The real chain has a proposal for that.
const PlanKey = "upgrade/plan"

// planTx is the value of such a transaction. The proposal's number tells two equal ones apart: a transaction is taken once.
type planTx struct {
	Plan
	Proposal int64 `json:"proposal"`
}

// PlanTx makes the transaction that schedules a plan.
func PlanTx(plan Plan, proposal int64) ([]byte, error) {
	raw, err := json.Marshal(planTx{plan, proposal})
	return append([]byte(PlanKey+"="), raw...), err
}

func parsePlan(value []byte) (Plan, error) {
	var tx planTx
	err := json.Unmarshal(value, &tx)
	return tx.Plan, err
}
