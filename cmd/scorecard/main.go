// Command scorecard holds the operator's own scorecard tests. Beside the stock ones, which look at the bundle, these look at what
// the installed operator does with a claim that exists already.
//
//	scorecard TEST     in a pod of $SCORECARD_NAMESPACE, under a ServiceAccount with the rights of config/scorecard/rbac.yaml
//
// No container ever runs and nothing is ever mounted, so the tests need neither a machine with room nor a provisioner.
package main

import (
	"context"
	"encoding/json"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"github.com/operator-framework/api/pkg/apis/scorecard/v1alpha3"
)

// Both fit into a scorecard's --wait-time=300s, with room for the pod to start.
const (
	timeToTest  = 200 * time.Second
	timeToClean = 60 * time.Second
)

func main() {
	// The scorecard deletes our pod when its own time is over; what we made is then still to be deleted.
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	logs := &journal{}
	logs.takeAll()
	result := perform(ctx, strings.Join(os.Args[1:], " "), logs, inCluster)
	status := v1alpha3.TestStatus{Results: []v1alpha3.TestResult{result}}
	if err := json.NewEncoder(os.Stdout).Encode(status); err != nil {
		os.Exit(1)
	}
}
