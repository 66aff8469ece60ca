//! What running pods notice of a change.

use serde::Serialize;
use serde_json::Value;

/// Said in one line below an object.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "effect", rename_all = "kebab-case")]
pub enum Effect {
    /// The pod template changes: all of them are replaced.
    Restart { replicas: i64, how: How },
    /// Only their number changes.
    Scale { from: i64, to: i64 },
    /// A template that is used for the next pods only.
    Later,
    /// Nothing that a pod notices.
    Nothing,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum How {
    /// None goes before its successor is ready.
    Surge,
    /// One after the other; meanwhile there are fewer.
    Rolling,
    /// All are stopped first.
    Recreate,
    /// Only when someone deletes them.
    OnDelete,
}

/// The effect on the pods of a workload; none for other kinds and for a new object.
#[must_use]
pub fn effect(live: &Value, planned: &Value) -> Option<Effect> {
    let kind = planned["kind"].as_str()?;
    let changed = |path: &str| live.pointer(path) != planned.pointer(path);
    match kind {
        "Deployment" | "StatefulSet" | "DaemonSet" | "ReplicaSet" => {}
        "CronJob" => {
            return Some(if changed("/spec/jobTemplate") { Effect::Later } else { Effect::Nothing });
        }
        _ => return None,
    }
    let replicas = |object: &Value| match kind {
        "DaemonSet" => object["status"]["desiredNumberScheduled"].as_i64().unwrap_or(0),
        _ => object["spec"]["replicas"].as_i64().unwrap_or(1),
    };
    let (from, to) = (replicas(live), replicas(planned));
    if changed("/spec/template") {
        return Some(match kind {
            "ReplicaSet" => Effect::Later,
            _ => Effect::Restart { replicas: from, how: how(kind, planned) },
        });
    }
    Some(if from == to || kind == "DaemonSet" { Effect::Nothing } else { Effect::Scale { from, to } })
}

fn how(kind: &str, planned: &Value) -> How {
    let field = if kind == "Deployment" { "strategy" } else { "updateStrategy" };
    let strategy = &planned["spec"][field];
    let unavailable = &strategy["rollingUpdate"]["maxUnavailable"];
    match strategy["type"].as_str() {
        Some("Recreate") => How::Recreate,
        Some("OnDelete") => How::OnDelete,
        _ if kind != "StatefulSet" && (unavailable == 0 || unavailable == "0" || unavailable == "0%") => How::Surge,
        _ => How::Rolling,
    }
}

impl Effect {
    /// `replaces all 2 replicas, none before its successor is ready`
    #[must_use]
    pub fn sentence(&self) -> String {
        match self {
            Self::Restart { replicas, how } => {
                let pods = match replicas {
                    0 => return "no replica runs, so none is replaced".to_owned(),
                    1 => "the one replica".to_owned(),
                    n => format!("all {n} replicas"),
                };
                match how {
                    How::Surge => format!("replaces {pods}, none before its successor is ready"),
                    How::Rolling => format!("replaces {pods} one after the other; meanwhile there are fewer"),
                    How::Recreate => format!("stops {pods} and then starts the new: an interruption"),
                    How::OnDelete => "running pods stay as they are until someone deletes them".to_owned(),
                }
            }
            Self::Scale { from, to } => format!("scales from {from} to {to}; running pods are not restarted"),
            Self::Later => "running pods stay as they are; the next ones are made from the new template".to_owned(),
            Self::Nothing => "no pod is restarted".to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;
    use serde_json::json;

    fn object(kind: &str, image: &str, replicas: i64, strategy: &Value) -> Value {
        let field = if kind == "Deployment" { "strategy" } else { "updateStrategy" };
        json!({"kind": kind, "spec": {"replicas": replicas, field: strategy,
            "template": {"spec": {"containers": [{"name": "app", "image": image}]}}}})
    }

    #[rstest]
    #[case("Deployment", ("a", 2), ("b", 2), json!({"rollingUpdate": {"maxUnavailable": 0}}),
        "replaces all 2 replicas, none before its successor is ready")]
    #[case("Deployment", ("a", 2), ("b", 3), json!({"type": "Recreate"}),
        "stops all 2 replicas and then starts the new: an interruption")]
    #[case("Deployment", ("a", 2), ("a", 3), json!({}), "scales from 2 to 3; running pods are not restarted")]
    #[case("Deployment", ("a", 2), ("a", 2), json!({}), "no pod is restarted")]
    #[case("Deployment", ("a", 0), ("b", 0), json!({}), "no replica runs, so none is replaced")]
    #[case("StatefulSet", ("a", 1), ("b", 1), json!({"type": "RollingUpdate"}),
        "replaces the one replica one after the other; meanwhile there are fewer")]
    #[case("StatefulSet", ("a", 1), ("b", 1), json!({"type": "OnDelete"}),
        "running pods stay as they are until someone deletes them")]
    fn pods_are_replaced_only_when_their_template_changes(
        #[case] kind: &str,
        #[case] (image, replicas): (&str, i64),
        #[case] (new_image, new_replicas): (&str, i64),
        #[case] strategy: Value,
        #[case] expected: &str,
    ) {
        let live = object(kind, image, replicas, &strategy);
        let planned = object(kind, new_image, new_replicas, &strategy);
        assert_eq!(effect(&live, &planned).map(|effect| effect.sentence()).as_deref(), Some(expected));
    }

    #[test]
    fn what_has_no_pods_has_no_effect_on_them() {
        assert_eq!(effect(&json!({"kind": "Service"}), &json!({"kind": "Service", "spec": {"a": 1}})), None);
    }
}
