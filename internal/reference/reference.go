// Package reference knows where the project's pages are, and which sections docs/reference/README.md has. Its tests hold that page to the code.
package reference

import (
	_ "embed" // the list of the sections
	"slices"
	"strings"
)

const (
	// Home is where the project is.
	Home = "https://github.com/seinode/seinode-operator"
	// Files is what the address of each file of the checkout begins with.
	Files = Home + "/blob/main/"
)

// Task is what the reason of a failed task is of, in place of a condition.
const Task = "task"

// sections are the names of the page's sections, one a line: a test holds them to the page.
//
//go:embed sections.txt
var sections string

// Section is the address of what the page says of a reason, below the first of those conditions that it has it below; "" where it says nothing.
func Section(reason string, of ...string) string {
	known := strings.Fields(sections)
	for _, condition := range of {
		if name := strings.ToLower(condition + "-" + reason); slices.Contains(known, name) {
			return Files + "docs/reference/README.md#" + name
		}
	}
	return ""
}
