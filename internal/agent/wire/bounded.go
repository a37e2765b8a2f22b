package wire

import "encoding/json"

// Bounded is a document as JSON of at most 4096 bytes, the bound of a termination message: Kubernetes would cut it in the middle. For as long as it has more,
// shorter drops what can best be missed.
func Bounded[T any](document T, shorter func(T) T) []byte {
	const limit = 4096
	for {
		text, err := json.Marshal(document)
		if err != nil {
			panic(err) // strings and numbers always marshal
		}
		if len(text) <= limit {
			return text
		}
		document = shorter(document)
	}
}
