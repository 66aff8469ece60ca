package server

import "net/http"

func Run() {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /healthz", func(http.ResponseWriter, *http.Request) {})
	srv := &http.Server{Addr: ":8080", Handler: mux}
	srv.ListenAndServe()
}
