//! What the API server refuses the program, beside its account, the Roles of the namespace and who has them.

use std::sync::LazyLock;

use regex::Captures;

use super::line::{Joined, Phrase, group};
use crate::rollout::model::{Binding, Lack, Lookup, LookupResult, Remedy, Rights, Role, RoleRule};
use crate::rollout::text::escape;
use crate::rollout::view::ContainerView;
use crate::text::{either, nearest};

pub(super) static PHRASES: LazyLock<Vec<Phrase>> = LazyLock::new(|| {
    // k8s.io/apiserver, responsewriters.forbiddenMessage; client-go's reflector, fabric8 and kopf before it
    let refused = r#"(?:(?<informer>(?i:reflector|informer|failed to watch|failed to list \*|watching|watch[- ]stream|list-?and-?watch)).*?)?User \\?"system:serviceaccount:(?<namespace>[^:"\\]+):(?<account>[^"\\]+)\\?" cannot (?<verb>[\w*]+) resource \\?"(?<resource>[^"\\]+)\\?" in API group \\?"(?<group>[^"\\]*)\\?"(?: in the namespace \\?"(?<in>[^"\\]+)\\?"| at the cluster scope)?"#;
    // RabbitMQ's peer discovery tells the status alone.
    let discovery =
        r"Peer discovery returned an error: \x22?403|Failed to fetch a list of nodes from Kubernetes API: .*403";
    vec![
        Phrase::new((refused, |container, found| Some(refusal(container, found, &Asked::new(found))))),
        Phrase::new((discovery, |container, found| Some(refusal(container, found, &Asked::of_peers(container))))),
    ]
});

/// What a program needs that keeps up with objects: client-go's reflector asks for a list, then watches.
const INFORMER: [&str; 3] = ["get", "list", "watch"];
/// What electing a leader needs (client-go, `tools/leaderelection/resourcelock`).
const LEASE: [&str; 3] = ["get", "create", "update"];

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

/// What was asked of the API server, by whom.
struct Asked<'c> {
    account: &'c str,
    /// Of the account.
    namespace: &'c str,
    verb: &'c str,
    /// `pods/log`
    resource: &'c str,
    api: &'c str,
    /// Empty for the whole cluster.
    within: &'c str,
    is_informer: bool,
}

impl<'c> Asked<'c> {
    fn new(found: &'c Captures) -> Self {
        let verb = group(found, "verb");
        Self {
            account: group(found, "account"),
            namespace: group(found, "namespace"),
            verb,
            resource: group(found, "resource"),
            api: group(found, "group"),
            within: group(found, "in"),
            is_informer: !group(found, "informer").is_empty() && ["list", "watch"].contains(&verb),
        }
    }

    /// Who looks for its peers among the endpoints of its Service.
    fn of_peers(container: &'c ContainerView) -> Self {
        let spec = container.pod.spec.as_ref();
        Self {
            account: spec.and_then(|spec| spec.service_account_name.as_deref()).unwrap_or("default"),
            namespace: container.namespace(),
            verb: "get",
            resource: "endpoints",
            api: "",
            within: container.namespace(),
            is_informer: false,
        }
    }

