package main

import (
	"net/http"
	"os"
)

func main() {
	port := os.Getenv("PORT")
	if port == "" {
		port = "9000"
	}
	http.HandleFunc("/healthz", ok)
	http.HandleFunc("/readyz", ok)
	http.ListenAndServe(":"+port, nil)
}

func ok(http.ResponseWriter, *http.Request) {}
