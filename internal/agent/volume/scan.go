package volume

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
)

// maxString bounds what is kept of a string in a genesis, in bytes.
const maxString = 256

// topLevelString returns the value of a key of a JSON object. It keeps nothing else in memory, however long a value is, which the standard
// library's decoder does not promise.
func topLevelString(in *bufio.Reader, key string) (string, error) {
	if b, err := next(in); err != nil || b != '{' {
		return "", fmt.Errorf("it does not begin with {: %w", or(err, errors.New("it is no JSON object")))
	}
	for {
		b, err := next(in)
		switch {
		case err != nil:
			return "", fmt.Errorf("it ends before %s", key)
		case b == ',':
		case b == '"':
			name, err := str(in)
			if colon, other := next(in); err != nil || other != nil || colon != ':' {
				return "", errors.New("it is no JSON")
			}
			if name == key {
				return value(in)
			}
			if err := skip(in); err != nil {
				return "", fmt.Errorf("it ends before %s", key)
			}
		default:
			return "", fmt.Errorf("it has no %s", key)
		}
	}
}

func or(err, fallback error) error {
	if err != nil {
		return err
	}
	return fallback
}

// next is the next byte that is no space.
func next(in *bufio.Reader) (byte, error) {
	for {
		b, err := in.ReadByte()
		if err != nil || b != ' ' && b != '\t' && b != '\n' && b != '\r' {
			return b, err
		}
	}
}

func value(in *bufio.Reader) (string, error) {
	if b, err := next(in); err != nil || b != '"' {
		return "", errors.New("its chain_id is no text")
	}
	id, err := str(in)
	if err != nil || id == "" {
		return "", errors.New("its chain_id is no text, or empty")
	}
	return id, nil
}

// str reads to the end of a string, of which it keeps the first maxString bytes; its quote is read already.
func str(in *bufio.Reader) (string, error) {
	raw := []byte{'"'}
	for {
		b, err := in.ReadByte()
		if err != nil {
			return "", io.ErrUnexpectedEOF
		}
		kept := len(raw) < maxString
		if kept {
			raw = append(raw, b)
		}
		switch b {
		case '\\':
			if b, err = in.ReadByte(); err == nil && kept {
				raw = append(raw, b)
			}
		case '"':
			return unquoted(raw, kept)
		}
	}
}

// unquoted is the text of a string that was kept whole, "" for a longer one.
func unquoted(raw []byte, whole bool) (text string, err error) {
	if !whole {
		return "", nil
	}
	err = json.Unmarshal(raw, &text)
	return text, err
}

// skip reads over one value without keeping it.
func skip(in *bufio.Reader) error {
	for depth := 0; ; {
		b, err := in.ReadByte()
		if err != nil {
			return io.ErrUnexpectedEOF
		}
		switch b {
		case '"':
			if _, err := str(in); errors.Is(err, io.ErrUnexpectedEOF) {
				return err
			}
		case '{', '[':
			depth++
		case '}', ']':
			depth--
		}
		if ends, err := in.Peek(1); depth < 0 || depth == 0 && err == nil && (ends[0] == ',' || ends[0] == '}') {
			return nil
		}
	}
}
