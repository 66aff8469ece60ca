//! Which object belongs to which workload.

use std::collections::BTreeMap;

use serde_json::Value;

use super::hook;
use super::model::{Left, shown};
use super::paths::{at, items, pod, template, text, texts};
use crate::manifests::Manifest;

/// The account of pods that name none.
pub(super) const DEFAULT_ACCOUNT: &str = "default";
/// What plat.yaml can run.
const RUN: [&str; 3] = ["Deployment", "CronJob", "Job"];
/// What is one of many, or keeps an identity.
const REFUSED: [(&str, &str); 4] = [
    ("StatefulSet", "its pods have names and volumes of their own, which plat.yaml does not say"),
    ("DaemonSet", "it runs on each node, which plat.yaml does not say"),
    ("ReplicaSet", "a Deployment would own it"),
    ("Pod", "nothing would replace it when it is gone"),
];
/// What the control plane makes from other objects.
const MADE: [&str; 5] = ["Endpoints", "EndpointSlice", "Event", "ControllerRevision", "Lease"];

/// A workload and all that belongs to it.
#[derive(Debug)]
pub(super) struct Group<'m> {
    pub workload: &'m Manifest,
    /// The Service that leads to its pods, if there is one that plat can render.
    pub service: Option<&'m Manifest>,
    /// All others, in the order in which they were given.
    pub others: Vec<&'m Manifest>,
    /// Names of what another workload uses too.
    pub shared: Vec<String>,
    pub notes: Vec<String>,
}

impl<'m> Group<'m> {
    pub fn body(&self) -> &'m Value {
        &self.workload.body
    }

    /// The template of its pods.
    pub fn template(&self) -> &'m Value {
        template(&self.workload.kind).map_or(&super::paths::NOTHING, |path| at(self.body(), path))
    }

    pub fn pod(&self) -> &'m Value {
        pod(&self.workload.kind, self.body())
    }

    pub fn all(&self) -> impl Iterator<Item = &'m Manifest> {
        std::iter::once(self.workload).chain(self.service).chain(self.others.iter().copied())
    }

    pub fn find(&self, kind: &str, name: &str) -> Option<&'m Manifest> {
        self.all().find(|manifest| manifest.kind == kind && manifest.name == name)
    }

    pub fn of_kind(&self, kind: &'static str) -> impl Iterator<Item = &'m Manifest> {
        self.all().filter(move |manifest| manifest.kind == kind)
    }

    /// The port of the container that the Service leads to, with the index of that container; by the first port of the
    /// Service that speaks TCP.
    pub fn main(&self) -> Main<'m> {
        let containers = items(&self.pod()["containers"]);
        let named = containers.iter().position(|container| text(&container["name"]) == self.workload.name).unwrap_or(0);
        let lead = self.service.and_then(|service| leads_to(service, containers));
        let (index, port) = lead.map_or((named, None), |(index, port)| (index, Some(port)));
        Main { container: containers.get(index).unwrap_or(&super::paths::NOTHING), port }
    }

    /// Whether this policy, budget or Service is for the pods of the workload.
    pub fn is_selected_by(&self, manifest: &Manifest) -> bool {
        selects(manifest, self.workload)
    }
}

/// The container that is the program, and the port that the Service leads to.
pub(super) struct Main<'m> {
    pub container: &'m Value,
    pub port: Option<u16>,
}

/// The container and the port; none where the Service leads to nothing that speaks TCP.
fn leads_to(service: &Manifest, containers: &[Value]) -> Option<(usize, u16)> {
    let ports = items(&service.body["spec"]["ports"]);
    let first = ports.iter().find(|port| matches!(port["protocol"].as_str(), None | Some("TCP")))?;
    let target = if first["targetPort"].is_null() { &first["port"] } else { &first["targetPort"] };
    let has = |port: &Value| match target.as_str() {
        Some(name) => port["name"] == name,
        None => port["containerPort"] == *target,
    };
    let found = containers.iter().enumerate().find_map(|(index, container)| {
        items(&container["ports"]).iter().find(|port| has(port)).map(|port| (index, port["containerPort"].clone()))
    });
    let (index, number) = found.or_else(|| target.is_number().then(|| (0, target.clone())))?;
    u16::try_from(number.as_u64()?).ok().filter(|port| *port > 0).map(|port| (index, port))
}

