package main

import (
	"bytes"
	"context"
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

func TestRunWorksUntilToldToStop(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var written bytes.Buffer
		ctx, stop := context.WithTimeout(t.Context(), 10*time.Second)
		defer stop()
		err := run(ctx, slog.New(slog.NewJSONHandler(&written, nil)), func(string) string { return "" })
		if err != nil {
			t.Errorf("ended with %v", err)
		}
		for _, want := range []string{`"concurrency":4`, "Hello, Ada!", `"msg":"stopped"`} {
			if !strings.Contains(written.String(), want) {
				t.Errorf("no %s in\n%s", want, written.String())
			}
		}
		// feed notices the end with its next job.
		time.Sleep(time.Minute)
	})
}

func TestConcurrency(t *testing.T) {
	for text, want := range map[string]int{"": defaultConcurrency, "1": 1, "16": 16, "0": 0, "-1": 0, "many": 0} {
		got, err := concurrency(func(string) string { return text })
		if got != want || (err == nil) != (want != 0) {
			t.Errorf("CONCURRENCY=%q: %d, %v", text, got, err)
		}
	}
}
