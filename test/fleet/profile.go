package main

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"

	"k8s.io/apimachinery/pkg/util/wait"
	"k8s.io/client-go/rest"
)

const (
	// burstProfile is how long the API server is looked at in a burst, in seconds.
	burstProfile = 20
	// startProfile is how long the manager is looked at when it starts, in seconds.
	startProfile = 15
)

// profiles writes what the manager's memory is taken by, and then its processor, if that is asked for: it costs a little itself.
func (c *course) profiles(ctx context.Context) error {
	if !c.profile {
		return nil
	}
	for file, path := range map[string]string{"heap.pprof": "heap?gc=1", "processor.pprof": "profile?seconds=60"} {
		if err := save(ctx, http.DefaultClient, "http://"+profileAddress+"/debug/pprof/"+path, c.file(file)); err != nil {
			return err
		}
	}
	return nil
}

// profileServer writes what the API server's processor time is taken by in the next seconds, if that is asked for. What comes of it is sent.
func (c *course) profileServer(ctx context.Context) <-chan error {
	return c.beside(func() error {
		admin, err := rest.HTTPClientFor(c.config)
		if err != nil {
			return err
		}
		return save(ctx, admin, fmt.Sprintf("%s/debug/pprof/profile?seconds=%d", strings.TrimSuffix(c.config.Host, "/"), burstProfile), c.file("kube-apiserver.pprof"))
	})
}

// profileStart writes what the processor time of the manager that starts next is taken by in its first seconds, if that is asked for. What comes of it is sent.
func (c *course) profileStart(ctx context.Context) <-chan error {
	old := c.manager
	return c.beside(func() error {
		<-old.ended
		return wait.PollUntilContextTimeout(ctx, soon, patience, true, func(ctx context.Context) (bool, error) {
			return save(ctx, http.DefaultClient, fmt.Sprintf("http://%s/debug/pprof/profile?seconds=%d", profileAddress, startProfile), c.file("start.pprof")) == nil, nil
		})
	})
}

// beside has a profile written while something else goes on, if profiles are asked for.
func (c *course) beside(write func() error) <-chan error {
	done := make(chan error, 1)
	if !c.profile {
		close(done)
		return done
	}
	go func() { done <- write() }()
	return done
}

// save writes a profile (net/http/pprof) to a file.
func save(ctx context.Context, client *http.Client, address, file string) error {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, address, http.NoBody)
	if err != nil {
		return err
	}
	response, err := client.Do(request) // without a timeout: some profiles take the time that is looked at
	if err != nil {
		return err
	}
	defer func() { _ = response.Body.Close() }()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		return err
	}
	if response.StatusCode != http.StatusOK {
		return fmt.Errorf("profile of %s: %s", address, response.Status)
	}
	return os.WriteFile(file, text, 0o600)
}
