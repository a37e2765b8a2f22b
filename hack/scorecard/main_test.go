package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const configured = `
stages:
- tests:
  - entrypoint: [scorecard-test, basic-check-spec]
  - entrypoint: [/scorecard, import-refused]
`

func TestRun(t *testing.T) {
	const (
		basic   = `{"spec": {"entrypoint": ["scorecard-test", "basic-check-spec"]}, "status": {"results": [{"name": "basic", "state": "pass"}]}}`
		refused = `{"spec": {"entrypoint": ["/scorecard", "import-refused"]}, "status": {"results": [{"name": "import-refused", "state": "STATE"}]}}`
	)
	passes := strings.ReplaceAll(refused, "STATE", "pass")
	for name, test := range map[string]struct{ configured, reported, says string }{
		"all pass":      {configured, basic + "," + passes, ""},
		"one fails":     {configured, basic + "," + strings.ReplaceAll(refused, "STATE", "fail"), `test "import-refused": found state "fail"`},
		"one is absent": {configured, basic, `test "/scorecard import-refused": found no pass`},
		"none":          {configured, "", "found no passes at all"},
		"no tests":      {"stages: []", "", "found no passes at all"},
		"a suggestion":  {configured, basic + "," + strings.Replace(passes, `"pass"`, `"pass", "suggestions": ["more"]`, 1), `suggestions ["more"]`},
		"an error":      {configured, basic + "," + strings.Replace(passes, `"pass"`, `"pass", "errors": ["oh"]`, 1), `errors ["oh"]`},
		"no JSON":       {configured, "Error: no cluster", "is no result"},
		"no YAML":       {"stages: [", basic, "config.yaml"},
	} {
		t.Run(name, func(t *testing.T) {
			config, result, out := filepath.Join(t.TempDir(), "config.yaml"), filepath.Join(t.TempDir(), "result.json"), &strings.Builder{}
			write(t, config, test.configured)
			write(t, result, `{"kind": "TestList", "items": [`+test.reported+`]}`)
			err := run(config, result, out)
			if (err == nil) != (test.says == "") || (err != nil && !strings.Contains(err.Error(), test.says)) {
				t.Errorf("found %v, wanted an error that says %q", err, test.says)
			}
			if test.says == "" && out.String() != "pass\tbasic\npass\timport-refused\n" {
				t.Errorf("found %q", out)
			}
		})
	}
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}
