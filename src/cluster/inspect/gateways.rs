//! Through which Gateway a route can go (gateway-api.sigs.k8s.io).

use kube::api::{Api, ApiResource, DynamicObject, ListParams};
use kube::{Client, ResourceExt};
use serde_json::Value;

use crate::cluster::connect::Cluster;
use crate::error::Result;
use crate::spec::GatewayName;

/// What the cluster offers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Gateways {
    /// No Gateway API, or no Gateway that takes routes of this host and namespace.
    None,
    One(GatewayName),
    /// `infra/public`
    Many(Vec<String>),
    /// This user may not see them.
    Unknown,
}

/// Looks for the Gateways that take a route of `host` in the cluster's namespace.
///
/// # Errors
/// When the API server cannot be asked at all.
pub async fn gateways(cluster: &Cluster, host: &str) -> Result<Gateways> {
    let resource = ApiResource {
        group: "gateway.networking.k8s.io".to_owned(),
        version: "v1".to_owned(),
        api_version: "gateway.networking.k8s.io/v1".to_owned(),
        kind: "Gateway".to_owned(),
        plural: "gateways".to_owned(),
    };
    let everywhere = Api::<DynamicObject>::all_with(cluster.client.clone(), &resource);
    let here = |client: Client| Api::<DynamicObject>::namespaced_with(client, &cluster.namespace, &resource);
    let listed = match everywhere.list(&ListParams::default()).await {
        Err(kube::Error::Api(status)) if status.is_forbidden() => {
            here(cluster.client.clone()).list(&ListParams::default()).await
        }
        other => other,
    };
    match listed {
        Ok(list) => Ok(choose(&list.items, &cluster.namespace, host)),
        // An API group that is not there is answered in plain text, without a reason.
        Err(kube::Error::Api(status)) if status.code == 404 => Ok(Gateways::None),
        Err(kube::Error::Api(status)) if status.is_forbidden() => Ok(Gateways::Unknown),
        Err(error) => Err(cluster.explain(error, "look for a Gateway")),
    }
}

/// One of the own namespace before those of others.
fn choose(gateways: &[DynamicObject], namespace: &str, host: &str) -> Gateways {
    let open: Vec<&DynamicObject> = gateways.iter().filter(|gateway| takes(gateway, namespace, host)).collect();
    let own: Vec<&DynamicObject> =
        open.iter().copied().filter(|gateway| gateway.namespace().as_deref() == Some(namespace)).collect();
    match (own.as_slice(), open.as_slice()) {
        ([one], _) | ([], [one]) => Gateways::One(GatewayName {
            namespace: one.namespace().filter(|of| of != namespace),
            name: one.name_any(),
            listener: None,
        }),
        ([], []) => Gateways::None,
        ([], several) | (several, _) => Gateways::Many(
            several
                .iter()
                .map(|gateway| format!("{}/{}", gateway.namespace().unwrap_or_default(), gateway.name_any()))
                .collect(),
        ),
    }
}

/// Whether one of its listeners takes routes of this namespace (by default only those of its own) and this host. Whom
/// a selector means, the Gateway's controller says.
fn takes(gateway: &DynamicObject, namespace: &str, host: &str) -> bool {
    let same = gateway.namespace().as_deref() == Some(namespace);
    let listeners = gateway.data["spec"]["listeners"].as_array();
    listeners.into_iter().flatten().any(|listener| {
        let from = listener["allowedRoutes"]["namespaces"]["from"].as_str().unwrap_or("Same");
        (same || from != "Same") && speaks_http(listener) && hears(listener["hostname"].as_str(), host)
    })
}

fn speaks_http(listener: &Value) -> bool {
    matches!(listener["protocol"].as_str(), Some("HTTP" | "HTTPS"))
}

/// Whether a listener's host and a route's have something in common (`Listener.hostname`).
fn hears(listener: Option<&str>, host: &str) -> bool {
    let covers = |wide: &str, host: &str| wide.strip_prefix('*').is_some_and(|end| host.ends_with(end));
    listener.is_none_or(|listener| listener == host || covers(listener, host) || covers(host, listener))
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    fn gateway(namespace: &str, listener: &str) -> DynamicObject {
        let text = format!(
            "{{metadata: {{name: public, namespace: {namespace}}}, spec: {{listeners: [{{protocol: HTTP, {listener}}}]}}}}"
        );
        serde_yaml::from_str(&text).expect("a Gateway")
    }

    fn one(namespace: Option<&str>) -> Gateways {
        Gateways::One(GatewayName {
            namespace: namespace.map(ToOwned::to_owned),
            name: "public".to_owned(),
            listener: None,
        })
    }

    const ALL: &str = "allowedRoutes: {namespaces: {from: All}}";

    #[rstest]
    #[case::none(&[], Gateways::None)]
    #[case::own(&[gateway("shop", "port: 80")], one(None))]
    #[case::closed(&[gateway("infra", "port: 80")], Gateways::None)]
    #[case::open(&[gateway("infra", ALL)], one(Some("infra")))]
    #[case::own_first(&[gateway("infra", ALL), gateway("shop", "port: 80")], one(None))]
    #[case::many(&[gateway("infra", ALL), gateway("edge", ALL)], Gateways::Many(vec!["infra/public".into(), "edge/public".into()]))]
    #[case::other_host(&[gateway("shop", "hostname: b.example.com")], Gateways::None)]
    #[case::wildcard(&[gateway("shop", "hostname: '*.example.com'")], one(None))]
    fn a_gateway_that_takes_the_route(#[case] gateways: &[DynamicObject], #[case] expected: Gateways) {
        assert_eq!(choose(gateways, "shop", "a.example.com"), expected);
    }
}
