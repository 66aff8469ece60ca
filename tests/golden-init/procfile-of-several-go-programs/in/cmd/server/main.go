package main

import (
	"net/http"

	"example.com/shipments/v2/internal/conf"
)

func main() {
	_ = http.ListenAndServe(":"+conf.Port, nil)
}
