//! Paths of fields, as server-side apply writes them (`.spec.template.spec.containers[name="app"].image`) and as
//! `managedFields` keeps them (`f:spec`, `k:{"name":"app"}`), followed into a value.

use serde_json::Value;

/// One step down into a value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    Key(String),
    Index(usize),
}

/// The value at a path that server-side apply wrote, such as `.spec.replicas`.
#[must_use]
pub fn at<'v>(value: &'v Value, path: &str) -> Option<&'v Value> {
    get(value, &find(value, path)?)
}

/// Takes the field out, and the objects around it that are empty without it. True when it was there.
pub fn remove(value: &mut Value, path: &str) -> bool {
    let Some(steps) = find(value, path) else { return false };
    remove_at(value, &steps);
    true
}

/// Takes out what is there; parents that are empty then go as well. An item of a list goes only by its own path: a
/// list item that lost a field is still that item.
pub(super) fn remove_at(value: &mut Value, steps: &[Step]) {
    let Some((last, parents)) = steps.split_last() else { return };
    let Some(holder) = get_mut(value, parents) else { return };
    match (last, holder) {
        (Step::Key(key), Value::Object(fields)) => {
            fields.remove(key);
            if fields.is_empty() && matches!(parents.last(), Some(Step::Key(_))) {
                remove_at(value, parents);
            }
        }
        (Step::Index(index), Value::Array(items)) if *index < items.len() => {
            items.remove(*index);
        }
        _ => {}
    }
}

#[must_use]
pub fn get<'v>(value: &'v Value, steps: &[Step]) -> Option<&'v Value> {
    steps.iter().try_fold(value, |value, step| match step {
        Step::Key(key) => value.get(key),
        Step::Index(index) => value.get(index),
    })
}

pub(super) fn get_mut<'v>(value: &'v mut Value, steps: &[Step]) -> Option<&'v mut Value> {
    steps.iter().try_fold(value, |value, step| match step {
        Step::Key(key) => value.get_mut(key),
        Step::Index(index) => value.get_mut(index),
    })
}

/// Where a written path leads to.
fn find(value: &Value, path: &str) -> Option<Vec<Step>> {
    let (steps, rest) = deepest(value, path);
    rest.is_empty().then_some(steps)
}

/// How far a written path leads, and what of it is not there. Keys may hold dots themselves
/// (`.metadata.labels.app.kubernetes.io/name`), so of all that fit those are taken that lead furthest, the longest first.
#[must_use]
pub fn deepest<'p>(value: &Value, path: &'p str) -> (Vec<Step>, &'p str) {
    let mut found = (Vec::new(), path);
    for (step, rest) in next(value, path) {
        let Some(below) = get(value, std::slice::from_ref(&step)) else { continue };
        let (steps, left) = deepest(below, rest);
        if left.len() < found.1.len() {
            found = (joined(step, steps), left);
        }
    }
    found
}

