package main

import (
	"context"
	"fmt"
	"time"
)

// pollInterval is the pause between two looks.
const pollInterval = 200 * time.Millisecond

// question is one look at the cluster; nil means that everything is as wanted.
type question func(context.Context) error

// await asks until the answer is nil. Once patience is over, it returns the last answer.
func (s *stage) await(ctx context.Context, ask question) error {
	limited, cancel := context.WithTimeoutCause(ctx, s.patience, fmt.Errorf("%s are over", s.patience))
	defer cancel()
	last := ask(limited)
	for last != nil && pause(limited) {
		if next := ask(limited); next == nil || limited.Err() == nil {
			last = next // an answer that was cut off says less than the one before
		}
	}
	if last != nil {
		return fmt.Errorf("%w (%w)", last, context.Cause(limited))
	}
	return nil
}

// hold asks again and again until the time of calm is over, or until the answer is not nil.
func (s *stage) hold(ctx context.Context, ask question) error {
	for end := time.Now().Add(s.calm); time.Now().Before(end); {
		if err := ask(ctx); err != nil {
			return err
		}
		if !pause(ctx) {
			return context.Cause(ctx)
		}
	}
	return nil
}

// pause says whether there is still time.
func pause(ctx context.Context) bool {
	select {
	case <-ctx.Done():
		return false
	case <-time.After(pollInterval):
		return true
	}
}
