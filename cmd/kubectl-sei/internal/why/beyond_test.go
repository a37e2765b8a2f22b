package why

import (
	"testing"

	"github.com/seinode/seinode-operator/cmd/kubectl-sei/internal/finding"
)

// TestAnUpdateThatIsBlockedIsTold, although its condition is False, as it is where there is none.
func TestAnUpdateThatIsBlockedIsTold(t *testing.T) {
	for condition, want := range map[string]finding.State{
		"NodeUpdateInProgress True Updating":  finding.Waits,
		"NodeUpdateInProgress False Blocked":  finding.Refused,
		"NodeUpdateInProgress False UpToDate": "",
		"Ready True NodeReady":                "",
	} {
		got := finding.State("")
		if found := update(with(condition)); found != nil {
			got = found.State
		}
		if got != want {
			t.Errorf("%s: %q, wanted %q", condition, got, want)
		}
	}
}
