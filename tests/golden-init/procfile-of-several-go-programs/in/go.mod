module example.com/shipments/v2

go 1.26
