//! What only the cluster or a registry knows and the manifests are made from. Asked before they are rendered, and only
//! where plat.yaml needs it.

use futures::future::{try_join, try_join3};
use k8s_openapi::api::core::v1::Secret;
use kube::api::Api;
use sha2::{Digest, Sha256};

use super::image_facts;
use super::kinds::{kinds, unusable};
use super::read::{Project, Tools, pinned};
use crate::cluster::connect::Cluster;
use crate::cluster::inspect;
use crate::cluster::inspect::Gateways;
use crate::error::{Error, Result};
use crate::files::{self, Kind, Kinds, Namespaces, Objects, Origins, Scope};
use crate::manifests::{self, Inputs, Manifest, Migration, Provenance};
use crate::reason::Reason;
use crate::spec::{self, GatewayName, RestartOn, Route, RouteKind, User};

/// A project with everything that its manifests are made from. Only this renders.
#[derive(Debug, Clone)]
pub struct ResolvedProject {
    project: Project,
    inputs: Inputs,
    /// Of the objects of `extra`.
    origins: Origins,
}

impl ResolvedProject {
    /// The objects of the service, without those of its migration.
    #[must_use]
    pub fn manifests(&self) -> Vec<Manifest> {
        manifests::render(&self.project.spec, &self.inputs)
    }

    /// Where somebody wrote them: the files of `extra`, and plat.yaml for what it holds or patches of them.
    #[must_use]
    pub fn origins(&self) -> Origins {
        let mut origins = self.origins.clone();
        let patches = &self.project.spec.patch;
        let rendered = if patches.is_empty() { Vec::new() } else { self.manifests() };
        for manifest in rendered {
            let paths = manifests::patches_of(patches, &manifest);
            if !paths.is_empty() && origins.of(&manifest).is_none() {
                origins.note(&manifest, self.project.in_plat_yaml(paths));
            }
        }
        origins
    }

    /// The same with those of its migration, for a reader.
    #[must_use]
    pub fn all_manifests(&self) -> Vec<Manifest> {
        manifests::render_all(&self.project.spec, &self.inputs)
    }

    /// What `before` runs first.
    #[must_use]
    pub fn migration(&self) -> Option<Migration> {
        manifests::before(&self.project.spec, &self.inputs)
    }

    #[must_use]
    pub fn project(&self) -> &Project {
        &self.project
    }

    #[must_use]
    pub fn image(&self) -> &str {
        &self.inputs.image
    }

    #[must_use]
    pub fn provenance(&self) -> &Provenance {
        &self.inputs.provenance
    }
}

/// What is known of a source before the cluster is asked.
#[derive(Debug, Clone)]
pub struct Source {
    /// The image to run.
    pub image: String,
    /// What plat.yaml calls it; none where someone named it for this run, or plat built it.
    pub written: Option<String>,
    pub provenance: Provenance,
}

fn defined(project: &Project) -> Kinds {
    Kinds::defined(&project.extra)
}

