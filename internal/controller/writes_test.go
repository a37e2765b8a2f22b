package controller_test

import (
	"encoding/json"
	"math"
	"os"
	"path/filepath"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
)

// writesFile holds, by scenario, how many writes of the operator a node took, events included, when they were last recorded:
// `WRITES_REPORT=testdata/writes.json go test ./internal/controller` records them anew.
var writesFile = filepath.Join("testdata", "writes.json")

// maxWrites is how many writes of the operator a node may take in the busiest scenario.
const maxWrites = 30

// recorded are those of the file, measured those of this run.
var recorded, measured = map[string]float64{}, map[string]float64{}

func readRecordedWrites() {
	data, err := os.ReadFile(writesFile)
	Expect(err).NotTo(HaveOccurred())
	Expect(json.Unmarshal(data, &recorded)).To(Succeed())
}

// Each scenario is held to the number that was recorded, and some: on a busy machine changes come one by one that else come together.
var _ = AfterEach(func() {
	if CurrentSpecReport().Failed() || api == nil {
		return
	}
	name, writes := CurrentSpecReport().FullText(), operatorWrites(namespace)
	nodes := map[string]bool{}
	for _, write := range writes {
		if write.ObjectRef.Resource == "seinodes" {
			nodes[write.ObjectRef.Name] = true
		}
	}
	measured[name] = math.Ceil(float64(len(writes)) / float64(max(len(nodes), 1)))
	if os.Getenv("WRITES_REPORT") != "" {
		return
	}
	Expect(recorded).To(HaveKey(name), "a new scenario: record its writes, see %s", writesFile)
	Expect(measured[name]).To(BeNumerically("<=", min(maxWrites, 4+recorded[name]*5/4)), "something is written again and again: %v", writes)
})

var _ = ReportAfterSuite("writes per node", func(Report) {
	if path := os.Getenv("WRITES_REPORT"); path != "" {
		data, err := json.MarshalIndent(measured, "", "  ")
		Expect(err).NotTo(HaveOccurred())
		Expect(os.WriteFile(path, append(data, '\n'), 0o600)).To(Succeed())
	}
})
