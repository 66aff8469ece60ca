//! One workload: its fields, the patches for what they do not say, and the proof.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::added;
use super::extra::{Carried, carried};
use super::fields::{self, Fields};
use super::group::{DEFAULT_ACCOUNT, Group};
use super::model::{Behaviour, Left, Service, shown};
use super::normal::{normal, without_null};
use super::paths::{NOTHING, items, template, text};
use super::report::{self, Compared};
use super::target::{self, Pair};
use super::{difference, write};
use crate::manifests::{self, Inputs, Manifest, describe};
use crate::spec::{self, Problem, Spec};

/// Without these there is no plat.yaml.
const REQUIRED: [&str; 5] = ["name", "kind", "image", "port", "schedule"];
/// What the text is called in messages that nobody sees.
const FILE: &str = "plat.yaml";

/// # Errors
/// Why plat.yaml cannot be made of it.
pub(super) fn import(group: &Group, behaviour: Behaviour) -> Result<Service, Left> {
    let mut raw = normal(group.workload);
    let mut original = raw.clone();
    let fields = fields::of(group, behaviour, &mut original);
    without_null(&mut original);
    // As it was decided: the autoscaler's number is nobody's field, and none said is the server's default.
    raw["spec"]["replicas"] = original["spec"]["replicas"].clone();
    if let Some(spec) = raw["spec"].as_object_mut().filter(|spec| spec["replicas"].is_null()) {
        spec.shift_remove("replicas");
    }
    let whole = (&raw, &original);
    let service = written(group, behaviour, fields.clone(), whole)?;
    if behaviour == Behaviour::Defaults || !fields.map.contains_key("volumes") {
        return Ok(service);
    }
    // The order of volumes is part of a pod, and may take more words than the volumes.
    let mut fewer = fields;
    fewer.map.shift_remove("volumes");
    let other = written(group, behaviour, fewer, whole)?;
    let lines = |service: &Service| service.plat_yaml.lines().count();
    Ok(if lines(&other) < lines(&service) { other } else { service })
}

/// The plat.yaml of these fields. `raw`: the workload as it was; `original`: what is left of it for the patch.
fn written(
    group: &Group,
    behaviour: Behaviour,
    mut fields: Fields,
    (raw, original): (&Value, &Value),
) -> Result<Service, Left> {
    let base = settled(group, &mut fields)?;
    let sides: Vec<Side> =
        base.iter().map(|rendered| Side::of(group, &fields, rendered, (raw, original), behaviour)).collect();
    let mut patches: BTreeMap<String, Value> = BTreeMap::new();
    for side in &sides {
        patches.extend(side.patch(&base).map(|(key, patch)| (key, Value::Object(patch))));
    }
    let mut service = Service {
        name: group.workload.name.clone(),
        source: describe(&group.workload.kind, group.workload.namespace.as_deref(), &group.workload.name),
        plat_yaml: String::new(),
        files: fields.files.clone(),
        kept: 0,
        patched: Vec::new(),
        extra: Vec::new(),
        defaults: Vec::new(),
        lost: Vec::new(),
        notes: group.notes.iter().chain(&fields.notes).cloned().collect(),
    };
    let mut map = fields.ordered();
    if !patches.is_empty() {
        map.insert("patch".to_owned(), Value::Object(patches.into_iter().collect()));
    }
    let extra = extras(group, &fields, &base, &mut service);
    if !extra.is_empty() {
        map.insert("extra".to_owned(), Value::Array(extra));
    }
    service.plat_yaml = write::document(&map, comment);
    let spec = spec::parse(&service.plat_yaml, FILE).map_err(|problems| impossible(group, &problems))?;
    let finally = render(&spec, &fields, group);
    for side in &sides {
        side.report(group, &finally, &mut service);
    }
    Ok(service)
}

fn comment(key: &str) -> Option<&'static str> {
    (key == "defaults").then_some("as it was before plat; without this line plat adds what docs/manifests.md lists")
}

