// Command scorecard judges what `operator-sdk scorecard --output json` wrote: every test of the bundle's configuration has to pass,
// without a suggestion and without an error. It prints a line for each test and fails otherwise.
//
//	scorecard CONFIGURATION RESULT
package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"sigs.k8s.io/yaml"
)

func main() {
	if len(os.Args) != 3 {
		fmt.Fprintln(os.Stderr, "usage: scorecard CONFIGURATION RESULT")
		os.Exit(2)
	}
	if err := run(os.Args[1], os.Args[2], os.Stdout); err != nil {
		fmt.Fprintf(os.Stderr, "the scorecard: %v; see %s\n", err, os.Args[2])
		os.Exit(1)
	}
}

// configuration is what counts of a scorecard's configuration.
type configuration struct {
	Stages []struct {
		Tests []struct {
			Entrypoint []string `json:"entrypoint"`
		} `json:"tests"`
	} `json:"stages"`
}

// report is what counts of a scorecard's result; a test says what it found in one result or several.
type report struct {
	Items []struct {
		Spec struct {
			Entrypoint []string `json:"entrypoint"`
		} `json:"spec"`
		Status struct {
			Results []result `json:"results"`
		} `json:"status"`
	} `json:"items"`
}

type result struct {
	Name        string   `json:"name"`
	State       string   `json:"state"`
	Errors      []string `json:"errors"`
	Suggestions []string `json:"suggestions"`
}

func run(configured, reported string, out io.Writer) error {
	var wanted configuration
	var found report
	text, err := os.ReadFile(configured)
	if err != nil {
		return err
	}
	if err := yaml.Unmarshal(text, &wanted); err != nil {
		return fmt.Errorf("%s: %w", configured, err)
	}
	if text, err = os.ReadFile(reported); err != nil {
		return err
	}
	if err := json.Unmarshal(text, &found); err != nil {
		return fmt.Errorf("%s is no result: %w", reported, err)
	}
	return judge(wanted, found, out)
}

func judge(wanted configuration, found report, out io.Writer) error {
	passed, failures := map[string]bool{}, []error(nil)
	for _, item := range found.Items {
		for _, r := range item.Status.Results {
			_, _ = fmt.Fprintf(out, "%s\t%s\n", r.State, r.Name)
			if r.State != "pass" || len(r.Errors)+len(r.Suggestions) > 0 {
				failures = append(failures, fmt.Errorf("test %q: found state %q, errors %q and suggestions %q, wanted a pass and neither", r.Name, r.State, r.Errors, r.Suggestions))
				continue
			}
			passed[strings.Join(item.Spec.Entrypoint, " ")] = true
		}
	}
	for _, stage := range wanted.Stages {
		for _, test := range stage.Tests {
			if name := strings.Join(test.Entrypoint, " "); !passed[name] {
				failures = append(failures, fmt.Errorf("test %q: found no pass", name))
			}
		}
	}
	if len(passed) == 0 {
		failures = append(failures, errors.New("found no passes at all"))
	}
	return errors.Join(failures...)
}
