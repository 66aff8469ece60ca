//! Whether there is a reason to doubt that something listens on the port that a Service sends to, by what was written
//! alone: a deploy that is well asks nothing for it.

use std::collections::BTreeSet;

use k8s_openapi::api::core::v1::{ConfigMap, Container};

use crate::rollout::{Workload, probe_port};
use crate::text::foreign_line;

/// Variables that tell a program on which port to listen.
const PORTS: [&str; 8] = [
    "PORT",
    "HTTP_PORT",
    "SERVER_PORT",
    "APP_PORT",
    "WEB_PORT",
    "LISTEN_PORT",
    "ASPNETCORE_HTTP_PORTS",
    "QUARKUS_HTTP_PORT",
];

/// Why nothing may listen there.
#[derive(Debug, PartialEq, Eq)]
pub struct Doubt {
    /// Ports that the pods are said to have instead.
    pub others: BTreeSet<i32>,
    /// `they declare http (8080)`
    pub because: String,
}

/// None where what was written agrees, or says nothing. `maps`: the `ConfigMap`s that are known.
pub fn doubt(workload: &Workload, target: i32, maps: &[ConfigMap]) -> Option<Doubt> {
    let containers = || workload.containers();
    let declared: Vec<(Option<&str>, i32)> = containers()
        .flat_map(|container| container.ports.iter().flatten())
        .map(|port| (port.name.as_deref(), port.container_port))
        .collect();
    let probed: BTreeSet<i32> = containers().flat_map(probed).collect();
    // What is ready has passed its probes there.
    if probed.contains(&target) {
        return None;
    }
    let told = containers().find_map(|container| told(container, maps));
    let others = declared.iter().map(|(_, port)| *port).chain(probed.iter().copied());
    let others: BTreeSet<i32> =
        others.chain(told.iter().map(|(_, port)| *port)).filter(|port| *port != target).collect();
    let is_declared = declared.iter().any(|(_, port)| *port == target);
    let because = match told {
        // The program is told another port, which nothing else mentions: one of both was forgotten.
        Some((variable, port)) if is_declared => {
            let is_known = declared.iter().any(|(_, other)| *other == port) || probed.contains(&port);
            (!is_known && port != target)
                .then(|| format!("their variable {} is {port}", foreign_line(&variable, 60)))?
        }
        _ if is_declared => return None,
        _ if !declared.is_empty() => format!("they declare {}", listed(&declared)),
        _ if !probed.is_empty() => {
            let ports = probed.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
            format!("their probes ask port {ports}")
        }
        // Who declares nothing has said nothing.
        _ => return None,
    };
    Some(Doubt { others, because })
}

/// `http (8080), 9090`
pub fn listed(declared: &[(Option<&str>, i32)]) -> String {
    let port = |(name, number): &(Option<&str>, i32)| match name {
        Some(name) => format!("{} ({number})", foreign_line(name, 60)),
        None => number.to_string(),
    };
    declared.iter().map(port).collect::<Vec<_>>().join(", ")
}

fn probed(container: &Container) -> impl Iterator<Item = i32> {
    let all = [&container.readiness_probe, &container.startup_probe, &container.liveness_probe];
    all.into_iter()
        .flatten()
        .filter_map(|probe| probe.grpc.as_ref().map(|grpc| grpc.port).or_else(|| probe_port(container, probe)))
}

/// The variable that tells it its port.
fn told(container: &Container, maps: &[ConfigMap]) -> Option<(String, i32)> {
    let of_map = |name: &str, key: &str| {
        let map = maps.iter().find(|map| map.metadata.name.as_deref() == Some(name))?;
        map.data.as_ref()?.get(key).cloned()
    };
    let value = |variable: &str| {
        let own = container.env.iter().flatten().find(|one| one.name == variable);
        if let Some(own) = own {
            let key = || own.value_from.as_ref()?.config_map_key_ref.as_ref();
            return own.value.clone().or_else(|| of_map(&key()?.name, &key()?.key));
        }
        // Of two sources the last one wins.
        let mut sources = container.env_from.iter().flatten().rev();
        sources.find_map(|from| {
            let key = variable.strip_prefix(from.prefix.as_deref().unwrap_or_default())?;
            of_map(&from.config_map_ref.as_ref()?.name, key)
        })
    };
    PORTS.iter().find_map(|variable| Some(((*variable).to_owned(), value(variable)?.trim().parse().ok()?)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;
    use serde_json::{Value, json};

    fn because(container: &str, target: i32) -> Option<String> {
        let container: Value = serde_yaml::from_str(&format!("{{name: a, {container}}}")).expect("YAML");
        let object = json!({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "a"},
            "spec": {"selector": {}, "template": {"spec": {"containers": [container]}}}});
        let map: ConfigMap = serde_json::from_value(json!({"metadata": {"name": "env"}, "data": {"PORT": "8080"}}))
            .expect("a ConfigMap");
        doubt(&Workload::read(&object).expect("a workload"), target, &[map]).map(|doubt| doubt.because)
    }

    #[rstest]
    #[case::others_are_declared("ports: [{name: http, containerPort: 8080}]", "they declare http (8080)")]
    #[case::others_are_probed("readinessProbe: {httpGet: {port: 8080}}", "their probes ask port 8080")]
    #[case::the_program_is_told_another(
        "ports: [{containerPort: 3000}], env: [{name: PORT, value: '8080'}]",
        "their variable PORT is 8080"
    )]
    #[case::by_a_map(
        "ports: [{containerPort: 3000}], envFrom: [{configMapRef: {name: env}}]",
        "their variable PORT is 8080"
    )]
    #[case::by_a_key(
        "ports: [{containerPort: 3000}], env: [{name: PORT, valueFrom: {configMapKeyRef: {name: env, key: PORT}}}]",
        "their variable PORT is 8080"
    )]
    fn what_was_written_disagrees(#[case] container: &str, #[case] expected: &str) {
        assert_eq!(because(container, 3000).as_deref(), Some(expected));
    }

    #[rstest]
    #[case::declared("ports: [{containerPort: 3000}]")]
    #[case::probed("ports: [{containerPort: 8080}], readinessProbe: {tcpSocket: {port: 3000}}")]
    #[case::probed_by_its_name(
        "ports: [{name: a, containerPort: 3000}], readinessProbe: {httpGet: {port: a}}, env: [{name: PORT, value: '1'}]"
    )]
    #[case::told_the_same("ports: [{containerPort: 3000}], env: [{name: PORT, value: '3000'}]")]
    #[case::told_one_that_is_declared_too(
        "ports: [{containerPort: 3000}, {containerPort: 8080}], env: [{name: PORT, value: '8080'}]"
    )]
    #[case::told_one_that_is_probed(
        "ports: [{containerPort: 3000}], readinessProbe: {tcpSocket: {port: 8080}}, env: [{name: PORT, value: '8080'}]"
    )]
    #[case::nothing_is_written("image: i")]
    #[case::only_a_variable("env: [{name: PORT, value: '8080'}]")]
    fn what_was_written_agrees_or_says_nothing(#[case] container: &str) {
        assert_eq!(because(container, 3000), None);
    }
}
