//! Tests against a real Kubernetes: they start (and share) a sandbox, and take a namespace each.

mod adopt;
mod applyset;
mod before;
mod conflicts;
mod delete;
mod deploy;
mod diff;
mod edit_role;
mod escapes;
mod evidence;
mod failures;
#[cfg(target_os = "linux")]
mod faults;
#[cfg(target_os = "linux")]
mod fence;
mod files;
mod follow;
mod gateway;
mod history;
mod identity;
mod large;
mod lock;
mod logs;
mod new;
mod open;
mod render;
mod resume;
mod rollback;
mod room;
mod safety;
#[cfg(target_os = "linux")]
mod sandbox;
mod sets;
mod shop;
mod spec;
mod support;
mod time;
mod r#try;
mod whoowns;
