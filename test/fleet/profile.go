package main

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
)

// save writes one of the manager's profiles (net/http/pprof) to a file.
func (m *manager) save(ctx context.Context, path, file string) error {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+profileAddress+"/debug/pprof/"+path, http.NoBody)
	if err != nil {
		return err
	}
	response, err := http.DefaultClient.Do(request) // without a timeout: some profiles take the time that is looked at
	if err != nil {
		return err
	}
	defer func() { _ = response.Body.Close() }()
	text, err := io.ReadAll(response.Body)
	if err != nil || response.StatusCode != http.StatusOK {
		return fmt.Errorf("profile %s: %s: %w", path, response.Status, err)
	}
	return os.WriteFile(file, text, 0o600)
}
