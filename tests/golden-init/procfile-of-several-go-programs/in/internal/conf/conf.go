package conf

import "os"

// Port is where the server listens.
var Port = port()

func port() string {
	if port := os.Getenv("PORT"); port != "" {
		return port
	}
	return "8081"
}
