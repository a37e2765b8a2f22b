// Package redact takes out of texts and objects what nobody but their owner is to see: keys, tokens, passwords, and what users wrote where one may be. It is pure,
// and rather takes too much: what is lost can be asked for, what was sent cannot be taken back.
package redact

import "regexp"

// Gone stands where something was.
const Gone = "<redacted>"

// rule is a shape that a secret has in a text, and what stays of it.
type rule struct {
	shape *regexp.Regexp
	stays string
}

// named are the words for a secret, within a name of a setting, a flag or a field.
const named = `[\w.-]*(?:passw(?:or)?d|passphrase|secret|token|credential|priv(?:ate)?[_-]?key|priv_validator_key|api[_-]?key|access[_-]?key|signing[_-]?key)[\w.-]*`

// rules are applied one after the other. Quotes may be escaped, as in JSON within JSON, and a value may be cut off, since what is shown of a log is.
var rules = []rule{
	{regexp.MustCompile(`(?s)-----BEGIN [A-Z0-9 ]*PRIVATE KEY-----.*?(?:-----END [A-Z0-9 ]*PRIVATE KEY-----|$)`), Gone},
	{regexp.MustCompile(`([a-zA-Z][a-zA-Z0-9+.-]*://)[^\s"'<>]*@`), "${1}" + Gone + "@"},
	{regexp.MustCompile(`([?&][^=&\s"'#<>]+=)[^&\s"'#<>\\]+`), "${1}" + Gone},
	{regexp.MustCompile(`(?i)(authorization\\*["']?\s*[:=]\s*\\*["'\[]?)[^"'\r\n\]]+`), "${1}" + Gone},
	{regexp.MustCompile(`(?i)(\bbearer\s+)[A-Za-z0-9._~+/=-]{8,}`), "${1}" + Gone},
	{regexp.MustCompile(`(?i)(mnemonic[\w.-]*)[^\r\n]*`), "${1} " + Gone},
	{regexp.MustCompile(`(?i)(` + named + `\\*["']?(?::|\s*=)\s*)(?:map\[[^\]]{0,900}\]?|[{\[][^}\]]{0,900}[}\]]?|\\*"(?:[^"\\]|\\.)*\\*"?|'[^']*'?|[^\s,;&}\]]+)`), "${1}" + Gone},
	{regexp.MustCompile(`(?i)((?:^|[\s"'])--?` + named + `\s+)[^\s-][^\s]*`), "${1}" + Gone},
	{regexp.MustCompile(`\beyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]*)?`), Gone},
	{regexp.MustCompile(`\b(?:AKIA|ASIA)[A-Z0-9]{16}\b`), Gone},
	{regexp.MustCompile(`\b(?:gh[pousr]|github_pat|glpat|xox[abprs])[_-][A-Za-z0-9_-]{16,}`), Gone},
	{regexp.MustCompile(`[A-Za-z0-9+/]{80,}={0,2}`), Gone}, // an ed25519 key is 88 characters of base64, a block's hash 64 digits
}

// Text is a text without what looks like a key, a token, a password, or a URL with one.
func Text(text string) string {
	for _, r := range rules {
		text = r.shape.ReplaceAllString(text, r.stays)
	}
	return text
}
