package app

import "testing"

const (
	major = `{"upgradeType":"major"}`
	minor = `{"upgradeType":"MINOR"}`
)

// What a release does before a block depends on the chain's plan, on what was applied and on what the release knows, and on nothing else.
func TestRefusals(t *testing.T) {
	t.Parallel()
	done := []Applied{{"v1", 5}, {"v2", 10}}
	for name, test := range map[string]struct {
		upgrades Upgrades
		handlers []string
		text     string
	}{
		"no plan":                       {text: ""},
		"ahead, no handler":             {upgrades: Upgrades{Plan: &Plan{"v3", 101, major}}, text: ""},
		"ahead, handler, major":         {Upgrades{Plan: &Plan{"v3", 101, major}}, []string{"v3"}, `BINARY UPDATED BEFORE TRIGGER! UPGRADE "v3" - in binary but not executed on chain`},
		"ahead, handler, no info":       {Upgrades{Plan: &Plan{"v3", 101, ""}}, []string{"v3"}, `BINARY UPDATED BEFORE TRIGGER! UPGRADE "v3" - in binary but not executed on chain`},
		"ahead, handler, no JSON":       {Upgrades{Plan: &Plan{"v3", 101, "minor"}}, []string{"v3"}, `BINARY UPDATED BEFORE TRIGGER! UPGRADE "v3" - in binary but not executed on chain`},
		"ahead, handler, minor":         {Upgrades{Plan: &Plan{"v3", 101, minor}}, []string{"v3"}, ""},
		"ahead, all handlers, major":    {Upgrades{&Plan{"v3", 101, major}, done}, []string{"*"}, ""},
		"due, all handlers":             {Upgrades{&Plan{"v3", 100, major}, done}, []string{"*"}, ""},
		"due, no handler":               {upgrades: Upgrades{Plan: &Plan{"v3", 100, major}}, text: `UPGRADE "v3" NEEDED at height: 100: ` + major},
		"due, no handler, minor":        {upgrades: Upgrades{Plan: &Plan{"v3", 100, minor}}, text: `UPGRADE "v3" NEEDED at height: 100: ` + minor},
		"overdue, another's handler":    {Upgrades{Plan: &Plan{"v3", 99, major}}, []string{"v2"}, `UPGRADE "v3" NEEDED at height: 99: ` + major},
		"due, handler":                  {Upgrades{Plan: &Plan{"v3", 100, major}}, []string{"v3"}, ""},
		"last applied unknown":          {Upgrades{Done: done}, []string{"v1"}, "Wrong app version 0, upgrade handler is missing for v2 upgrade plan"},
		"last applied known":            {Upgrades{Done: done}, []string{"v2"}, ""},
		"last applied unknown, ahead":   {Upgrades{&Plan{"v3", 101, major}, done}, []string{"v1"}, "Wrong app version 0, upgrade handler is missing for v2 upgrade plan"},
		"last applied unknown, due":     {Upgrades{&Plan{"v3", 100, major}, done}, []string{"v1"}, `UPGRADE "v3" NEEDED at height: 100: ` + major},
		"due, handler, not of the last": {Upgrades{&Plan{"v3", 100, major}, done}, []string{"v3"}, ""},
	} {
		if text := (Release{handlers: test.handlers}).refusal(test.upgrades, 100); text != test.text {
			t.Errorf("%s: %q, want %q", name, text, test.text)
		}
	}
}

// A plan is replaced by the next one, and cancelled by one that says nothing; the chain refuses the past and what is done.
func TestSchedule(t *testing.T) {
	t.Parallel()
	before := Upgrades{Plan: &Plan{"v3", 150, major}, Done: []Applied{{"v2", 10}}}
	for name, test := range map[string]struct {
		plan Plan
		want string
		err  string
	}{
		"another":        {Plan{"v4", 120, minor}, "v4", ""},
		"this height":    {Plan{"v4", 100, minor}, "v4", ""},
		"nothing":        {Plan{}, "", ""},
		"no name":        {Plan{"", 120, major}, "v3", "name cannot be empty: invalid request"},
		"no height":      {Plan{"v4", 0, major}, "v3", "height must be greater than 0: invalid request"},
		"a past height":  {Plan{"v4", 99, major}, "v3", "upgrade cannot be scheduled in the past: invalid request"},
		"what was done":  {Plan{"v2", 120, major}, "v3", "upgrade with name v2 has already been completed: invalid request"},
		"the same again": {Plan{"v3", 160, major}, "v3", ""},
	} {
		after, err := before.schedule(test.plan, 100)
		have, text := "", ""
		if after.Plan != nil {
			have = after.Plan.Name
		}
		if err != nil {
			text = err.Error()
		}
		if have != test.want || text != test.err {
			t.Errorf("%s: plan %q, error %q", name, have, text)
		}
	}
	if before.Plan.Name != "v3" {
		t.Error("the state before was changed")
	}
}
