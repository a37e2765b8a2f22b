// Package rpc asks the RPC of a seid, ours or another's, and reads its answers: with or without the JSON-RPC envelope, numbers as text or as numbers.
package rpc

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
)

// Integer parses what seid writes as a string, and what other versions write as a number.
type Integer int64

// UnmarshalJSON takes "12" and 12, and takes an empty string for 0.
func (i *Integer) UnmarshalJSON(data []byte) error {
	text := strings.Trim(string(data), `"`)
	if text == "" || text == "null" {
		return nil
	}
	value, err := strconv.ParseInt(text, 10, 64)
	*i = Integer(value)
	return err
}

// Get asks a URL and decodes its answer, of at most so many bytes: a GET to seid answers without the JSON-RPC envelope, to other versions with it.
func Get(ctx context.Context, client *http.Client, url string, limit int64, answer any) error {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, http.NoBody)
	if err != nil {
		return err
	}
	response, err := client.Do(request)
	if err != nil {
		return err
	}
	defer func() { _ = response.Body.Close() }()
	if response.StatusCode != http.StatusOK {
		return fmt.Errorf("%s answers %s", url, response.Status)
	}
	body, err := io.ReadAll(io.LimitReader(response.Body, limit))
	if err != nil {
		return err
	}
	return unwrap(body, answer)
}

func unwrap(body []byte, answer any) error {
	var envelope struct {
		Result json.RawMessage `json:"result"`
	}
	if err := json.Unmarshal(body, &envelope); err != nil {
		return err
	}
	if len(envelope.Result) > 0 {
		body = envelope.Result
	}
	return json.Unmarshal(body, answer)
}
