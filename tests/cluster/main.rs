//! Tests against a real Kubernetes: they start (and share) a sandbox, and take a namespace each.

mod before;
mod deploy;
mod failures;
mod new;
mod render;
#[cfg(target_os = "linux")]
mod sandbox;
mod support;
mod time;
mod r#try;
mod whoowns;
