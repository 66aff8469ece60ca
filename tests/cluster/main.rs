//! Tests against a real Kubernetes: they start (and share) a sandbox, and take a namespace each.

mod adopt;
mod applyset;
mod conflicts;
mod delete;
mod deploy;
mod diff;
mod failures;
mod new;
mod render;
mod safety;
#[cfg(target_os = "linux")]
mod sandbox;
mod support;
mod time;
mod r#try;
mod whoowns;
