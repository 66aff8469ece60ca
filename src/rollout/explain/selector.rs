//! Whether the selector of a Service fits the pods of a workload, and how it is said where it fits none.

use std::collections::BTreeMap;

use crate::rollout::model::Workload;
use crate::text::{foreign_line, nearest};

type Labels = BTreeMap<String, String>;

/// Those of the pods of a workload.
#[must_use]
pub fn labels(workload: &Workload) -> Option<&Labels> {
    match workload {
        Workload::Pod(pod) => pod.metadata.labels.as_ref(),
        other => other.template()?.metadata.as_ref()?.labels.as_ref(),
    }
}

#[must_use]
pub fn is_selected(workload: &Workload, selector: &Labels) -> bool {
    labels(workload).is_some_and(|labels| selector.iter().all(|(key, value)| labels.get(key) == Some(value)))
}

/// The one of these whose pods a Service that selects none of them may mean: by its name, else by a label.
#[must_use]
pub fn meant<'w>(service: &str, selector: &Labels, workloads: &'w [Workload]) -> Option<&'w Workload> {
    let serving = || workloads.iter().filter(|workload| !workload.runs_to_its_end());
    let has_one = |workload: &&Workload| {
        labels(workload).is_some_and(|labels| selector.iter().any(|(key, value)| labels.get(key) == Some(value)))
    };
    let named = || nearest(service, serving().map(Workload::name));
    serving()
        .find(|workload| workload.name() == service)
        .or_else(|| serving().find(has_one))
        .or_else(|| named().and_then(|name| serving().find(|workload| workload.name() == name)))
}

/// `its selector is app=postgres, and the pods of Deployment shop/db have app=db`. `near`: whose pods may be meant.
#[must_use]
pub fn misses(selector: &Labels, near: Option<&Workload>) -> String {
    let wanted: Vec<String> = selector.iter().map(|(key, value)| format!("{key}={value}")).collect();
    let near = near.map(|workload| {
        let labels = labels(workload);
        let has = selector.keys().map(|key| match labels.and_then(|labels| labels.get(key)) {
            Some(value) => format!("{key}={value}"),
            None => format!("no label {key}"),
        });
        let has = has.collect::<Vec<_>>().join(", ");
        format!(", and the pods of {} have {}", workload.describe(), foreign_line(&has, 200))
    });
    format!("its selector is {}{}", foreign_line(&wanted.join(","), 200), near.unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;
    use serde_json::json;

    fn workload(name: &str, labels: &str) -> Workload {
        let labels: Labels = serde_yaml::from_str(labels).expect("labels");
        let template = json!({"metadata": {"labels": labels}, "spec": {"containers": []}});
        let object = json!({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": name, "namespace": "shop"},
            "spec": {"selector": {}, "template": template}});
        Workload::read(&object).expect("a workload")
    }

    #[rstest]
    #[case::by_its_name(
        "{app: postgres}",
        "its selector is app=postgres, and the pods of Deployment shop/db have app=db"
    )]
    #[case::by_a_label(
        "{app: api, version: v2}",
        "its selector is app=api,version=v2, and the pods of Deployment shop/db have app=db, no label version"
    )]
    fn what_nearly_matches_is_said(#[case] selector: &str, #[case] expected: &str) {
        let selector: Labels = serde_yaml::from_str(selector).expect("labels");
        let all = [workload("api", "{app: api}"), workload("db", "{app: db}")];
        assert!(!all.iter().any(|one| is_selected(one, &selector)));
        assert_eq!(misses(&selector, meant("db", &selector, &all)), expected);
    }

    #[test]
    fn the_label_decides_where_no_name_does() {
        let selector: Labels = serde_yaml::from_str("{app: api, version: v2}").expect("labels");
        let all = [workload("web", "{app: web}"), workload("server", "{app: api}")];
        assert_eq!(meant("gateway", &selector, &all).map(Workload::name), Some("server"));
        let none: Labels = serde_yaml::from_str("{app: postgres}").expect("labels");
        assert_eq!(misses(&none, meant("gateway", &none, &all)), "its selector is app=postgres");
    }
}
