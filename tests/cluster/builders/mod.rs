//! Every stack: what it makes of a project, what it pushes, and what it says where it cannot.
//!
//! ```text
//! projects    the smallest project of each stack, and layouts that people have
//! tools       the same for package managers and build tools that fewer people have
//! same        the same source is the same image, and a line is some kilobytes
//! refusals    what is missing or wrong, with its place and the next step
//! push        mounted, streamed, cut off; platforms
//! dockerfile  by buildah
//! attest      what is said of an image beside it; tested: projects that stand on more than they ship
//! other_registry  beside the sandbox's own
//! ```

mod attest;
mod dockerfile;
mod other_registry;
mod projects;
mod push;
mod refusals;
mod same;
mod tested;
mod tools;

use serde_json::Value;

use crate::support::{Namespace, bases};
use projects::Files;

pub fn tests() -> Vec<crate::harness::Test> {
    [same::tests(), refusals::tests(), push::tests(), dockerfile::tests(), attest::tests()]
        .into_iter()
        .flatten()
        .collect()
}

/// What `plat build` pushed.
struct Pushed {
    reference: String,
    bytes: u64,
}

/// Writes a project into a folder of the work folder. Its name is the namespace's: nobody has pushed it before.
fn write(ns: &Namespace, folder: &str, files: Files) {
    for (path, text) in files {
        let mut text = text.replace("NAME", &ns.name).replace("REGISTRY", &ns.sandbox.registry);
        if text.contains("BERRY") {
            text = text.replace("BERRY", &bases::berry().to_string_lossy());
        }
        ns.write(&format!("{folder}/{path}"), text);
    }
}

fn build(ns: &Namespace, folder: &str) -> Pushed {
    pushed(bases::plat(ns, &["build", "--output", "json"]).folder(folder).succeeds().out.trim())
}

fn pushed(line: &str) -> Pushed {
    let printed: Value = serde_json::from_str(line).expect("JSON");
    let reference = printed["image"].as_str().expect("an image").to_owned();
    Pushed { reference, bytes: printed["uploaded_bytes"].as_u64().expect("a number") }
}
