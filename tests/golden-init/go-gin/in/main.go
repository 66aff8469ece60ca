package main

import "github.com/gin-gonic/gin"

func main() {
	r := gin.Default()
	api := r.Group("/api")
	api.GET("/ready", nil)
	r.GET("/healthz", nil)
	r.Run()
}
