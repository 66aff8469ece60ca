use clap::Parser;

#[derive(Parser)]
struct Args {
    #[arg(long, env = "UPSTREAM")]
    upstream: String,
    #[arg(long, env = "TIMEOUT", default_value = "5")]
    timeout: u64,
    #[arg(long, env = "MIRROR")]
    mirror: Option<String>,
}

#[tokio::main]
async fn main() {
    let key = std::env::var("SIGNING_KEY").expect("SIGNING_KEY");
    let zone = std::env::var("ZONE").unwrap_or_else(|_| "eu".to_string());
    let listener = tokio::net::TcpListener::bind("0.0.0.0:8080").await.unwrap();
}
