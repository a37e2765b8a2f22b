package why

import (
	"fmt"
	"io"

	"github.com/seinode/seinode-operator/cmd/kubectl-sei/internal/page"
	"github.com/seinode/seinode-operator/internal/verdict"
)

// brief is how much of a message a transition has on the page, in bytes.
const brief = 160

// Text writes the report as a page.
func (r Report) Text(out io.Writer, width int) {
	fmt.Fprintln(out, page.Wrap(r.Sentence, width, 0))
	if r.Message != "" {
		fmt.Fprintln(out, "  "+page.Wrap(r.Message, width, 2))
	}
	fmt.Fprintln(out)
	page.Findings(out, r.Causes, width)
	if len(r.Transitions) > 0 {
		fmt.Fprintln(out, "\nlast:")
	}
	for _, one := range r.Transitions {
		line := one.What
		if one.Message != "" {
			line += ": " + shortened(one.Message)
		}
		fmt.Fprintf(out, "  %s  %s\n", at(one.Time), page.Wrap(line, width, 24))
	}
	fmt.Fprintf(out, "\nnext:\n  %s\n", r.Next)
	if r.Reference != "" {
		fmt.Fprintf(out, "\nreference:\n  %s\n", r.Reference) // in one piece, however narrow the terminal is: a link that is broken is none
	}
	for _, line := range r.Unread {
		fmt.Fprintln(out, page.Wrap("? "+line, width, 2))
	}
}

func shortened(message string) string {
	if cut := verdict.Bound(message, brief); cut != message {
		return cut + " …"
	}
	return message
}
