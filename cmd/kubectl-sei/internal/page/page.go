// Package page puts text and tables into the width of a terminal. It is pure, and colours nothing.
package page

import (
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/cli-runtime/pkg/printers"

	"github.com/seinode/seinode-operator/cmd/kubectl-sei/internal/finding"
)

// gap is what the table printer has between two columns.
const gap = 3

// narrowest is the least that is left for text behind its indent: below that it is not wrapped.
const narrowest = 20

// Wrap breaks text between words, so that no line is wider than width, but for a single word that is; 0 breaks nothing. Every line but the first is indented.
func Wrap(text string, width, indent int) string {
	if width-indent < narrowest {
		return text
	}
	var lines []string
	line := ""
	for word := range strings.FieldsSeq(text) {
		switch {
		case line == "":
			line = word
		case runes(line)+1+runes(word) > width-indent:
			lines, line = append(lines, line), word
		default:
			line += " " + word
		}
	}
	return strings.Join(append(lines, line), "\n"+strings.Repeat(" ", indent))
}

func runes(text string) int { return utf8.RuneCountInString(text) }

// Pad fills text with spaces.
func Pad(text string, width int) string {
	return text + strings.Repeat(" ", max(0, width-runes(text)))
}

// beside is the longest name that a message stands beside; it stands below a longer one.
const beside = 16

// Findings writes each with its mark, and its message beside or below.
func Findings(out io.Writer, findings []finding.Finding, width int) {
	longest := 0
	for _, one := range findings {
		longest = max(longest, runes(one.Of))
	}
	for _, one := range findings {
		head, text := one.State.Mark()+" "+one.Of, said(one)
		switch {
		case text == "":
			fmt.Fprintln(out, head)
		case longest > beside:
			fmt.Fprintf(out, "%s\n    %s\n", head, Wrap(text, width, 4))
		default:
			fmt.Fprintln(out, Pad(head, longest+4)+Wrap(text, width, longest+4))
		}
	}
}

// said is the message of a finding, with the reason where that tells more.
func said(one finding.Finding) string {
	if one.Reason == "" || one.State == finding.Met || strings.HasPrefix(one.Message, one.Reason) {
		return one.Message
	}
	return one.Reason + ": " + one.Message
}

// Column is a heading.
type Column struct {
	// Name is in capitals.
	Name string
	// Drop says when the column is left out for want of room: the highest first, 0 never.
	Drop int
	// Wide is for -o wide alone.
	Wide bool
}

// Table is rows under headings.
type Table struct {
	Columns []Column
	Rows    [][]string
}

// Write writes the table, without the columns for which width has no room; 0 has room for all. wide has all columns, whatever the width.
func (t Table) Write(out io.Writer, width int, wide bool) error {
	table := &metav1.Table{}
	left := t.left(width, wide)
	for i, column := range t.Columns {
		if left[i] {
			table.ColumnDefinitions = append(table.ColumnDefinitions, metav1.TableColumnDefinition{Name: column.Name, Type: "string"})
		}
	}
	for _, row := range t.Rows {
		cells := []any{}
		for i, cell := range row {
			if left[i] {
				cells = append(cells, cell)
			}
		}
		table.Rows = append(table.Rows, metav1.TableRow{Cells: cells})
	}
	return printers.NewTablePrinter(printers.PrintOptions{Wide: wide}).PrintObj(table, out)
}

// left says which columns there is room for.
func (t Table) left(width int, wide bool) []bool {
	left := make([]bool, len(t.Columns))
	for i, column := range t.Columns {
		left[i] = wide || !column.Wide
	}
	for width > 0 && !wide && t.takes(left) > width {
		next := -1
		for i, column := range t.Columns {
			if left[i] && column.Drop > 0 && (next < 0 || column.Drop > t.Columns[next].Drop) {
				next = i
			}
		}
		if next < 0 {
			break
		}
		left[next] = false
	}
	return left
}

// takes is how wide the table is with those columns.
func (t Table) takes(left []bool) int {
	all := -gap
	for i, column := range t.Columns {
		if !left[i] {
			continue
		}
		widest := runes(column.Name)
		for _, row := range t.Rows {
			widest = max(widest, runes(row[i]))
		}
		all += widest + gap
	}
	return all
}
