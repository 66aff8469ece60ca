package main

import (
	"log"
	"net/http"
	"os"

	"example.com/ledger/config"
)

func main() {
	region := os.Getenv("REGION")
	if region == "" {
		region = "eu"
	}
	token, ok := os.LookupEnv("API_TOKEN")
	if !ok {
		log.Fatal("API_TOKEN is not set")
	}
	if os.Getenv("TRACE") == "1" {
		log.Println(region, token, config.Read())
	}
	log.Fatal(http.ListenAndServe(":8080", nil))
}
