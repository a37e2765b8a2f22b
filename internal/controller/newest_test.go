package controller

import (
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

var start = time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)

func seen(kind, message string, after time.Duration) corev1.Event {
	return corev1.Event{Type: kind, Message: message, LastTimestamp: metav1.NewTime(start.Add(after))}
}

// TestNewest: a warning that something normal came after is history, whichever way their reporters keep the time.
func TestNewest(t *testing.T) {
	warns := seen(corev1.EventTypeWarning, "no mount", time.Minute)
	series := corev1.Event{Type: corev1.EventTypeWarning, Message: "again", Series: &corev1.EventSeries{LastObservedTime: metav1.NewMicroTime(start.Add(time.Hour))}}
	once := corev1.Event{Type: corev1.EventTypeWarning, Message: "once", EventTime: metav1.NewMicroTime(start.Add(2 * time.Minute))}
	for name, test := range map[string]struct {
		events []corev1.Event
		want   string
	}{
		"none":                        {nil, ""},
		"a warning":                   {[]corev1.Event{warns}, "no mount"},
		"normal before it":            {[]corev1.Event{warns, seen(corev1.EventTypeNormal, "scheduled", 0)}, "no mount"},
		"normal after it":             {[]corev1.Event{seen(corev1.EventTypeNormal, "created", time.Hour), warns}, ""},
		"normal in the same second":   {[]corev1.Event{seen(corev1.EventTypeNormal, "created", time.Minute), warns}, ""},
		"the newer of two":            {[]corev1.Event{warns, once}, "once"},
		"one that is seen over again": {[]corev1.Event{warns, series, once, seen(corev1.EventTypeNormal, "created", 3*time.Minute)}, "again"},
	} {
		if got := newest(test.events); got != test.want {
			t.Errorf("%s: %q, wanted %q", name, got, test.want)
		}
	}
}
