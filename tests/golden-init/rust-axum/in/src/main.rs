use axum::{Router, routing::get};

#[tokio::main]
async fn main() {
    let api = Router::new().route("/ready", get(|| async {}));
    let app = Router::new()
        .route("/healthz", get(|| async { "ok" }))
        .nest("/api", api);
    let port: u16 = std::env::var("PORT").ok().and_then(|p| p.parse().ok()).unwrap_or(4000);
    let listener = tokio::net::TcpListener::bind(("0.0.0.0", port)).await.unwrap();
    axum::serve(listener, app).await.unwrap();
}
