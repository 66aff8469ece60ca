// The registry of a sandbox: distribution's own, with the storage and the authentication that a sandbox uses. Its own
// program also holds the clients of three clouds, which take longer to compile than the registry.
package main

import (
	"os"

	"github.com/distribution/distribution/v3/registry"
	_ "github.com/distribution/distribution/v3/registry/auth/htpasswd"
	_ "github.com/distribution/distribution/v3/registry/storage/driver/filesystem"
)

func main() {
	if registry.RootCmd.Execute() != nil {
		os.Exit(1)
	}
}
