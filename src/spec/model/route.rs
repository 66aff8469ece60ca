//! How `host` is reached from outside the cluster.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// `route: ingress`, `route: gateway`, or a map with what to use.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(untagged)]
pub enum Route {
    /// One of the two, and the rest is found out.
    Kind(RouteKind),
    To(RouteTo),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum RouteKind {
    Ingress,
    Gateway,
}

#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct RouteTo {
    /// The class of the Ingress (default: the cluster's own default class)
    #[schemars(extend("format" = "object-name"))]
    pub class: Option<String>,
    /// The Secret with the certificate of `host`, for an Ingress (a Gateway holds its certificates itself)
    #[schemars(extend("format" = "object-name"))]
    pub tls: Option<String>,
    /// The Gateway, as `NAME`, `NAMESPACE/NAME` or `NAMESPACE/NAME/LISTENER`
    #[schemars(extend("format" = "gateway-name"))]
    pub gateway: Option<String>,
}

/// A Gateway and, where it matters, one of its listeners.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GatewayName {
    /// None for the namespace of the service.
    pub namespace: Option<String>,
    pub name: String,
    pub listener: Option<String>,
}

impl Route {
    /// Which of the two plat.yaml asks for; none where the cluster decides.
    #[must_use]
    pub fn kind(&self) -> Option<RouteKind> {
        match self {
            Self::Kind(kind) => Some(*kind),
            Self::To(RouteTo { gateway: Some(_), .. }) => Some(RouteKind::Gateway),
            Self::To(RouteTo { class, tls, .. }) => (class.is_some() || tls.is_some()).then_some(RouteKind::Ingress),
        }
    }

    #[must_use]
    pub fn class(&self) -> Option<&str> {
        self.to()?.class.as_deref()
    }

    #[must_use]
    pub fn tls(&self) -> Option<&str> {
        self.to()?.tls.as_deref()
    }

    /// The Gateway that plat.yaml names.
    #[must_use]
    pub fn gateway(&self) -> Option<GatewayName> {
        let mut parts = self.to()?.gateway.as_deref()?.split('/').map(ToOwned::to_owned);
        let first = parts.next()?;
        Some(match parts.next() {
            None => GatewayName { namespace: None, name: first, listener: None },
            Some(name) => GatewayName { namespace: Some(first), name, listener: parts.next() },
        })
    }

    fn to(&self) -> Option<&RouteTo> {
        match self {
            Self::Kind(_) => None,
            Self::To(to) => Some(to),
        }
    }
}
