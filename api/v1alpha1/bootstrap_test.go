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
	validating := func(key, more string) string {
		return "{archive: null, validator: {" + key + "}, " + more + "bootstrap: {archive: {url: 'https://example.com/a'}}}"
	}
	expectAccepted(t,
		full("url: 'https://example.com/a.tar.lz4'"),
		full("url: 'http://10.0.0.1:8080', sha256: "+sum+", compression: Zstd, wasmURL: 'https://example.com/w', authSecret: {secretName: s}, spool: Never"),
		"{bootstrap: {archive: {url: 'https://example.com/a', acceptFullHistory: true}}}",
		"{archive: null, fullNode: {}, bootstrap: {archive: {url: 'https://example.com/a'}, resources: {limits: {memory: 4Gi}}}}",
		"{archive: null, fullNode: {}, bootstrap: {volumeSnapshot: {name: yesterday.at-noon}}}",
		"{archive: null, fullNode: {}, bootstrap: {claim: {name: data-other}}}",
		"{bootstrap: {volumeSnapshot: {name: yesterday}}}",
		"{bootstrap: {claim: {name: data-other}}}",
		validating("signingKey: {secretName: s}, signState: Fresh", ""),
		validating("", "overrides: {priv-validator.laddr: 'tcp://signer:1234'}, "),
		"{archive: null, fullNode: {}, bootstrap: {archive: {url: 'https://example.com/a'}, witnesses: ['https://a:443', 'https://b:443']}}",
	)
	expectRefused(t, map[string]string{
		"{archive: null, fullNode: {}, bootstrap: {}}":                                                                                     "spec.bootstrap wants exactly one source",
		"{archive: null, fullNode: {}, bootstrap: {volumeSnapshot: {name: a}, claim: {name: b}}}":                                          "spec.bootstrap wants exactly one source",
		"{archive: null, fullNode: {}, bootstrap: {claim: {name: b}, archive: {url: 'https://example.com/a'}}}":                            "spec.bootstrap wants exactly one source",
		"{archive: null, fullNode: {}, bootstrap: {volumeSnapshot: {}}}":                                                                   "spec.bootstrap.volumeSnapshot.name",
		"{archive: null, fullNode: {}, bootstrap: {volumeSnapshot: {name: A}}}":                                                            "spec.bootstrap.volumeSnapshot.name",
		"{archive: null, fullNode: {}, bootstrap: {claim: {name: other/data}}}":                                                            "spec.bootstrap.claim.name",
		"{archive: null, fullNode: {}, dataVolume: {import: {pvcName: a}}, bootstrap: {claim: {name: b}}}":                                 "spec.bootstrap must not be set beside spec.dataVolume.import",
		"{archive: null, fullNode: {}, dataVolume: {import: {pvcName: a}}, bootstrap: {volumeSnapshot: {name: b}}}":                        "spec.bootstrap must not be set beside spec.dataVolume.import",
		"{archive: null, validator: {}, bootstrap: {volumeSnapshot: {name: b}}}":                                                           "docs/how-to/going-back.md",
		"{archive: null, validator: {signingKey: {secretName: s}}, bootstrap: {claim: {name: b}}}":                                         "docs/how-to/going-back.md",
		"{archive: null, seed: {}, nodeKey: {secretName: s}, bootstrap: {claim: {name: b}}}":                                               "spec.bootstrap is not for a seed",
		full("url: 'ftp://example.com/a'"):                                                                                                 "spec.bootstrap.archive.url",
		full("url: 'https:///a'"):                                                                                                          "spec.bootstrap.archive.url",
		full("url: 'https://example.com/a b'"):                                                                                             "spec.bootstrap.archive.url",
		full("sha256: " + sum):                                                                                                             "spec.bootstrap.archive.url",
		full("url: 'https://example.com/a', sha256: " + sum[:63]):                                                                          "spec.bootstrap.archive.sha256",
		full("url: 'https://example.com/a', sha256: " + sum[:63] + "g"):                                                                    "spec.bootstrap.archive.sha256",
		full("url: 'https://example.com/a', compression: xz"):                                                                              "spec.bootstrap.archive.compression",
		full("url: 'https://example.com/a', spool: maybe"):                                                                                 "spec.bootstrap.archive.spool",
		full("url: 'https://example.com/a', wasmURL: 'file:///etc'"):                                                                       "spec.bootstrap.archive.wasmURL",
		"{archive: null, fullNode: {}, dataVolume: {import: {pvcName: a}}, bootstrap: {archive: {url: 'https://example.com/a'}}}":          "spec.bootstrap must not be set beside spec.dataVolume.import",
		"{archive: null, seed: {}, nodeKey: {secretName: s}, bootstrap: {archive: {url: 'https://example.com/a'}}}":                        "spec.bootstrap is not for a seed",
		"{archive: null, fullNode: {}, bootstrap: {archive: {url: 'https://example.com/a'}, witnesses: ['https://a:443']}}":                "spec.bootstrap.witnesses",
		"{archive: null, fullNode: {}, bootstrap: {archive: {url: 'https://example.com/a'}, witnesses: ['https://a:443', 'http://a:80']}}": "spec.bootstrap.witnesses names one host twice",
		"{archive: null, fullNode: {}, bootstrap: {archive: {url: 'https://example.com/a'}, witnesses: ['https://a:443', 'ftp://b:21']}}":  "spec.bootstrap.witnesses are addresses",
		"{archive: null, fullNode: {}, bootstrap: {claim: {name: b}, witnesses: ['https://a:443', 'https://b:443']}}":                      "spec.bootstrap.witnesses is for spec.bootstrap.archive",
		validating("", ""): "a key that never signed",
		validating("signingKey: {secretName: s}", ""):                                      "a key that never signed",
		validating("signState: Fresh", ""):                                                 "a key that never signed",
		"{bootstrap: {archive: {url: 'https://example.com/a'}}}":                           "acceptFullHistory: true",
		"{bootstrap: {archive: {url: 'https://example.com/a', acceptFullHistory: false}}}": "acceptFullHistory: true",
	})
}