/// What these fields render, without those that contradict each other: the patches carry what they said.
fn settled(group: &Group, fields: &mut Fields) -> Result<Vec<Manifest>, Left> {
    loop {
        let text = write::document(&fields.ordered(), |_| None);
        match spec::parse(&text, FILE) {
            Err(problems) => {
                let line = problems.first().map_or(0, |problem| problem.line);
                let key = key_at(&text, line).filter(|key| !REQUIRED.contains(&key.as_str()));
                let Some(key) = key else { return Err(impossible(group, &problems)) };
                fields.map.shift_remove(&key);
            }
            Ok(spec) if spec.image.is_none() => {
                let image = text_of_image(group);
                return Err(Left::of(
                    group.workload,
                    &format!("its image, \"{image}\", is none that plat.yaml could name"),
                    None,
                ));
            }
            Ok(spec) => {
                let base = render(&spec, fields, group);
                let differs = |rendered: &&Manifest| {
                    find(group, rendered)
                        .is_some_and(|there| is_route(rendered) && !leads_the_same(group, rendered, there))
                };
                if base.iter().find(differs).is_none() {
                    return Ok(base);
                }
                // It is carried as it is.
                for key in ["host", "paths", "route"] {
                    fields.map.shift_remove(key);
                }
            }
        }
    }
}

fn text_of_image(group: &Group) -> String {
    crate::text::foreign_line(text(&group.main().container["image"]), 100)
}

/// The first key of plat.yaml at or above this line.
fn key_at(text: &str, line: usize) -> Option<String> {
    let lines: Vec<&str> = text.lines().take(line).collect();
    let top = lines.iter().rev().find(|line| line.starts_with(|c: char| c.is_ascii_alphabetic()))?;
    top.split_once(':').map(|(key, _)| key.to_owned())
}

fn impossible(group: &Group, problems: &[Problem]) -> Left {
    let said: Vec<&str> = problems.iter().map(|problem| problem.message.as_str()).collect();
    Left::of(
        group.workload,
        &format!("plat.yaml cannot say it: {}", said.join("; ")),
        Some("deploy it as it is: plat deploy -f FILE".to_owned()),
    )
}

fn render(spec: &Spec, fields: &Fields, group: &Group) -> Vec<Manifest> {
    let inputs = Inputs {
        namespace: group.workload.namespace.clone().unwrap_or_default(),
        image: spec.image.clone().unwrap_or_default(),
        files: fields.files.clone(),
        ..Inputs::default()
    };
    manifests::render(spec, &inputs)
}

/// The object that this one stands for. A Job has another name each time.
fn find<'m>(group: &Group<'m>, rendered: &Manifest) -> Option<&'m Manifest> {
    if rendered.kind == group.workload.kind {
        return Some(group.workload);
    }
    group.find(&rendered.kind, &rendered.name)
}

fn is_route(manifest: &Manifest) -> bool {
    matches!(manifest.kind.as_str(), "Ingress" | "HTTPRoute")
}

/// Whether both lead the same requests to the same port, as the Service that is there calls it.
fn leads_the_same(group: &Group, rendered: &Manifest, there: &Manifest) -> bool {
    let ports = group.service.map_or(&NOTHING, |service| &service.body["spec"]["ports"]);
    let number = |name: &str| items(ports).iter().find(|port| port["name"] == name).map(|port| port["port"].clone());
    let resolved = |manifest: &Manifest| {
        let mut spec = normal(manifest)["spec"].clone();
        numbered(&mut spec, &number);
        spec
    };
    resolved(rendered) == resolved(there)
}

/// With each port of a backend by its number.
fn numbered(value: &mut Value, number: &impl Fn(&str) -> Option<Value>) {
    match value {
        Value::Object(fields) => {
            let name =
                fields.get("service").and_then(|service| service["port"]["name"].as_str()).map(ToOwned::to_owned);
            if let Some(number) = name.and_then(|name| number(&name)) {
                fields["service"]["port"] = json!({"number": number});
            }
            fields.values_mut().for_each(|value| numbered(value, number));
        }
        Value::Array(list) => list.iter_mut().for_each(|item| numbered(item, number)),
        _ => {}
    }
}

/// An object that plat renders, and the one that was there.
struct Side<'a> {
    rendered: &'a Manifest,
    base: Value,
    /// None where there was none.
    was: Option<Value>,
    /// As it should be; none where that is as it is rendered.
    target: Option<Value>,
    main: String,
    is_left_out: bool,
}

