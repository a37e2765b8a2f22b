package main

import (
	"encoding/base64"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/seinode/seinode-operator/test/seid/internal/app"
	"github.com/seinode/seinode-operator/test/seid/internal/tool"
)

// plan schedules the upgrade v9 so many blocks ahead and answers its height.
func plan(t *testing.T, p *process, e env, ahead int64, info string) int64 {
	t.Helper()
	height := p.reach(e, 1).height() + ahead
	check(t, tool.Schedule(t.Context(), e.rpc(), app.Plan{Name: "v9", Height: height, Info: info}))
	return height
}

// queried is the value that an upgrade query answers.
func queried(t *testing.T, e env, query string) []byte {
	t.Helper()
	var answer struct {
		Response struct {
			Code  int     `json:"code"`
			Value *string `json:"value"`
		} `json:"response"`
	}
	check(t, get(t, e.rpc()+`/abci_query?path="/cosmos.upgrade.v1beta1.Query/`+query, &answer))
	if answer.Response.Code != 0 || answer.Response.Value == nil {
		t.Fatalf("%s: %+v", query, answer)
	}
	value, err := base64.StdEncoding.DecodeString(*answer.Response.Value)
	check(t, err)
	return value
}

func currentPlan(t *testing.T, e env) string {
	t.Helper()
	return string(queried(t, e, `CurrentPlan"`))
}

// appliesAt waits until v9 was applied, at a height that one byte holds.
func (p *process) appliesAt(e env, height int64) {
	p.t.Helper()
	p.reach(e, height+2)
	if value := queried(p.t, e, `AppliedPlan"&data=0x0a027639`); string(value) != string([]byte{1 << 3, byte(height)}) {
		p.t.Errorf("planned for %d, applied: %x", height, value)
	}
	if left := currentPlan(p.t, e); left != "" {
		p.t.Errorf("a plan is left: %q", left)
	}
}

// ends waits for the end of a process that panics.
func (p *process) ends(text string) string {
	p.t.Helper()
	code := p.wait()
	out := p.out.String()
	if code != 2 || !strings.Contains(out, "\npanic: "+text) || !strings.Contains(out, " [recovered, repanicked]\n\ngoroutine ") {
		p.t.Fatalf("exit %d: %s", code, tail(out))
	}
	return out
}

const (
	major = `{"upgradeType":"major"}`
	minor = `{"upgradeType":"minor"}`
)

func needed(height int64, info string) string {
	return fmt.Sprintf(`UPGRADE "v9" NEEDED at height: %d: %s`, height, info)
}

// An upgrade that the binary lacks ends it at the height, and at each start, until a binary comes that knows it. That one is needed from
// then on.
func TestUpgradeHaltsAtEachStart(t *testing.T) {
	t.Parallel()
	home, e := sample(t), ports(t)
	p := spawn(t, e, "start", "--home", home)
	height := plan(t, p, e, 10, major)
	out := p.ends(needed(height, major))
	if !strings.Contains(out, "\n"+needed(height, major)+"\n") || !strings.Contains(out, "CONSENSUS FAILURE!!!") {
		t.Errorf("not told of in words: %s", out)
	}
	if strings.Contains(lastWords(out), "UPGRADE") {
		t.Errorf("the goroutines after the panic are %d bytes", len(out))
	}
	checkHalt(t, home, height)
	file := filepath.Join(home, "data/upgrade-info.json")
	for range 2 {
		check(t, os.Chtimes(file, time.Time{}, time.Unix(1, 0)))
		p = spawn(t, e, "start", "--home", home)
		if out := p.ends(needed(height, major)); !strings.Contains(out, fmt.Sprintf("appHeight=%d ", height-1)) || strings.Contains(out, "CONSENSUS FAILURE!!!") {
			t.Errorf("the last committed block is not the one before, or the next is not replayed: %s", out)
		}
		checkHalt(t, home, height)
		if info, err := os.Stat(file); err != nil || info.ModTime().Unix() == 1 {
			t.Errorf("not written anew: %v %v", info, err)
		}
	}
	for range 2 { // the block of the upgrade, and a start after it
		p = spawn(t, e.with("SEID_STANDIN_HANDLERS", "v8,v9"), "start", "--home", home)
		p.appliesAt(e, height)
		if code := p.stop(); code != 0 {
			t.Errorf("exit %d", code)
		}
	}
	if !present(file) {
		t.Error("upgrade-info.json went")
	}
	spawn(t, e, "start", "--home", home).ends("Wrong app version 0, upgrade handler is missing for v9 upgrade plan")
}

