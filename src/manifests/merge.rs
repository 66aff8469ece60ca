//! Strategic merge (k8s.io/apimachinery, `strategicpatch`): as `kubectl patch` and kustomize merge.
//!
//! Maps are merged, `null` removes a field, and lists are replaced, but for those whose items have a name: there the
//! item of that name is merged, and a new one is added at the end.

use serde_json::{Map, Value};

/// In an item or a map: what is done with it, instead of merging it.
pub(super) const DIRECTIVE: &str = "$patch";

/// Beside a list: the order of its items, by their keys; those that it does not name come last.
pub(super) const ORDER: &str = "$setElementOrder/";

/// Lists whose items are told apart by a key, as the API types declare it (`patchMergeKey` of k8s.io/api). `ports` has
/// another one in containers and in Services, so the first that an item has counts.
const KEYS: &[(&str, &[&str])] = &[
    ("containers", &["name"]),
    ("initContainers", &["name"]),
    ("ephemeralContainers", &["name"]),
    ("volumes", &["name"]),
    ("volumeMounts", &["mountPath"]),
    ("volumeDevices", &["devicePath"]),
    ("env", &["name"]),
    ("ports", &["containerPort", "port"]),
    ("imagePullSecrets", &["name"]),
    ("secrets", &["name"]),
    ("hostAliases", &["ip"]),
    ("schedulingGates", &["name"]),
    ("resourceClaims", &["name"]),
    ("topologySpreadConstraints", &["topologyKey"]),
    ("ownerReferences", &["uid"]),
];

/// Lists of words that are joined.
const SETS: &[&str] = &["finalizers"];

/// Where a patch does not fit, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Clash {
    /// Keys and indices into the patch.
    pub path: Vec<String>,
    pub what: String,
}

/// Merges `patch` into `target`. `by_key`: whether this kind's lists have keys; those of custom resources have none.
pub(super) fn merge(target: &mut Value, patch: &Map<String, Value>, by_key: bool) -> Vec<Clash> {
    let mut merging = Merging { by_key, path: Vec::new(), clashes: Vec::new() };
    merging.map(target, patch);
    merging.clashes
}

/// By what the items of this list are told apart.
#[must_use]
pub fn list_keys(list: &str) -> Option<&'static [&'static str]> {
    KEYS.iter().find(|(known, _)| *known == list).map(|(_, keys)| *keys)
}

/// The object with the patch merged into it.
///
/// # Panics
/// When it does not fit.
#[cfg(test)]
#[must_use]
pub fn merged(object: &Value, patch: &Map<String, Value>) -> Value {
    let mut object = object.clone();
    assert_eq!(merge(&mut object, patch, true), []);
    object
}

struct Merging {
    by_key: bool,
    path: Vec<String>,
    clashes: Vec<Clash>,
}

impl Merging {
    fn clash(&mut self, what: impl Into<String>) {
        self.clashes.push(Clash { path: self.path.clone(), what: what.into() });
    }

    fn at(&mut self, key: impl Into<String>, inner: impl FnOnce(&mut Self)) {
        self.path.push(key.into());
        inner(self);
        self.path.pop();
    }

    fn map(&mut self, target: &mut Value, patch: &Map<String, Value>) {
        match patch.get(DIRECTIVE).map(|directive| directive.as_str().unwrap_or_default()) {
            None => {}
            Some("replace") => *target = Value::Object(Map::new()),
            Some(_) => {
                return self.at(DIRECTIVE, |this| this.clash("here only `replace` has a meaning"));
            }
        }
        if !target.is_object() {
            *target = Value::Object(Map::new());
        }
        let Value::Object(fields) = target else { return };
        let mut orders = Vec::new();
        for (key, value) in patch.iter().filter(|(key, _)| *key != DIRECTIVE) {
            if let Some(list) = key.strip_prefix(ORDER) {
                orders.push((list, key, value));
                continue;
            }
            if key.starts_with('$') {
                self.at(key, |this| this.clash("plat does not know this directive"));
                continue;
            }
            if value.is_null() {
                // As it is in the object: a removed field leaves the others where they are.
                fields.shift_remove(key);
                continue;
            }
            self.at(key, |this| this.field(fields.entry(key).or_insert(Value::Null), key, value));
        }
        for (list, directive, order) in orders {
            self.at(directive, |this| this.order(fields.get_mut(list), list, order));
        }
    }

