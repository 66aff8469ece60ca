//! The status of any object of any kind, from the object alone: the published rules of kstatus
//! (sigs.k8s.io/cli-utils, pkg/kstatus/status), which Argo CD, Flux and Helm share.
//!
//! Where plat knows better it differs, and `cases.yaml` says where and why: what runs pods follows `readiness/workload.rs`
//! (a Job is current when it is complete, not when it runs), a load balancer when it has an address, and the Gateway
//! API's kinds by the conditions that their specification asks for. Nothing here reads a clock.

use serde_json::Value;

use crate::manifests::WorkloadKind;
use crate::rollout::model::{Status, Workload};
use crate::rollout::text::escape_line;

#[cfg(test)]
mod tests;

/// The status and what is still missing, made safe to print; nothing is missing when it is current.
#[must_use]
pub fn kstatus(object: &Value) -> (Status, Option<String>) {
    let (status, missing) = generic(object).or_else(|| workload(object)).unwrap_or_else(|| of_kind(object));
    let missing = missing.map(|text| escape_line(&text)).filter(|text| !text.is_empty());
    (status, missing.or_else(|| (status == Status::InProgress).then(|| "it is not ready yet".to_owned())))
}

/// Whether its status can ever be anything but current: nobody has to wait for the others.
#[must_use]
pub fn has_status(object: &Value) -> bool {
    let text = |field: &str| object[field].as_str().unwrap_or_default();
    let (group, kind) = (group(text("apiVersion")), text("kind"));
    match (group, kind) {
        ("", "Service") => object["spec"]["type"] == "LoadBalancer",
        ("", "PersistentVolumeClaim" | "Namespace" | "Pod")
        | ("apps", _)
        | ("batch", "Job")
        | ("apiregistration.k8s.io", "APIService")
        | ("apiextensions.k8s.io", "CustomResourceDefinition") => true,
        // A budget's status is about disruptions to come, an autoscaler's about load, and an Ingress' controller need
        // not write one.
        (group, _) => !is_built_in(group),
    }
}

/// Groups of the API server itself; others are custom resources and their controllers' business.
fn is_built_in(group: &str) -> bool {
    const OTHERS: [&str; 5] = ["", "apps", "autoscaling", "batch", "policy"];
    const GATEWAY: &str = "gateway.networking.k8s.io";
    // `k8s.io` is protected: outside the API server only projects of Kubernetes use it, with conditions as of a CRD.
    const PROJECTS: [&str; 4] = ["x-k8s.io", "snapshot.storage.k8s.io", "kueue.k8s.io", GATEWAY];
    let of_project = PROJECTS.iter().any(|project| group.ends_with(project));
    OTHERS.contains(&group) || (group.ends_with(".k8s.io") && !of_project)
}

fn group(api_version: &str) -> &str {
    api_version.split_once('/').map_or("", |(group, _)| group)
}

type Readiness = (Status, Option<String>);

/// What holds for every kind (`generic.go`).
fn generic(object: &Value) -> Option<Readiness> {
    let metadata = &object["metadata"];
    if metadata["deletionTimestamp"].is_string() {
        return Some((Status::Terminating, Some("it is being deleted".to_owned())));
    }
    let (generation, seen) = (metadata["generation"].as_i64(), object["status"]["observedGeneration"].as_i64());
    if let (Some(generation), Some(seen)) = (generation, seen)
        && seen != generation
    {
        return Some(in_progress("its controller has not seen the change yet"));
    }
    for condition in conditions(&object["status"]).filter(|condition| condition.is("True")) {
        match condition.of {
            "Reconciling" => return Some((Status::InProgress, Some(condition.text()))),
            "Stalled" => return Some((Status::Failed, Some(condition.text()))),
            _ => {}
        }
    }
    None
}

fn workload(object: &Value) -> Option<Readiness> {
    if object["kind"] == "DaemonSet" && object["status"]["desiredNumberScheduled"].is_null() {
        return Some(in_progress("the DaemonSet controller has not counted its nodes yet"));
    }
    WorkloadKind::of(object["apiVersion"].as_str()?, object["kind"].as_str()?)?;
    let workload = Workload::read(object);
    Some(workload.map_or_else(|| in_progress("its status cannot be read"), |of| (of.status(), of.waits_for())))
}

