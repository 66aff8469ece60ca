package {= package =};

import java.util.Map;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.RestController;

@RestController
class HelloController {
    private final String service;

    HelloController(@Value("${spring.application.name}") String service) {
        this.service = service;
    }

    @GetMapping("/")
    Map<String, String> index() {
        return Map.of("service", service);
    }

    @GetMapping("/hello/{name}")
    Map<String, String> hello(@PathVariable String name) {
        return Map.of("message", "Hello, " + name + "!");
    }
}
