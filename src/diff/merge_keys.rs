//! What tells the items of a list apart.

use std::collections::HashMap;

use serde_json::Value;

use super::managed;

/// Lists whose items are told apart by other keys than `name` (`x-kubernetes-list-map-keys` and `patchMergeKey` of the
/// API).
const KEYED: [(&str, &[&str]); 12] = [
    ("ports", &["containerPort", "protocol"]),
    ("ports", &["port", "protocol"]),
    ("volumeMounts", &["mountPath"]),
    ("volumeDevices", &["devicePath"]),
    ("topologySpreadConstraints", &["topologyKey", "whenUnsatisfiable"]),
    ("hostAliases", &["ip"]),
    ("conditions", &["type"]),
    ("podIPs", &["ip"]),
    ("ownerReferences", &["uid"]),
    ("validations", &["expression"]),
    ("matchConditions", &["name"]),
    ("containerStatuses", &["name"]),
];

/// The keys of each list of one object, by the names that lead to it: `.spec.template.spec.containers`.
pub(super) struct MergeKeys(HashMap<String, Vec<String>>);

impl MergeKeys {
    /// As the API server itself tells them (`k:{"name":"app"}` of `managedFields`): for kinds of others it alone knows.
    pub fn of(objects: [&Value; 2]) -> Self {
        let mut keys = HashMap::new();
        for entry in objects.into_iter().flat_map(managed::entries) {
            collect(&entry["fieldsV1"], "", &mut keys);
        }
        Self(keys)
    }

    /// What tells the items of both lists apart, each item of one list by another value. `names`: the keys that lead to
    /// the list, without its items.
    pub fn find(&self, names: &str, old: &[Value], new: &[Value]) -> Option<Vec<String>> {
        let list = names.rsplit('.').next().unwrap_or_default();
        let special = KEYED.iter().filter(|(name, _)| *name == list).map(|(_, keys)| owned(keys));
        let candidates = self.0.get(names).cloned().into_iter().chain(special).chain([owned(&["name"])]);
        let unique = |items: &[Value], keys: &[String]| {
            let mut ids: Vec<String> = items.iter().map(|item| selector(item, keys)).collect();
            ids.sort();
            ids.windows(2).all(|two| two[0] != two[1])
        };
        let all = || old.iter().chain(new);
        candidates.into_iter().find(|keys| {
            all().next().is_some()
                && all().all(|item| item.get(&keys[0]).is_some_and(|value| value.is_string() || value.is_number()))
                && unique(old, keys)
                && unique(new, keys)
        })
    }
}

fn owned(keys: &[&str]) -> Vec<String> {
    keys.iter().map(|key| (*key).to_owned()).collect()
}

fn collect(set: &Value, names: &str, keys: &mut HashMap<String, Vec<String>>) {
    for (step, below) in set.as_object().into_iter().flatten() {
        match step.split_once(':') {
            Some(("f", name)) => collect(below, &format!("{names}.{name}"), keys),
            Some(("k", item)) => {
                if let Ok(Value::Object(item)) = serde_json::from_str(item)
                    && !item.is_empty()
                {
                    keys.entry(names.to_owned()).or_insert_with(|| item.keys().cloned().collect());
                }
                collect(below, names, keys);
            }
            _ => {}
        }
    }
}

/// `containerPort=8080,protocol="TCP"`
pub(super) fn selector(item: &Value, keys: &[String]) -> String {
    let pairs = keys.iter().filter_map(|key| item.get(key).map(|value| format!("{key}={value}")));
    pairs.collect::<Vec<_>>().join(",")
}
