// Command read prints what a JSONPath finds in a YAML or JSON document, for scripts: a value, or the entries of a map as key=value, a
// line each.
//
//	read FILE '{.metadata.name}'     FILE is - for standard input
package main

import (
	"bytes"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"strings"

	"k8s.io/client-go/util/jsonpath"
	"sigs.k8s.io/yaml"
)

func main() {
	if len(os.Args) != 3 {
		fmt.Fprintln(os.Stderr, "usage: read FILE JSONPATH")
		os.Exit(2)
	}
	found, err := read(os.Args[1], os.Args[2])
	if err != nil {
		fmt.Fprintf(os.Stderr, "read: %s: %v\n", os.Args[1], err)
		os.Exit(1)
	}
	fmt.Println(found)
}

func read(path, expression string) (string, error) {
	data, err := content(path)
	if err != nil {
		return "", err
	}
	return find(data, expression)
}

func content(path string) ([]byte, error) {
	if path == "-" {
		return io.ReadAll(os.Stdin)
	}
	return os.ReadFile(path)
}

// find returns what the expression finds in the document. What is not there is an error.
func find(data []byte, expression string) (string, error) {
	var document any
	if err := yaml.Unmarshal(data, &document); err != nil {
		return "", err
	}
	parsed := jsonpath.New("expression")
	if err := parsed.Parse(expression); err != nil {
		return "", err
	}
	found, err := parsed.FindResults(document)
	if err != nil {
		return "", err
	}
	if len(found) == 1 && len(found[0]) == 1 {
		if entries, is := found[0][0].Interface().(map[string]any); is {
			return pairs(entries), nil
		}
	}
	var out bytes.Buffer
	err = parsed.Execute(&out, document)
	return out.String(), err
}

func pairs(entries map[string]any) string {
	var lines []string
	for _, key := range slices.Sorted(maps.Keys(entries)) {
		lines = append(lines, fmt.Sprintf("%s=%v", key, entries[key]))
	}
	return strings.Join(lines, "\n")
}