/// The groups by name of their workload, and what belongs to none.
pub(super) fn groups<'m>(objects: &'m [Manifest]) -> (Vec<Group<'m>>, Vec<Left>) {
    let mut left = Vec::new();
    let mut groups: Vec<Group<'m>> = Vec::new();
    let mut rest: Vec<&'m Manifest> = Vec::new();
    for manifest in objects {
        let refused = REFUSED.iter().find(|(kind, _)| *kind == manifest.kind);
        let is_owned = !items(&manifest.body["metadata"]["ownerReferences"]).is_empty();
        if let Some(hook) = hook::left(manifest, objects).filter(|_| !is_owned) {
            left.push(hook);
        } else if RUN.contains(&manifest.kind.as_str()) && !is_owned {
            groups.push(Group {
                workload: manifest,
                service: None,
                others: Vec::new(),
                shared: Vec::new(),
                notes: Vec::new(),
            });
        } else if is_owned || MADE.contains(&manifest.kind.as_str()) {
            // Whoever made it makes it again.
        } else if let Some((_, why)) = refused {
            left.push(Left::of(manifest, why, Some("deploy it as it is: plat deploy -f FILE".to_owned())));
        } else {
            rest.push(manifest);
        }
    }
    groups.sort_by(|a, b| a.workload.name.cmp(&b.workload.name));
    // A route belongs to whom its Service belongs to.
    rest.sort_by_key(|manifest| manifest.kind != "Service");
    for manifest in rest {
        match manifest.kind.as_str() {
            "Secret" => left.push(secret(manifest)),
            "Namespace" => left.push(Left::of(
                manifest,
                "a deploy creates its namespace where it is missing and that is meant",
                None,
            )),
            _ => place(manifest, &mut groups, &mut left),
        }
    }
    for group in &mut groups {
        choose_service(group);
    }
    (groups, left)
}

fn secret(manifest: &Manifest) -> Left {
    let keys = ["data", "stringData"].iter().flat_map(|part| manifest.body[*part].as_object().into_iter().flatten());
    let literals: Vec<String> = keys.map(|(key, _)| format!("--from-literal={key}=…")).collect();
    let hint =
        format!("where it is not there yet: kubectl create secret generic {} {}", manifest.name, literals.join(" "));
    Left::of(manifest, "what is secret is not written into files; pods refer to it by name", Some(hint))
}

/// Gives the object to whom it belongs.
fn place<'m>(manifest: &'m Manifest, groups: &mut [Group<'m>], left: &mut Vec<Left>) {
    let services: BTreeMap<String, Vec<usize>> = groups
        .iter()
        .enumerate()
        .flat_map(|(at, group)| {
            group.others.iter().filter(|other| other.kind == "Service").map(move |service| (service.name.clone(), at))
        })
        .fold(BTreeMap::new(), |mut all, (name, at)| {
            all.entry(name).or_default().push(at);
            all
        });
    let mut users: Vec<usize> = (0..groups.len()).filter(|at| belongs(manifest, groups[*at].workload)).collect();
    if users.is_empty() && ["Ingress", "HTTPRoute"].contains(&manifest.kind.as_str()) {
        users = backends(manifest).iter().filter_map(|name| services.get(*name)).flatten().copied().collect();
        users.dedup();
    }
    if users.is_empty() && !is_for_others(manifest) {
        users = nearest(manifest, groups).into_iter().collect();
    }
    if manifest.kind == "ServiceAccount" && manifest.name == DEFAULT_ACCOUNT {
        // The namespace's, whoever uses it.
        for at in users {
            groups[at].others.push(manifest);
        }
        return;
    }
    let Some((first, others)) = users.split_first() else {
        left.push(Left::of(
            manifest,
            "it is for none of these workloads",
            Some("deploy it as it is: plat deploy -f FILE".to_owned()),
        ));
        return;
    };
    if !others.is_empty() {
        let names: Vec<&str> = others.iter().map(|at| groups[*at].workload.name.as_str()).collect();
        let note = format!("{} is used by {} too; it is in this plat.yaml alone", shown(manifest), names.join(", "));
        groups[*first].notes.push(note);
        let owner = groups[*first].workload.name.clone();
        for at in others {
            groups[*at]
                .notes
                .push(format!("{} is used by {owner} too; it is in the plat.yaml of that", shown(manifest)));
        }
        for at in &users {
            groups[*at].shared.push(shown(manifest));
        }
    }
    groups[*first].others.push(manifest);
}

/// Whether the workload refers to the object, or the object to the workload.
fn belongs(manifest: &Manifest, workload: &Manifest) -> bool {
    let pod = pod(&workload.kind, &workload.body);
    match manifest.kind.as_str() {
        "Service" | "PodDisruptionBudget" | "NetworkPolicy" => selects(manifest, workload),
        "HorizontalPodAutoscaler" => {
            let target = &manifest.body["spec"]["scaleTargetRef"];
            target["kind"] == workload.kind.as_str() && target["name"] == workload.name.as_str()
        }
        "ServiceAccount" => {
            let account = pod["serviceAccountName"].as_str().or(pod["serviceAccount"].as_str());
            account.unwrap_or(DEFAULT_ACCOUNT) == manifest.name
        }
        "ConfigMap" => refers(pod, &["configMapRef", "configMapKeyRef", "configMap"], &manifest.name),
        "PersistentVolumeClaim" => refers(pod, &["persistentVolumeClaim"], &manifest.name),
        _ => false,
    }
}