    /// An item that is not there has no place.
    fn order(&mut self, target: Option<&mut Value>, list: &str, order: &Value) {
        let keys = list_keys(list).filter(|_| self.by_key);
        let (Some(keys), Some(order)) = (keys, order.as_array()) else {
            return self.clash("orders a list whose items are told apart by a key");
        };
        let Some(items) = target.and_then(Value::as_array_mut) else { return };
        let is_same =
            |item: &Value, named: &Value| keys.iter().any(|key| !named[*key].is_null() && item[*key] == named[*key]);
        items.sort_by_key(|item| order.iter().position(|named| is_same(item, named)).unwrap_or(order.len()));
    }

    fn field(&mut self, target: &mut Value, key: &str, patch: &Value) {
        match patch {
            Value::Object(patch) => {
                if target.is_array() {
                    return self.clash("is a list in the rendered object, and a map here");
                }
                self.map(target, patch);
            }
            Value::Array(items) => {
                if target.is_object() {
                    return self.clash("is a map in the rendered object, and a list here");
                }
                self.list(target, key, items);
            }
            scalar => {
                if target.is_object() || target.is_array() {
                    let is = if target.is_object() { "a map" } else { "a list" };
                    return self.clash(format!("is {is} in the rendered object, and a single value here"));
                }
                *target = scalar.clone();
            }
        }
    }

    fn list(&mut self, target: &mut Value, key: &str, items: &[Value]) {
        let mut present = match target {
            Value::Array(present) => std::mem::take(present),
            _ => Vec::new(),
        };
        if SETS.contains(&key) {
            let new: Vec<Value> = items.iter().filter(|item| !present.contains(item)).cloned().collect();
            present.extend(new);
            *target = Value::Array(present);
            return;
        }
        let keys = list_keys(key).filter(|_| self.by_key);
        let replaces =
            |item: &Value| item[DIRECTIVE] == "replace" && item.as_object().is_some_and(|item| item.len() == 1);
        match keys {
            Some(keys) if !items.iter().any(replaces) => {
                for (index, item) in items.iter().enumerate() {
                    self.at(index.to_string(), |this| this.item(&mut present, keys, item));
                }
                *target = Value::Array(present);
            }
            _ => *target = Value::Array(items.iter().filter(|item| !replaces(item)).cloned().collect()),
        }
    }

