// Command scorecard judges a result of `operator-sdk scorecard --output json`: every test of the bundle's configuration has to have
// passed, without an error or a suggestion. It prints a line a test.
//
//	scorecard CONFIG RESULT
package main

import (
	"fmt"
	"os"

	"sigs.k8s.io/yaml"
)

// configuration is what is read of the bundle's tests/scorecard/config.yaml.
type configuration struct {
	Stages []struct {
		Tests []struct {
			Image string `json:"image"`
		} `json:"tests"`
	} `json:"stages"`
}

// outcome is what is read of a result.
type outcome struct {
	Items []struct {
		Status struct {
			Results []struct {
				Name        string   `json:"name"`
				State       string   `json:"state"`
				Errors      []string `json:"errors"`
				Suggestions []string `json:"suggestions"`
			} `json:"results"`
		} `json:"status"`
	} `json:"items"`
}

func main() {
	if len(os.Args) != 3 {
		fmt.Fprintln(os.Stderr, "usage: scorecard CONFIG RESULT")
		os.Exit(2)
	}
	if err := run(os.Args[1], os.Args[2]); err != nil {
		fmt.Fprintln(os.Stderr, "the scorecard: "+err.Error())
		os.Exit(1)
	}
}

func run(config, result string) error {
	var wanted configuration
	var found outcome
	if err := load(config, &wanted); err != nil {
		return err
	}
	if err := load(result, &found); err != nil {
		return err
	}
	lines, err := judge(wanted, found)
	for _, line := range lines {
		fmt.Println(line)
	}
	return err
}

func load(path string, into any) error {
	data, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	if err := yaml.Unmarshal(data, into); err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	return nil
}

// judge returns a line a test, and an error unless as many passed as the configuration has, and nothing was said against any.
func judge(wanted configuration, found outcome) ([]string, error) {
	var lines []string
	tests, passed, flaws := 0, 0, 0
	for _, stage := range wanted.Stages {
		tests += len(stage.Tests)
	}
	for _, item := range found.Items {
		for _, one := range item.Status.Results {
			lines = append(lines, fmt.Sprintf("%s\t%s", one.Name, one.State))
			flaws += len(one.Errors) + len(one.Suggestions)
			if one.State == "pass" {
				passed++
			}
		}
	}
	if passed != tests || flaws > 0 || tests == 0 {
		return lines, fmt.Errorf("%d of %d tests passed, %d errors and suggestions", passed, tests, flaws)
	}
	return lines, nil
}
