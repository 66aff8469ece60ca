//! Where the files of a bundle lie. Names come from the cluster: none may lead out of the folder, and two that differ
//! only in what a file system cannot tell apart must not become one file.

use std::collections::HashSet;

use serde_json::Value;

/// Where objects of no namespace lie. No namespace has an underscore.
const CLUSTER: &str = "_cluster";
/// Bytes of one part of a path: file systems allow 255, and a number and an ending follow.
const PART: usize = 200;

/// Gives each file of one bundle a name of its own.
#[derive(Debug, Default)]
pub(super) struct Names {
    /// In lower case: macOS and Windows do not tell `A` from `a`.
    taken: HashSet<String>,
}

impl Names {
    /// `objects/NAMESPACE/KIND/NAME.json`; `KIND.GROUP` for groups that are not built in.
    pub(super) fn object(&mut self, object: &Value) -> String {
        let text = |value: &Value| part(value.as_str().unwrap_or_default());
        let namespace = object["metadata"]["namespace"].as_str();
        let group = object["apiVersion"].as_str().and_then(|version| Some(version.rsplit_once('/')?.0));
        let mut kind = text(&object["kind"]).to_lowercase();
        // Kubernetes' own kinds are known without their group; those without a dot cannot be anybody else's.
        if let Some(group) = group.filter(|group| group.contains('.')) {
            kind = part(&format!("{kind}.{group}"));
        }
        let folder = format!("objects/{}/{kind}", namespace.map_or_else(|| CLUSTER.to_owned(), part));
        self.own(&format!("{folder}/{}", text(&object["metadata"]["name"])), ".json")
    }

    /// `logs/NAMESPACE/POD/CONTAINER.log`. Names of containers have no dot, so `.previous` is none's.
    pub(super) fn log(&mut self, namespace: &str, pod: &str, container: &str, previous: bool) -> String {
        let [namespace, pod, container] = [namespace, pod, container].map(part);
        let end = if previous { ".previous.log" } else { ".log" };
        self.own(&format!("logs/{namespace}/{pod}/{container}"), end)
    }

    /// The first of `stem.end`, `stem~2.end`, … that is free.
    fn own(&mut self, stem: &str, end: &str) -> String {
        let numbered = (2_u64..).map(|number| format!("{stem}~{number}{end}"));
        let mut names = std::iter::once(format!("{stem}{end}")).chain(numbered);
        names.find(|name| self.taken.insert(name.to_lowercase())).unwrap_or_default()
    }
}

/// One part of a path: no separator, nothing hidden, nothing that means "the folder above".
fn part(text: &str) -> String {
    let safe = |(at, c): (usize, char)| match c {
        '.' if at > 0 => '.',
        c if c.is_ascii_alphanumeric() => c,
        _ => '-',
    };
    let part: String = text.chars().take(PART).enumerate().map(safe).collect();
    if part.is_empty() { "unknown".to_owned() } else { part }
}
