package main

import (
	"bufio"
	"encoding/json"
	"fmt"
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
	At metav1.MicroTime `json:"requestReceivedTimestamp"`
}

// counts are requests by verb and resource.
type counts map[string]int

// requests are those that the operator made in a time, but for what belongs to being the leader, and to its metrics: writes, reads, and watches, which
// are begun again every few minutes.
func (p *plane) requests(since, until time.Time) (writes, reads, watches counts, err error) {
	writes, reads, watches = counts{}, counts{}, counts{}
	file, err := os.Open(p.file("audit.log"))
	if err != nil {
		return nil, nil, nil, err
	}
	defer func() { _ = file.Close() }()
	lines := bufio.NewScanner(file)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var line request
		if json.Unmarshal(lines.Bytes(), &line) != nil || line.At.Time.Before(since) || !line.At.Time.Before(until) || line.aside() {
			continue // the last one may not be whole yet
		}
		switch line.Verb {
		case "get", "list":
			reads[line.String()]++
		case "watch":
			watches[line.String()]++
		default:
			writes[line.String()]++
		}
	}
	return writes, reads, watches, lines.Err()
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
