//! plat makes the right way to ship a service the easy way.
//!
//! The flow of a deploy is the map of this crate:
//!
//! ```text
//! cli -> commands -> spec       plat.yaml: model, located errors, environments         pure
//!                    image      source -> OCI image, pushed to a registry
//!                    manifests  Spec -> Kubernetes objects, one file per kind           pure
//!                    files      manifests as people write them -> objects               pure
//!                    diff       live + planned -> what changes, who holds which field       pure
//!                    cluster    all that speaks to Kubernetes: connect, apply, watch
//!                    rollout    Snapshot + now -> status and findings                   pure
//!                    history    a revision as Secrets and back; which to keep             pure
//!                    evidence   what is saved of a failure, masked; its folder and archive
//!                    telemetry  every run's timing: record, consent, spool, send
//!
//! scaffold   `plat new`: templates -> files
//! ownership  `plat whoowns`: evidence -> answer
//! server     `plat serve`: the telemetry endpoint and its dashboard
//! report     statistics over runs                                                       pure
//! sandbox    a throw-away real Kubernetes on this machine
//! settings   plat's own preferences: file and environment
//! error      errors as values
//! text       foreign text made safe                                                     pure
//! ui         all output
//! ```
//!
//! Commands call the rooms, rooms call the pure rooms, never the other way round. `tests/architecture` holds that,
//! and that this map shows each room once.

pub mod bundle;
pub mod cli;
pub mod cluster;
pub mod commands;
pub mod deploy;
pub mod diagnose;
pub mod diff;
pub mod error;
pub mod event;
pub mod files;
pub mod image;
pub mod manifests;
pub mod ownership;
pub mod progress;
pub mod project;
pub mod questions;
pub mod report;
pub mod revision;
pub mod rollout;
pub mod sandbox;
pub mod scaffold;
pub mod server;
pub mod settings;
pub mod spec;
pub mod telemetry;
pub mod text;
pub mod ui;

/// Chooses ring for every TLS connection of this process; must run before the first one is made.
///
/// reqwest and kube are built without a default provider, so that no second crypto library is linked in.
pub fn install_tls_provider() {
    // Only a second call can fail, and then ring is already installed.
    let _ = rustls::crypto::ring::default_provider().install_default();
}
