// Command {= name =} is a worker: it takes jobs from a queue; README.md says how to run, test and deploy it.
package main

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"os/signal"
	"strconv"
	"syscall"
	"time"
)

const (
	// defaultConcurrency is how many jobs it handles at once unless CONCURRENCY says otherwise.
	defaultConcurrency = 4

	// shutdownTimeout is how long jobs in flight may take to end after it was told to stop. Together with the
	// delay before the signal, it stays below the 30 s that Kubernetes grants.
	shutdownTimeout = 20 * time.Second
)

func main() {
	log := slog.New(slog.NewJSONHandler(os.Stdout, nil))
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	// A second signal ends the process at once.
	context.AfterFunc(ctx, stop)

	if err := run(ctx, log, os.Getenv); err != nil {
		log.Error("stopped", "error", err)
		os.Exit(1)
	}
}

// run works until ctx is done and the jobs in flight have ended.
func run(ctx context.Context, log *slog.Logger, getenv func(string) string) error {
	concurrency, err := concurrency(getenv)
	if err != nil {
		return err
	}
	// The example: replace it by a client of the queue that you have, and feed with it.
	jobs := newMemoryQueue(100)
	go feed(ctx, jobs, time.Second)

	log.Info("working", "concurrency", concurrency)
	worker := &worker{queue: jobs, handle: greet(log), log: log}
	if err := worker.run(ctx, concurrency, shutdownTimeout); err != nil {
		return err
	}
	log.Info("stopped")
	return nil
}

// concurrency is how many jobs are handled at once.
func concurrency(getenv func(string) string) (int, error) {
	text := getenv("CONCURRENCY")
	if text == "" {
		return defaultConcurrency, nil
	}
	number, err := strconv.Atoi(text)
	if err != nil || number < 1 || number > 1000 {
		return 0, fmt.Errorf("CONCURRENCY is %q, not a number from 1 to 1000", text)
	}
	return number, nil
}
