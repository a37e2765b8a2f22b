package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"strings"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// request is what is read of a line of the audit log.
type request struct {
	Verb      string `json:"verb"`
	ObjectRef struct {
		Resource    string `json:"resource"`
		Subresource string `json:"subresource"`
		Name        string `json:"name"`
	} `json:"objectRef"`
	At    metav1.MicroTime `json:"requestReceivedTimestamp"`
	Until metav1.MicroTime `json:"stageTimestamp"`
}

// counts are requests by verb and resource.
type counts map[string]int

// made is one request of the operator: its verb and resource, when it was received, and how long the API server took to answer.
type made struct {
	what string
	at   time.Time
	took time.Duration
}

// trail is what is known of the audit log so far: it grows to gigabytes, and each line is read once.
type trail struct {
	read  int64
	lines []made
}

// follow reads the lines that were added since; the last one may not be whole yet.
func (t *trail) follow(path string) error {
	file, err := os.Open(path)
	if err != nil {
		return err
	}
	defer func() { _ = file.Close() }()
	if _, err := file.Seek(t.read, io.SeekStart); err != nil {
		return err
	}
	for lines := bufio.NewReaderSize(file, 1<<20); ; {
		text, err := lines.ReadBytes('\n')
		if err != nil {
			return ignoreEnd(err)
		}
		t.read += int64(len(text))
		var line request
		if json.Unmarshal(text, &line) == nil && !line.aside() {
			t.lines = append(t.lines, made{line.String(), line.At.Time, line.Until.Sub(line.At.Time)})
		}
	}
}

func ignoreEnd(err error) error {
	if errors.Is(err, io.EOF) {
		return nil
	}
	return err
}

// requests are those that the operator made in a time, but for what belongs to being the leader, and to its metrics: writes, reads, and watches, which
// are begun again every few minutes.
func (p *plane) requests(since, until time.Time) (writes, reads, watches counts, err error) {
	writes, reads, watches = counts{}, counts{}, counts{}
	err = p.trail.follow(p.file("audit.log"))
	for _, line := range p.trail.lines {
		if line.at.Before(since) || !line.at.Before(until) {
			continue
		}
		switch verb, _, _ := strings.Cut(line.what, " "); verb {
		case "get", "list":
			reads[line.what]++
		case "watch":
			watches[line.what]++
		default:
			writes[line.what]++
		}
	}
	return writes, reads, watches, err
}

// answers are how long the API server took for each request of the operator since then, but for watches.
func (p *plane) answers(since time.Time) (took []time.Duration, err error) {
	err = p.trail.follow(p.file("audit.log"))
	for _, line := range p.trail.lines {
		if !line.at.Before(since) && !strings.HasPrefix(line.what, "watch ") {
			took = append(took, line.took)
		}
	}
	return took, err
}

// busiest is how many requests there were since then in the second with the most, whenever that began.
func (t *trail) busiest(since time.Time) (most int) {
	var times []time.Time
	for _, line := range t.lines {
		if !line.at.Before(since) {
			times = append(times, line.at)
		}
	}
	slices.SortFunc(times, time.Time.Compare) // the log has them as they were answered
	for first, last := 0, 0; last < len(times); last++ {
		for times[last].Sub(times[first]) >= time.Second {
			first++
		}
		most = max(most, last-first+1)
	}
	return most
}

// aside says that it is the leader's lease, or a question about whoever reads the metrics.
func (r request) aside() bool {
	return r.ObjectRef.Resource == "leases" && r.ObjectRef.Name == "seinode-operator.sei.io" || strings.HasSuffix(r.ObjectRef.Resource, "reviews")
}

func (r request) String() string {
	resource := r.ObjectRef.Resource
	if r.ObjectRef.Subresource != "" {
		resource += "/" + r.ObjectRef.Subresource
	}
	return r.Verb + " " + resource
}

func (c counts) sum() (all int) {
	for _, count := range c {
		all += count
	}
	return all
}

// per says how many there were for each of n, of every kind.
func (c counts) per(n int) string {
	var kinds []string
	for _, kind := range slices.Sorted(maps.Keys(c)) {
		kinds = append(kinds, fmt.Sprintf("%s %.2f", kind, float64(c[kind])/float64(n)))
	}
	return strings.Join(kinds, ", ")
}
