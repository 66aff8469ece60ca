//! plat makes the right way to ship a service the easy way.
//!
//! The flow of a deploy is the map of this crate; each room uses only those below it:
//!
//! ```text
//! cli -> commands  one file per command: Args -> an operation -> Exit
//! ui          all output and every question; the only readers of events
//! deploy      the operation: prepare -> Release -> run; lock, migration, rollout, on_failure, rollback
//! diagnose    a live workload -> what is wrong with it, and the look-ups that make a hint true
//! project     a plat.yaml and what is around it: Project -> resolve -> ResolvedProject
//! cluster     all that speaks to Kubernetes: connect, api, records, applyset, apply, watch, inspect, logs, port_forward
//! image       source -> OCI image; registry client
//! bundle      what is saved of a failure, masked; its folder and archive
//! telemetry   every run's timing: record, consent, spool, send
//! event       what an operation tells as it goes: one enum; the JSON lines of an operation are its variants
//! progress    what a long step tells
//! refusal     what the API server says is wrong -> which field, in words, and where it was written  pure
//! rollout     Snapshot + now -> readiness, diagnosis, verdict, explanation              pure
//! revision    a recorded revision as Secrets and back; which to keep                   pure
//! diff        live + planned -> what changes, who holds which field                    pure
//! import      objects of Kubernetes -> a plat.yaml that renders to the same             pure
//! files       manifests as people write them -> objects                                pure
//! manifests   Spec -> Kubernetes objects, one file per kind; the table of workload kinds  pure
//! spec        plat.yaml: model, located errors, environments                           pure
//! located     a YAML or JSON text as a tree with places; problems that show theirs     pure
//!
//! scaffold    `plat new`: templates -> files
//! detect      `plat init`: a repository -> its services, each line of plat.yaml with its evidence
//! ownership   `plat whoowns`: evidence -> answer
//! server      `plat serve`: the telemetry endpoint and its dashboard
//! report      statistics over runs                                                     pure
//! sandbox     a throw-away real Kubernetes on this machine
//! settings    plat's own preferences: file and environment
//! questions   what an operation asks a person
//! interruption  what stopping a command now would leave behind
//! error       errors as values, and the exit code of each
//! reason      why something failed, in one stable word                                 pure
//! input       reads what somebody named as a file: a regular one, of a bounded size
//! git         git, called in one place, with nothing that a repository can name a program by
//! program     runs another program, within limits
//! toolchain   what go and cargo tell of the programs in a folder                        pure
//! habits      what people type who know kubectl and Helm -> what to type here               pure
//! detached    a plat of its own that outlives this one
//! text        foreign text made safe                                                   pure
//! ```
//!
//! `tests/architecture` holds that no room uses one above it, that rooms form no circle, and that this map shows each
//! room once.

pub mod bundle;
pub mod cli;
pub mod cluster;
pub mod commands;
pub mod deploy;
pub mod detached;
pub mod detect;
pub mod diagnose;
pub mod diff;
pub mod error;
pub mod event;
pub mod files;
pub mod git;
pub mod habits;
pub mod image;
pub mod import;
pub mod input;
pub mod interruption;
pub mod located;
pub mod manifests;
pub mod ownership;
pub mod program;
pub mod progress;
pub mod project;
pub mod questions;
pub mod reason;
pub mod refusal;
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
pub mod toolchain;
pub mod ui;

/// Chooses ring for every TLS connection of this process; must run before the first one is made.
///
/// reqwest and kube are built without a default provider, so that no second crypto library is linked in.
pub fn install_tls_provider() {
    // Only a second call can fail, and then ring is already installed.
    let _ = rustls::crypto::ring::default_provider().install_default();
}
