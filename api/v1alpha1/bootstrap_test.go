package v1alpha1_test

import (
	"strings"
	"testing"
)

// TestWhereDataMayComeFrom, and that whatever may not is refused by the name of the field, before anything is made.
func TestWhereDataMayComeFrom(t *testing.T) {
	sum := strings.Repeat("0123456789abcdef", 4)
	full := func(archive string) string {
		return "{archive: null, fullNode: {}, bootstrap: {archive: {" + archive + "}}}"
	}
	expectAccepted(t,
		full("url: 'https://example.com/a.tar.lz4'"),
		full("url: 'http://10.0.0.1:8080', sha256: "+sum+", compression: Zstd, wasmURL: 'https://example.com/w', authSecret: {secretName: s}, spool: Never"),
		"{bootstrap: {archive: {url: 'https://example.com/a', acceptFullHistory: true}}}",
		"{archive: null, fullNode: {}, bootstrap: {archive: {url: 'https://example.com/a'}, resources: {limits: {memory: 4Gi}}}}",
	)
	expectRefused(t, map[string]string{
		"{archive: null, fullNode: {}, bootstrap: {}}":                  "spec.bootstrap wants exactly one source",
		full("url: 'ftp://example.com/a'"):                              "spec.bootstrap.archive.url",
		full("url: 'https:///a'"):                                       "spec.bootstrap.archive.url",
		full("url: 'https://example.com/a b'"):                          "spec.bootstrap.archive.url",
		full("sha256: " + sum):                                          "spec.bootstrap.archive.url",
		full("url: 'https://example.com/a', sha256: " + sum[:63]):       "spec.bootstrap.archive.sha256",
		full("url: 'https://example.com/a', sha256: " + sum[:63] + "g"): "spec.bootstrap.archive.sha256",
		full("url: 'https://example.com/a', compression: xz"):           "spec.bootstrap.archive.compression",
		full("url: 'https://example.com/a', spool: maybe"):              "spec.bootstrap.archive.spool",
		full("url: 'https://example.com/a', wasmURL: 'file:///etc'"):    "spec.bootstrap.archive.wasmURL",
		"{archive: null, fullNode: {}, dataVolume: {import: {pvcName: a}}, bootstrap: {archive: {url: 'https://example.com/a'}}}": "spec.bootstrap must not be set beside spec.dataVolume.import",
		"{archive: null, seed: {}, nodeKey: {secretName: s}, bootstrap: {archive: {url: 'https://example.com/a'}}}":               "spec.bootstrap is for full nodes and archives",
		"{archive: null, validator: {}, bootstrap: {archive: {url: 'https://example.com/a'}}}":                                    "spec.bootstrap is for full nodes and archives",
		"{bootstrap: {archive: {url: 'https://example.com/a'}}}":                                                                  "acceptFullHistory: true",
		"{bootstrap: {archive: {url: 'https://example.com/a', acceptFullHistory: false}}}":                                        "acceptFullHistory: true",
	})
}