/// Without a cluster what is unknown can only be printed, and for that its address does not matter.
fn guessed(project: &Project) -> Kinds {
    let mut kinds = defined(project);
    for unknown in files::unknown(&project.extra, &kinds) {
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

/// What the registry tells of the images.
struct Images {
    user: Option<User>,
    /// The image of `before`, where it has one of its own.
    before_image: Option<String>,
    before_user: Option<User>,
}

impl Project {
    /// Whether there is something to ask.
    #[must_use]
    pub fn needs_cluster(&self) -> bool {
        self.spec.restart_on.is_some()
            || self.wants_gateway()
            || !files::unknown(&self.extra, &defined(self)).is_empty()
    }

    /// Asks the cluster and the registry what plat.yaml leaves to them; nothing is sent where it leaves nothing.
    ///
    /// # Errors
    /// No Gateway, or several, where plat.yaml wants one; a Secret that may not be read; a kind of `extra` that nobody
    /// knows; an image that is none; an object of `extra` that is there twice, or in a namespace that cannot be.
    pub async fn resolve(self, cluster: &Cluster, source: Source, tools: &Tools<'_>) -> Result<ResolvedProject> {
        let of_cluster = async {
            let kinds = kinds(cluster, &self.extra, &tools.settings.cache_dir);
            try_join3(self.gateway(cluster), self.secret(cluster), kinds).await
        };
        let images = async {
            let running = self.running(cluster, &source).await;
            let image = running.unwrap_or_else(|| source.image.clone());
            let images = self.images(&image, tools).await?;
            Ok((image, images))
        };
        let (answers, (image, images)) = try_join(of_cluster, images).await?;
        let source = Source { image, ..source };
        self.with_inputs(cluster.namespace.clone(), source, answers, images)
    }

    /// The same without a cluster: its part stays open, and what is unknown can only be printed.
    ///
    /// # Errors
    /// As [`Self::resolve`].
    pub async fn resolve_offline(
        self,
        namespace: String,
        source: Source,
        tools: &Tools<'_>,
    ) -> Result<ResolvedProject> {
        let images = self.images(&source.image, tools).await?;
        let kinds = guessed(&self);
        self.with_inputs(namespace, source, (None, None, kinds), images)
    }

    fn with_inputs(
        self,
        namespace: String,
        source: Source,
        (gateway, secret, kinds): (Option<GatewayName>, Option<String>, Kinds),
        images: Images,
    ) -> Result<ResolvedProject> {
        let namespaces = Namespaces { default: &namespace, asked: false };
        let Objects { manifests: extra, origins } =
            files::manifests(self.extra.clone(), &kinds, namespaces).map_err(unusable)?;
        let Source { image, provenance, .. } = source;
        let files = self.files.clone();
        let Images { user, before_image, before_user } = images;
        let inputs =
            Inputs { namespace, image, user, files, provenance, gateway, secret, before_image, before_user, extra };
        Ok(ResolvedProject { project: self, inputs, origins })
    }

    /// The image by the name that plat.yaml has, where that goes on running: see [`Self::runs_by_name`].
    async fn running(&self, cluster: &Cluster, source: &Source) -> Option<String> {
        let written = source.written.as_ref()?;
        if !self.runs_by_name(cluster, written).await {
            return None;
        }
        cluster.events.note(format!(
            "{written} goes on running by its name: with its digest the pods would restart; the next image is pinned"
        ));
        Some(written.clone())
    }

    /// Whether the service runs by exactly this name of an image, without a digest, and nothing is to be added to it: then
    /// the name stays, because a digest in its place would restart the pods.
    pub async fn runs_by_name(&self, cluster: &Cluster, image: &str) -> bool {
        if self.spec.adds_defaults() || image.contains('@') {
            return false;
        }
        let kind = if self.spec.kind == spec::Kind::Cron { "CronJob" } else { "Deployment" };
        let container = self.spec.names.container.as_ref().unwrap_or(&self.spec.name);
        inspect::image_of(cluster, kind, &self.spec.name, container).await.is_some_and(|running| running == image)
    }

    /// What the registry tells of the images.
    async fn images(&self, image: &str, tools: &Tools<'_>) -> Result<Images> {
        let of_service = async {
            let user = image_facts::user(image, self, tools).await;
            image_facts::tell_port(image, self, tools).await;
            Ok(user)
        };
        let of_before = async {
            let Some(image) = self.spec.before.as_ref().and_then(|before| before.image.as_deref()) else {
                return Ok((None, None));
            };
            let pinned = pinned(image, tools.events).await?;
            let user = image_facts::user(&pinned, self, tools).await;
            Ok::<_, Error>((Some(pinned), user))
        };
        let (user, (before_image, before_user)) = try_join(of_service, of_before).await?;
        Ok(Images { user, before_image, before_user })
    }

    /// Whether the cluster decides how `host` is routed, or through which Gateway.
    fn wants_gateway(&self) -> bool {
        let route = self.spec.route.as_ref();
        self.spec.host.is_some()
            && route.and_then(Route::gateway).is_none()
            && route.and_then(Route::kind) != Some(RouteKind::Ingress)
    }

    async fn gateway(&self, cluster: &Cluster) -> Result<Option<GatewayName>> {
        let Some(host) = self.spec.host.as_deref().filter(|_| self.wants_gateway()) else { return Ok(None) };
        let is_wanted = self.spec.route.as_ref().and_then(Route::kind) == Some(RouteKind::Gateway);
        let error = |what: String| {
            Error::user(what)
                .at(cluster.place())
                .hint("name one in plat.yaml: `route: {gateway: NAMESPACE/NAME}`, or say `route: ingress`")
                .reason(Reason::NoGateway)
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
            Gateways::Unknown if is_wanted => {
                Err(error("you are not allowed to see which Gateways there are".to_owned()))
            }
            Gateways::None => Ok(None),
            Gateways::Unknown => {
                cluster.events.warn(
                    "you are not allowed to see whether the cluster has a Gateway, so an Ingress is used; plat.yaml may name one: \
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
