package controller_test

import (
	"time"

	. "github.com/onsi/gomega"

	"github.com/seinode/seinode-operator/internal/fixture"
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

// foreign are the claims that are not the operator's: no write on one may be found in the end.
var foreign fixture.Witness

func witness(claim string) { foreign.Protect(namespace, claim, time.Time{}) }

// forgetWitness is for a claim that the user deleted: the next one of its name may be the operator's.
func forgetWitness(claim string) {
	Expect(operatorWrites(namespace)).NotTo(ContainElement(HaveField("ObjectRef.Name", claim)))
	foreign.Release(namespace, claim)
}

// operatorWrites returns what the operator has written in a namespace so far, everywhere for "".
func operatorWrites(namespace string) []fixture.Write {
	audit := fixture.Audit{Log: api.auditLog, IsCaller: func(user string) bool { return user == operatorUser }}
	writes, err := audit.Writes(time.Time{})
	ExpectWithOffset(1, err).NotTo(HaveOccurred())
	return fixture.In(namespace, writes)
}

// expectNoHarm reads the whole suite's log.
func expectNoHarm() {
	if foreign.Claims() == 0 {
		return // a run of few specs, none of which has a claim to harm
	}
	writes := operatorWrites("")
	Expect(writes).NotTo(BeEmpty(), "the audit log does not show what the operator does: the witness is blind")
	Expect(foreign.Harm(writes)).To(BeEmpty())
}
