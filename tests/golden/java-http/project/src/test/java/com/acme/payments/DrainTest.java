package com.acme.payments;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.net.ConnectException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.springframework.boot.SpringApplication;

class DrainTest {
    @Test
    void isNotReadyAnswersALittleLongerAndEnds() throws Exception {
        var context = SpringApplication.run(Application.class, "--server.port=0", "--drain-delay=2s");
        var port = context.getEnvironment().getRequiredProperty("local.server.port", Integer.class);
        assertThat(Client.get(port, "/readyz").statusCode()).isEqualTo(200);

        var closed = CompletableFuture.runAsync(context::close);
        await().untilAsserted(() ->
                assertThat(Client.get(port, "/readyz").statusCode()).isEqualTo(503));
        var response = Client.get(port, "/hello/Ada");
        assertThat(response.statusCode()).isEqualTo(200);
        assertThat(response.headers().firstValue("connection")).hasValue("close");

        closed.get(10, TimeUnit.SECONDS);
        assertThatThrownBy(() -> Client.get(port, "/")).isInstanceOf(ConnectException.class);
    }
}
