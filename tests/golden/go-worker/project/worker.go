package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime/debug"
	"sync"
	"time"
)

const (
	// jobTimeout is how long a job may take.
	jobTimeout = time.Minute

	// maxAttempts is how often a job is tried before it is given up.
	maxAttempts = 3

	// answerTimeout is how long the queue may take to hear how a job ended.
	answerTimeout = 5 * time.Second

	// A queue that does not answer is asked again after a pause, which doubles up to the longest one.
	firstPause   = 100 * time.Millisecond
	longestPause = 30 * time.Second
)

// errCutOff is why jobs are cancelled that outlast the shutdown.
var errCutOff = errors.New("the worker stops")

// worker handles what is in queue.
type worker struct {
	queue  queue
	handle func(context.Context, job) error
	log    *slog.Logger
}

// run handles up to concurrency jobs at once. When ctx is done it takes no more, gives those in flight the
// timeout to end, and cancels and returns to the queue those that have not.
func (w *worker) run(ctx context.Context, concurrency int, timeout time.Duration) error {
	// Jobs in flight outlive ctx.
	jobs, cutOff := context.WithCancelCause(context.WithoutCancel(ctx))
	defer cutOff(nil)

	var working sync.WaitGroup
	for range concurrency {
		working.Go(func() { w.work(ctx, jobs) })
	}
	ended := make(chan struct{})
	go func() {
		working.Wait()
		close(ended)
	}()

	<-ctx.Done()
	w.log.Info("draining", "timeout", timeout.String())
	select {
	case <-ended:
		return nil
	case <-time.After(timeout):
	}

	cutOff(errCutOff)
	select {
	case <-ended:
		return fmt.Errorf("jobs were cut off after %s and returned to the queue", timeout)
	case <-time.After(answerTimeout):
		return fmt.Errorf("jobs did not end within %s", timeout+answerTimeout)
	}
}

// work handles one job after another until ctx is done. The jobs run in a context of their own.
func (w *worker) work(ctx, jobs context.Context) {
	pause := firstPause
	for ctx.Err() == nil {
		j, err := w.queue.receive(ctx)
		if err == nil {
			pause = firstPause
			w.do(jobs, j)
			continue
		}
		if ctx.Err() != nil {
			return
		}
		w.log.Warn("the queue does not answer", "error", err, "pause", pause.String())
		select {
		case <-ctx.Done():
		case <-time.After(pause):
		}
		pause = min(2*pause, longestPause)
	}
}

// do handles one job, tells the queue how it ended, and writes a line for it.
func (w *worker) do(ctx context.Context, j job) {
	start := time.Now()
	err := w.try(ctx, j)
	log := w.log.With("job", j.ID, "attempt", j.Attempt, "milliseconds", float64(time.Since(start).Microseconds())/1000)

	end := w.queue.done
	switch {
	case err == nil:
		log.Info("done")
	case j.Attempt < maxAttempts || context.Cause(ctx) != nil:
		log.Warn("will be tried again", "error", err)
		end = w.queue.retry
	default:
		log.Error("given up", "error", err)
	}
	// What was done should be known even if the worker is being cut off.
	answer, cancel := context.WithTimeout(context.WithoutCancel(ctx), answerTimeout)
	defer cancel()
	if err := end(answer, j); err != nil {
		log.Error("the queue was not told", "error", err)
	}
}

// try gives the job its time, and makes a panic an error: one job must not end the others.
func (w *worker) try(ctx context.Context, j job) (err error) {
	ctx, cancel := context.WithTimeout(ctx, jobTimeout)
	defer cancel()
	defer func() {
		if cause := recover(); cause != nil {
			err = fmt.Errorf("panic: %v\n%s", cause, debug.Stack())
		}
	}()
	return w.handle(ctx, j)
}