// TestByWhomStateIsTrusted: two hosts at least, none of them twice, and of full nodes alone.
func TestByWhomStateIsTrusted(t *testing.T) {
	sum := strings.Repeat("0123456789abcdef", 4)
	with := func(more string, servers ...string) string {
		return "{archive: null, fullNode: {}, bootstrap: {stateSync: {rpcServers: ['" + strings.Join(servers, "', '") + "']" + more + "}}}"
	}
	a, b := "https://rpc.example.com:443", "http://10.0.0.1:26657"
	expectAccepted(t,
		with("", a, b),
		with("", "http://a.sei.svc:26657", "http://b.sei.svc:26657", "https://[fd00::1]:443", "https://[fd00::2]:443"),
		"{archive: null, fullNode: {}, bootstrap: {stateSync: {witnessNodes: {matchLabels: {chain: pacific}}, trustHeightOffset: 2000}}}",
		with(", trustHeightOffset: 2000, trustPeriod: 24h, trust: {height: 7, hash: "+sum+"}", a, b),
		with(", snapshot: {url: 'https://example.com/5.tar.gz'}", a, b),
		with(", snapshot: {url: 'http://example.com/5', sha256: "+sum+", compression: Gzip, authSecret: {secretName: mirror}, spool: Always}", a, b),
	)
	expectRefused(t, map[string]string{
		with("", a, a): "spec.bootstrap.stateSync.rpcServers",
		with("", a, b, "http://rpc.example.com:26657"):              "names one host twice",
		with("", a, "https://10.0.0.1:1", b):                        "names one host twice",
		with("", a):                                                 "spec.bootstrap.stateSync.rpcServers",
		"{archive: null, fullNode: {}, bootstrap: {stateSync: {}}}": "exactly one of rpcServers and witnessNodes",
		with(", witnessNodes: {matchLabels: {a: b}}", a, b):         "exactly one of rpcServers and witnessNodes",
		"{archive: null, fullNode: {}, bootstrap: {stateSync: {witnessNodes: {matchLabels: {}}}}}":                       "spec.bootstrap.stateSync.witnessNodes",
		with("", a, "ftp://rpc.example.org:21"):                                                                          "addresses with http or https",
		with("", a, "https://rpc.example.org"):                                                                           "a port and no path",
		with("", a, "https://rpc.example.org:443/sei"):                                                                   "a port and no path",
		with("", a, "https://RPC.example.org:443"):                                                                       "a host in lower case",
		with("", a, "https://me:secret@example.org:443"):                                                                 "addresses with http or https",
		with("", a, "https://rpc.example.com.:443"):                                                                      "addresses with http or https",
		with("", a, "https://:443"):                                                                                      "addresses with http or https",
		with(", trustHeightOffset: 999", a, b):                                                                           "spec.bootstrap.stateSync.trustHeightOffset",
		with(", trustHeightOffset: 90001", a, b):                                                                         "spec.bootstrap.stateSync.trustHeightOffset",
		with(", trustPeriod: 7d", a, b):                                                                                  "spec.bootstrap.stateSync.trustPeriod",
		with(", trust: {height: 7}", a, b):                                                                               "spec.bootstrap.stateSync.trust.hash",
		with(", trust: {height: 0, hash: "+sum+"}", a, b):                                                                "spec.bootstrap.stateSync.trust.height",
		with(", trust: {height: 7, hash: "+sum[1:]+"}", a, b):                                                            "spec.bootstrap.stateSync.trust.hash",
		strings.Replace(with("", a, b), "stateSync", "archive: {url: 'https://example.com/a'}, stateSync", 1):            "exactly one source: archive, stateSync, volumeSnapshot or claim",
		strings.Replace(with("", a, b), "bootstrap", "overrides: {statesync.trust-period: 1h}, bootstrap", 1):            "must not set statesync.* beside spec.bootstrap.stateSync",
		strings.Replace(with("", a, b), "bootstrap", "overrides: {statesync_enable: 'true'}, bootstrap", 1):              "must not set statesync.* beside spec.bootstrap.stateSync",
		strings.Replace(with("", a, b), "bootstrap", "dataVolume: {import: {pvcName: a}}, bootstrap", 1):                 "beside spec.dataVolume.import",
		strings.Replace(with("", a, b), "fullNode: {}", "validator: {signingKey: {secretName: s}, signState: Fresh}", 1): "spec.bootstrap of a validator wants spec.bootstrap.archive",
		strings.Replace(with("", a, b), "archive: null, fullNode: {}, ", "", 1):                                          "acceptFullHistory: true",
		with(", snapshot: {}", a, b):                                                                                     "spec.bootstrap.stateSync.snapshot.url",
		with(", snapshot: {url: 'ftp://example.com/a'}", a, b):                                                           "spec.bootstrap.stateSync.snapshot.url",
		with(", snapshot: {url: 'http://x/a', sha256: ab}", a, b):                                                        "spec.bootstrap.stateSync.snapshot.sha256",
		with(", snapshot: {url: 'http://x/a', spool: Often}", a, b):                                                      "spec.bootstrap.stateSync.snapshot.spool",
		with(", snapshot: {url: 'http://x/a', compression: Xz}", a, b):                                                   "spec.bootstrap.stateSync.snapshot.compression",
	})
}
