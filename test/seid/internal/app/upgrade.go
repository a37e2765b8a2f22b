package app

import (
	"encoding/json"
	"fmt"
	"os"
	"strconv"
	"strings"
)

// UpgradeEnv names an upgrade that this binary lacks, as "name@height". The
// real chain schedules upgrades by governance; the stand-in has no gov.
const UpgradeEnv = "SEID_STANDIN_UPGRADE"

// Upgrade is a scheduled upgrade that this binary does not know.
type Upgrade struct {
	Name   string `json:"name"`
	Height int64  `json:"height"`
	Info   string `json:"info"`
	path   string
}

// upgradeInfo is what a proposal says besides name and height.
const upgradeInfo = `{"upgradeType":"major"}`

// ParseUpgrade reads "name@height"; the empty text means none.
func ParseUpgrade(text, infoPath string) (*Upgrade, error) {
	if text == "" {
		return nil, nil
	}
	name, at, ok := strings.Cut(text, "@")
	height, err := strconv.ParseInt(at, 10, 64)
	if !ok || name == "" || err != nil || height < 1 {
		return nil, fmt.Errorf("%s: want name@height, got %q", UpgradeEnv, text)
	}
	return &Upgrade{Name: name, Height: height, Info: upgradeInfo, path: infoPath}, nil
}

// check halts at the upgrade's height: the plan goes into upgrade-info.json
// and the process dies with exit code 2, now and at each restart, because the
// block is stored and replayed.
func (u *Upgrade) check(height int64) {
	if u == nil || height < u.Height {
		return
	}
	text := fmt.Sprintf("UPGRADE %q NEEDED at height: %d: %s", u.Name, u.Height, u.Info)
	if err := u.write(); err != nil {
		text = fmt.Sprintf("unable to write upgrade info: %v", err)
	}
	fmt.Fprintln(os.Stderr, text)
	fmt.Fprintln(os.Stderr, "upgrade panic detected, panicking to trigger upgrade")
	crash(text)
}

func (u *Upgrade) write() error {
	raw, err := json.Marshal(u)
	if err != nil {
		return err
	}
	return os.WriteFile(u.path, raw, 0o644)
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
