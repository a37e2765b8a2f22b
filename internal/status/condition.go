package status

import (
	"fmt"
	"time"

	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	seiv1alpha1 "github.com/seinode/seinode-operator/api/v1alpha1"
)

// condition is one that is to be set. A nil one leaves what is there as it is.
type condition struct {
	kind, reason, message string
	status                metav1.ConditionStatus
	// exact says that numbers in the message are no counters: another one is news.
	exact bool
}

func yes(kind, reason, format string, args ...any) *condition {
	return &condition{kind: kind, reason: reason, message: fmt.Sprintf(format, args...), status: metav1.ConditionTrue}
}

func no(kind, reason, format string, args ...any) *condition {
	return &condition{kind: kind, reason: reason, message: fmt.Sprintf(format, args...), status: metav1.ConditionFalse}
}

func unknown(kind, reason, format string, args ...any) *condition {
	return &condition{kind: kind, reason: reason, message: fmt.Sprintf(format, args...), status: metav1.ConditionUnknown}
}

func is(ok bool, kind, reason, format string, args ...any) *condition {
	if ok {
		return yes(kind, reason, format, args...)
	}
	return no(kind, reason, format, args...)
}

// asShown is a condition of which nothing new is known: only the generation is new. It is nil for one that was not shown.
func asShown(shown *metav1.Condition) *condition {
	if shown == nil {
		return nil
	}
	return &condition{kind: shown.Type, reason: shown.Reason, message: shown.Message, status: shown.Status}
}

// set puts the condition into the status, and does nothing for a nil one.
func (c *condition) set(status *seiv1alpha1.SeiNodeStatus, generation int64, now time.Time) {
	if c == nil {
		return
	}
	meta.SetStatusCondition(&status.Conditions, metav1.Condition{
		Type: c.kind, Status: c.status, Reason: c.reason, Message: c.message, ObservedGeneration: generation,
		LastTransitionTime: metav1.NewTime(now.Truncate(time.Second)), // as the API keeps it: else a condition that was read again would be news
	})
}

// steady keeps the text that was shown where only numbers differ in the new one: what schedulers and kubelets count changes for ever,
// and is no news.
func (c *condition) steady(shown *metav1.Condition) *condition {
	if c != nil && !c.exact && shown != nil && shown.Reason == c.reason && shown.Status == c.status && withoutDigits(shown.Message) == withoutDigits(c.message) {
		c.message = shown.Message
	}
	return c
}

func withoutDigits(text string) string {
	kept := make([]rune, 0, len(text))
	for _, r := range text {
		if r < '0' || r > '9' {
			kept = append(kept, r)
		}
	}
	return string(kept)
}