/// What the first part of a path may mean, each with the path after it.
fn next<'p>(value: &Value, path: &'p str) -> Vec<(Step, &'p str)> {
    if let (Some(rest), Some(object)) = (path.strip_prefix('.'), value.as_object()) {
        let goes_on = |key: &&String| {
            rest.strip_prefix(key.as_str()).is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[']))
        };
        let mut keys: Vec<&String> = object.keys().filter(goes_on).collect();
        keys.sort_by_key(|key| std::cmp::Reverse(key.len()));
        return keys.into_iter().map(|key| (Step::Key(key.clone()), &rest[key.len()..])).collect();
    }
    let Some((selector, rest)) = path.strip_prefix('[').and_then(|path| path.split_once(']')) else {
        return Vec::new();
    };
    let step = match value {
        // A key of a map, as validation writes it: `.resources.limits[memory]`.
        Value::Object(_) => Some(Step::Key(selector.trim_matches('"').to_owned())),
        Value::Array(items) => match selector.strip_prefix('=') {
            Some(text) => items.iter().position(|item| is_written(item, text)),
            None => match selector.parse::<usize>() {
                Ok(index) => Some(index),
                Err(_) => items.iter().position(|item| has_keys(item, selector)),
            },
        }
        .map(Step::Index),
        _ => None,
    };
    step.map(|step| (step, rest)).into_iter().collect()
}

fn joined(first: Step, mut rest: Vec<Step>) -> Vec<Step> {
    rest.insert(0, first);
    rest
}

/// Whether the item of a list has these keys: `name="app"` or `containerPort=8080,protocol="TCP"`.
#[must_use]
pub fn has_keys(item: &Value, selector: &str) -> bool {
    selector.split(',').all(|pair| {
        pair.split_once('=').is_some_and(|(key, text)| {
            // Defaults of the server (protocol TCP) may be missing on plat's side.
            item.get(key).is_none_or(|value| is_written(value, text))
        })
    })
}

/// Whether this text is the value, as JSON.
fn is_written(value: &Value, text: &str) -> bool {
    serde_json::from_str::<Value>(text).is_ok_and(|written| written == *value)
}

/// Where a path of `managedFields` leads to (`fieldpath/serialize-pe.go` of structured-merge-diff).
pub(super) fn find_raw(value: &Value, path: &[&str]) -> Option<Vec<Step>> {
    let Some((first, rest)) = path.split_first() else { return Some(Vec::new()) };
    let (kind, text) = first.split_once(':')?;
    let step = match kind {
        "f" => Step::Key(text.to_owned()),
        "i" => Step::Index(text.parse().ok()?),
        "k" => {
            let keys: Value = serde_json::from_str(text).ok()?;
            let fits = |item: &Value| {
                keys.as_object().is_some_and(|keys| keys.iter().all(|(key, value)| item.get(key) == Some(value)))
            };
            Step::Index(value.as_array()?.iter().position(fits)?)
        }
        "v" => {
            let wanted: Value = serde_json::from_str(text).ok()?;
            Step::Index(value.as_array()?.iter().position(|item| *item == wanted)?)
        }
        _ => return None,
    };
    let below = get(value, std::slice::from_ref(&step))?;
    Some(joined(step, find_raw(below, rest)?))
}

/// A path of `managedFields` as server-side apply writes it for people.
pub(super) fn written(path: &[&str]) -> String {
    path.iter()
        .map(|step| match step.split_once(':') {
            Some(("f", name)) => format!(".{name}"),
            Some(("i", index)) => format!("[{index}]"),
            Some(("v", value)) => format!("[={value}]"),
            Some(("k", keys)) => match serde_json::from_str::<Value>(keys) {
                Ok(Value::Object(keys)) => {
                    let keys: Vec<String> = keys.iter().map(|(key, value)| format!("{key}={value}")).collect();
                    format!("[{}]", keys.join(","))
                }
                _ => format!("[{keys}]"),
            },
            _ => String::new(),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;
    use serde_json::json;

    fn deployment() -> Value {
        json!({
            "metadata": {"labels": {"app.kubernetes.io/name": "shop", "app": "x"}},
            "spec": {"replicas": 5, "template": {"spec": {
                "containers": [
                    {"name": "sidecar", "image": "s:1"},
                    {"name": "app", "image": "a:1", "ports": [{"containerPort": 8080}]},
                ]}}},
            "finalizers": ["a", "b"],
        })
    }

    #[rstest]
    #[case(".spec.replicas", Some(json!(5)))]
    #[case(".metadata.labels.app.kubernetes.io/name", Some(json!("shop")))]
    #[case(".metadata.labels.app", Some(json!("x")))]
    #[case(".spec.template.spec.containers[name=\"app\"].image", Some(json!("a:1")))]
    #[case(
        ".spec.template.spec.containers[name=\"app\"].ports[containerPort=8080,protocol=\"TCP\"].containerPort",
        Some(json!(8080))
    )]
    #[case(".finalizers[=\"b\"]", Some(json!("b")))]
    #[case(".finalizers[0]", Some(json!("a")))]
    #[case(".finalizers[9]", None)]
    #[case(".spec.paused", None)]
    fn a_written_path_finds_its_value(#[case] path: &str, #[case] expected: Option<Value>) {
        assert_eq!(at(&deployment(), path), expected.as_ref());
    }

    #[rstest]
    #[case(&["f:spec", "f:replicas"], ".spec.replicas", Some(json!(5)))]
    #[case(
        &["f:spec", "f:template", "f:spec", "f:containers", "k:{\"name\":\"app\"}", "f:image"],
        ".spec.template.spec.containers[name=\"app\"].image", Some(json!("a:1"))
    )]
    #[case(&["f:finalizers", "v:\"b\""], ".finalizers[=\"b\"]", Some(json!("b")))]
    #[case(&["f:finalizers", "i:7"], ".finalizers[7]", None)]
    fn a_path_of_managed_fields_is_written_for_people_and_followed(
        #[case] raw: &[&str],
        #[case] text: &str,
        #[case] expected: Option<Value>,
    ) {
        let object = deployment();
        assert_eq!(written(raw), text);
        assert_eq!(find_raw(&object, raw).and_then(|steps| get(&object, &steps)), expected.as_ref());
    }

    #[rstest]
    #[case(".spec.template.spec.containers[name=\"app\"].imagee", 5, ".imagee")]
    #[case(".spec.template.spec.containers[1].ports[0].hostPort", 7, ".hostPort")]
    #[case(".spec.template.spec.containers[7].image", 4, "[7].image")]
    #[case(".metadata.labels.app.kubernetes.io/name.x", 3, ".x")]
    #[case(".metadata[labels][app]", 3, "")]
    #[case("nothing", 0, "nothing")]
    fn a_path_is_followed_as_far_as_it_leads(#[case] path: &str, #[case] steps: usize, #[case] rest: &str) {
        let found = deepest(&deployment(), path);
        assert_eq!((found.0.len(), found.1), (steps, rest));
    }

    #[test]
    fn removing_a_field_leaves_no_empty_parent_behind_but_keeps_the_list_item() {
        let mut object = json!({"metadata": {"annotations": {"a/b": "1"}, "name": "x"},
            "containers": [{"name": "app", "image": "a:1"}]});
        assert!(remove(&mut object, ".metadata.annotations.a/b"));
        assert!(remove(&mut object, ".containers[name=\"app\"].image"));
        assert!(!remove(&mut object, ".spec.replicas"));
        assert_eq!(object, json!({"metadata": {"name": "x"}, "containers": [{"name": "app"}]}));
    }
}
