//! What every test is made of: a real Kubernetes, a namespace of its own, a service, and plat.
//!
//! ```text
//! namespace    a namespace: kubectl, files, accounts          shop     the service of most tests, as a value
//! plat         plat as a child process                        ended    how it ended, and what it said
//! manifests    objects for `plat deploy -f`                   image    an image with a shell
//! api          reads of the API server                     requests  requests through a Service
//! bases        the images that Node, Python and Java stand on
//! helm         Helm, and a release of a chart
//! image_rules  what an image must be like: a table
//! registry     questions to the sandbox's registry         load     requests without a pause, from inside the cluster
//! ```

mod api;
#[cfg(target_os = "linux")]
pub mod bases;
mod ended;
#[cfg(target_os = "linux")]
pub mod helm;
pub mod image;
#[cfg(target_os = "linux")]
pub mod image_rules;
#[cfg(target_os = "linux")]
pub mod load;
pub mod manifests;
mod namespace;
mod plat;
#[cfg(target_os = "linux")]
pub mod registry;
pub mod requests;
mod shop;

use std::process::Command;
use std::sync::OnceLock;
use std::time::{Duration, Instant};

use ::plat::sandbox::{self, Hold, Sandbox};
use serde_json::Value;

pub use self::ended::Ended;
pub use self::image::busybox;
pub use self::namespace::{Namespace, read_kubeconfig};
pub use self::plat::{Plat, Running};
pub use self::shop::{CRASH, SERVE, Shop};
use crate::harness::ignore;

/// The reason that `plat sandbox up` gives where no node can run.
const CANNOT_RUN: &str = "PrerequisitesMissing";

/// The sandbox that all tests share, started by the first one that asks; `PLAT_TEST_SANDBOX` names another.
///
/// Where a node cannot run, the test is ignored; a failure where `CI` is set.
pub fn sandbox() -> &'static Sandbox {
    static SANDBOX: OnceLock<Result<(Sandbox, Hold), NoSandbox>> = OnceLock::new();
    let name = || std::env::var("PLAT_TEST_SANDBOX").unwrap_or_else(|_| "test".to_owned());
    match SANDBOX.get_or_init(|| try_start(&name())) {
        Ok((sandbox, _)) => sandbox,
        Err(none) => none.end(),
    }
}

/// Starts the sandbox of that name, or finds it running; where a node cannot run, as with [`sandbox`].
pub fn start(name: &str) -> (Sandbox, Hold) {
    try_start(name).unwrap_or_else(|none| none.end())
}

/// Why there is no sandbox.
enum NoSandbox {
    CannotRun(String),
    Failed(String),
}

impl NoSandbox {
    fn end(&self) -> ! {
        match self {
            Self::CannotRun(reason) => ignore(reason),
            Self::Failed(why) => panic!("no sandbox: {why}"),
        }
    }
}

fn try_start(name: &str) -> Result<(Sandbox, Hold), NoSandbox> {
    let output = Command::new(env!("CARGO_BIN_EXE_plat"))
        .args(["sandbox", "up", "--name", name, "--ttl", "20m", "--output", "json"])
        .output()
        .expect("the binary under test runs");
    if !output.status.success() {
        let error: Value = serde_json::from_slice(&output.stdout).unwrap_or_default();
        if error["reason"] == CANNOT_RUN && std::env::var_os("CI").is_none() {
            let missing: Vec<&str> =
                error["details"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
            return Err(NoSandbox::CannotRun(missing.join("; ")));
        }
        return Err(NoSandbox::Failed(format!("{error:#}\n{}", String::from_utf8_lossy(&output.stderr))));
    }
    let name = name.parse().expect("a sandbox's name");
    let sandbox = sandbox::find(&name).expect("the sandbox can be read").expect("the sandbox that was just started");
    // However long a test computes without a connection, the sandbox stays.
    let hold = sandbox.hold().expect("a running sandbox can be held");
    Ok((sandbox, hold))
}

/// Asks again and again until the answer is yes, for a minute at most.
pub fn eventually(what: &str, is_so: impl Fn() -> bool) {
    assert!(within_a_minute(is_so), "not within a minute: {what}");
}

/// Whether it is so within a minute.
pub fn within_a_minute(is_so: impl Fn() -> bool) -> bool {
    let deadline = Instant::now() + Duration::from_mins(1);
    // Most questions start a kubectl, and many tests ask at once: what takes long is asked less often.
    let mut pause = Duration::from_millis(100);
    loop {
        if is_so() {
            return true;
        }
        if Instant::now() >= deadline {
            return false;
        }
        std::thread::sleep(pause);
        pause = pause.mul_f32(1.1).min(Duration::from_secs(1));
    }
}
