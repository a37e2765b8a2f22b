package main

import (
	"encoding/hex"
	"fmt"
	"regexp"
	"strings"

	"sigs.k8s.io/yaml"
)

// A hole is a string inside an object that keeps the place of a template's text until the object is YAML: braces would not
// survive that. The text is in the hole itself, as hexadecimal digits.
var (
	wordHole = regexp.MustCompile(`WORD([0-9a-f]+)END`)
	lineHole = regexp.MustCompile(`(?m)^( *).*LINE([0-9a-f]+)END$`)
)

// word is a hole for text within a line.
func word(text string) string { return "WORD" + hex.EncodeToString([]byte(text)) + "END" }

// line is a hole for a whole line, key or dash included: text stands there instead, as deep as the line was. The depth of
// a "nindent 2" in it counts from there.
func line(text string) string { return "LINE" + hex.EncodeToString([]byte(text)) + "END" }

// render is the object as a template. Braces that the manifest itself has are none of the template's.
func render(o object) (string, error) {
	text, err := yaml.Marshal(o.Object)
	if err != nil {
		return "", fmt.Errorf("%s %s: %w", o.GetKind(), o.GetName(), err)
	}
	return fill(strings.ReplaceAll(string(text), "{{", `{{ "{{" }}`)), nil
}

func fill(text string) string {
	text = lineHole.ReplaceAllStringFunc(text, func(hole string) string {
		found := lineHole.FindStringSubmatch(hole)
		return indent(decode(found[2]), found[1])
	})
	return wordHole.ReplaceAllStringFunc(text, func(hole string) string {
		return decode(wordHole.FindStringSubmatch(hole)[1])
	})
}

func indent(text, by string) string {
	text = strings.ReplaceAll(text, "nindent 2", fmt.Sprintf("nindent %d", len(by)+2))
	return by + strings.ReplaceAll(text, "\n", "\n"+by)
}

// decode cannot fail: the expressions above match pairs of digits that word or line wrote.
func decode(digits string) string {
	text, err := hex.DecodeString(digits)
	if err != nil {
		panic(err)
	}
	return string(text)
}
