//! The Linux half of the sandbox: a Kubernetes node in one network namespace.
//!
//! ```text
//! up        the story of a start: machine -> parts -> folder, network, cgroup -> relay -> components -> ready
//! down      the story of an end: kill, unmount, remove, restore
//! machine   what this machine lacks, listed whole (pure), and the look at it
//! parts/    programs: found, built from the pinned modules, or unpacked from Debian packages
//! folder    where everything of one sandbox lies; its lock and its saved values
//! status    which sandboxes are there, and whether they run
//! pki       certificates and kubeconfigs          config      files that the components read
//! component which programs run, in which order    process     start detached, know again, kill
//! network, cgroup, mounts, sysctl                 what the kernel keeps for it
//! fault     one component killed, held, started again
//! relay     host loopback -> namespace             watchdog    ends an idle sandbox
//! ready     waits until the API server, the node, DNS and Services answer
//! ```

mod activity;
mod cgroup;
mod component;
mod config;
mod down;
mod fault;
mod folder;
mod io;
mod lock;
mod machine;
mod mounts;
mod network;
mod parts;
mod pki;
mod process;
mod ready;
mod relay;
mod status;
mod sysctl;
mod up;
mod watchdog;

pub use down::down;
pub use fault::fault;
pub use folder::names;
pub use parts::busybox;
pub use relay::{delay, relay};
pub use status::find;
pub use up::{check, up};
