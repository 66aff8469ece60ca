//! What runs in a pod: the service itself, or the migration before it.

use std::collections::BTreeMap;

use k8s_openapi::api::core::v1::{EnvVar, EnvVarSource, SecretKeySelector};

use super::context::Context;
use crate::spec::{Before, Health, Resources, Spec, User};

/// Above the users of the host (kube-score, CIS): a process that escapes is nobody there.
const NOBODY: User = User { uid: 10001, gid: Some(10001) };
/// Most programs that were ever run by a platform read the port to listen on from here.
const PORT: &str = "PORT";

/// One container and the identity of its pod.
pub(super) struct Program<'a> {
    pub context: &'a Context<'a>,
    /// Of the container.
    pub name: &'a str,
    /// Of the pod's labels and its config.
    pub identity: String,
    /// Its `ServiceAccount`; none for the namespace's own.
    pub account: Option<String>,
    pub image: &'a str,
    /// None for the image's own.
    pub user: Option<User>,
    pub command: &'a [String],
    pub args: &'a [String],
    env: &'a BTreeMap<String, String>,
    secrets: &'a [String],
    /// Paths as plat.yaml writes them.
    pub config: &'a [String],
    pub resources: &'a Resources,
    pub port: Option<u16>,
    pub health: Health,
    /// Whether it is the service itself, which alone has its volumes and selector.
    pub is_service: bool,
    /// Whether it has to end by itself.
    pub ends: bool,
    /// Whether it gets what plat.yaml does not say.
    pub adds_defaults: bool,
}

impl<'a> Program<'a> {
    pub fn of_service(context: &'a Context<'a>) -> Self {
        let spec = context.spec;
        Self {
            context,
            name: context.container_name(),
            identity: spec.name.clone(),
            account: context.account_name().map(ToOwned::to_owned),
            image: &context.inputs.image,
            user: user(spec, context.inputs.user),
            command: &spec.command,
            args: &spec.args,
            env: &spec.env,
            secrets: &spec.secrets,
            config: &spec.config,
            resources: &spec.resources,
            port: spec.port,
            health: spec.health(),
            is_service: true,
            ends: spec.ends(),
            adds_defaults: spec.adds_defaults(),
        }
    }

    /// What `before` leaves out is as the service has it; but its volumes may be held by the service's pods.
    pub fn of_before(context: &'a Context<'a>, before: &'a Before) -> Self {
        let spec = context.spec;
        let of_image = if before.image.is_some() { context.inputs.before_user } else { context.inputs.user };
        Self {
            context,
            name: "before",
            identity: context.before_name(),
            account: Some(context.before_name()),
            image: context.inputs.before_image.as_ref().or(before.image.as_ref()).unwrap_or(&context.inputs.image),
            user: user(spec, of_image),
            command: &before.command,
            args: &before.args,
            env: before.env.as_ref().unwrap_or(&spec.env),
            secrets: before.secrets.as_ref().unwrap_or(&spec.secrets),
            config: before.config.as_ref().unwrap_or(&spec.config),
            resources: before.resources.as_ref().unwrap_or(&spec.resources),
            port: None,
            health: Health::None,
            is_service: false,
            ends: true,
            adds_defaults: spec.adds_defaults(),
        }
    }

    pub fn env(&self) -> Vec<EnvVar> {
        let literal =
            |name: &str, value: String| EnvVar { name: name.to_owned(), value: Some(value), ..EnvVar::default() };
        let said = |name: &str| self.env.contains_key(name) || self.secrets.iter().any(|key| key == name);
        let port = self.port.filter(|_| self.adds_defaults && !said(PORT)).map(|port| literal(PORT, port.to_string()));
        let literals = self.env.iter().map(|(name, value)| literal(name, value.clone()));
        let secrets = self.secrets.iter().map(|key| EnvVar {
            name: key.clone(),
            value_from: Some(EnvVarSource {
                secret_key_ref: Some(SecretKeySelector {
                    name: self.context.spec.name.clone(),
                    key: key.clone(),
                    ..SecretKeySelector::default()
                }),
                ..EnvVarSource::default()
            }),
            ..EnvVar::default()
        });
        port.into_iter().chain(literals).chain(secrets).collect()
    }
}

fn user(spec: &Spec, of_image: Option<User>) -> Option<User> {
    let default = || spec.adds_defaults().then(|| of_image.unwrap_or(NOBODY));
    spec.user().or_else(default)
}
