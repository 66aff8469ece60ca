package main

import "example.com/shipments/v2/internal/conf"

func main() {
	println(conf.Port)
	select {}
}