impl<'a> Side<'a> {
    fn of(
        group: &Group,
        fields: &Fields,
        rendered: &'a Manifest,
        (raw, original): (&Value, &Value),
        behaviour: Behaviour,
    ) -> Self {
        let main = text(&group.main().container["name"]).to_owned();
        let base = normal(rendered);
        let is_left_out = fields.left_out.contains(rendered.kind.as_str());
        let found = find(group, rendered).filter(|_| !is_left_out).map(|there| {
            let is_workload = std::ptr::eq(there, group.workload);
            let whole = if is_workload { raw.clone() } else { normal(there) };
            let partly = if is_workload { original } else { &whole };
            let pair = Pair { kind: &rendered.kind, main: &main, rendered: &base, original: partly };
            let mut target = target::of(pair, behaviour);
            if is_route(rendered) {
                target["spec"] = base["spec"].clone();
            }
            if is_workload
                && fields.is_scaled
                && let Some(spec) = target["spec"].as_object_mut()
            {
                spec.shift_remove("replicas");
            }
            if is_workload && behaviour == Behaviour::Defaults && has_rights(group) {
                let path = format!("{}/spec", template(&rendered.kind).unwrap_or_default());
                if let Some(pod) = target.pointer_mut(&path) {
                    pod["automountServiceAccountToken"] = json!(true);
                }
            }
            (whole, target)
        });
        let (was, target) = match found {
            Some((was, target)) => (Some(was), Some(target)),
            None => (None, added::target(group, rendered, &base)),
        };
        Self { rendered, base, was, target, main, is_left_out }
    }

    /// Its key in `patch`, and the patch.
    fn patch(&self, base: &[Manifest]) -> Option<(String, Map<String, Value>)> {
        let of_kind = base.iter().filter(|other| other.kind == self.rendered.kind).count();
        let key = if of_kind > 1 {
            format!("{}/{}", self.rendered.kind, self.rendered.name)
        } else {
            self.rendered.kind.clone()
        };
        if self.is_left_out {
            return Some((key, Map::from_iter([("$patch".to_owned(), json!("delete"))])));
        }
        let target = self.target.as_ref()?;
        let by_key = !self.rendered.api_version.contains("gateway.networking.k8s.io");
        Some((key, difference::between(&self.base, target, by_key)?))
    }

    fn report(&self, group: &Group, finally: &[Manifest], service: &mut Service) {
        let is_it = |other: &&Manifest| {
            other.kind == self.rendered.kind && (other.name == self.rendered.name || other.kind == group.workload.kind)
        };
        let Some(rendered) = finally.iter().find(is_it) else { return };
        let (Some(was), Some(target)) = (&self.was, &self.target) else {
            return report::added(&rendered.kind, &shown(rendered), service);
        };
        let compared = Compared {
            object: if rendered.kind == group.workload.kind { shown(group.workload) } else { shown(rendered) },
            kind: &rendered.kind,
            main: &self.main,
            original: was,
            base: &self.base,
            target,
            rendered: &normal(rendered),
        };
        report::note(&compared, service);
    }
}

/// Whether someone granted its account something: then the program calls the API server.
fn has_rights(group: &Group) -> bool {
    let account = text(&group.pod()["serviceAccountName"]);
    let is_granted = |binding: &&Manifest| {
        let subjects = items(&binding.body["subjects"]);
        subjects.iter().any(|subject| subject["kind"] == "ServiceAccount" && subject["name"] == account)
    };
    !account.is_empty()
        && group.all().filter(|other| other.kind.ends_with("RoleBinding")).any(|other| is_granted(&other))
}

/// What plat does not render.
fn extras(group: &Group, fields: &Fields, base: &[Manifest], service: &mut Service) -> Vec<Value> {
    let mut extra = Vec::new();
    let home = group.workload.namespace.as_deref();
    for other in group.service.iter().copied().chain(group.others.iter().copied()) {
        let is_rendered = |rendered: &Manifest| {
            rendered.kind == other.kind
                && rendered.name == other.name
                && !fields.left_out.contains(rendered.kind.as_str())
        };
        if base.iter().any(is_rendered) {
            continue;
        }
        if other.kind == "ServiceAccount" && other.name == DEFAULT_ACCOUNT {
            continue;
        }
        if other.kind == "ConfigMap" && fields.configs.contains(&other.name) {
            report::became(&other.kind, &shown(other), service);
            continue;
        }
        service.extra.push(shown(other));
        match carried(other, home) {
            Carried::Here(body) => extra.push(body),
            Carried::File(path, content) => {
                extra.push(json!(path));
                service.files.insert(path, content);
            }
        }
    }
    extra
}
