//! What only the cluster or a registry knows and the manifests are made from. Asked before they are rendered, and only
//! where plat.yaml needs it.

use futures::future::{try_join, try_join3};
use k8s_openapi::api::core::v1::Secret;
use kube::api::Api;
use sha2::{Digest, Sha256};

use super::{Project, pinned};
use crate::cluster::connect::Cluster;
use crate::cluster::inspect;
use crate::cluster::inspect::Gateways;
use crate::commands::deploy::files::kinds;
use crate::error::{Error, Result};
use crate::files::{self, Kind, Kinds, Scope};
use crate::manifests;
use crate::settings::Settings;
use crate::spec::{GatewayName, RestartOn, Route, RouteKind};
use crate::ui::Ui;

/// The answers.
#[derive(Debug, Clone, Default)]
pub struct Asked {
    pub(super) gateway: Option<GatewayName>,
    pub(super) secret: Option<String>,
    pub(super) before_image: Option<String>,
    /// Those of `extra` that are not built in.
    pub(super) kinds: Kinds,
}

fn defined(project: &Project) -> Kinds {
    Kinds::defined(&project.extra)
}

/// Without a cluster what is unknown can only be printed, and for that its address does not matter.
fn guessed(project: &Project) -> Kinds {
    let mut kinds = defined(project);
    while let Some(unknown) = files::unknown(&project.extra, &kinds) {
        let resource = format!("{}s", unknown.kind.to_lowercase());
        kinds.add(Kinds::of(Kind {
            api_version: unknown.api_version,
            kind: unknown.kind,
            resource,
            scope: Scope::Namespaced,
        }));
    }
    kinds
}

impl Project {
    /// Whether there is something to ask.
    #[must_use]
    pub fn needs_cluster(&self) -> bool {
        self.spec.restart_on.is_some() || self.wants_gateway() || files::unknown(&self.extra, &defined(self)).is_some()
    }

    /// Asks what [`Self::inputs`] needs; nothing is sent where it needs nothing. Without a cluster its part stays open.
    ///
    /// # Errors
    /// No Gateway, or several, where plat.yaml wants one; a Secret that may not be read; a kind of
    /// `extra` that nobody knows; an image that is none.
    pub async fn ask(&mut self, cluster: Option<&Cluster>, settings: &Settings, ui: &Ui) -> Result<()> {
        let of_cluster = async {
            let Some(cluster) = cluster else { return Ok((None, None, guessed(self))) };
            let kinds = kinds(cluster, &self.extra, &settings.cache_dir);
            try_join3(self.gateway(cluster, ui), self.secret(cluster), kinds).await
        };
        let of_registry = async {
            match self.spec.before.as_ref().and_then(|before| before.image.as_deref()) {
                Some(image) => pinned(image, ui).await.map(Some),
                None => Ok(None),
            }
        };
        let ((gateway, secret, kinds), before_image) = try_join(of_cluster, of_registry).await?;
        self.asked = Asked { gateway, secret, before_image, kinds };
        Ok(())
    }

    /// Whether the cluster decides how `host` is routed, or through which Gateway.
    fn wants_gateway(&self) -> bool {
        let route = self.spec.route.as_ref();
        self.spec.host.is_some()
            && route.and_then(Route::gateway).is_none()
            && route.and_then(Route::kind) != Some(RouteKind::Ingress)
    }

    async fn gateway(&self, cluster: &Cluster, ui: &Ui) -> Result<Option<GatewayName>> {
        let Some(host) = self.spec.host.as_deref().filter(|_| self.wants_gateway()) else { return Ok(None) };
        let is_wanted = self.spec.route.as_ref().and_then(Route::kind) == Some(RouteKind::Gateway);
        let error = |what: String| {
            Error::user(what)
                .at(cluster.place())
                .hint("name one in plat.yaml: `route: {gateway: NAMESPACE/NAME}`, or say `route: ingress`")
                .reason("NoGateway")
        };
        match inspect::gateways(cluster, host).await? {
            Gateways::One(gateway) => Ok(Some(gateway)),
            Gateways::Many(names) => {
                Err(error(format!("several Gateways take routes of {host}, and plat.yaml names none of them"))
                    .detail(names.join(", ")))
            }
            Gateways::None if is_wanted => {
                Err(error(format!("no Gateway takes routes of {host} in namespace {}", cluster.namespace)))
            }
            Gateways::Unknown if is_wanted => Err(error("you may not see which Gateways there are".to_owned())),
            Gateways::None => Ok(None),
            Gateways::Unknown => {
                ui.warn(
                    "you may not see whether the cluster has a Gateway, so an Ingress is used; plat.yaml may name one: \
                     `route: {gateway: NAMESPACE/NAME}`",
                );
                Ok(None)
            }
        }
    }

    /// Identity and version of the Secret: they change when it does, and tell nothing of it.
    async fn secret(&self, cluster: &Cluster) -> Result<Option<String>> {
        if self.spec.restart_on != Some(RestartOn::Secrets) {
            return Ok(None);
        }
        let name = &self.spec.name;
        let secrets = Api::<Secret>::namespaced(cluster.client.clone(), &cluster.namespace);
        match secrets.get_metadata_opt(name).await {
            // Its pods wait for it; there is nothing yet that they could have read.
            Ok(None) => Ok(None),
            Ok(Some(secret)) => {
                let of = |text: Option<String>| text.unwrap_or_default();
                let text = format!("{}/{}", of(secret.metadata.uid), of(secret.metadata.resource_version));
                Ok(Some(manifests::hex(&Sha256::digest(text)[..8])))
            }
            Err(kube::Error::Api(status)) if status.is_not_found() => Ok(None),
            Err(error) => Err(cluster
                .explain(error, &format!("read the version of Secret {}/{name}", cluster.namespace))
                .hint("`restartOn: secrets` needs it; remove the line to deploy without")),
        }
    }
}
