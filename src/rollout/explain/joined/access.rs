//! What the API server or a database refuses the program, beside its account and its Secrets.

use std::sync::LazyLock;

use regex::Captures;

use super::given;
use super::line::{Joined, Phrase, Read, first_group, group};
use crate::rollout::model::{Lack, Lookup, LookupResult, Remedy, Words};
use crate::rollout::text::escape;
use crate::rollout::view::ContainerView;

pub(super) static PHRASES: LazyLock<Vec<Phrase>> = LazyLock::new(|| {
    let all: [(&'static str, Read); 3] = [
        (
            // k8s.io/apiserver, responsewriters.forbiddenMessage; client-go's reflector, fabric8 and kopf before it
            r#"(?:(?<informer>(?i:reflector|informer|failed to watch|failed to list \*|watching|watch[- ]stream|list-?and-?watch)).*?)?User \\?"system:serviceaccount:(?<namespace>[^:"\\]+):(?<account>[^"\\]+)\\?" cannot (?<verb>[\w*]+) resource \\?"(?<resource>[^"\\]+)\\?" in API group \\?"(?<group>[^"\\]*)\\?"(?: in the namespace \\?"(?<in>[^"\\]+)\\?"| at the cluster scope)?"#,
            |container, found| Some(forbidden(container, found)),
        ),
        (
            r"(?i)permission denied for (?<what>table|relation|schema|database|sequence|function|view) (?<name>\S+)",
            |container, found| Some(database(container, found)),
        ),
        (
            r#"(?i)password authentication failed for user "(?<user>[^"]+)"|access denied for user '(?<user2>[^']+)'[^(]*(?:\(using password: \w+\))?|WRONGPASS|NOAUTH|authentication failed|login failed|invalid (?:username or password|credentials|api[ -]?key|token|password)|incorrect password|invalid username-password pair|\b401 unauthorized|ACCESS_REFUSED|login was refused|invalid audience \(aud\) claim"#,
            login,
        ),
    ];
    all.into_iter().map(Phrase::new).collect()
});

/// What a program needs that keeps up with objects: client-go's reflector asks for a list, then watches.
const INFORMER: &str = "get,list,watch";

/// Resources of no namespace: nobody can be restricted to theirs.
const OF_CLUSTER: [&str; 14] = [
    "nodes",
    "namespaces",
    "persistentvolumes",
    "storageclasses",
    "csinodes",
    "csidrivers",
    "volumeattachments",
    "customresourcedefinitions",
    "apiservices",
    "priorityclasses",
    "runtimeclasses",
    "ingressclasses",
    "certificatesigningrequests",
    "componentstatuses",
];

fn is_of_cluster(resource: &str) -> bool {
    let like = ["cluster", "mutatingwebhook", "validatingwebhook", "mutatingadmission", "validatingadmission"];
    OF_CLUSTER.contains(&resource)
        || like.iter().any(|begin| resource.starts_with(begin))
        || resource.ends_with("reviews")
}

/// As kubectl is told: `deployments.apps/scale`.
fn resource_of(resource: &str, api: &str) -> String {
    let (name, part) = resource.split_once('/').unwrap_or((resource, ""));
    let of_group = if api.is_empty() { String::new() } else { format!(".{api}") };
    let part = if part.is_empty() { String::new() } else { format!("/{part}") };
    escape(&format!("{name}{of_group}{part}"))
}

fn forbidden(container: &ContainerView, found: &Captures) -> Joined {
    let [namespace, account, verb] = ["namespace", "account", "verb"].map(|name| escape(group(found, name)));
    let within = group(found, "in");
    let resource = resource_of(group(found, "resource"), group(found, "group"));
    let informs = !group(found, "informer").is_empty() && ["list", "watch"].contains(&verb.as_str());
    let (verbs, needs) = if informs {
        (INFORMER, "the verbs get, list and watch".to_owned())
    } else {
        (verb.as_str(), format!("the verb {verb}"))
    };
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
    if informs {
        facts.push(format!("it keeps up with {resource} by an informer, which lists and watches them"));
    }
    let first = if is_default && unnamed { "name a serviceAccountName that has the right; or " } else { "" };
    // A name has no slash.
    let role_name = format!("{account}-{}", escape(group(found, "resource")).replace('/', "-"));
    let own = if within.is_empty() && !is_of_cluster(group(found, "resource")) {
        format!(
            "; or let it ask for those of namespace {namespace} alone, where it needs no others, and allow that with a Role"
        )
    } else {
        String::new()
    };
    let lacking =
        bound.and_then(|(result, roles)| Some((result, roles.iter().find(|role| role.starts_with("Role "))?)));
    let hint = match lacking {
        Some((result, role)) if !within.is_empty() => {
            let name = escape(role.trim_start_matches("Role "));
            Remedy::given(
                result,
                format!("{role} lacks it: add {needs} on {resource}: kubectl -n {} edit role {name}", escape(within)),
            )
        }
        _ if within.is_empty() => Remedy::given(
            found,
            format!(
                "{first}allow it: kubectl create clusterrole {role_name} --verb={verbs} --resource={resource} && kubectl create \
                 clusterrolebinding {role_name} --clusterrole={role_name} --serviceaccount={namespace}:{account}{own}"
            ),
        ),
        _ => Remedy::given(
            found,
            format!(
                "{first}allow it: kubectl -n {within} create role {role_name} --verb={verbs} --resource={resource} && kubectl -n {within} \
                 create rolebinding {role_name} --role={role_name} --serviceaccount={namespace}:{account}",
                within = escape(within)
            ),
        ),
    };
    Joined {
        what: format!(
            "{} may not {verb} {resource} {place}: ServiceAccount {namespace}/{account} lacks the right",
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
    let user = first_group(found, &["user", "user2"]);
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
