//! What a Service selects and where it sends to while pods of two revisions are there. Pure.
//!
//! An endpoint is a ready pod that the Service's selector fits and that has its `targetPort` (`k8s.io/endpointslice`,
//! `FindPort`). A Service that is written before the new pods are ready would leave the old ones behind.

use serde_json::{Map, Value, json};

/// What a Service sees of a pod or of a pod template.
#[derive(Debug, Clone, PartialEq)]
pub struct Backend {
    labels: Map<String, Value>,
    /// Name and number; the name may be empty.
    ports: Vec<(String, i64)>,
}

impl Backend {
    /// Of a Pod, or of the `template` of a workload.
    #[must_use]
    pub fn of(pod: &Value) -> Self {
        let list = |key: &str| pod["spec"][key].as_array().into_iter().flatten();
        let ports = list("containers").chain(list("initContainers"));
        let ports = ports.flat_map(|container| container["ports"].as_array().into_iter().flatten());
        let port = |port: &Value| {
            Some((port["name"].as_str().unwrap_or_default().to_owned(), port["containerPort"].as_i64()?))
        };
        Self {
            labels: pod["metadata"]["labels"].as_object().cloned().unwrap_or_default(),
            ports: ports.filter_map(port).collect(),
        }
    }

    /// Whether a Service's selector fits; an empty one selects nothing.
    #[must_use]
    pub fn is_selected(&self, selector: &Map<String, Value>) -> bool {
        !selector.is_empty() && selector.iter().all(|(key, value)| self.labels.get(key) == Some(value))
    }

    /// The number behind a `targetPort`; none where the pod does not declare it.
    fn port(&self, target: &Value) -> Option<i64> {
        let found = match target {
            Value::String(name) => self.ports.iter().find(|(own, _)| own == name),
            number => self.ports.iter().find(|(_, own)| Some(*own) == number.as_i64()),
        };
        found.map(|(_, number)| *number)
    }
}

/// How a Service is written while pods of two revisions are there.
#[derive(Debug, PartialEq)]
pub struct Bridge {
    /// The Service's manifest until the new pods are ready; none where its own leaves nobody behind.
    pub until_ready: Option<Value>,
    /// Why requests may fail for a moment all the same.
    pub gaps: Vec<String>,
}

/// Who is there while a Service changes.
pub struct Backends {
    /// The ready pods that the Service has.
    pub old: Vec<Backend>,
    /// Whether they stay until the Service is switched: what they belong to is not rolled out.
    pub old_stay: bool,
    /// The pod templates that come with it.
    pub new: Vec<Backend>,
    /// Pods that are neither, and that [`common`] would select.
    pub others: Vec<Backend>,
}

/// What two selectors have in common.
#[must_use]
pub fn common(live: &Value, wanted: &Value) -> Map<String, Value> {
    let (before, after) = (selector(live), selector(wanted));
    before.into_iter().filter(|(key, value)| after.get(key) == Some(value)).collect()
}

/// A Service's selector; empty where it has none.
#[must_use]
pub fn selector(service: &Value) -> Map<String, Value> {
    service["spec"]["selector"].as_object().cloned().unwrap_or_default()
}

/// `live` and `wanted`: the Service as it is and its manifest.
#[must_use]
pub fn bridge(live: &Value, wanted: &Value, backends: &Backends) -> Bridge {
    let mut gaps = Vec::new();
    let (before, after) = (selector(live), selector(wanted));
    let old = &backends.old;
    let new: Vec<&Backend> = backends.new.iter().filter(|new| new.is_selected(&after)).collect();
    if old.is_empty() || new.is_empty() {
        // Nobody to leave behind, or nobody to wait for.
        return Bridge { until_ready: None, gaps };
    }
    let mut body = wanted.clone();
    let fits_all = |selector: &&Map<String, Value>| {
        old.iter().all(|pod| pod.is_selected(selector))
            && (backends.old_stay || new.iter().all(|pod| pod.is_selected(selector)))
            && !backends.others.iter().any(|pod| pod.is_selected(selector))
    };
    let found = [&after, &before, &common(live, wanted)].into_iter().find(fits_all).cloned();
    body["spec"]["selector"] = json!(found.unwrap_or_else(|| {
        gaps.push("no selector fits the old pods and the new ones".to_owned());
        before
    }));
    let ports = wanted["spec"]["ports"].as_array().cloned().unwrap_or_default();
    for (at, port) in ports.iter().enumerate() {
        let Some(known) = same_port(live, port) else { continue };
        let (from, to) = (target(known), target(port));
        let interim = if backends.old_stay { Some(from.clone()) } else { on_both(&from, &to, old, &new) };
        let interim = interim.unwrap_or_else(|| {
            gaps.push(format!("port {}: old pods have {}, new ones have {}", port["port"], shown(&from), shown(&to)));
            from.clone()
        });
        if interim != to {
            body["spec"]["ports"][at]["targetPort"] = interim;
        }
    }
    Bridge { until_ready: (body != *wanted).then_some(body), gaps }
}

/// A `targetPort` that all of them have: the wanted one, the old one, or the number that both mean.
fn on_both(from: &Value, to: &Value, old: &[Backend], new: &[&Backend]) -> Option<Value> {
    if from == to || old.iter().all(|pod| pod.port(to).is_some()) {
        return Some(to.clone());
    }
    if new.iter().all(|pod| pod.port(from).is_some()) {
        return Some(from.clone());
    }
    let number = old.first()?.port(from)?;
    let same =
        old.iter().all(|pod| pod.port(from) == Some(number)) && new.iter().all(|pod| pod.port(to) == Some(number));
    same.then(|| json!(number))
}

