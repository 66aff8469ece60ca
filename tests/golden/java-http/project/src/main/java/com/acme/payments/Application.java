package com.acme.payments;

import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;

/** An HTTP service; README.md says how to run, test and deploy it. */
@SpringBootApplication
public class Application {
    public static void main(String[] args) {
        var context = SpringApplication.run(Application.class, args);
        // The JVM's own handler ends with 143 even after a graceful end, and heeds no second signal.
        Signals.handle(() -> {
            Signals.handle(() -> Runtime.getRuntime().halt(1));
            var status = 1;
            try {
                status = SpringApplication.exit(context);
            } finally {
                System.exit(status);
            }
        });
    }
}
