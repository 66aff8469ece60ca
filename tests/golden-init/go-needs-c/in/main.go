package main

// int one() { return 1; }
import "C"

import "net/http"

func main() {
	println(C.one())
	http.ListenAndServe(":8080", nil)
}
