package {= package =};

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.boot.test.context.SpringBootTest.WebEnvironment;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.boot.test.web.server.LocalServerPort;

@SpringBootTest(webEnvironment = WebEnvironment.RANDOM_PORT, properties = "drain-delay=0s")
@ExtendWith(OutputCaptureExtension.class)
class ApplicationTest {
    @LocalServerPort
    private int port;

    @Value("${spring.application.name}")
    private String name;

    @ParameterizedTest
    @CsvSource({
        "/hello/Ada, 200, '{\"message\":\"Hello, Ada!\"}'",
        "/healthz, 200, '{\"status\":\"UP\"}'",
        "/readyz, 200, '{\"status\":\"UP\"}'",
    })
    void routes(String path, int status, String body) throws Exception {
        var response = Client.get(port, path);
        assertThat(response.statusCode()).isEqualTo(status);
        assertThat(response.body()).isEqualTo(body);
    }

    @Test
    void theIndexNamesTheService() throws Exception {
        assertThat(Client.get(port, "/").body()).isEqualTo("{\"service\":\"" + name + "\"}");
    }

    @Test
    void anUnknownPathIsNotFound() throws Exception {
        assertThat(Client.get(port, "/nothing").statusCode()).isEqualTo(404);
    }

    @Test
    void requestsAreCountedByRoute() throws Exception {
        Client.get(port, "/hello/Bob");
        await().untilAsserted(() -> assertThat(Client.get(port, "/metrics").body())
                .contains("http_server_requests_seconds_count{")
                .contains("uri=\"/hello/{name}\"")
                .doesNotContain("/hello/Bob"));
    }

    @Test
    void requestsAreLoggedAndProbesAreNot(CapturedOutput output) throws Exception {
        Client.get(port, "/readyz");
        Client.get(port, "/hello/Eve");
        await().untilAsserted(() ->
                assertThat(output).contains("\"path\":\"/hello/Eve\"").contains("\"status\":200"));
        assertThat(output).doesNotContain("/readyz");
    }
}
