package main

import (
	"log/slog"
	"net/http"
	"time"
)

// recordRequests counts each request and writes one line for it, when it is answered. Those of probes and of
// Prometheus are only worth a line when they fail.
func (s *service) recordRequests(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		start := time.Now()
		recorded := &recorder{ResponseWriter: w, status: http.StatusOK}
		// Deferred, so that a handler that panics is recorded too.
		defer func() {
			took := time.Since(start)
			s.metrics.observe(r, recorded.status, took)
			s.logRequest(r, recorded, took)
		}()
		defer func() {
			if cause := recover(); cause != nil {
				// net/http answers nothing and closes the connection; the log should say so.
				recorded.status = http.StatusInternalServerError
				panic(cause)
			}
		}()
		next.ServeHTTP(recorded, r)
	})
}

func (s *service) logRequest(r *http.Request, recorded *recorder, took time.Duration) {
	probe := r.URL.Path == "/healthz" || r.URL.Path == "/readyz"
	if (probe || r.URL.Path == "/metrics") && recorded.status == http.StatusOK {
		return
	}
	level := slog.LevelInfo
	// A probe that is told "draining" is no error.
	if recorded.status >= http.StatusInternalServerError && !probe {
		level = slog.LevelError
	}
	attributes := []slog.Attr{
		slog.String("method", r.Method),
		slog.String("path", r.URL.Path),
		slog.Int("status", recorded.status),
		slog.Int64("bytes", recorded.bytes),
		slog.Float64("milliseconds", float64(took.Microseconds())/1000),
		slog.String("remote", r.RemoteAddr),
	}
	if id := r.Header.Get("X-Request-Id"); id != "" {
		attributes = append(attributes, slog.String("request_id", id))
	}
	s.log.LogAttrs(r.Context(), level, "request", attributes...)
}

// recorder remembers what was answered.
type recorder struct {
	http.ResponseWriter
	status int
	bytes  int64
}

func (r *recorder) WriteHeader(status int) {
	r.status = status
	r.ResponseWriter.WriteHeader(status)
}

func (r *recorder) Write(data []byte) (int, error) {
	n, err := r.ResponseWriter.Write(data)
	r.bytes += int64(n)
	return n, err
}

// Unwrap lets http.ResponseController reach the writer beneath.
func (r *recorder) Unwrap() http.ResponseWriter { return r.ResponseWriter }
