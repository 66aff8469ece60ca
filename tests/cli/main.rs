//! Golden and snapshot tests of the binary: stdout, stderr and exit code, without a cluster.

mod basics;
mod cluster;
mod endpoint;
#[cfg(unix)]
mod interrupt;
mod leaks;
mod new;
mod output;
mod render;
mod store_faults;
mod support;
mod telemetry;
mod time;
mod whoowns;
