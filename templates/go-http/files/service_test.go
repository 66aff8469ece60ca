package main

import (
	"bytes"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

func TestRoutes(t *testing.T) {
	tests := []struct {
		name, method, path string
		status             int
		body               string
	}{
		{"index", "GET", "/", http.StatusOK, `{"service":"{= name =}"}`},
		{"hello", "GET", "/hello/Ada", http.StatusOK, `{"message":"Hello, Ada!"}`},
		{"alive", "GET", "/healthz", http.StatusOK, `{"status":"ok"}`},
		{"ready", "GET", "/readyz", http.StatusOK, `{"status":"ok"}`},
		{"unknown path", "GET", "/nothing", http.StatusNotFound, "404 page not found"},
		{"wrong method", "POST", "/", http.StatusMethodNotAllowed, "Method Not Allowed"},
	}
	handler := newService(slog.New(slog.DiscardHandler)).handler()
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			answer := httptest.NewRecorder()
			handler.ServeHTTP(answer, httptest.NewRequest(test.method, test.path, nil))
			if answer.Code != test.status {
				t.Errorf("status %d, want %d", answer.Code, test.status)
			}
			if body := strings.TrimSpace(answer.Body.String()); body != test.body {
				t.Errorf("body %q, want %q", body, test.body)
			}
		})
	}
}

func TestNotReadyWhileDraining(t *testing.T) {
	service := newService(slog.New(slog.DiscardHandler))
	service.ready.Store(false)
	for path, status := range map[string]int{
		"/readyz":  http.StatusServiceUnavailable,
		"/healthz": http.StatusOK,
		"/":        http.StatusOK,
	} {
		answer := httptest.NewRecorder()
		service.handler().ServeHTTP(answer, httptest.NewRequest("GET", path, nil))
		if answer.Code != status {
			t.Errorf("%s: status %d, want %d", path, answer.Code, status)
		}
		if answer.Header().Get("Connection") != "close" {
			t.Errorf("%s: the connection is kept", path)
		}
	}
}

func TestMetrics(t *testing.T) {
	handler := newService(slog.New(slog.DiscardHandler)).handler()
	answer := httptest.NewRecorder()
	for _, path := range []string{"/hello/Ada", "/hello/Bob", "/nothing", "/metrics"} {
		answer = httptest.NewRecorder()
		handler.ServeHTTP(answer, httptest.NewRequest("GET", path, nil))
	}
	for _, want := range []string{
		`http_request_duration_seconds_count{method="GET",route="/hello/{name}",status="200"} 2`,
		`http_request_duration_seconds_count{method="any",route="none",status="404"} 1`,
		"go_goroutines ",
	} {
		if !strings.Contains(answer.Body.String(), want) {
			t.Errorf("no %s in\n%s", want, answer.Body.String())
		}
	}
}

func TestRequestLog(t *testing.T) {
	tests := []struct {
		name    string
		handler http.HandlerFunc
		path    string
		want    map[string]any
	}{
		{
			"answered", func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, "hello") }, "/x",
			map[string]any{"level": "INFO", "path": "/x", "status": 200.0, "bytes": 5.0},
		},
		{
			"failed", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusBadGateway) }, "/x",
			map[string]any{"level": "ERROR", "status": 502.0},
		},
		{
			"panicked", func(http.ResponseWriter, *http.Request) { panic("oh") }, "/x",
			map[string]any{"level": "ERROR", "status": 500.0},
		},
		{
			"draining probe", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusServiceUnavailable) }, "/readyz",
			map[string]any{"level": "INFO", "path": "/readyz", "status": 503.0},
		},
		{"healthy probe", func(http.ResponseWriter, *http.Request) {}, "/readyz", nil},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			var written bytes.Buffer
			service := newService(slog.New(slog.NewJSONHandler(&written, nil)))
			func() {
				defer func() { _ = recover() }()
				request := httptest.NewRequest("GET", test.path, nil)
				service.recordRequests(test.handler).ServeHTTP(httptest.NewRecorder(), request)
			}()
			if test.want == nil {
				if written.Len() != 0 {
					t.Fatalf("logged %s", written.String())
				}
				return
			}
			var line map[string]any
			if err := json.Unmarshal(written.Bytes(), &line); err != nil {
				t.Fatalf("%v in %q", err, written.String())
			}
			for key, value := range test.want {
				if line[key] != value {
					t.Errorf("%s is %v, want %v", key, line[key], value)
				}
			}
		})
	}
}
