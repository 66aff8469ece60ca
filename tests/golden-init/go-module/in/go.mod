module github.com/acme/payments-api/v2

go 1.21
