@SpringBootApplication
class Application

fun main(args: Array<String>) { runApplication<Application>(*args) }

@RestController
class Health {
    @GetMapping("/healthz")
    fun healthz() = "ok"
}