    /// The one that was refused, and those that come next.
    fn verbs(&self) -> Vec<&'c str> {
        match self.verb {
            _ if self.is_informer => INFORMER.to_vec(),
            verb if self.resource == "leases" && LEASE.contains(&verb) => LEASE.to_vec(),
            verb => vec![verb],
        }
    }

    /// `shop/api`
    fn subject(&self) -> String {
        escape(&format!("{}/{}", self.namespace, self.account))
    }

    /// As kubectl is told: `deployments.apps/scale`.
    fn title(&self) -> String {
        let (name, part) = self.resource.split_once('/').unwrap_or((self.resource, ""));
        let api = if self.api.is_empty() { String::new() } else { format!(".{}", self.api) };
        let part = if part.is_empty() { String::new() } else { format!("/{part}") };
        escape(&format!("{name}{api}{part}"))
    }

    fn place(&self) -> String {
        if self.within.is_empty() {
            "in the whole cluster".to_owned()
        } else {
            format!("in namespace {}", escape(self.within))
        }
    }

    fn is_bound(&self, binding: &Binding) -> bool {
        let groups = ["system:serviceaccounts".to_owned(), format!("system:serviceaccounts:{}", self.namespace)];
        binding.accounts.contains(&format!("{}/{}", self.namespace, self.account))
            || binding.groups.iter().any(|group| groups.contains(group))
    }

    fn is_of_group(&self, rule: &RoleRule) -> bool {
        rule.groups.iter().any(|group| group == self.api || group == "*")
    }

    /// `pods/log`, and what stands for it (`rbac/v1`, `ResourceMatches`).
    fn is_of_resource(&self, rule: &RoleRule) -> bool {
        let part = self.resource.split_once('/').map(|(_, part)| format!("*/{part}"));
        rule.resources.iter().any(|one| one == self.resource || one == "*" || Some(one) == part.as_ref())
    }

    /// The verbs that this role lacks for all objects of the resource.
    fn lacks(&self, role: &Role) -> Vec<&'c str> {
        let rules = || role.rules.iter().filter(|rule| self.is_of_group(rule) && self.is_of_resource(rule));
        let has = |verb: &str| {
            let mut of_all = rules().filter(|rule| rule.names.is_empty());
            of_all.any(|rule| rule.verbs.iter().any(|one| one == verb || one == "*"))
        };
        self.verbs().into_iter().filter(|verb| !has(verb)).collect()
    }
}

/// `the verb list`, `the verbs get, list and watch`
fn named(verbs: &[&str]) -> String {
    match verbs {
        [only] => format!("the verb {only}"),
        all => format!("the verbs {}", either(all).replace(" or ", " and ")),
    }
}

fn refusal(container: &ContainerView, found: &Captures, asked: &Asked) -> Joined {
    let is_elsewhere = !asked.within.is_empty() && asked.within != asked.namespace;
    let lookup =
        Lookup::Rights { account: asked.account.to_owned(), namespace: is_elsewhere.then(|| asked.within.to_owned()) };
    let rights = match container.result_of(&lookup) {
        Some(LookupResult::Rights(rights)) => Some(rights),
        _ => None,
    };
    let spec = container.pod.spec.as_ref();
    let names_none = asked.account == "default"
        && spec.and_then(|spec| spec.service_account_name.as_deref()).is_none_or(|name| name == "default");
    let mut facts = Vec::new();
    if names_none {
        facts.push("the pod names no serviceAccountName, so it runs as default".to_owned());
    }
    if asked.is_informer {
        facts.push(format!("it keeps up with {} by an informer, which lists and watches them", asked.title()));
    }
    let reason = rights.and_then(|rights| of_a_role(asked, rights));
    let reason = reason.or_else(|| Some(Reason::new(bound_to(asked, rights?), allow(asked, found, names_none))));
    let (hint, lack) = match reason {
        Some(Reason { fact, hint, lack }) => {
            facts.insert(0, fact);
            (hint, lack)
        }
        None => (allow(asked, found, names_none), Lack::Absent),
    };
    Joined {
        what: format!(
            "{} may not {} {} {}: ServiceAccount {} lacks the right",
            container.title(),
            escape(asked.verb),
            asked.title(),
            asked.place(),
            asked.subject()
        ),
        hint,
        facts,
        lookups: vec![lookup],
        lack,
    }
}

fn bound_to(asked: &Asked, rights: &Rights) -> String {
    let bound = rights.bindings.iter().filter(|binding| asked.is_bound(binding));
    let roles: Vec<String> = bound.map(|binding| escape(&binding.role)).collect();
    if roles.is_empty() {
        format!("no Role is bound to ServiceAccount {}", asked.subject())
    } else {
        format!("bound to ServiceAccount {}: {}", asked.subject(), roles.join(", "))
    }
}

/// Why it lacks the right.
struct Reason {
    fact: String,
    hint: Remedy,
    lack: Lack,
}

impl Reason {
    /// Somebody may be about to bring what is missing.
    fn new(fact: String, hint: Remedy) -> Self {
        Self { fact, hint, lack: Lack::Absent }
    }

    /// What is there was meant to give it, and is written wrong.
    fn slip(fact: String, hint: Remedy) -> Self {
        Self { fact, hint, lack: Lack::Own }
    }
}

