//go:build e2e

package e2e

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// isOperator knows the operator's identity, in whichever namespace it was installed.
func isOperator(user string) bool {
	return strings.HasPrefix(user, "system:serviceaccount:") && strings.HasSuffix(user, ":"+operatorName)
}

// auditEvent is what a line of the audit log says of one write. The policy leaves reads out.
type auditEvent struct {
	Verb string `json:"verb"`
	User struct {
		Username string `json:"username"`
	} `json:"user"`
	ObjectRef struct {
		Resource    string `json:"resource"`
		Namespace   string `json:"namespace"`
		Name        string `json:"name"`
		Subresource string `json:"subresource"`
	} `json:"objectRef"`
	ResponseStatus struct {
		Code int `json:"code"`
	} `json:"responseStatus"`
	ReceivedAt metav1.MicroTime `json:"requestReceivedTimestamp"`
}

func (e auditEvent) String() string {
	ref := e.ObjectRef
	return fmt.Sprintf("%s %s %s/%s %s -> %d", e.Verb, ref.Resource, ref.Namespace, ref.Name, ref.Subresource, e.ResponseStatus.Code)
}

var (
	began   = time.Now()
	imports = map[string]time.Time{} // by namespace/name: since when a claim is not the operator's to write
)

// witness registers an imported claim: no write on it from now on may be found in the end.
func witness(claim string) { imports[namespace+"/"+claim] = time.Now() }

// operatorWrites returns what the operator wrote since then, leases excepted: a leader renews its lease.
func operatorWrites(since time.Time) []auditEvent {
	file, err := os.Open(os.Getenv("AUDIT_LOG"))
	Expect(err).NotTo(HaveOccurred())
	defer func() { _ = file.Close() }()
	var writes []auditEvent
	lines := bufio.NewScanner(file)
	lines.Buffer(nil, 16<<20)
	for lines.Scan() {
		var event auditEvent
		Expect(json.Unmarshal(lines.Bytes(), &event)).To(Succeed())
		byOperator := isOperator(event.User.Username) && event.ReceivedAt.After(since)
		if byOperator && event.ObjectRef.Resource != "leases" && !isReview(event) {
			writes = append(writes, event)
		}
	}
	Expect(lines.Err()).NotTo(HaveOccurred())
	return writes
}

// isReview finds the questions that look like writes: may this caller read the metrics?
func isReview(event auditEvent) bool {
	return event.ObjectRef.Resource == "tokenreviews" || event.ObjectRef.Resource == "subjectaccessreviews"
}

// expectNoHarm reads the whole suite's log: the operator tried no write on any volume nor on any imported claim.
func expectNoHarm() {
	writes := operatorWrites(began)
	var harm []string
	seen := map[string]int{}
	for _, event := range writes {
		ref := event.ObjectRef
		seen[event.Verb+" "+ref.Resource]++
		since, imported := imports[ref.Namespace+"/"+ref.Name]
		onImport := ref.Resource == "persistentvolumeclaims" && imported && event.ReceivedAt.After(since)
		if ref.Resource == "persistentvolumes" || onImport {
			harm = append(harm, event.String())
		}
	}
	Expect(seen["patch seinodes"]).To(BeNumerically(">", 0), "the audit log does not show what the operator does: the witness is blind")
	Expect(imports).NotTo(BeEmpty())
	Expect(harm).To(BeEmpty(), "the operator wrote to a volume or to an imported claim")
	AddReportEntry("the audit log", fmt.Sprintf("%d writes by the operator, none on any volume nor on the %d imported claims: %v",
		len(writes), len(imports), seen), ReportEntryVisibilityAlways)
}

// expectAtRest says that the operator writes nothing for as long.
func expectAtRest(ctx context.Context, duration time.Duration) {
	since := time.Now()
	Consistently(ctx, func() []auditEvent { return operatorWrites(since) }, duration, "2s").Should(BeEmpty())
}
