package main

import (
	"net/http"
	"os"
)

func main() {
	_ = http.ListenAndServe(":"+os.Getenv("PORT"), nil)
}
