package v1alpha1_test

import "testing"

func TestWhoMayAskAValidator(t *testing.T) {
	expectAccepted(t, "{archive: null, validator: {rpcAccess: Cluster}}", "{archive: null, validator: {rpcAccess: Pod}}")
	expectRefused(t, map[string]string{
		"{archive: null, validator: {rpcAccess: Everywhere}}": `spec.validator.rpcAccess: Unsupported value: "Everywhere": supported values: "Pod", "Cluster"`,
	})
}