// checkHalt looks at what a halt leaves.
func checkHalt(t *testing.T, home string, height int64) {
	t.Helper()
	file := filepath.Join(home, "data/upgrade-info.json")
	raw, err := os.ReadFile(file)
	if want := fmt.Sprintf(`{"name":"v9","height":%d,"info":"{\"upgradeType\":\"major\"}"}`, height); err != nil || string(raw) != want {
		t.Errorf("upgrade-info.json: %s %v", raw, err)
	}
	if info, err := os.Stat(file); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v %v", info, err)
	}
	state, err := os.ReadFile(filepath.Join(home, "data/priv_validator_state.json"))
	if err != nil || !strings.Contains(string(state), fmt.Sprintf(`"height": "%d"`, height)) || !strings.Contains(string(state), `"step": 3`) {
		t.Errorf("the sign state is not the halt's: %s %v", state, err)
	}
}

// A binary that knows a major upgrade must not run before its height, and the one before it can go on. A minor one may.
func TestBinaryBeforeItsUpgrade(t *testing.T) {
	t.Parallel()
	home, e := sample(t), ports(t)
	early := e.with("SEID_STANDIN_HANDLERS", "v9")
	p := spawn(t, early, "start", "--home", home)
	plan(t, p, e, 1000, major)
	const text = `BINARY UPDATED BEFORE TRIGGER! UPGRADE "v9" - in binary but not executed on chain`
	for range 2 {
		if out := p.ends(text); strings.Contains(out, "CONSENSUS FAILURE!!!") || present(filepath.Join(home, "data/upgrade-info.json")) {
			t.Errorf("it died as at a halt: %s", out)
		}
		p = spawn(t, early, "start", "--home", home)
	}
	p.ends(text)
	if state, err := os.ReadFile(filepath.Join(home, "data/priv_validator_state.json")); err != nil || !strings.Contains(string(state), `"step": 1`) {
		t.Errorf("it has voted: %s %v", state, err)
	}
	p = spawn(t, e, "start", "--home", home)
	height := plan(t, p, e, 20, minor)
	if code := p.stop(); code != 0 {
		t.Errorf("exit %d", code)
	}
	p = spawn(t, early, "start", "--home", home)
	p.appliesAt(e, height)
}

// A release with a new store starts only where upgrade-info.json says that its upgrade is the next block's, and a damaged file ends each
// start.
func TestNewStoreNeedsTheHalt(t *testing.T) {
	t.Parallel()
	home, e := sample(t), ports(t)
	next := e.with("SEID_STANDIN_HANDLERS", "v9", "SEID_STANDIN_STORES", "v9")
	file := filepath.Join(home, "data/upgrade-info.json")
	refused := func() {
		t.Helper()
		if code, out := run(t, next, "start", "--home", home); code != 1 || out != "new store is not added in upgrades: v9\n" {
			t.Errorf("exit %d: %s", code, tail(out))
		}
	}
	p := spawn(t, e, "start", "--home", home)
	height := plan(t, p, e, 10, major)
	p.ends(needed(height, major))
	left, err := os.ReadFile(file)
	check(t, err)
	check(t, os.Remove(file))
	refused()
	check(t, os.WriteFile(file, []byte(strings.Replace(string(left), fmt.Sprint(height), fmt.Sprint(height+1), 1)), 0o600))
	refused()
	check(t, os.WriteFile(file, left[:20], 0o600))
	if code, out := run(t, e, "start", "--home", home); code != 2 || !strings.Contains(out, "panic: unexpected end of JSON input") {
		t.Errorf("exit %d: %s", code, tail(out))
	}
	check(t, os.WriteFile(file, left, 0o600))
	p = spawn(t, next, "start", "--home", home)
	p.appliesAt(e, height)
	p.stop()
	check(t, os.Remove(file))
	spawn(t, next, "start", "--home", home).appliesAt(e, height)
}

// Two releases are of one chain until an upgrade parts them: the hashes are the same, and a late binary takes up where the old one halted.
func TestTwoReleases(t *testing.T) {
	t.Parallel()
	validator, e := ports(t), ports(t)
	v := spawn(t, validator.with("SEID_HOME", t.TempDir(), "SEID_STANDIN_HANDLERS", "v9"), "devnet")
	v.reach(validator, 2)
	home := joined(t, "full", validator)
	f := spawn(t, e, "start", "--home", home)
	f.says("SwitchToConsensus")
	height := plan(t, v, validator, 10, minor)
	f.ends(needed(height, minor))
	v.appliesAt(validator, height)
	f = spawn(t, e.with("SEID_STANDIN_HANDLERS", "v9"), "start", "--home", home)
	f.appliesAt(e, height)
	f.reach(e, v.reach(validator, 1).height())
	late := ports(t)
	l := spawn(t, late, "start", "--home", joined(t, "full", validator))
	l.ends(needed(height, minor))
}

