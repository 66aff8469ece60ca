package main

import (
	"context"
	"time"
)

// job is one piece of work.
type job struct {
	ID      string
	Payload string
	// Attempt is 1 when it is delivered for the first time.
	Attempt int
}

// queue is where jobs come from. Each one that was received ends with done or retry.
type queue interface {
	// receive waits for a job. It fails when ctx is done, or when the queue does not answer.
	receive(ctx context.Context) (job, error)
	// done says that the job needs no other attempt.
	done(ctx context.Context, j job) error
	// retry asks for the job to be delivered again, to this worker or another one.
	retry(ctx context.Context, j job) error
}

// memoryQueue is the example of a queue: what is in it is lost when the process ends.
type memoryQueue struct {
	jobs chan job
}

func newMemoryQueue(size int) *memoryQueue {
	return &memoryQueue{jobs: make(chan job, size)}
}

// send puts a new job in. It waits while the queue is full.
func (q *memoryQueue) send(ctx context.Context, id, payload string) error {
	return q.put(ctx, job{ID: id, Payload: payload, Attempt: 1})
}

func (q *memoryQueue) receive(ctx context.Context) (job, error) {
	// A select takes either of two cases that are ready: after the stop, no more jobs.
	if err := ctx.Err(); err != nil {
		return job{}, err
	}
	select {
	case j := <-q.jobs:
		return j, nil
	case <-ctx.Done():
		return job{}, ctx.Err()
	}
}

func (q *memoryQueue) done(context.Context, job) error { return nil }

func (q *memoryQueue) retry(ctx context.Context, j job) error {
	j.Attempt++
	return q.put(ctx, j)
}

func (q *memoryQueue) put(ctx context.Context, j job) error {
	select {
	case q.jobs <- j:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// feed sends a job every so often until ctx is done: part of the example.
func feed(ctx context.Context, q *memoryQueue, every time.Duration) {
	for now := range time.Tick(every) {
		if q.send(ctx, now.UTC().Format("150405.000"), "Ada") != nil {
			return
		}
	}
}
