//! `ConfigMap`s become files and variables of plat.yaml, so that a changed one is a revision: it restarts the pods, and a
//! rollback takes it along. Only one that this workload alone uses, and only where all its uses can be had so.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::look::{Fields, Look, main_container, pod_of};
use super::storage::take;
use crate::import::group::refers;
use crate::import::model::shown;
use crate::import::paths::{items, text};
use crate::manifests::Manifest;
use crate::spec::{fits, unsendable};

/// plat's own volume with the files of `config`.
const VOLUME: &str = "config";

pub(super) fn of(look: &Look, original: &mut Value, fields: &mut Fields) {
    if look.keeps() {
        return;
    }
    let maps: Vec<&Manifest> = look.group.of_kind("ConfigMap").collect();
    for map in maps {
        let Some(data) = texts_of(map).filter(|_| !look.group.shared.contains(&shown(map))) else { continue };
        let mut changed = original.clone();
        let mut now = fields.clone();
        files(look, map, &data, &mut changed, &mut now);
        variables(look, map, &data, &mut changed, &mut now);
        let is_used = |pod: &Value| refers(pod, &["configMapRef", "configMapKeyRef", "configMap"], &map.name);
        if is_used(pod_of(look, original)) && !is_used(pod_of(look, &changed)) {
            now.configs.insert(map.name.clone());
            *original = changed;
            *fields = now;
        }
    }
}

/// None where something of it is no text that plat.yaml could have.
fn texts_of(map: &Manifest) -> Option<BTreeMap<String, String>> {
    if map.body["binaryData"].as_object().is_some_and(|data| !data.is_empty()) {
        return None;
    }
    let data = map.body["data"].as_object()?.iter();
    data.map(|(key, value)| Some((key.clone(), value.as_str().filter(|text| unsendable(text).is_none())?.to_owned())))
        .collect()
}

/// A volume of all its keys, mounted in the program and nowhere else, becomes plat's own.
fn files(look: &Look, map: &Manifest, data: &BTreeMap<String, String>, original: &mut Value, fields: &mut Fields) {
    let is_it = |volume: &&Value| {
        volume["configMap"]["name"] == map.name.as_str()
            && volume["configMap"].as_object().is_some_and(|map| map.len() == 1)
    };
    let pod = pod_of(look, original);
    let Some(volume) = items(&pod["volumes"]).iter().find(is_it).map(|volume| text(&volume["name"]).to_owned()) else {
        return;
    };
    let others = items(&pod["containers"]).iter().chain(items(&pod["initContainers"]));
    let mut others = others.filter(|container| container["name"] != look.main.container["name"]);
    let is_elsewhere =
        others.any(|container| items(&container["volumeMounts"]).iter().any(|m| m["name"] == volume.as_str()));
    let paths: Vec<String> = data.keys().map(|key| format!("config/{key}")).collect();
    let is_taken = fields.map.contains_key("config");
    if is_elsewhere || is_taken || paths.is_empty() || !paths.iter().all(|path| fits("config-file", path)) {
        return;
    }
    let mounts = main_container(look, original).map(|container| container["volumeMounts"].clone()).unwrap_or_default();
    let mine = items(&mounts).iter().filter(|mount| mount["name"] == volume.as_str()).cloned();
    let mine: Vec<Value> = mine
        .map(|mut mount| {
            mount["name"] = json!(VOLUME);
            mount["readOnly"] = json!(true);
            mount
        })
        .collect();
    take(look, original, &volume);
    if let Some(mounts) = main_container(look, original).and_then(|container| container["volumeMounts"].as_array_mut())
    {
        // Where plat mounts it by itself nothing has to be said.
        let own = format!("/etc/{}", look.name());
        mounts.extend(mine.into_iter().filter(|mount| mount["mountPath"] != own.as_str()));
    }
    fields.set("config", json!(paths));
    fields.files.extend(data.iter().map(|(key, text)| (format!("config/{key}"), text.clone())));
}

/// Its keys as variables of the program.
fn variables(look: &Look, map: &Manifest, data: &BTreeMap<String, String>, original: &mut Value, fields: &mut Fields) {
    let Some(container) = main_container(look, original) else { return };
    let is_all = |from: &Value| {
        from["configMapRef"]["name"] == map.name.as_str()
            && from.as_object().is_some_and(|from| from.len() == 1)
            && from["configMapRef"].as_object().is_some_and(|map| map.len() == 1)
    };
    let all = items(&container["envFrom"]).iter().any(is_all) && data.keys().all(|key| fits("env-name", key));
    if let Some(from) = container["envFrom"].as_array_mut().filter(|_| all) {
        from.retain(|from| !is_all(from));
        let said: Vec<String> = items(&container["env"]).iter().map(|item| text(&item["name"]).to_owned()).collect();
        for (key, value) in data.iter().filter(|(key, _)| !said.contains(key)) {
            fields.set_in("env", key, value.clone());
        }
        if items(&container["envFrom"]).is_empty()
            && let Some(container) = container.as_object_mut()
        {
            container.shift_remove("envFrom");
        }
    }
    for item in container["env"].as_array_mut().into_iter().flatten() {
        let reference = &item["valueFrom"]["configMapKeyRef"];
        if reference["name"] != map.name.as_str() || reference["optional"] == true {
            continue;
        }
        if let Some(value) = data.get(text(&reference["key"])) {
            *item = json!({"name": item["name"], "value": value});
        }
    }
    if container["env"].is_null()
        && let Some(container) = container.as_object_mut()
    {
        container.shift_remove("env");
    }
}
