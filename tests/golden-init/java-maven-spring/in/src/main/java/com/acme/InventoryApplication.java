package com.acme;

@SpringBootApplication
public class InventoryApplication {
    public static void main(String[] args) {}
}
