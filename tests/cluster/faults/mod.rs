//! What plat does when something else breaks, on a real Kubernetes that each test may break: docs/reliability.md.
//!
//! ```text
//! place       a sandbox that may be broken         wire    a cable that can be pulled
//! front       an HTTP door that answers 503 now and then, or not at all
//! ```

use std::time::Duration;

/// The longest that a run whose fault passes may take.
const WITHIN: Duration = Duration::from_mins(3);

mod api_server;
mod busy;
mod clock;
mod disk;
pub mod front;
mod node;
pub mod place;
mod registry;
pub mod wire;

pub fn tests() -> Vec<crate::harness::Test> {
    let modules = [api_server::tests(), busy::tests(), clock::tests(), disk::tests(), node::tests(), registry::tests()];
    modules.into_iter().flatten().collect()
}
