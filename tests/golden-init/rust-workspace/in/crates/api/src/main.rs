use actix_web::{App, HttpServer, web};

#[actix_web::main]
async fn main() -> std::io::Result<()> {
    HttpServer::new(|| {
        App::new()
            .service(web::scope("/admin").route("/ready", web::get().to(ok)))
            .route("/health", web::get().to(ok))
    })
    .bind("0.0.0.0:8088")?
    .run()
    .await
}
