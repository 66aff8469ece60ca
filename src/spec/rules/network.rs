//! How it is reached from outside the cluster.

use super::subject::Subject;
use crate::located::Finding;

/// `host` needs something that answers; `paths` and `route` need a `host`.
pub(super) fn host_comes_first(subject: &Subject) -> Vec<Finding> {
    let host = subject.entry("host");
    let without_port = match (subject.kind(), host) {
        (Some(kind), Some(host)) if kind != "service" => Some(
            Finding::new(host.key_span, format!("a {kind} answers nobody, so it has no `host`"))
                .hint("remove the line, or make it `kind: service`"),
        ),
        _ => None,
    };
    let without_host = ["paths", "route"].into_iter().filter_map(|field| {
        let entry = subject.entry(field).filter(|_| host.is_none())?;
        Some(
            Finding::new(entry.key_span, format!("`{field}` says how `host` is reached, and there is no `host`"))
                .hint("add `host: shop.example.com`, or remove the line"),
        )
    });
    without_port.into_iter().chain(without_host).collect()
}

/// An Ingress has a class and a certificate, an `HTTPRoute` a Gateway.
pub(super) fn one_way_in(subject: &Subject) -> Vec<Finding> {
    let Some(gateway) = subject.entry_in("route", "gateway") else { return Vec::new() };
    ["class", "tls"]
        .into_iter()
        .filter_map(|field| {
            let entry = subject.entry_in("route", field)?;
            Some(
                Finding::new(
                    entry.key_span,
                    format!(
                        "`route.{field}` is for an Ingress, `route.gateway` on line {} for a Gateway",
                        gateway.key_span.line
                    ),
                )
                .hint("keep one of them; a Gateway holds its certificates itself"),
            )
        })
        .collect()
}
