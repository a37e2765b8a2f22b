//go:build e2e

package e2e

import (
	"context"
	"fmt"
	"os"
	"strings"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/seinode/seinode-operator/internal/fixture"
)

// isOperator knows the operator's identity, in whichever namespace it was installed.
func isOperator(user string) bool {
	return strings.HasPrefix(user, "system:serviceaccount:") && strings.HasSuffix(user, ":"+operatorName)
}

// importEntry is the report's entry of each imported claim, of whichever process.
const importEntry = "imported claim"

var (
	began = time.Now()
	// imports are the claims that this process's specs let nodes adopt.
	imports fixture.Witness
)

// witness registers an imported claim: no write on it from now on may be found in the end.
func witness(claim string) {
	imports.Protect(namespace, claim, time.Now())
	AddReportEntry(importEntry, claim, ReportEntryVisibilityNever)
}

// operatorWrites returns what the operator wrote since then, in all namespaces.
func operatorWrites(since time.Time) []fixture.Write {
	writes, err := fixture.Audit{Log: os.Getenv("AUDIT_LOG"), IsCaller: isOperator}.Writes(since)
	ExpectWithOffset(1, err).NotTo(HaveOccurred())
	return writes
}

// expectNoHarm reads the whole suite's log: the operator tried no write on any volume nor on any claim that this process's specs let
// it adopt.
func expectNoHarm() {
	writes := operatorWrites(began)
	Expect(imports.Harm(writes)).To(BeEmpty(), "the operator wrote to a volume or to an imported claim")
	GinkgoWriter.Printf("process %d: none of the operator's writes is on any volume nor on the %d imported claims\n", GinkgoParallelProcess(), imports.Claims())
}

// expectSight says that the log shows what the operator does at all, and how much it was.
func expectSight() {
	seen := map[string]int{}
	for _, write := range operatorWrites(began) {
		seen[write.Verb+" "+write.ObjectRef.Resource]++
	}
	Expect(seen["patch seinodes"]).To(BeNumerically(">", 0), "the audit log does not show what the operator does: the witness is blind")
	AddReportEntry("the audit log", fmt.Sprintf("the operator's writes: %v", seen), ReportEntryVisibilityAlways)
}

// A run without an import would witness nothing.
var _ = ReportAfterSuite("the imports", func(report Report) {
	claims := 0
	for _, spec := range report.SpecReports {
		for _, entry := range spec.ReportEntries {
			if entry.Name == importEntry {
				claims++
			}
		}
	}
	Expect(claims).To(BeNumerically(">", 0), "no spec had a node adopt a claim")
})

// expectAtRest says that the operator writes nothing in the spec's namespace for as long.
func expectAtRest(ctx context.Context, duration time.Duration) {
	since := time.Now()
	Consistently(ctx, func() []fixture.Write { return fixture.In(namespace, operatorWrites(since)) }, duration, "2s").Should(BeEmpty())
}
