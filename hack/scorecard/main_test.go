package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestRun(t *testing.T) {
	const config = "stages:\n- tests: [{image: a}, {image: b}]\n"
	item := func(name, state, more string) string {
		return `{"status":{"results":[{"name":"` + name + `","state":"` + state + `"` + more + `}]}}`
	}
	for name, test := range map[string]struct{ result, says string }{
		"all passed":        {item("a", "pass", "") + "," + item("b", "pass", ""), ""},
		"one failed":        {item("a", "pass", "") + "," + item("b", "fail", `,"errors":["x"]`), "1 of 2 tests passed, 1 errors"},
		"one did not run":   {item("a", "pass", ""), "1 of 2 tests passed"},
		"one has an advice": {item("a", "pass", "") + "," + item("b", "pass", `,"suggestions":["x"]`), "2 of 2 tests passed, 1 errors and suggestions"},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			for file, text := range map[string]string{"config.yaml": config, "result.json": `{"items":[` + test.result + `]}`} {
				if err := os.WriteFile(filepath.Join(dir, file), []byte(text), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			err := run(filepath.Join(dir, "config.yaml"), filepath.Join(dir, "result.json"))
			if (err == nil) != (test.says == "") || err != nil && !strings.Contains(err.Error(), test.says) {
				t.Errorf("%v, wanted %q", err, test.says)
			}
		})
	}
	if err := run("/nowhere", "/nowhere"); err == nil {
		t.Error("a configuration that is not there is fine")
	}
}
