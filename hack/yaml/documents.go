package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"

	utilyaml "k8s.io/apimachinery/pkg/util/yaml"
	"sigs.k8s.io/yaml"
)

// parse returns the documents that hold anything: maps, lists, strings, numbers and truths, as JSON has them.
func parse(text []byte) ([]any, error) {
	reader := utilyaml.NewYAMLReader(bufio.NewReader(bytes.NewReader(text)))
	var documents []any
	for {
		part, err := reader.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, err
		}
		var document any
		if err := yaml.Unmarshal(part, &document, asWritten); err != nil {
			return nil, err
		}
		if document != nil {
			documents = append(documents, document)
		}
	}
	if len(documents) == 0 {
		return nil, errors.New("found no document, wanted one")
	}
	return documents, nil
}

// asWritten keeps numbers as they are written: a float64 would round the large ones.
func asWritten(decoder *json.Decoder) *json.Decoder {
	decoder.UseNumber()
	return decoder
}

// edited is the text of the documents, unless editing them failed.
func edited(documents []any, err error) (string, error) {
	if err != nil {
		return "", err
	}
	var texts []string
	for _, document := range documents {
		text, err := yaml.Marshal(document)
		if err != nil {
			return "", err
		}
		texts = append(texts, string(text))
	}
	return strings.Join(texts, "---\n"), nil
}

// get returns the value at path as lines.
func get(document any, path string) (string, error) {
	value, err := find(document, strings.Split(path, "."))
	if err != nil {
		return "", fmt.Errorf("%s: %w", path, err)
	}
	switch value := value.(type) {
	case map[string]any:
		text := ""
		for _, key := range slices.Sorted(maps.Keys(value)) {
			text += fmt.Sprintf("%s=%v\n", key, value[key])
		}
		return text, nil
	case []any:
		return "", fmt.Errorf("%s: found a list, wanted one value or a map; name an entry by its number", path)
	}
	return fmt.Sprintf("%v\n", value), nil
}

// find walks down: by key in a map, by number in a list.
func find(value any, steps []string) (any, error) {
	for _, step := range steps {
		next, err := child(value, step)
		if err != nil {
			return nil, err
		}
		value = next
	}
	return value, nil
}

func child(value any, step string) (any, error) {
	switch value := value.(type) {
	case map[string]any:
		if found, there := value[step]; there {
			return found, nil
		}
		return nil, fmt.Errorf("no key %q; there are %q", step, slices.Sorted(maps.Keys(value)))
	case []any:
		if i, err := strconv.Atoi(step); err == nil && i >= 0 && i < len(value) {
			return value[i], nil
		}
		return nil, fmt.Errorf("no entry %q in a list of %d", step, len(value))
	}
	return nil, fmt.Errorf("no %q in a single value", step)
}

// set puts text at path, where its parent has to be a map that is there.
func set(document any, path, text string) error {
	return change(document, path, func(any) (any, error) { return text, nil })
}

// add adds a value to the list at path.
func add(document any, path, text string) error {
	return change(document, path, func(before any) (any, error) {
		list, is := before.([]any)
		if !is {
			return nil, fmt.Errorf("found %v, wanted a list", before)
		}
		var value any
		if err := yaml.Unmarshal([]byte(text), &value, asWritten); err != nil {
			return nil, err
		}
		return append(list, value), nil
	})
}

func change(document any, path string, to func(before any) (any, error)) error {
	steps := strings.Split(path, ".")
	last := steps[len(steps)-1]
	parent, err := find(document, steps[:len(steps)-1])
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	entries, is := parent.(map[string]any)
	if !is {
		return fmt.Errorf("%s: its parent is no map", path)
	}
	value, err := to(entries[last])
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	entries[last] = value
	return nil
}

// images renames images wherever they are. That none begins with the prefix is an error: a rename that does nothing is a mistake.
func images(documents []any, before, after string) error {
	renamed := 0
	for _, document := range documents {
		renamed += rename(document, before, after)
	}
	if renamed == 0 {
		return fmt.Errorf("found no image that begins with %q, wanted one at least", before)
	}
	return nil
}

func rename(value any, before, after string) (renamed int) {
	switch value := value.(type) {
	case []any:
		for _, entry := range value {
			renamed += rename(entry, before, after)
		}
	case map[string]any:
		for key, entry := range value {
			image, is := entry.(string)
			if rest, begins := strings.CutPrefix(image, before); key == "image" && is && begins {
				value[key] = after + rest
				renamed++
			}
			renamed += rename(entry, before, after)
		}
	}
	return renamed
}

// without leaves out the documents of the kinds, which are separated by commas.
func without(documents []any, kinds string) []any {
	return slices.DeleteFunc(slices.Clone(documents), func(document any) bool {
		object, _ := document.(map[string]any)
		kind, _ := object["kind"].(string)
		return slices.Contains(strings.Split(kinds, ","), kind)
	})
}