/// What the Roles that the account has lack, in the order in which that is a slip.
fn of_a_role(asked: &Asked, rights: &Rights) -> Option<Reason> {
    let bound: Vec<&Binding> = rights.bindings.iter().filter(|binding| asked.is_bound(binding)).collect();
    let role_of = |binding: &&Binding| rights.roles.iter().find(|role| role.name == binding.role);
    let of_none = || bound.iter().filter(|binding| role_of(binding).is_none()).find_map(|it| of_no_role(it, rights));
    let lacks = || bound.iter().find_map(|binding| lacking(asked, binding, role_of(binding)?));
    let silent = || {
        let mut own = bound.iter().filter(|_| !asked.within.is_empty());
        own.find_map(|binding| silent(asked, role_of(binding)?))
    };
    of_none().or_else(lacks).or_else(|| of_a_binding(asked, rights)).or_else(silent)
}

/// Where it is changed.
fn edit(asked: &Asked, role: &Role) -> String {
    match role.name.split_once(' ') {
        Some(("Role", name)) => format!("kubectl -n {} edit role {}", escape(asked.within), escape(name)),
        _ => format!("kubectl edit {}", escape(&role.name.to_lowercase())),
    }
}

fn of_no_role(binding: &Binding, rights: &Rights) -> Option<Reason> {
    // Of ClusterRoles only some were read.
    let name = binding.role.strip_prefix("Role ")?;
    let (own, role) = (escape(&binding.name), escape(&binding.role));
    let there = rights.roles.iter().filter_map(|role| role.name.strip_prefix("Role "));
    let hint = match nearest(name, there) {
        Some(near) => format!(
            "{own} means Role {near}, as it seems: delete it and let it name that one (a roleRef cannot be changed)",
            near = escape(near)
        ),
        None => format!("make {role}, or delete {own} and let it name one that is there (a roleRef cannot be changed)"),
    };
    Some(Reason::new(format!("{own} names {role}, which is not there"), Remedy::given(binding, hint)))
}

/// What a role says of the resource, and what it does not.
fn lacking(asked: &Asked, binding: &Binding, role: &Role) -> Option<Reason> {
    let (title, name) = (asked.title(), escape(&role.name));
    let lacks = asked.lacks(role);
    if lacks.is_empty() {
        let is_of_namespace = asked.within.is_empty() && binding.name.starts_with("RoleBinding ");
        return is_of_namespace.then(|| {
            let own = escape(&binding.name);
            let hint = format!(
                "bind {name} by a ClusterRoleBinding, or let it ask for those of namespace {} alone",
                escape(asked.namespace)
            );
            Reason::slip(format!("{own} gives {name} in its own namespace only"), Remedy::given(binding, hint))
        });
    }
    let add = |what: &str| format!("{name} lacks it: {what}: {}", edit(asked, role));
    let of_resource = || role.rules.iter().filter(|rule| asked.is_of_resource(rule));
    if let Some(rule) = of_resource().find(|rule| asked.is_of_group(rule)) {
        let verbs = escape(&rule.verbs.join(", "));
        let fact = if rule.names.is_empty() {
            format!("{name}, which it has, gives {verbs} on {title}")
        } else {
            format!(
                "{name}, which it has, gives {verbs} on {title} of the names {} alone",
                escape(&rule.names.join(", "))
            )
        };
        let hint = add(&format!("add {} on {title}", named(&lacks)));
        return Some(Reason::new(fact, Remedy::given(rule, hint)));
    }
    if let Some(rule) = of_resource().next() {
        let group = |group: &str| if group.is_empty() { "\"\" (core)".to_owned() } else { format!("{group:?}") };
        let groups: Vec<String> = rule.groups.iter().map(|one| group(&escape(one))).collect();
        let fact = format!(
            "{name}, which it has, gives {} of API group {}, and they are of {}",
            escape(asked.resource),
            groups.join(", "),
            group(&escape(asked.api))
        );
        let (api, resource) = (escape(asked.api), escape(asked.resource));
        // A rule that gives others too keeps its group for them.
        let hint = add(&if rule.resources.len() == 1 {
            format!("write apiGroups: [{api:?}] in the rule that gives {resource}")
        } else {
            format!("give {resource} by a rule of its own, with apiGroups: [{api:?}]")
        });
        return Some(Reason::slip(fact, Remedy::given(rule, hint)));
    }
    let whole = asked.resource.split_once('/')?.0;
    let of_whole = role.rules.iter().find(|rule| rule.resources.iter().any(|one| one == whole))?;
    let fact = format!("{name}, which it has, gives {}, and not its part {}", escape(whole), escape(asked.resource));
    let hint = add(&format!("add the resource {}", escape(asked.resource)));
    Some(Reason::new(fact, Remedy::given(of_whole, hint)))
}

