package com.example;

@SpringBootApplication
public class Orders {
    @Value("${WAREHOUSE_HOST}") String warehouse;
    @Value("${RETRIES:3}") int retries;
    String zone = System.getenv("ZONE");
    String region = System.getenv().getOrDefault("REGION", "eu");

    public static void main(String[] args) { SpringApplication.run(Orders.class, args); }
}
