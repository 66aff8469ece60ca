package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// start runs a worker on a queue with this many jobs. The channel says how it ended.
func start(t *testing.T, w *worker, concurrency, jobs int) (*memoryQueue, context.CancelFunc, <-chan error) {
	t.Helper()
	queue := newMemoryQueue(100)
	for id := range jobs {
		if err := queue.send(t.Context(), fmt.Sprint(id), "Ada"); err != nil {
			t.Fatal(err)
		}
	}
	w.queue = queue
	if w.log == nil {
		w.log = slog.New(slog.DiscardHandler)
	}
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- w.run(ctx, concurrency, shutdownTimeout) }()
	return queue, stop, ended
}

func TestAsManyAtOnceAsAllowed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var handled, now, most atomic.Int32
		w := &worker{handle: func(context.Context, job) error {
			most.Store(max(most.Load(), now.Add(1)))
			time.Sleep(time.Second)
			now.Add(-1)
			handled.Add(1)
			return nil
		}}
		_, stop, ended := start(t, w, 3, 10)
		time.Sleep(time.Minute)
		stop()
		if err := <-ended; err != nil || handled.Load() != 10 || most.Load() != 3 {
			t.Errorf("handled %d, %d at once, ended with %v", handled.Load(), most.Load(), err)
		}
	})
}

func TestWhatIsInFlightIsFinished(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var handled atomic.Int32
		w := &worker{handle: func(ctx context.Context, _ job) error {
			select {
			case <-time.After(10 * time.Second):
				handled.Add(1)
			case <-ctx.Done():
			}
			return ctx.Err()
		}}
		queue, stop, ended := start(t, w, 2, 5)
		time.Sleep(time.Second)
		stop()
		stopped := time.Now()
		err := <-ended
		if took := time.Since(stopped); err != nil || took != 9*time.Second {
			t.Errorf("ended with %v after %s", err, took)
		}
		if handled.Load() != 2 || len(queue.jobs) != 3 {
			t.Errorf("%d handled, %d left in the queue", handled.Load(), len(queue.jobs))
		}
	})
}

func TestWhatTakesTooLongGoesBackToTheQueue(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := &worker{handle: func(ctx context.Context, _ job) error {
			<-ctx.Done()
			return context.Cause(ctx)
		}}
		queue, stop, ended := start(t, w, 1, 1)
		time.Sleep(time.Second)
		stop()
		stopped := time.Now()
		err := <-ended
		if took := time.Since(stopped); err == nil || took != shutdownTimeout {
			t.Errorf("ended with %v after %s", err, took)
		}
		if len(queue.jobs) != 1 {
			t.Error("the job is lost")
		}
	})
}

func TestAJobThatFails(t *testing.T) {
	tests := []struct {
		name   string
		handle func(context.Context, job) error
		tried  int
		last   string
	}{
		{"once", func(_ context.Context, j job) error {
			if j.Attempt == 1 {
				return errors.New("oh")
			}
			return nil
		}, 2, `"msg":"done"`},
		{"always", func(context.Context, job) error { return errors.New("oh") }, maxAttempts, `"error":"oh"`},
		{"with a panic", func(context.Context, job) error { panic("oh") }, maxAttempts, `"error":"panic: oh`},
		{"by taking too long", func(ctx context.Context, _ job) error {
			<-ctx.Done()
			return ctx.Err()
		}, maxAttempts, `"error":"context deadline exceeded"`},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var written bytes.Buffer
				w := &worker{handle: test.handle, log: slog.New(slog.NewJSONHandler(&written, nil))}
				queue, stop, ended := start(t, w, 1, 1)
				time.Sleep(time.Hour)
				stop()
				if err := <-ended; err != nil || len(queue.jobs) != 0 {
					t.Errorf("ended with %v, %d left in the queue", err, len(queue.jobs))
				}
				lines := strings.Split(strings.TrimSpace(written.String()), "\n")
				lines = lines[:len(lines)-1] // "draining"
				if len(lines) != test.tried || !strings.Contains(lines[len(lines)-1], test.last) {
					t.Errorf("want %d attempts, the last with %s:\n%s", test.tried, test.last, written.String())
				}
			})
		})
	}
}

// brokenQueue never answers.
type brokenQueue struct {
	memoryQueue
	asked atomic.Int32
}

func (q *brokenQueue) receive(context.Context) (job, error) {
	q.asked.Add(1)
	return job{}, errors.New("connection refused")
}

func TestAQueueThatDoesNotAnswerIsAskedWithPauses(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		queue := &brokenQueue{}
		w := &worker{queue: queue, log: slog.New(slog.DiscardHandler)}
		ctx, stop := context.WithCancel(t.Context())
		ended := make(chan error, 1)
		go func() { ended <- w.run(ctx, 1, shutdownTimeout) }()
		time.Sleep(10 * time.Minute)
		stop()
		// Doubled to 30 s within nine pauses, then one every 30 s.
		if err := <-ended; err != nil || queue.asked.Load() < 20 || queue.asked.Load() > 30 {
			t.Errorf("asked %d times, ended with %v", queue.asked.Load(), err)
		}
	})
}
