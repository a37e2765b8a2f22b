package workload

import (
	"time"

	corev1 "k8s.io/api/core/v1"
)

// LastSeen is when an event last happened, whichever of its three ways its reporter uses.
func LastSeen(event *corev1.Event) time.Time {
	switch {
	case event.Series != nil:
		return event.Series.LastObservedTime.Time
	case !event.LastTimestamp.IsZero():
		return event.LastTimestamp.Time
	}
	return event.EventTime.Time
}
