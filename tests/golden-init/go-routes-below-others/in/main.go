package main

import (
	"net/http"

	"github.com/go-chi/chi/v5"
)

func main() {
	r := chi.NewRouter()
	r.Route("/api", func(r chi.Router) {
		r.Get("/ready", nil)
	})
	r.Get("/healthz", nil)
	http.ListenAndServe(":3333", r)
}
