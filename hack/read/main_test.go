package main

import (
	"strings"
	"testing"
)

func TestFind(t *testing.T) {
	const document = "images:\n- name: controller\n  newTag: 0.1.0\nheight: \"12\"\n"
	for expression, want := range map[string]string{
		`{.images[?(@.name=="controller")].newTag}`: "0.1.0",
		"{.height}":    "12",
		"{.images[0]}": "name=controller\nnewTag=0.1.0",
	} {
		if got, err := find([]byte(document), expression); got != want || err != nil {
			t.Errorf("%s: %q, %v", expression, got, err)
		}
	}
	for expression, text := range map[string]string{"{.nothing}": "a: b", "{.a": "a: b", "{.b}": ":"} {
		if got, err := find([]byte(text), expression); err == nil {
			t.Errorf("%s of %q: %q, wanted an error", expression, text, got)
		}
	}
}

func TestReadNamesTheFile(t *testing.T) {
	if _, err := read("/nowhere", "{.a}"); err == nil || !strings.Contains(err.Error(), "/nowhere") {
		t.Error(err)
	}
}
