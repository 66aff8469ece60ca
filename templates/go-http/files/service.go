package main

import (
	"encoding/json"
	"log/slog"
	"net/http"
	"sync/atomic"
)

// maxBody is the largest request body that is read, in bytes.
const maxBody = 1 << 20

// service holds what the handlers share.
type service struct {
	log     *slog.Logger
	metrics *metrics
	ready   atomic.Bool
}

func newService(log *slog.Logger) *service {
	s := &service{log: log, metrics: newMetrics()}
	s.ready.Store(true)
	return s
}

// handler is the whole service: routes, limits, metrics and the request log.
func (s *service) handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", s.index)
	mux.HandleFunc("GET /hello/{name}", s.hello)
	mux.HandleFunc("GET /healthz", s.healthz)
	mux.HandleFunc("GET /readyz", s.readyz)
	mux.Handle("GET /metrics", s.metrics.handler())
	// The limit is outermost: it hands on a copy of the request, and the mux notes the route in what it is given.
	return http.MaxBytesHandler(s.recordRequests(s.letGo(mux)), maxBody)
}

// letGo ends each connection with its next answer while the service drains: clients open their next one
// elsewhere, and none is cut off when the server closes.
func (s *service) letGo(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !s.ready.Load() {
			w.Header().Set("Connection", "close")
		}
		next.ServeHTTP(w, r)
	})
}

func (s *service) index(w http.ResponseWriter, _ *http.Request) {
	s.json(w, http.StatusOK, map[string]string{"service": "{= name =}"})
}

func (s *service) hello(w http.ResponseWriter, r *http.Request) {
	s.json(w, http.StatusOK, map[string]string{"message": "Hello, " + r.PathValue("name") + "!"})
}

// healthz says that the process lives. It looks at nothing else: a slow database must not restart every replica.
func (s *service) healthz(w http.ResponseWriter, _ *http.Request) {
	s.json(w, http.StatusOK, map[string]string{"status": "ok"})
}

// readyz says whether new requests are welcome: not while it drains.
func (s *service) readyz(w http.ResponseWriter, _ *http.Request) {
	if !s.ready.Load() {
		s.json(w, http.StatusServiceUnavailable, map[string]string{"status": "draining"})
		return
	}
	s.json(w, http.StatusOK, map[string]string{"status": "ok"})
}

func (s *service) json(w http.ResponseWriter, status int, value any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	if err := json.NewEncoder(w).Encode(value); err != nil {
		s.log.Warn("the response was not sent", "error", err)
	}
}
