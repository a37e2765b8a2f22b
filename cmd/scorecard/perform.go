package main

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"runtime/debug"
	"slices"

	"github.com/operator-framework/api/pkg/apis/scorecard/v1alpha3"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// tests by the name that config/scorecard calls them with.
var tests = map[string]func(context.Context, *stage) error{
	"import-existing-pvc":       importExistingPVC,
	"import-refused":            importRefused,
	"deletion-preserves-import": deletionPreservesImport,
}

// connector makes the stage of a test.
type connector func(test string, logs *journal) (*stage, error)

// perform runs a test to a result, whatever happens: without one, the scorecard could only show a parse error.
func perform(ctx context.Context, name string, logs *journal, connect connector) (result v1alpha3.TestResult) {
	result = v1alpha3.TestResult{Name: name, State: v1alpha3.PassState, CreationTimestamp: metav1.Now()}
	defer func() { result.Log = logs.String() }()
	for _, err := range play(ctx, name, logs, connect) {
		if err != nil {
			result.State = v1alpha3.FailState
			result.Errors = append(result.Errors, err.Error())
		}
	}
	return result
}

// play runs a test and cleans up after it, each with its own time.
func play(ctx context.Context, name string, logs *journal, connect connector) []error {
	test, known := tests[name]
	if !known {
		return []error{fmt.Errorf("test: found %q, wanted one of %q", name, slices.Sorted(maps.Keys(tests)))}
	}
	on, err := connect(name, logs)
	if err != nil {
		return []error{err}
	}
	limited, cancel := context.WithTimeoutCause(ctx, timeToTest, errors.New("the test's time is over"))
	defer cancel()
	found := guarded(func() error { return test(limited, on) })
	// A cancelled context must not keep us from cleaning up.
	cleaning, cancelCleaning := context.WithTimeoutCause(context.WithoutCancel(ctx), timeToClean, errors.New("the time to clean up is over"))
	defer cancelCleaning()
	return []error{found, guarded(func() error { return on.clean(cleaning) })}
}

// guarded turns a panic into an error.
func guarded(act func() error) (err error) {
	defer func() {
		if cause := recover(); cause != nil {
			err = fmt.Errorf("panic: %v\n%s", cause, debug.Stack())
		}
	}()
	return act()
}