// The plan of the chain, to the byte: replaced by a later one, cancelled, and kept over a restart. The chain refuses the past.
func TestCurrentPlan(t *testing.T) {
	t.Parallel()
	home, e := sample(t), ports(t)
	metrics := freePort(t)
	on := e.with("SEID_INSTRUMENTATION_PROMETHEUS", "true", "SEID_INSTRUMENTATION_PROMETHEUS_LISTEN_ADDR", metrics)
	p := spawn(t, on, "start", "--home", home)
	p.reach(e, 4)
	if have := currentPlan(t, e); have != "" {
		t.Errorf("a plan: %q", have)
	}
	schedule(t, e, "--name", "v8", "--height", "500")
	schedule(t, e, "--name", "v9", "--height", "1000", "--minor")
	want := "\x0a\x2d" + "\x0a\x02v9" + "\x12\x0b\x08\x80\x92\xb8\xc3\x98\xfe\xff\xff\xff\x01" + "\x18\xe8\x07" + "\x22\x17" + minor
	if have := currentPlan(t, e); have != want {
		t.Errorf("the plan is %q, want %q", have, want)
	}
	p.poll("metric", func() error { return hasPlanMetric(t, "http://"+metrics+"/metrics") })
	code, out := run(t, nil, "standin", "plan", "--rpc", e.rpc(), "--name", "v7", "--height", "1")
	if code != 1 || !strings.Contains(out, "refused: upgrade cannot be scheduled in the past") {
		t.Errorf("exit %d: %s", code, out)
	}
	if code := p.stop(); code != 0 {
		t.Errorf("exit %d", code)
	}
	p = spawn(t, on, "start", "--home", home)
	p.reach(e, 4)
	if have := currentPlan(t, e); have != want {
		t.Errorf("the plan is %q after a restart", have)
	}
	schedule(t, e, "--cancel")
	if have := currentPlan(t, e); have != "" {
		t.Errorf("a plan after it was cancelled: %q", have)
	}
}

func schedule(t *testing.T, e env, args ...string) {
	t.Helper()
	must(t, append([]string{"standin", "plan", "--rpc", e.rpc()}, args...)...)
}

func hasPlanMetric(t *testing.T, address string) error {
	t.Helper()
	raw, err := tool.Get(t.Context(), address)
	if err == nil && !strings.Contains(string(raw), `cosmos_upgrade_plan_height{info="{\"upgradeType\":\"minor\"}",name="v9"} 1000`) {
		err = fmt.Errorf("no metric of the plan in %s", raw)
	}
	return err
}

// Two releases say so, wherever a version is told.
func TestVersionOfARelease(t *testing.T) {
	t.Parallel()
	for variable, want := range map[string]string{"": "v6.6.2", "v6.7.0": "v6.7.0"} {
		e := ports(t).with("SEID_STANDIN_VERSION", variable)
		if code, out := run(t, e, "version", "--home", t.TempDir()); code != 0 || out != want+"\n" {
			t.Errorf("exit %d: %q", code, out)
		}
		p := spawn(t, e, "start", "--home", sample(t))
		p.reach(e, 3)
		var answer struct {
			Response struct {
				Version string `json:"version"`
			} `json:"response"`
		}
		check(t, get(t, e.rpc()+"/abci_info", &answer))
		if answer.Response.Version != want {
			t.Errorf("/abci_info: %+v", answer)
		}
	}
}

// To say its version it needs a home that it can write to.
func TestVersionWritesAHome(t *testing.T) {
	t.Parallel()
	home := t.TempDir()
	if code, out := run(t, ports(t), "version", "--home", home); code != 0 {
		t.Errorf("exit %d: %q", code, out)
	}
	for _, name := range []string{"client.toml", "config.toml", "app.toml"} {
		if _, err := os.Stat(filepath.Join(home, "config", name)); err != nil {
			t.Error(err)
		}
	}
	code, out := run(t, ports(t), "version", "--home", "/proc/none")
	if code != 1 || !strings.Contains(out, "couldn't make client config") {
		t.Errorf("a home that cannot be made: exit %d: %q", code, out)
	}
}
