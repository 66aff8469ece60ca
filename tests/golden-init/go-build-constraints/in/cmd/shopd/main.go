package main

import (
	"flag"
	"net/http"
)

var addr = flag.String("addr", ":7070", "where to listen")

func main() {
	flag.Parse()
	http.ListenAndServe(*addr, nil)
}
