package app

import (
	"encoding/json"
	"fmt"
	"os"
	"runtime/debug"
)

// appVersion is that of the consensus parameters, which no upgrade changes.
const appVersion = 0

// refusal is the text with which a release dies before a block, or "": a plan that is due must be known, and one that is not due must
// not, unless it is minor. What was applied last must be known as well, but a plan that is due comes first: a node that has missed an
// upgrade and stands at the next one asks for the next one.
func (r Release) refusal(u Upgrades, height int64) string {
	last, due := u.last(), u.Plan.due(height)
	switch {
	case !due && last != "" && !r.knows(last):
		return fmt.Sprintf("Wrong app version %d, upgrade handler is missing for %s upgrade plan", appVersion, last)
	case u.Plan == nil || due == r.knows(u.Plan.Name):
		return ""
	case due:
		return fmt.Sprintf("UPGRADE %q NEEDED at height: %d: %s", u.Plan.Name, u.Plan.Height, u.Plan.Info)
	case u.Plan.minor() || r.knowsAll():
		return ""
	}
	return fmt.Sprintf("BINARY UPDATED BEFORE TRIGGER! UPGRADE %q - in binary but not executed on chain", u.Plan.Name)
}

// beginBlock does what the upgrade module does before a block's transactions: it applies the plan that is due, or ends the process.
func (a *App) beginBlock(height int64) Upgrades {
	u := a.stores.current.Upgrades
	if u.Plan != nil {
		a.options.OnPlan(*u.Plan)
	}
	if text := a.options.Release.refusal(u, height); text != "" {
		a.refuse(text, u.Plan, height)
	}
	if !u.Plan.due(height) {
		return u
	}
	a.options.Log.Info("applying upgrade", "name", u.Plan.Name, "at", fmt.Sprintf("height: %d", u.Plan.Height))
	return u.apply(height)
}

// refuse ends the process with exit code 2, now and at each start: the block is proposed or replayed anew.
func (a *App) refuse(text string, plan *Plan, height int64) {
	halt := plan.due(height)
	if halt {
		a.writeInfo(*plan, height)
	}
	a.options.Log.Error(text)
	if halt {
		fmt.Fprintln(os.Stderr, text)
	}
	a.options.Log.Error("upgrade panic detected, panicking to trigger upgrade", "panic", text)
	a.fail(text, height)
}

// writeInfo leaves the plan for the next binary, with the height that stands still. The file is written anew each time.
func (a *App) writeInfo(plan Plan, height int64) {
	plan.Height = height
	raw, err := json.Marshal(plan)
	if err == nil {
		err = os.WriteFile(a.options.UpgradeInfo, raw, 0o600)
	}
	if err != nil {
		a.fail("unable to write upgrade info to filesystem: "+err.Error(), height)
	}
}

// fail panics at a block. One that was decided by consensus, not synced or replayed, is told of by the engine with a stack.
func (a *App) fail(text string, height int64) {
	if a.accepted == height {
		a.options.Log.Error("CONSENSUS FAILURE!!!", "err", text, "stack", string(debug.Stack()))
	}
	crash(text)
}

// crash panics where nothing recovers: the engine's consensus routine would
// catch the panic and leave the process up. The real one is caught and thrown again on the way, which its text says.
func crash(reason string) {
	go func() {
		defer func() { panic(recover()) }()
		panic(reason)
	}()
	select {}
}
