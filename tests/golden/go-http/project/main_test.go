package main

import (
	"context"
	"log/slog"
	"net"
	"net/http"
	"testing"
	"time"
)

func listen(t *testing.T) net.Listener {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	return listener
}

// get retries nothing: the listener takes connections before Serve is called.
func get(t *testing.T, url string) int {
	t.Helper()
	response, err := http.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	response.Body.Close()
	return response.StatusCode
}

func TestServeUntilToldToStop(t *testing.T) {
	listener := listen(t)
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- serve(ctx, slog.New(slog.DiscardHandler), listener, 0) }()

	url := "http://" + listener.Addr().String()
	if status := get(t, url+"/readyz"); status != http.StatusOK {
		t.Fatalf("status %d before the stop", status)
	}
	stop()
	if err := <-ended; err != nil {
		t.Fatalf("ended with %v", err)
	}
	if response, err := http.Get(url); err == nil {
		response.Body.Close()
		t.Fatal("still answers after the end")
	}
}

func TestDrainingStillAnswers(t *testing.T) {
	listener := listen(t)
	ctx, stop := context.WithCancel(t.Context())
	stop()
	// Longer than the test: it is over before the drain is.
	go serve(ctx, slog.New(slog.DiscardHandler), listener, time.Hour)

	url := "http://" + listener.Addr().String()
	if status := get(t, url+"/hello/Ada"); status != http.StatusOK {
		t.Errorf("status %d while draining", status)
	}
	deadline := time.Now().Add(10 * time.Second)
	for get(t, url+"/readyz") != http.StatusServiceUnavailable {
		if time.Now().After(deadline) {
			t.Fatal("still ready 10 s after it was told to stop")
		}
	}
}

func TestAddress(t *testing.T) {
	for port, want := range map[string]string{"": ":9090", "9000": ":9000"} {
		if got := address(func(string) string { return port }); got != want {
			t.Errorf("PORT=%q listens on %s, want %s", port, got, want)
		}
	}
}

func TestAddressThatCannotBeUsed(t *testing.T) {
	taken := listen(t)
	defer taken.Close()
	for _, address := range []string{taken.Addr().String(), ":nonsense", ":99999"} {
		if err := run(t.Context(), slog.New(slog.DiscardHandler), address); err == nil {
			t.Errorf("%s: no error", address)
		}
	}
}
