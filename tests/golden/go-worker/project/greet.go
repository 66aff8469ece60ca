package main

import (
	"context"
	"log/slog"
	"time"
)

// greet handles a job: the example to replace. It takes a moment, and ends early when ctx is done.
func greet(log *slog.Logger) func(context.Context, job) error {
	return func(ctx context.Context, j job) error {
		select {
		case <-time.After(100 * time.Millisecond):
		case <-ctx.Done():
			return context.Cause(ctx)
		}
		log.InfoContext(ctx, "Hello, "+j.Payload+"!", "job", j.ID)
		return nil
	}
}
