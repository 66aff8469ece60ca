package migrate

import "os"

var From = os.Getenv("MIGRATE_FROM")
