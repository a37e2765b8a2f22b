package controller_test

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"sync"

	. "github.com/onsi/gomega"
)

// auditPolicy records every write, with who made it.
const auditPolicy = `
apiVersion: audit.k8s.io/v1
kind: Policy
omitStages: [RequestReceived]
rules:
- level: None
  verbs: [get, list, watch]
- level: Metadata
`

// write is one line of the audit log.
type write struct {
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
}

func (w write) String() string {
	ref := w.ObjectRef
	return fmt.Sprintf("%s %s %s/%s %s -> %d", w.Verb, ref.Resource, ref.Namespace, ref.Name, ref.Subresource, w.ResponseStatus.Code)
}

var (
	foreignMu sync.Mutex
	foreign   = map[string]bool{} // namespace/name of the claims that the operator must not write to
)

// witness registers a claim that is not the operator's: no write on it may be found in the end.
func witness(claim string) {
	foreignMu.Lock()
	defer foreignMu.Unlock()
	foreign[namespace+"/"+claim] = true
}

// forgetWitness is for a claim that the user deleted: the next one of its name may be the operator's.
func forgetWitness(claim string) {
	foreignMu.Lock()
	defer foreignMu.Unlock()
	Expect(operatorWrites(namespace)).NotTo(ContainElement(HaveField("ObjectRef.Name", claim)))
	delete(foreign, namespace+"/"+claim)
}

// operatorWrites returns what the operator has written in a namespace so far, everywhere for "".
func operatorWrites(namespace string) []write {
	file, err := os.Open(api.auditLog)
	Expect(err).NotTo(HaveOccurred())
	defer func() { _ = file.Close() }()
	var writes []write
	lines := bufio.NewScanner(file)
	lines.Buffer(nil, 16<<20)
	for lines.Scan() {
		var line write
		if json.Unmarshal(lines.Bytes(), &line) != nil {
			continue // the last line, half written
		}
		if line.User.Username == operatorUser && (namespace == "" || line.ObjectRef.Namespace == namespace) {
			writes = append(writes, line)
		}
	}
	Expect(lines.Err()).NotTo(HaveOccurred())
	return writes
}

// expectNoHarm reads the whole suite's log: no write on any volume, and none on a claim that is not the operator's.
func expectNoHarm() {
	writes := operatorWrites("")
	if len(foreign) == 0 {
		return // a run of few specs, none of which has a claim to harm
	}
	Expect(writes).NotTo(BeEmpty(), "the audit log does not show what the operator does: the witness is blind")
	var harm []string
	for _, line := range writes {
		ref := line.ObjectRef
		if ref.Resource == "persistentvolumes" || (ref.Resource == "persistentvolumeclaims" && foreign[ref.Namespace+"/"+ref.Name]) {
			harm = append(harm, line.String())
		}
	}
	Expect(harm).To(BeEmpty())
}
