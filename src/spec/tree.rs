//! plat.yaml -> its tree, within the bounds of what people write.

use crate::located::{self, Finding, Limits, Node, START};

/// A plat.yaml is written by hand; what is larger is a mistake or an attack.
const MAX_BYTES: usize = 256 * 1024;
const LIMITS: Limits = Limits { nodes: 10_000, depth: 32 };

pub(super) fn read(text: &str) -> Result<(Node, Vec<Finding>), Finding> {
    if text.len() > MAX_BYTES {
        return Err(Finding::new(START, format!("the file is larger than {} KiB", MAX_BYTES / 1024))
            .hint("put large values into files and list those under `config`"));
    }
    match located::read(text, LIMITS)? {
        (Some(root), findings) => Ok((root, findings)),
        (None, _) => {
            Err(Finding::new(START, "the file is empty")
                .hint("two lines are enough: `name: my-service` and `port: 8080`"))
        }
    }
}