    fn item(&mut self, present: &mut Vec<Value>, keys: &[&str], item: &Value) {
        let Some(fields) = item.as_object() else {
            return self.clash("is not a map, as the items of this list are");
        };
        let Some(key) = keys.iter().find(|key| fields.contains_key(**key)) else {
            return self
                .clash(format!("has no `{}`, by which the items of this list are told apart", keys.join("` or `")));
        };
        let found = present.iter().position(|there| there[*key] == fields[*key]);
        match (fields.get(DIRECTIVE).map(|directive| directive.as_str().unwrap_or_default()), found) {
            (Some("delete"), Some(at)) => drop(present.remove(at)),
            (Some("delete"), None) => {
                let names: Vec<String> = present.iter().map(|there| there[*key].to_string()).collect();
                self.clash(format!("there is no such item to remove; there are {}", names.join(", ")));
            }
            (_, Some(at)) => self.map(&mut present[at], fields),
            (_, None) => {
                let mut new = Value::Null;
                self.map(&mut new, fields);
                present.push(new);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    const POD: &str = "{spec: {containers: [{name: app, image: a, env: [{name: A, value: x}, {name: B, value: y}], \
                       ports: [{containerPort: 80, name: http}]}], tolerations: [{key: a}], nodeSelector: {disk: ssd}}}";

    fn value(yaml: &str) -> Value {
        serde_yaml::from_str(yaml).expect("YAML")
    }

    fn merged(patch: &str, by_key: bool) -> (Value, Vec<String>) {
        let mut target = value(POD);
        let patch = value(patch).as_object().expect("a map").clone();
        let clashes = merge(&mut target, &patch, by_key);
        (target, clashes.into_iter().map(|clash| format!("{}: {}", clash.path.join("."), clash.what)).collect())
    }

    #[rstest]
    #[case::adds_a_sidecar(
        "{spec: {containers: [{name: proxy, image: p}]}}",
        "spec.containers.1",
        "{name: proxy, image: p}"
    )]
    #[case::changes_one_container("{spec: {containers: [{name: app, image: b}]}}", "spec.containers.0.image", "b")]
    #[case::adds_a_variable(
        "{spec: {containers: [{name: app, env: [{name: C, value: z}]}]}}",
        "spec.containers.0.env.2.value",
        "z"
    )]
    #[case::changes_a_variable(
        "{spec: {containers: [{name: app, env: [{name: B, value: z}]}]}}",
        "spec.containers.0.env",
        "[{name: A, value: x}, {name: B, value: z}]"
    )]
    #[case::removes_a_variable(
        "{spec: {containers: [{name: app, env: [{name: A, $patch: delete}]}]}}",
        "spec.containers.0.env",
        "[{name: B, value: y}]"
    )]
    #[case::replaces_a_list(
        "{spec: {containers: [{name: app, env: [{$patch: replace}, {name: C, value: z}]}]}}",
        "spec.containers.0.env",
        "[{name: C, value: z}]"
    )]
    #[case::orders_a_list(
        "{spec: {containers: [{name: app, $setElementOrder/env: [{name: C}, {name: B}, {name: Z}], env: [{name: C, value: z}]}]}}",
        "spec.containers.0.env",
        "[{name: C, value: z}, {name: B, value: y}, {name: A, value: x}]"
    )]
    #[case::port_by_number(
        "{spec: {containers: [{name: app, ports: [{containerPort: 90, name: metrics}]}]}}",
        "spec.containers.0.ports.1.name",
        "metrics"
    )]
    #[case::a_list_without_keys("{spec: {tolerations: [{key: b}]}}", "spec.tolerations", "[{key: b}]")]
    #[case::adds_a_map("{spec: {affinity: {nodeAffinity: {}}}}", "spec.affinity", "{nodeAffinity: {}}")]
    #[case::removes_a_field("{spec: {nodeSelector: null}}", "spec.nodeSelector", "null")]
    #[case::replaces_a_map("{spec: {nodeSelector: {$patch: replace, zone: a}}}", "spec.nodeSelector", "{zone: a}")]
    #[case::nothing_of_null("{spec: {nodeSelector: {disk: null, zone: null}}}", "spec.nodeSelector", "{}")]
    fn a_patch_merges(#[case] patch: &str, #[case] path: &str, #[case] expected: &str) {
        let (object, clashes) = merged(patch, true);
        assert_eq!(clashes, Vec::<String>::new());
        let pointer = format!("/{}", path.replace('.', "/"));
        assert_eq!(object.pointer(&pointer).cloned().unwrap_or_default(), value(expected));
    }

    #[rstest]
    #[case(
        "{spec: {containers: [{image: b}]}}",
        "spec.containers.0: has no `name`, by which the items of this list are told apart"
    )]
    #[case("{spec: {containers: [app]}}", "spec.containers.0: is not a map, as the items of this list are")]
    #[case("{spec: {containers: {name: app}}}", "spec.containers: is a list in the rendered object, and a map here")]
    #[case("{spec: {nodeSelector: [a]}}", "spec.nodeSelector: is a map in the rendered object, and a list here")]
    #[case(
        "{spec: {nodeSelector: ssd}}",
        "spec.nodeSelector: is a map in the rendered object, and a single value here"
    )]
    #[case(
        "{spec: {containers: [{name: app, env: [{name: Z, $patch: delete}]}]}}",
        "spec.containers.0.env.0: there is no such item to remove; there are \"A\", \"B\""
    )]
    #[case("{spec: {$retainKeys: [a]}}", "spec.$retainKeys: plat does not know this directive")]
    #[case(
        "{spec: {$setElementOrder/tolerations: [{key: a}]}}",
        "spec.$setElementOrder/tolerations: orders a list whose items are told apart by a key"
    )]
    #[case("{spec: {nodeSelector: {$patch: merge}}}", "spec.nodeSelector.$patch: here only `replace` has a meaning")]
    fn a_patch_that_does_not_fit_says_where(#[case] patch: &str, #[case] expected: &str) {
        assert_eq!(merged(patch, true).1, [expected]);
    }

    #[test]
    fn lists_of_a_custom_resource_are_replaced() {
        let (object, _) = merged("{spec: {containers: [{name: x}]}}", false);
        assert_eq!(object["spec"]["containers"], value("[{name: x}]"));
    }
}
