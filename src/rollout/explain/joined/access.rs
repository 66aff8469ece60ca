//! What the API server or a database refuses the program, beside its account and its Secrets.

use std::sync::LazyLock;

use regex::Captures;

use super::given;
use super::line::{Joined, Phrase, Read, group};
use crate::rollout::model::{Lack, Lookup, LookupResult, Remedy, Words};
use crate::rollout::text::escape;
use crate::rollout::view::ContainerView;

pub(super) static PHRASES: LazyLock<Vec<Phrase>> = LazyLock::new(|| {
    let all: [(&'static str, Read); 3] = [
        (
            // k8s.io/apiserver, responsewriters.forbiddenMessage
            r#"User \\?"system:serviceaccount:(?<namespace>[^:"\\]+):(?<account>[^"\\]+)\\?" cannot (?<verb>[\w*]+) resource \\?"(?<resource>[^"\\]+)\\?" in API group \\?"(?<group>[^"\\]*)\\?"(?: in the namespace \\?"(?<in>[^"\\]+)\\?"| at the cluster scope)?"#,
            |container, found| Some(forbidden(container, found)),
        ),
        (
            r"(?i)permission denied for (?<what>table|relation|schema|database|sequence|function|view) (?<name>\S+)",
            |container, found| Some(database(container, found)),
        ),
        (
            r#"(?i)password authentication failed for user "(?<user>[^"]+)"|access denied for user '(?<user2>[^']+)'[^(]*(?:\(using password: \w+\))?|WRONGPASS|NOAUTH|authentication failed|login failed|invalid (?:username or password|credentials|api[ -]?key|token|password)|incorrect password|invalid username-password pair|\b401 unauthorized|ACCESS_REFUSED|login was refused|MessageEncryptor::InvalidMessage|invalid audience \(aud\) claim"#,
            login,
        ),
    ];
    all.into_iter().map(Phrase::new).collect()
});

fn forbidden(container: &ContainerView, found: &Captures) -> Joined {
    let [namespace, account, verb, resource] =
        ["namespace", "account", "verb", "resource"].map(|name| escape(group(found, name)));
    let (api, within) = (group(found, "group"), group(found, "in"));
    let of_group = if api.is_empty() { String::new() } else { format!(".{}", escape(api)) };
    let place =
        if within.is_empty() { "in the whole cluster".to_owned() } else { format!("in namespace {}", escape(within)) };
    let lookup = Lookup::Roles(account.clone());
    let bound = match container.result_of(&lookup) {
        Some(result @ LookupResult::Present(roles)) => Some((result, roles.as_slice())),
        _ => None,
    };
    let is_default = account == "default";
    let spec = container.pod.spec.as_ref();
    let unnamed = spec.and_then(|spec| spec.service_account_name.as_deref()).is_none_or(|name| name == "default");
    let mut facts = Vec::new();
    if is_default && unnamed {
        facts.push("the pod names no serviceAccountName, so it runs as default".to_owned());
    }
    if let Some((_, roles)) = bound {
        facts.push(match roles {
            [] => format!("no Role is bound to ServiceAccount {namespace}/{account}"),
            roles => format!(
                "bound to ServiceAccount {namespace}/{account}: {}",
                roles.iter().map(|role| escape(role)).collect::<Vec<_>>().join(", ")
            ),
        });
    }
    let first = if is_default && unnamed { "name a serviceAccountName that has the right; or " } else { "" };
    let lacking =
        bound.and_then(|(result, roles)| Some((result, roles.iter().find(|role| role.starts_with("Role "))?)));
    let hint = match lacking {
        Some((result, role)) if !within.is_empty() => {
            let name = escape(role.trim_start_matches("Role "));
            Remedy::given(
                result,
                format!(
                    "{role} lacks it: add the verb {verb} on {resource}{of_group}: kubectl -n {} edit role {name}",
                    escape(within)
                ),
            )
        }
        _ if within.is_empty() => Remedy::given(
            found,
            format!(
                "{first}allow it: kubectl create clusterrole {account}-{resource} --verb={verb} --resource={resource}{of_group} && kubectl create \
                 clusterrolebinding {account}-{resource} --clusterrole={account}-{resource} --serviceaccount={namespace}:{account}"
            ),
        ),
        _ => Remedy::given(
            found,
            format!(
                "{first}allow it: kubectl -n {within} create role {account}-{resource} --verb={verb} --resource={resource}{of_group} && kubectl -n {within} \
                 create rolebinding {account}-{resource} --role={account}-{resource} --serviceaccount={namespace}:{account}",
                within = escape(within)
            ),
        ),
    };
    Joined {
        what: format!(
            "{} may not {verb} {resource}{of_group} {place}: ServiceAccount {namespace}/{account} lacks the right",
            container.title()
        ),
        hint,
        facts,
        lookups: vec![lookup],
        lack: Lack::Absent,
    }
}

fn database(container: &ContainerView, found: &Captures) -> Joined {
    let (what, name) = (group(found, "what").to_lowercase(), escape(group(found, "name")));
    Joined::new(
        format!("{} is not allowed to use the {what} {name} of its database", container.title()),
        Remedy::given(found, "grant it to the user that it logs in as (GRANT), or log in as its owner"),
    )
}

/// Of a token that is refused for its audience: those of the projected tokens.
fn audiences(container: &ContainerView, found: &Captures) -> Vec<String> {
    if !found[0].contains("audience") {
        return Vec::new();
    }
    let volumes = container.pod.spec.iter().flat_map(|spec| spec.volumes.iter().flatten());
    let tokens = volumes.flat_map(|volume| {
        let sources = volume.projected.iter().flat_map(|projected| projected.sources.iter().flatten());
        sources.filter_map(move |source| Some((volume, source.service_account_token.as_ref()?)))
    });
    tokens
        .map(|(volume, token)| {
            let audience = escape(token.audience.as_deref().unwrap_or("that of the API server"));
            format!("the token of volume {} is for the audience {audience}", escape(&volume.name))
        })
        .collect()
}

/// Which Secrets the login comes from.
fn login(container: &ContainerView, found: &Captures) -> Option<Joined> {
    let facts: Vec<String> = given::of_secrets(container).take(4).chain(audiences(container, found)).collect();
    let sends_none = Words::any(&found[0], &["NOAUTH", "using password: NO"]);
    if facts.is_empty() && sends_none.is_none() {
        return None;
    }
    let user = [group(found, "user"), group(found, "user2")].into_iter().find(|user| !user.is_empty());
    let user = user.map(|user| format!(" as {}", escape(user))).unwrap_or_default();
    if let Some(words) = sends_none {
        return Some(Joined {
            facts: facts.into_iter().chain([given::listed(&given::all(container))]).collect(),
            lookups: given::lookups(container),
            ..Joined::new(
                format!("{} sends no password{user}, and one is asked for", container.title()),
                Remedy::given(
                    &words,
                    "give it the password by the variable, or the part of its URL, that the program reads",
                ),
            )
        });
    }
    let what = format!("{} is refused its login{user}", container.title());
    let hint = Remedy::look(
        "compare these keys with what the other side expects; a Secret that changed reaches a pod only at its next start",
    );
    Some(Joined { facts, ..Joined::new(what, hint) })
}
