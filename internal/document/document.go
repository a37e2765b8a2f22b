// Package document reads what the documents have a user run: each block of commands, where it is tried, and the files that it takes. Only tests use it.
package document

import (
	"cmp"
	"fmt"
	"maps"
	"os"
	"regexp"
	"strings"
)

// Block is a block of a page's commands.
type Block struct {
	// Line is where it begins in the page.
	Line int
	// Tried says where its commands are run: Here, a path of the checkout, or Cloud with what they need that a test does not have.
	Tried string
	// Commands is its text.
	Commands string
	// Files are those that the page has shown by then, by name.
	Files map[string]string
}

// What the comment above a block says, `<!-- commands: … -->`. One in the first lines of a page counts for every block that has none.
const (
	// Here is for commands that the test of such pages runs on a real API server, in their order.
	Here = "here"
	// Output is for what a program prints.
	Output = "output"
	// Cloud begins what neither an API server nor the local cluster has, and names it.
	Cloud = "cloud-only: "
)

var (
	fence   = regexp.MustCompile("^( *)```([a-z]*)$")
	tried   = regexp.MustCompile(`^ *<!-- commands: (.+) -->$`)
	file    = regexp.MustCompile(`^ *<!-- file: ([a-z0-9._-]+) -->$`)
	command = map[string]bool{"console": true, "sh": true, "bash": true}
)

// reading is a page while it is read.
type reading struct {
	page string
	// tried is what the page says of its blocks; block and shown what a comment has just said of the next one.
	tried, block, shown string
	files               map[string]string
	found               []Block
}

// Read is the blocks of commands of a page.
func Read(page string) ([]Block, error) {
	content, err := os.ReadFile(page)
	if err != nil {
		return nil, err
	}
	return Parse(page, string(content))
}

// Parse is the blocks of commands of a page's text. A block of which nobody says where it is tried is an error.
func Parse(page, content string) ([]Block, error) {
	r := &reading{page: page, files: map[string]string{}}
	lines := strings.Split(content, "\n")
	for i := 0; i < len(lines); i++ {
		if match := fence.FindStringSubmatch(lines[i]); match != nil {
			end := i + 1
			for end < len(lines) && strings.TrimSpace(lines[end]) != "```" {
				end++
			}
			if err := r.take(i+1, match[2], unindented(match[1], lines[i+1:min(end, len(lines))])); err != nil {
				return nil, err
			}
			i = end
			continue
		}
		r.note(i, lines[i])
	}
	return r.found, nil
}

// note takes in what a comment says of the block that follows it, or of the page.
func (r *reading) note(i int, line string) {
	switch match, shown := tried.FindStringSubmatch(line), file.FindStringSubmatch(line); {
	case match != nil && i < 3:
		r.tried = match[1]
	case match != nil:
		r.block = match[1]
	case shown != nil:
		r.shown = shown[1]
	case strings.TrimSpace(line) != "":
		r.block, r.shown = "", ""
	}
}

// take takes in a block.
func (r *reading) take(line int, language, text string) error {
	where, shown := r.block, r.shown
	r.block, r.shown = "", ""
	switch {
	case shown != "":
		r.files[shown] = text
	case !command[language]:
	case where == "" && r.tried == "":
		return fmt.Errorf("%s:%d: nobody says where these commands are tried; wanted a line <!-- commands: … --> above, see internal/document:\n%s", r.page, line, text)
	default:
		r.found = append(r.found, Block{Line: line, Tried: cmp.Or(where, r.tried), Commands: text, Files: maps.Clone(r.files)})
	}
	return nil
}

// unindented takes off what a list indents its blocks by.
func unindented(indent string, lines []string) string {
	var text strings.Builder
	for _, line := range lines {
		text.WriteString(strings.TrimPrefix(line, indent) + "\n")
	}
	return text.String()
}
