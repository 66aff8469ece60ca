// Command {= name =} is an HTTP service; README.md says how to run, test and deploy it.
package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/signal"
	"syscall"
	"time"
)

const (
	// defaultPort is where it listens unless PORT says otherwise; plat.yaml names the same one.
	defaultPort = "{= port =}"

	// drainDelay is how long it still takes requests after it was told to stop, so that a load balancer
	// that asks /readyz can look elsewhere first.
	drainDelay = time.Second

	// lastRequests is how long connections that were just opened may take to send their request.
	lastRequests = time.Second

	// shutdownTimeout is how long requests in flight may take to end. Together with the delays before it,
	// it stays below the 30 s that Kubernetes grants.
	shutdownTimeout = 20 * time.Second
)

func main() {
	log := slog.New(slog.NewJSONHandler(os.Stdout, nil))
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	// A second signal ends the process at once.
	context.AfterFunc(ctx, stop)

	if err := run(ctx, log, address(os.Getenv)); err != nil {
		log.Error("stopped", "error", err)
		os.Exit(1)
	}
}

// address is where to listen: on the port that PORT names, on every interface.
func address(getenv func(string) string) string {
	port := getenv("PORT")
	if port == "" {
		port = defaultPort
	}
	return net.JoinHostPort("", port)
}

// run listens and serves until ctx is done, then ends gracefully.
func run(ctx context.Context, log *slog.Logger, address string) error {
	var config net.ListenConfig
	listener, err := config.Listen(ctx, "tcp", address)
	if err != nil {
		return fmt.Errorf("listen on %s: %w", address, err)
	}
	log.Info("listening", "address", listener.Addr().String())
	return serve(ctx, log, listener, drainDelay)
}

// serve answers on listener. When ctx is done it reports "not ready", waits for drain, takes no new
// connections, and returns once the requests in flight are answered.
func serve(ctx context.Context, log *slog.Logger, listener net.Listener, drain time.Duration) error {
	service := newService(log)
	server := &http.Server{
		Handler:           service.handler(),
		ErrorLog:          slog.NewLogLogger(log.Handler(), slog.LevelWarn),
		ReadHeaderTimeout: 5 * time.Second,
		ReadTimeout:       15 * time.Second,
		WriteTimeout:      30 * time.Second,
		IdleTimeout:       90 * time.Second,
	}
	failed := make(chan error, 1)
	go func() { failed <- server.Serve(listener) }()

	select {
	case err := <-failed:
		return fmt.Errorf("serve: %w", err)
	case <-ctx.Done():
	}

	log.Info("draining", "delay", drain.String())
	service.ready.Store(false)
	select {
	case err := <-failed:
		return fmt.Errorf("serve: %w", err)
	case <-time.After(drain):
	}

	// Shutdown drops a request that is being read just then. So the listener is closed first, and what was
	// accepted until then gets its answer.
	if err := listener.Close(); err != nil {
		return fmt.Errorf("stop listening: %w", err)
	}
	if err := <-failed; !errors.Is(err, net.ErrClosed) {
		return fmt.Errorf("serve: %w", err)
	}
	time.Sleep(lastRequests)

	// ctx is done already: the shutdown has a time of its own.
	timeout, cancel := context.WithTimeout(context.WithoutCancel(ctx), shutdownTimeout)
	defer cancel()
	if err := server.Shutdown(timeout); err != nil {
		return errors.Join(fmt.Errorf("shut down: %w", err), server.Close())
	}
	log.Info("stopped")
	return nil
}
