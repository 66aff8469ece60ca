//! Golden and snapshot tests of the binary: stdout, stderr and exit code, without a cluster.

mod basics;
mod cluster;
mod completion;
mod endpoint;
mod init;
#[cfg(unix)]
mod interrupt;
mod leaks;
#[cfg(unix)]
mod login;
mod lookout;
mod new;
mod output;
#[cfg(unix)]
mod registry;
mod render;
mod repository;
#[cfg(unix)]
mod server;
mod store_faults;
mod support;
mod telemetry;
#[cfg(unix)]
#[path = "../terminal/mod.rs"]
mod terminal;
mod time;
mod typed;
mod whoowns;
