package main

import (
	"embed"
	"io/fs"
	"strings"
)

// static holds the files that no manifest has a part in. VERSION and VALUES stand for the version and the table of values.
//
//go:embed all:static
var static embed.FS

func addStatic(files map[string]string, version string, table []value) (err error) {
	if files["values.yaml"], err = valuesFile(table); err != nil {
		return err
	}
	if files["values.schema.json"], err = schemaFile(table); err != nil {
		return err
	}
	documented, err := valuesTable(table)
	if err != nil {
		return err
	}
	return fs.WalkDir(static, "static", func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		data, err := static.ReadFile(path)
		text := strings.NewReplacer("VERSION", version, "VALUES\n", documented).Replace(string(data))
		files[strings.TrimPrefix(path, "static/")] = text
		return err
	})
}
