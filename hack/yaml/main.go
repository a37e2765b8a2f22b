// Command yaml reads and edits YAML, and JSON with it, for the scripts of hack/. Without FILE it reads standard input, and the edits
// write to standard output; with FILE they edit in place. An edit writes keys sorted and drops comments, as kubectl would.
//
//	yaml get PATH [FILE]            prints the value at PATH, such as images.0.newTag; of a map, a line "key=value" for each entry
//	yaml set PATH VALUE [FILE]      puts text at PATH
//	yaml add PATH VALUE [FILE]      adds a value, itself YAML, to the end of the list at PATH
//	yaml images OLD NEW [FILE]      lets each value of a key "image" that begins with OLD begin with NEW
//	yaml without KIND,... [FILE]    leaves out the documents of these kinds
//
// PATH is looked for in the first document that is there, images and kinds in all of them.
package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
)

const usage = "usage: yaml get PATH [FILE] | yaml set PATH VALUE [FILE] | yaml add PATH VALUE [FILE] | yaml images OLD NEW [FILE] | " +
	"yaml without KIND,... [FILE]"

func main() {
	if err := run(os.Args[1:], os.Stdin, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "yaml: "+err.Error())
		os.Exit(1)
	}
}

// command makes the output from the documents and the arguments before FILE.
type command struct {
	arguments int
	edits     bool
	act       func(documents []any, arguments []string) (string, error)
}

var commands = map[string]command{
	"get": {1, false, func(documents []any, a []string) (string, error) { return get(documents[0], a[0]) }},
	"set": {2, true, func(documents []any, a []string) (string, error) {
		return edited(documents, set(documents[0], a[0], a[1]))
	}},
	"add": {2, true, func(documents []any, a []string) (string, error) {
		return edited(documents, add(documents[0], a[0], a[1]))
	}},
	"images": {2, true, func(documents []any, a []string) (string, error) {
		return edited(documents, images(documents, a[0], a[1]))
	}},
	"without": {1, true, func(documents []any, a []string) (string, error) {
		return edited(without(documents, a[0]), nil)
	}},
}

func run(args []string, in io.Reader, out io.Writer) error {
	if len(args) == 0 {
		return errors.New(usage)
	}
	chosen, known := commands[args[0]]
	if extra := len(args) - 1 - chosen.arguments; !known || extra < 0 || extra > 1 {
		return errors.New(usage)
	}
	arguments, file := args[1:1+chosen.arguments], ""
	if len(args) > 1+chosen.arguments {
		file = args[1+chosen.arguments]
	}
	text, err := read(file, in)
	if err != nil {
		return err
	}
	documents, err := parse(text)
	if err != nil {
		return fmt.Errorf("%s: %w", title(file), err)
	}
	result, err := chosen.act(documents, arguments)
	if err != nil {
		return fmt.Errorf("%s: %w", title(file), err)
	}
	if chosen.edits && file != "" {
		return os.WriteFile(file, []byte(result), 0o644)
	}
	_, err = io.WriteString(out, result)
	return err
}

func read(file string, in io.Reader) ([]byte, error) {
	if file == "" {
		content := &bytes.Buffer{}
		_, err := content.ReadFrom(in)
		return content.Bytes(), err
	}
	return os.ReadFile(file)
}

func title(file string) string {
	if file == "" {
		return "standard input"
	}
	return file
}
