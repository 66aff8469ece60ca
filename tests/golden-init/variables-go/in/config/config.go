package config

type Config struct {
	Broker string `env:"BROKER_ADDR,required"`
	Level  string `env:"LOG_LEVEL" envDefault:"info"`
}

func Read() Config { return Config{} }