fn of_kind(object: &Value) -> Readiness {
    let status = &object["status"];
    match (group(object["apiVersion"].as_str().unwrap_or_default()), object["kind"].as_str().unwrap_or_default()) {
        ("", "PersistentVolumeClaim") => match status["phase"].as_str() {
            Some("Bound") => CURRENT,
            Some("Lost") => (Status::Failed, Some("its volume is gone (phase Lost)".to_owned())),
            phase => in_progress(&format!("it is not bound ({})", phase.unwrap_or("no phase yet"))),
        },
        ("", "Namespace") => match status["phase"].as_str() {
            Some("Active") => CURRENT,
            phase => in_progress(&format!("it is not active ({})", phase.unwrap_or("no phase yet"))),
        },
        ("", "Service") if object["spec"]["type"] == "LoadBalancer" => {
            let has_address = status["loadBalancer"]["ingress"].as_array().is_some_and(|all| !all.is_empty());
            if has_address { CURRENT } else { in_progress("its load balancer has no address yet") }
        }
        ("apiextensions.k8s.io", "CustomResourceDefinition") => definition(status),
        ("apiregistration.k8s.io", "APIService") => all_true(object, status, &["Available"]),
        ("gateway.networking.k8s.io", "Gateway") => all_true(object, status, &["Accepted", "Programmed"]),
        ("gateway.networking.k8s.io", "GatewayClass") => all_true(object, status, &["Accepted"]),
        ("gateway.networking.k8s.io", kind) if kind.ends_with("Route") => route(object, status),
        ("", _) => CURRENT,
        _ => match conditions(status).find(|condition| condition.of == "Ready") {
            Some(condition) if !condition.is_for(object) => in_progress("its controller has not seen the change yet"),
            Some(condition) if !condition.is("True") => (Status::InProgress, Some(condition.text())),
            _ => CURRENT,
        },
    }
}

fn definition(status: &Value) -> Readiness {
    for condition in conditions(status) {
        match condition.of {
            "NamesAccepted" if condition.is("False") => return (Status::Failed, Some(condition.text())),
            "Established" if condition.is("True") => return CURRENT,
            "Established" if condition.is("False") && condition.reason != "Installing" => {
                return (Status::Failed, Some(condition.text()));
            }
            _ => {}
        }
    }
    in_progress("it is not established yet")
}

/// Each parent that it names must accept it (Gateway API, `RouteParentStatus`).
fn route(object: &Value, status: &Value) -> Readiness {
    let wanted = object["spec"]["parentRefs"].as_array().map_or(0, Vec::len);
    let parents = status["parents"].as_array().map(Vec::as_slice).unwrap_or_default();
    if parents.len() < wanted {
        return in_progress("no Gateway has accepted it yet");
    }
    let each = parents.iter().map(|parent| all_true(object, parent, &["Accepted", "ResolvedRefs"]));
    each.into_iter().find(|(status, _)| *status != Status::Current).unwrap_or(CURRENT)
}

fn all_true(object: &Value, holder: &Value, wanted: &[&str]) -> Readiness {
    for of in wanted {
        match conditions(holder).find(|condition| condition.of == *of) {
            Some(condition) if condition.is("True") && condition.is_for(object) => {}
            Some(condition) if condition.is_for(object) => return (Status::InProgress, Some(condition.text())),
            _ => return in_progress(&format!("nobody has said yet that it is {}", of.to_lowercase())),
        }
    }
    CURRENT
}

const CURRENT: Readiness = (Status::Current, None);

fn in_progress(what: &str) -> Readiness {
    (Status::InProgress, Some(what.to_owned()))
}

struct Condition<'a> {
    of: &'a str,
    status: &'a str,
    reason: &'a str,
    message: &'a str,
    generation: Option<i64>,
}

impl Condition<'_> {
    fn is(&self, status: &str) -> bool {
        self.status == status
    }

    /// Whether it is about the present spec; without a generation nobody can tell.
    fn is_for(&self, object: &Value) -> bool {
        self.generation.is_none_or(|seen| object["metadata"]["generation"].as_i64().is_none_or(|now| seen >= now))
    }

    /// `Ready is False (NotFound): no such bucket`
    fn text(&self) -> String {
        let reason = if self.reason.is_empty() { String::new() } else { format!(" ({})", self.reason) };
        let message = if self.message.is_empty() { String::new() } else { format!(": {}", self.message) };
        format!("{} is {}{reason}{message}", self.of, self.status)
    }
}

fn conditions(holder: &Value) -> impl Iterator<Item = Condition<'_>> {
    let all = holder["conditions"].as_array().map(Vec::as_slice).unwrap_or_default();
    all.iter().map(|condition| {
        let text = |field: &str| condition[field].as_str().unwrap_or_default();
        Condition {
            of: text("type"),
            status: text("status"),
            reason: text("reason"),
            message: text("message"),
            generation: condition["observedGeneration"].as_i64(),
        }
    })
}
