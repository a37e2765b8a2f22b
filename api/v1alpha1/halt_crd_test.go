package v1alpha1_test

import "testing"

// TestABlockToStopAt: which may be named, for whom, and beside what.
func TestABlockToStopAt(t *testing.T) {
	expectAccepted(t,
		"{haltHeight: 1}",
		"{archive: null, validator: {}, haltHeight: 9007199254740991, overrides: {p2p.max-connections: '5'}}",
		"{overrides: {halt-height: '0', halt-time: '1700000000'}}",
	)
	expectRefused(t, map[string]string{
		"{haltHeight: 0}":   "spec.haltHeight",
		"{haltHeight: -5}":  "spec.haltHeight",
		"{haltHeight: '5'}": "spec.haltHeight",
		"{archive: null, seed: {}, nodeKey: {secretName: node}, haltHeight: 5}": "spec.haltHeight is not for a seed",
		"{overrides: {halt-height: '5'}}":                                       "use spec.haltHeight",
		"{overrides: {halt_height: '5'}}":                                       "use spec.haltHeight",
		"{haltHeight: 5, overrides: {halt-height: '0'}}":                        "beside spec.haltHeight",
		"{haltHeight: 5, overrides: {halt.time: '0'}}":                          "beside spec.haltHeight",
	})
}
