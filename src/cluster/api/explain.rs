//! What a failed call means, said for people: what failed, where, and the next step.

use super::rejection;
use crate::cluster::connect::{Cluster, LoginEnded, RESPONSE, Silent, find};
use crate::error::Error;
use crate::reason::Reason;

impl Cluster {
    /// Says why a call failed. `doing` completes "cannot …": `apply Deployment shop/payments-api`.
    #[must_use]
    pub fn explain(&self, error: kube::Error, doing: &str) -> Error {
        let login = find::<LoginEnded>(&error);
        let made = match &error {
            _ if login.is_some() => {
                let why = login.map(ToString::to_string).unwrap_or_default();
                Error::user(format!("cannot {doing}: {why}"))
                    .hint("log in again, then run the same command")
                    .reason(Reason::Login)
            }
            kube::Error::Api(status) => rejection::explain(self, status, doing),
            _ if find::<Silent>(&error).is_some() => {
                let after = Silent::AFTER.as_secs();
                Error::user(format!("cannot {doing}: the API server takes requests and did not answer within {after} s"))
                    .hint("is it overloaded, or does something between swallow what it says (VPN, proxy)? kubectl get --raw /readyz")
                    .reason(Reason::Timeout)
            }
            _ if is_timeout(&error) => {
                Error::user(format!("cannot {doing}: the API server did not answer within {} s", RESPONSE.as_secs()))
                    .hint("an admission webhook may hang; try again, then ask the cluster's administrator")
                    .reason(Reason::Timeout)
            }
            kube::Error::SerdeError(_) | kube::Error::FromUtf8(_) => {
                Error::user(format!("cannot {doing}: the answer is not one of a Kubernetes API server"))
                    .hint("does the kubeconfig's server lead to a login page or a proxy? -v shows the cause")
                    .reason(Reason::NotKubernetes)
            }
            kube::Error::Auth(_) => Error::user(format!("cannot {doing}: logging in again failed"))
                .hint("-v shows the cause")
                .reason(Reason::Login),
            _ => Error::user(format!("cannot {doing}: the connection to the API server was lost"))
                .hint("what was sent before may have been done; run the same command again, it continues from there")
                .reason(Reason::ConnectionLost),
        };
        made.at(self.place()).because(error)
    }
}

/// Whether the answer to one request took too long.
pub(in crate::cluster) fn is_timeout(error: &kube::Error) -> bool {
    find::<tower::timeout::error::Elapsed>(error).is_some()
}
