//! What a key can be, by its form. Whether a path exists is for `gather` to see.

use crate::manifests::WorkloadKind;

/// A key that names something in a cluster: `payments-api`, `deploy/payments-api`, `shop/payments-api`, a pod's name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Key {
    pub namespace: Option<String>,
    /// Where it was named; a namespace that is called as a kind is given with `-n`.
    pub kind: Option<&'static WorkloadKind>,
    pub name: String,
}

impl Key {
    /// None when no object in Kubernetes can have this name.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (first, name) = match text.split_once('/') {
            Some((first, name)) => (Some(first), name),
            None => (None, text),
        };
        let kind = first.and_then(WorkloadKind::named);
        let namespace = first.filter(|_| kind.is_none());
        // Namespaces are DNS labels (RFC 1123), names of workloads and pods are subdomains: labels and dots.
        let valid =
            namespace.is_none_or(|namespace| is_name(namespace, 63) && !namespace.contains('.')) && is_name(name, 253);
        valid.then(|| Self { namespace: namespace.map(str::to_owned), kind, name: name.to_owned() })
    }

    /// Whether the text is written as a path, so that a missing file is what must be reported.
    #[must_use]
    pub fn is_written_as_path(text: &str) -> bool {
        matches!(text, "." | "..")
            || ["./", "../", "/", "~/"].iter().any(|start| text.starts_with(start))
            || text.ends_with('/')
    }
}

fn is_name(text: &str, longest: usize) -> bool {
    let inner = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '-' | '.');
    let edge = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
    text.len() <= longest && text.chars().all(inner) && text.starts_with(edge) && text.ends_with(edge)
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case("payments-api", Some((None, "payments-api")))]
    #[case("shop/payments-api", Some((Some("shop"), "payments-api")))]
    #[case("payments-api-7d9c6b5f4-abcde", Some((None, "payments-api-7d9c6b5f4-abcde")))]
    #[case("web-0.example", Some((None, "web-0.example")))]
    #[case("src/main/x.go", None)]
    #[case("Payments", None)]
    #[case("", None)]
    #[case("shop/", None)]
    #[case("a.b/c", None)]
    #[case("-x", None)]
    fn a_key_is_what_kubernetes_could_have_named(#[case] text: &str, #[case] expected: Option<(Option<&str>, &str)>) {
        let expected = expected.map(|(namespace, name)| (namespace.map(str::to_owned), None, name.to_owned()));
        assert_eq!(Key::parse(text).map(|key| (key.namespace, key.kind, key.name)), expected);
    }

    #[rstest]
    #[case("deploy/payments-api", "Deployment")]
    #[case("statefulsets.apps/db", "StatefulSet")]
    #[case("Pod/web-0", "Pod")]
    fn a_kind_is_named_as_for_kubectl(#[case] text: &str, #[case] expected: &str) {
        let key = Key::parse(text).expect("a key");
        assert_eq!((key.namespace, key.kind.map(|kind| kind.kind)), (None, Some(expected)));
    }

    #[rstest]
    #[case("./src", true)]
    #[case("..", true)]
    #[case("src/", true)]
    #[case("/etc/x", true)]
    #[case("src/main.go", false)]
    #[case("payments-api", false)]
    fn a_path_is_known_by_its_dots_and_slashes(#[case] text: &str, #[case] expected: bool) {
        assert_eq!(Key::is_written_as_path(text), expected);
    }
}
