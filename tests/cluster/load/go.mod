module plat.test/load

go 1.21
