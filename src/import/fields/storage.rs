//! Folders that it may write to.

use serde_json::{Map, Value, json};

use super::look::{Fields, Look, main_container, pod_of};
use crate::import::paths::{at, items, template, text};
use crate::spec::fits;

/// Writable already.
const TMP: &str = "/tmp";
/// Volumes that plat makes itself.
const OWN: [&str; 2] = ["tmp", "config"];

pub(super) fn of(look: &Look, original: &mut Value, fields: &mut Fields) {
    let volumes = items(&pod_of(look, original)["volumes"]).to_vec();
    for volume in &volumes {
        let name = text(&volume["name"]);
        let Some(path) = mounted_at(look, original, name) else { continue };
        if path == TMP {
            if !look.keeps() && volume["emptyDir"] == json!({}) {
                take(look, original, name);
            }
            continue;
        }
        if OWN.contains(&name) || !fits("volume-name", name) || !fits("mount-path", &path) {
            continue;
        }
        let Some(mut found) = empty(volume).or_else(|| claim(look, volume)) else { continue };
        found.insert("path".to_owned(), path.into());
        let order = ["path", "kind", "size", "class", "access"];
        let ordered: Map<String, Value> = order
            .iter()
            .filter_map(|key| found.get_key_value(*key))
            .map(|(key, value)| (key.clone(), value.clone()))
            .collect();
        fields.set_in("volumes", name, Value::Object(ordered));
    }
}

/// The one place of the program where all of it is mounted, and nowhere else.
fn mounted_at(look: &Look, original: &Value, volume: &str) -> Option<String> {
    let containers = items(&pod_of(look, original)["containers"]);
    let main = containers.iter().find(|container| container["name"] == look.main.container["name"])?;
    let mut mounts = items(&main["volumeMounts"]).iter().filter(|mount| mount["name"] == volume);
    let (first, more) = (mounts.next()?, mounts.next());
    let is_plain = first.as_object()?.len() == 2;
    (is_plain && more.is_none()).then(|| text(&first["mountPath"]).to_owned())
}

fn empty(volume: &Value) -> Option<Map<String, Value>> {
    let source = volume["emptyDir"].as_object()?;
    let size = source.get("sizeLimit");
    if source.len() > usize::from(size.is_some()) || size.is_some_and(|size| !fits("memory", text(size))) {
        return None;
    }
    let kind = [("kind".to_owned(), json!("empty"))];
    Some(kind.into_iter().chain(size.map(|size| ("size".to_owned(), size.clone()))).collect())
}

/// A claim that is called as plat would call it.
fn claim(look: &Look, volume: &Value) -> Option<Map<String, Value>> {
    let claim = volume["persistentVolumeClaim"]["claimName"].as_str()?;
    if claim != format!("{}-{}", look.name(), text(&volume["name"])) {
        return None;
    }
    let spec = &look.group.find("PersistentVolumeClaim", claim)?.body["spec"];
    let size = at(spec, "/resources/requests/storage").as_str().filter(|size| fits("memory", size))?;
    let [mode] = items(&spec["accessModes"]) else { return None };
    let mut found = Map::from_iter([("size".to_owned(), json!(size))]);
    if let Some(class) = spec["storageClassName"].as_str() {
        found.insert("class".to_owned(), class.into());
    }
    if *mode != "ReadWriteOnce" {
        found.insert("access".to_owned(), mode.clone());
    }
    Some(found)
}

/// Takes a volume and its mounts out.
pub(super) fn take(look: &Look, original: &mut Value, volume: &str) {
    let drop = |list: Option<&mut Value>| {
        if let Some(list) = list.and_then(Value::as_array_mut) {
            list.retain(|item| item["name"] != volume);
        }
    };
    let path = template(&look.group.workload.kind).unwrap_or_default();
    drop(original.pointer_mut(&format!("{path}/spec/volumes")));
    drop(main_container(look, original).and_then(|container| container.get_mut("volumeMounts")));
}