/// A role of its own that says nothing of the resource.
fn silent(asked: &Asked, role: &Role) -> Option<Reason> {
    role.name.starts_with("Role ").then(|| {
        let (name, title) = (escape(&role.name), asked.title());
        let hint = format!("{name} lacks it: add {} on {title}: {}", named(&asked.verbs()), edit(asked, role));
        Reason::new(format!("{name}, which it has, says nothing of {title}"), Remedy::given(role, hint))
    })
}

/// Who has the right, where the account does not.
fn of_a_binding(asked: &Asked, rights: &Rights) -> Option<Reason> {
    let subject = asked.subject();
    let not_own = || rights.bindings.iter().filter(|binding| !asked.is_bound(binding));
    let is_wide = |binding: &Binding| !asked.within.is_empty() || binding.name.starts_with("Cluster");
    let of_namesake = not_own().find_map(|binding| {
        let mut accounts = binding.accounts.iter();
        let other = accounts.find(|one| one.split_once('/').is_some_and(|(_, name)| name == asked.account))?;
        let own = escape(&binding.name);
        let hint = format!("write namespace: {} in the subjects of {own}", escape(asked.namespace));
        let fact = format!("{own} is of ServiceAccount {}, of another namespace", escape(other));
        (asked.account != "default").then(|| Reason::slip(fact, Remedy::given(binding, hint)))
    });
    let gives = |role: &&Role| asked.lacks(role).is_empty();
    let of_others = || {
        not_own().filter(|binding| is_wide(binding)).find_map(|binding| {
            let role = rights.roles.iter().find(|role| role.name == binding.role).filter(gives)?;
            let other = binding.accounts.iter().find(|one| one.starts_with(&format!("{}/", asked.namespace)))?;
            let (own, name) = (escape(&binding.name), escape(other.split_once('/')?.1));
            let hint =
                format!("name serviceAccountName: {name} in the pod's spec, or add {subject} to the subjects of {own}");
            let fact = format!("{own} gives the right, by {}, to ServiceAccount {}", escape(&role.name), escape(other));
            Some(Reason::new(fact, Remedy::given(binding, hint)))
        })
    };
    let of_nobody = || {
        let mut roles = rights.roles.iter().filter(|_| !asked.within.is_empty()).filter(gives);
        let role = roles.find(|role| !rights.bindings.iter().any(|binding| binding.role == role.name))?;
        let name = escape(role.name.strip_prefix("Role ")?);
        let hint = format!(
            "bind it: kubectl -n {} create rolebinding {name} --role={name} --serviceaccount={}",
            escape(asked.within),
            subject.replace('/', ":")
        );
        Some(Reason::new(format!("Role {name} would allow it, and nobody has it"), Remedy::given(role, hint)))
    };
    of_namesake.or_else(of_others).or_else(of_nobody)
}

/// A role of its own, for the account.
fn allow(asked: &Asked, found: &Captures, names_none: bool) -> Remedy {
    let first = if names_none { "name a serviceAccountName that has the right; or " } else { "" };
    let (account, verbs, title) = (escape(asked.account), asked.verbs().join(","), asked.title());
    // A name has no slash.
    let name = format!("{account}-{}", escape(asked.resource).replace('/', "-"));
    let subject = asked.subject().replace('/', ":");
    if asked.within.is_empty() {
        let own = if is_of_cluster(asked.resource) {
            String::new()
        } else {
            format!(
                "; or let it ask for those of namespace {} alone, where it needs no others, and allow that with a Role",
                escape(asked.namespace)
            )
        };
        let hint = format!(
            "{first}allow it: kubectl create clusterrole {name} --verb={verbs} --resource={title} && kubectl create clusterrolebinding {name} --clusterrole={name} --serviceaccount={subject}{own}"
        );
        return Remedy::given(found, hint);
    }
    let within = escape(asked.within);
    let hint = format!(
        "{first}allow it: kubectl -n {within} create role {name} --verb={verbs} --resource={title} && kubectl -n {within} create rolebinding {name} --role={name} --serviceaccount={subject}"
    );
    Remedy::given(found, hint)
}
