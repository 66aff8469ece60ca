//! What plat does when something else breaks, on a real Kubernetes that each test may break: docs/reliability.md.
//!
//! ```text
//! place       a sandbox of one test's own          run     plat as a child, whose end is bounded
//! wire        a cable that can be pulled           front   an HTTP door that answers 503 now and then, or not at all
//! ```

mod api_server;
mod busy;
mod clock;
mod disk;
pub mod front;
mod node;
pub mod place;
mod registry;
pub mod run;
pub mod wire;
