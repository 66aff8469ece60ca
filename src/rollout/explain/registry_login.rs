//! The registry does not let the node pull: without a login, with a wrong one, or because there is nothing to pull.

use super::image_reference::parts;
use super::pull_explanation::PullExplanation;
use crate::rollout::diagnosis::Proof;
use crate::rollout::model::{Graces, Lookup, LookupResult, Remedy, Words};
use crate::rollout::text::escape;
use crate::rollout::view::ContainerView;
use crate::text::nearest;

/// A Secret that holds the right login is seen at the kubelet's next attempt: the third comes some 30 s after the first.
const NEXT_PULL: jiff::SignedDuration = jiff::SignedDuration::from_secs(30);

pub(super) fn denied(container: &ContainerView, image: &str, words: Words, graces: &Graces) -> PullExplanation {
    let (registry, ..) = parts(image);
    let (namespace, shown) = (escape(container.namespace()), escape(registry));
    let secrets: Vec<&str> = pull_secrets(container);
    let create = |name: &str| {
        format!(
            "kubectl -n {namespace} create secret docker-registry {name} --docker-server={shown} \
             --docker-username=USER --docker-password=PASSWORD"
        )
    };
    let mut said = match secrets.first() {
        None => {
            let account = container.pod.spec.as_ref().and_then(|spec| spec.service_account_name.as_deref());
            let patch = r#"{"imagePullSecrets":[{"name":"regcred"}]}"#;
            PullExplanation::new(
                format!("registry {shown} does not let the node pull {} without a login", escape(image)),
                Remedy::given(
                    &words,
                    format!(
                        "{}; then: kubectl -n {namespace} patch serviceaccount {} -p '{patch}', and deploy again",
                        create("regcred"),
                        escape(account.unwrap_or("default")),
                    ),
                ),
                Proof::Lasting(graces.image),
            )
        }
        Some(secret) => with_secret(container, registry, secret, &create, graces),
    };
    said.also = match container.result_of(&Lookup::Image(image.to_owned())) {
        Some(LookupResult::Present(_)) => Some("your own login may read this image: it is there".to_owned()),
        Some(LookupResult::Absent(tags)) => {
            let (.., tag) = parts(image);
            let near = nearest(tag, tags.iter().map(String::as_str)).or(tags.last().map(String::as_str));
            let has = near.map(|near| format!("; it has {}", escape(near))).unwrap_or_default();
            Some(format!("for your own login the repository has no {}{has}", escape(tag)))
        }
        Some(LookupResult::NoRepository(_)) => Some("for your own login there is no such repository".to_owned()),
        Some(LookupResult::Denied) => {
            Some("your own login is refused too: it may be private, or not there at all; check the name".to_owned())
        }
        _ => None,
    };
    said.proof = said.proof.informed_by([Lookup::Image(image.to_owned())]);
    said
}

fn pull_secrets<'a>(container: &ContainerView<'a>) -> Vec<&'a str> {
    let secrets = container.pod.spec.as_ref().and_then(|spec| spec.image_pull_secrets.as_deref()).unwrap_or_default();
    secrets.iter().map(|secret| secret.name.as_str()).collect()
}

fn with_secret(
    container: &ContainerView,
    registry: &str,
    secret: &str,
    create: &dyn Fn(&str) -> String,
    graces: &Graces,
) -> PullExplanation {
    let (namespace, shown, name) = (escape(container.namespace()), escape(registry), escape(secret));
    // Whoever deletes it loses the other logins that it holds.
    let anew = || format!("kubectl -n {namespace} delete secret {name}; {}", create(&name));
    let lookup = Lookup::PullSecret(secret.to_owned());
    let records = || container.snapshot.lookups.iter().filter(|record| record.lookup == lookup);
    // Credentials that were there from the beginning are the ones that were refused.
    let first = records().min_by_key(|record| record.at);
    let refused = first.is_some_and(|record| record.result.is_there(Some(registry)));
    let (what, hint) = match container.result_of(&lookup) {
        Some(result @ LookupResult::Absent(names)) => {
            let near =
                nearest(secret, names.iter().map(String::as_str)).map(|near| format!("; there is {}", escape(near)));
            (
                format!(
                    "registry {shown} wants a login, and the imagePullSecret {name} does not exist in namespace {namespace}{}",
                    near.unwrap_or_default()
                ),
                Remedy::given(result, format!("create it: {}", create(&name))),
            )
        }
        Some(result @ LookupResult::Present(hosts)) if !hosts.iter().any(|host| host == registry) => {
            let has = if hosts.is_empty() {
                "for no registry".to_owned()
            } else {
                format!("for {}", escape(&hosts.join(", ")))
            };
            (
                format!("imagePullSecret {name} holds no login for registry {shown}; it holds one {has}"),
                Remedy::given(
                    result,
                    if hosts.is_empty() {
                        format!("recreate it: {}", anew())
                    } else {
                        let second = create(&format!("{name}-2"));
                        format!("create another, and name it in imagePullSecrets too: {second}")
                    },
                ),
            )
        }
        Some(result @ LookupResult::Present(hosts)) => (
            format!("registry {shown} refuses the login in imagePullSecret {name}"),
            match hosts.iter().filter(|host| *host != registry).map(String::as_str).collect::<Vec<_>>().as_slice() {
                [] => Remedy::given(result, format!("renew it: {}", anew())),
                others => Remedy::given(
                    result,
                    format!("renew it, with the login for {} that it holds too", escape(&others.join(", "))),
                ),
            },
        ),
        _ => (
            format!("registry {shown} does not let the node pull with imagePullSecret {name}"),
            Remedy::look(format!(
                "check that it is there and holds a login for {shown}: kubectl -n {namespace} get secret {name}"
            )),
        ),
    };
    let proof = if refused {
        Proof::Lasting(graces.image + NEXT_PULL)
    } else {
        Proof::Confirmed { grace: graces.image, lookup, key: Some(registry.to_owned()) }
    };
    PullExplanation::new(what, hint, proof)
}
