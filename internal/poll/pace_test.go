package poll

import (
	"crypto/sha256"
	"fmt"
	"testing"
	"time"

	"k8s.io/apimachinery/pkg/types"
)

// uid is as random as those of Kubernetes, and always the same for a number.
func uid(i int) types.UID {
	return types.UID(fmt.Sprintf("%x", sha256.Sum256([]byte{byte(i)})))
}

func TestPause(t *testing.T) {
	for name, test := range map[string]struct {
		of    acquaintance
		among int
		want  time.Duration
	}{
		"well":                         {acquaintance{well: true, answers: 2}, 10, 30 * time.Second},
		"well, among a thousand":       {acquaintance{well: true, answers: 2}, 1000, 1000 * time.Second / perSecond},
		"well, among ten thousand":     {acquaintance{well: true, answers: 2}, 10000, 5 * time.Minute},
		"well, among a million":        {acquaintance{well: true, answers: 2}, 1000000, 5 * time.Minute},
		"not well, among ten thousand": {acquaintance{answers: 1}, 10000, 10 * time.Second},
		"the first silence":            {acquaintance{well: true, silences: 1}, 10000, 10 * time.Second},
		"the third":                    {acquaintance{silences: 3}, 10, 40 * time.Second},
		"the thousandth":               {acquaintance{silences: 1000}, 10, 5 * time.Minute},
	} {
		test.of.pod = "uid"
		if got := test.of.pause(test.among, start); got > test.want+beat || got < test.want*8/10 {
			t.Errorf("%s: %s, wanted %s or up to a fifth less", name, got, test.want)
		}
	}
	for _, of := range []acquaintance{{}, {silences: 1}, {well: true, answers: 1}, {well: true, answers: 2}} {
		pauses := map[time.Duration]bool{}
		for i := range 8 {
			of.pod = uid(i)
			pauses[of.pause(10000, start)] = true
		}
		if len(pauses) < 3 {
			t.Errorf("%+v: all pods keep the same time", of)
		}
	}
}

// TestThoseThatAreWellComeWithABeat, and after the first answer, which all give when the operator starts, at any time of their pause.
func TestThoseThatAreWellComeWithABeat(t *testing.T) {
	halves := [2]int{}
	for i := range 16 {
		pod := uid(i)
		for _, answers := range []int{1, 2} {
			a := &acquaintance{pod: pod, well: true, answers: answers}
			if due := start.Add(1234 * time.Millisecond).Add(a.pause(10000, start.Add(1234*time.Millisecond))); !due.Equal(due.Truncate(beat)) {
				t.Errorf("it comes at %s", due)
			}
		}
		halves[(&acquaintance{pod: pod, well: true, answers: 1}).pause(10000, start)/(askSeldom/2+beat)]++
	}
	if halves[0] == 0 || halves[1] == 0 {
		t.Errorf("they come in the halves of their pause as %v", halves)
	}
}
