//! Tests against a real Kubernetes: they start (and share) a sandbox, and take a namespace each.

mod before;
mod deploy;
mod evidence;
mod failures;
mod history;
mod lock;
mod new;
mod render;
mod resume;
mod rollback;
#[cfg(target_os = "linux")]
mod sandbox;
mod shop;
mod spec;
mod support;
mod time;
mod r#try;
mod whoowns;
