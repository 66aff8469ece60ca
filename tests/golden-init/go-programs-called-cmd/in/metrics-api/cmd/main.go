package main

import "net/http"

func main() {
	_ = http.ListenAndServe(":8085", nil)
}
