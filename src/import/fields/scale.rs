//! How many copies run.

use serde_json::{Value, json};

use super::look::{Fields, Look};

/// Copies that plat.yaml can say.
const MOST: u64 = 1000;
/// Of a service, with plat's defaults.
const DEFAULT: u64 = 2;
/// Seconds, with plat's defaults.
const DEADLINE: u64 = 300;

pub(super) fn of(look: &Look, original: &mut Value, fields: &mut Fields) {
    if look.group.workload.kind != "Deployment" {
        return;
    }
    deadline(look, original, fields);
    let Some(scaler) = look.group.of_kind("HorizontalPodAutoscaler").next() else {
        // The server's own default.
        let replicas = original["spec"]["replicas"].as_u64().unwrap_or(1);
        original["spec"]["replicas"] = json!(replicas);
        let default = if look.keeps() || look.main.port.is_none() { 1 } else { DEFAULT };
        if replicas != default && replicas <= MOST {
            fields.set("replicas", replicas);
        }
        return;
    };
    // The number is the autoscaler's.
    if let Some(spec) = original["spec"].as_object_mut() {
        spec.shift_remove("replicas");
    }
    fields.is_scaled = true;
    let spec = &scaler.body["spec"];
    let (min, max) = (spec["minReplicas"].as_u64().unwrap_or(1), spec["maxReplicas"].as_u64().unwrap_or(0));
    if scaler.name == look.name() && (1..MOST).contains(&min) && (min + 1..=MOST).contains(&max) {
        fields.set("replicas", json!({"min": min, "max": max}));
    }
}

/// plat waits as long as Kubernetes does.
fn deadline(look: &Look, original: &Value, fields: &mut Fields) {
    let seconds = original["spec"]["progressDeadlineSeconds"].as_u64();
    let is_default = |seconds: u64| !look.keeps() && seconds == DEADLINE;
    if let Some(seconds) = seconds.filter(|seconds| (1..=86400).contains(seconds) && !is_default(*seconds)) {
        fields.set_in("deadline", "rollout", duration(seconds));
    }
}

/// As people write it.
pub(super) fn duration(seconds: u64) -> String {
    match seconds {
        0 => "0s".to_owned(),
        hours if hours % 3600 == 0 => format!("{}h", hours / 3600),
        minutes if minutes % 60 == 0 => format!("{}m", minutes / 60),
        seconds => format!("{seconds}s"),
    }
}
