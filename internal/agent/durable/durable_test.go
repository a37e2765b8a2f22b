package durable_test

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/seinode/seinode-operator/internal/agent/durable"
)

// TestAFileIsMadeWholeOrNotAtAll: what is there is replaced only where that is asked for, and nothing of ours is left behind in any case.
func TestAFileIsMadeWholeOrNotAtAll(t *testing.T) {
	broken := func() io.Reader {
		return io.MultiReader(strings.NewReader("ha"), iotest.ErrReader(errors.New("boom")))
	}
	fresh := func() io.Reader { return strings.NewReader("new") }
	for name, test := range map[string]struct {
		write  func(*os.Root, string, io.Reader) error
		before string
		from   func() io.Reader
		want   string
		fails  bool
	}{
		"made":                        {durable.Create, "", fresh, "new", false},
		"made, and one is there":      {durable.Create, "old", fresh, "old", true},
		"made, and half of it":        {durable.Create, "", broken, "", true},
		"replaced":                    {durable.Replace, "old", fresh, "new", false},
		"replaced, and none is there": {durable.Replace, "", fresh, "new", false},
		"replaced, and half of it":    {durable.Replace, "old", broken, "old", true},
	} {
		folder := t.TempDir()
		root, err := durable.OpenHome(folder, "a/b")
		if err != nil {
			t.Fatal(err)
		}
		at := filepath.Join(folder, "a", "b", "file")
		if test.before != "" {
			if err := os.WriteFile(at, []byte(test.before), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		err = test.write(root, "file", test.from())
		content, _ := os.ReadFile(at)
		if (err != nil) != test.fails || string(content) != test.want {
			t.Errorf("%s: %q, error %v", name, content, err)
		}
		if entries, _ := os.ReadDir(filepath.Dir(at)); len(entries) > 1 || len(entries) == 1 && entries[0].Name() != "file" {
			t.Errorf("%s: left behind: %v", name, entries)
		}
		_ = root.Close()
	}
}