/// Whether it names the pods that it is for, and none of these workloads has them.
fn is_for_others(manifest: &Manifest) -> bool {
    let spec = &manifest.body["spec"];
    let selector = match manifest.kind.as_str() {
        "Service" => return !texts(&spec["selector"]).is_empty(),
        "HorizontalPodAutoscaler" => return true,
        "NetworkPolicy" => &spec["podSelector"],
        "PodDisruptionBudget" => &spec["selector"],
        _ => return false,
    };
    selector.as_object().is_some_and(|selector| !selector.is_empty())
}

/// Whether the pod has a reference of one of these names to that object.
#[must_use]
pub fn refers(value: &Value, references: &[&str], name: &str) -> bool {
    match value {
        Value::Object(fields) => fields.iter().any(|(key, value)| {
            let is_it = || value["name"] == name || value["claimName"] == name;
            references.contains(&key.as_str()) && is_it() || refers(value, references, name)
        }),
        Value::Array(list) => list.iter().any(|item| refers(item, references, name)),
        _ => false,
    }
}

/// Whether its selector fits the labels of the workload's pods.
fn selects(manifest: &Manifest, workload: &Manifest) -> bool {
    let Some(path) = template(&workload.kind) else { return false };
    if manifest.namespace != workload.namespace {
        return false;
    }
    let labels = texts(at(&workload.body, &format!("{path}/metadata/labels")));
    let spec = &manifest.body["spec"];
    let has = |wanted: &Value| texts(wanted).iter().all(|(key, value)| labels.get(key) == Some(value));
    match manifest.kind.as_str() {
        "Service" => spec["selector"].as_object().is_some_and(|wanted| !wanted.is_empty()) && has(&spec["selector"]),
        kind => {
            let selector = &spec[if kind == "NetworkPolicy" { "podSelector" } else { "selector" }];
            // One that selects all pods of the namespace is nobody's.
            let is_for_all =
                texts(&selector["matchLabels"]).is_empty() && items(&selector["matchExpressions"]).is_empty();
            !is_for_all && has(&selector["matchLabels"]) && items(&selector["matchExpressions"]).is_empty()
        }
    }
}

/// The Services that a route leads to.
pub(super) fn backends(route: &Manifest) -> Vec<&str> {
    fn walk<'v>(value: &'v Value, found: &mut Vec<&'v str>) {
        match value {
            Value::Object(fields) => {
                for (key, value) in fields {
                    match key.as_str() {
                        "service" => found.extend(value["name"].as_str()),
                        "backendRefs" => {
                            found.extend(items(value).iter().filter_map(|backend| backend["name"].as_str()));
                        }
                        _ => {}
                    }
                    walk(value, found);
                }
            }
            Value::Array(list) => list.iter().for_each(|item| walk(item, found)),
            _ => {}
        }
    }
    let mut found = Vec::new();
    walk(&route.body["spec"], &mut found);
    found
}

/// The workload that an object which nothing refers to is probably for: by its name, its labels, else the only one.
fn nearest(manifest: &Manifest, groups: &[Group]) -> Option<usize> {
    if let [_] = groups {
        return Some(0);
    }
    let labels = texts(&manifest.body["metadata"]["labels"]);
    let is_for = |name: &str| {
        manifest.name == name
            || manifest.name.strip_prefix(name).is_some_and(|rest| rest.starts_with(['-', '.']))
            || labels.values().any(|value| *value == name)
    };
    let fitting = (0..groups.len()).filter(|at| is_for(&groups[*at].workload.name));
    fitting.max_by_key(|at| groups[*at].workload.name.len())
}

/// Of several Services the one of the workload's own name, else one that a route leads to, else the first.
fn choose_service(group: &mut Group) {
    if group.workload.kind != "Deployment" {
        return;
    }
    let containers = items(&group.pod()["containers"]);
    let routed: Vec<&str> = group
        .others
        .iter()
        .filter(|other| other.kind == "Ingress" || other.kind == "HTTPRoute")
        .flat_map(|other| backends(other))
        .collect();
    let fits = |at: &usize| {
        let other = group.others[*at];
        other.kind == "Service" && group.is_selected_by(other) && leads_to(other, containers).is_some()
    };
    let rank = |at: &usize| {
        let name = group.others[*at].name.as_str();
        (name != group.workload.name, !routed.contains(&name), *at)
    };
    let chosen = (0..group.others.len()).filter(fits).min_by_key(rank);
    if let Some(at) = chosen {
        group.service = Some(group.others.remove(at));
    }
}
