public class Main {
    public static void main(String[] args) {
        var app = Javalin.create();
        app.get("/health", ctx -> ctx.result("ok"));
        app.start(7000);
    }
}
