//! What plat does when something else breaks, on a real Kubernetes that each test may break: docs/reliability.md.

mod api_server;
mod place;
mod run;
mod wire;