/// The live port with this name, or else with this number.
fn same_port<'l>(live: &'l Value, port: &Value) -> Option<&'l Value> {
    let ports = || live["spec"]["ports"].as_array().into_iter().flatten();
    let named = ports().find(|own| !port["name"].is_null() && own["name"] == port["name"]);
    named.or_else(|| ports().find(|own| own["port"] == port["port"]))
}

/// Where it sends to; without a `targetPort` to its own number.
fn target(port: &Value) -> Value {
    if port["targetPort"].is_null() { port["port"].clone() } else { port["targetPort"].clone() }
}

fn shown(target: &Value) -> String {
    target.as_str().map_or_else(|| target.to_string(), str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    fn pod(labels: &str, ports: &str) -> Backend {
        let text = format!("{{metadata: {{labels: {{{labels}}}}}, spec: {{containers: [{{ports: [{ports}]}}]}}}}");
        Backend::of(&serde_yaml::from_str(&text).expect("a pod"))
    }

    fn service(selector: &str, target: &str) -> Value {
        let text = format!("{{spec: {{selector: {{{selector}}}, ports: [{{port: 80, targetPort: {target}}}]}}}}");
        serde_yaml::from_str(&text).expect("a Service")
    }

    fn rolls<const O: usize, const N: usize>(old: [Backend; O], new: [Backend; N]) -> Backends {
        Backends { old: old.into(), old_stay: false, new: new.into(), others: Vec::new() }
    }

    const HTTP: &str = "{name: http, containerPort: 8080}";
    const WEB: &str = "{name: web, containerPort: 8080}";
    const MOVED: &str = "{name: web, containerPort: 9090}";

    /// Selector and target: live and wanted ones; labels and ports of an old pod and a new one; what the Service is until
    /// they are ready, none where it is as wanted.
    #[rstest]
    #[case::nothing_changes(("a: b", "http"), ("a: b", "http"), ("a: b", HTTP), ("a: b", HTTP), None)]
    #[case::new_pods_have_the_old_label_too(
        ("app: w", "http"), ("name: w", "http"), ("app: w", HTTP), ("app: w, name: w", HTTP), Some(("app: w", "http"))
    )]
    #[case::old_pods_have_the_new_label_too(
        ("app: w, v: '1'", "http"), ("app: w", "http"), ("app: w, v: '1'", HTTP), ("app: w, v: '2'", HTTP), None
    )]
    #[case::both_have_one_in_common(
        ("app: w, v: '1'", "http"), ("app: w, v: '2'", "http"), ("app: w, v: '1'", HTTP), ("app: w, v: '2'", HTTP),
        Some(("app: w", "http"))
    )]
    #[case::a_port_renamed(("a: b", "http"), ("a: b", "web"), ("a: b", HTTP), ("a: b", WEB), Some(("a: b", "8080")))]
    #[case::a_number_becomes_a_name(
        ("a: b", "8080"), ("a: b", "http"), ("a: b", "{containerPort: 8080}"), ("a: b", HTTP), Some(("a: b", "8080"))
    )]
    #[case::a_named_port_moves(
        ("a: b", "http"), ("a: b", "http"), ("a: b", HTTP), ("a: b", "{name: http, containerPort: 9090}"), None
    )]
    fn nobody_is_left_behind(
        #[case] live: (&str, &str),
        #[case] wanted: (&str, &str),
        #[case] old: (&str, &str),
        #[case] new: (&str, &str),
        #[case] expected: Option<(&str, &str)>,
    ) {
        let backends = rolls([pod(old.0, old.1)], [pod(new.0, new.1)]);
        let bridge = bridge(&service(live.0, live.1), &service(wanted.0, wanted.1), &backends);
        let until_ready = expected.map(|(selector, target)| service(selector, target));
        assert_eq!(bridge, Bridge { until_ready, gaps: Vec::new() });
    }

    #[test]
    fn what_no_service_can_bridge_is_said_and_the_old_pods_keep_it() {
        let (live, wanted) = (service("app: a", "http"), service("app: b", "web"));
        let found = bridge(&live, &wanted, &rolls([pod("app: a", HTTP)], [pod("app: b", MOVED)]));
        assert_eq!(found.until_ready, Some(live));
        assert_eq!(
            found.gaps,
            ["no selector fits the old pods and the new ones", "port 80: old pods have http, new ones have web"]
        );
    }

    #[test]
    fn without_ready_pods_or_without_new_ones_it_is_written_at_once() {
        let (live, wanted) = (service("app: a", "http"), service("app: b", "web"));
        let none = Bridge { until_ready: None, gaps: Vec::new() };
        assert_eq!(bridge(&live, &wanted, &rolls([], [pod("app: b", WEB)])), none);
        assert_eq!(bridge(&live, &wanted, &rolls([pod("app: a", HTTP)], [pod("app: c", WEB)])), none);
    }

    #[test]
    fn pods_that_stay_keep_it_alone_until_the_others_are_ready() {
        let (live, wanted) = (service("app: a, colour: blue", "http"), service("app: a, colour: green", "web"));
        let blue = || rolls([pod("app: a, colour: blue", HTTP)], [pod("app: a, colour: green", MOVED)]);
        let found = bridge(&live, &wanted, &Backends { old_stay: true, ..blue() });
        assert_eq!(found, Bridge { until_ready: Some(live.clone()), gaps: Vec::new() });
        // Of one workload both get a part of the requests; but nobody else's pods do.
        assert_eq!(bridge(&live, &wanted, &blue()).until_ready, Some(service("app: a", "http")));
        let others = vec![pod("app: a, colour: red", HTTP)];
        assert_eq!(bridge(&live, &wanted, &Backends { others, ..blue() }).until_ready, Some(live));
    }
}
