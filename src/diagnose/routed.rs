//! What of a set leads to something that is not there: an Ingress or a route to a Service, an autoscaler to a workload. Known
//! from the manifests alone where the set brings what is named; else the cluster is asked for that one object.

use futures::future::join_all;
use k8s_openapi::api::core::v1::Service;
use kube::ResourceExt;
use kube::api::{Api, ListParams};
use serde_json::Value;

use crate::cluster::api::objects::{objects, workloads};
use crate::cluster::connect::Cluster;
use crate::manifests::{Manifest, WorkloadKind};
use crate::text::{foreign_line, nearest};

/// Not the port of a Service: the controller of AWS reads what is meant from an annotation, and no Service is.
const NO_PORT: &str = "use-annotation";

/// What an object names.
#[derive(Debug, PartialEq)]
struct Named<'m> {
    by: &'m Manifest,
    kind: &'m str,
    namespace: &'m str,
    name: &'m str,
    /// Of a Service: its number or its name.
    port: Option<&'m Value>,
}

/// A sentence for each that is not there.
pub async fn by_manifests(cluster: &Cluster, manifests: &[&Manifest]) -> Vec<String> {
    let mut all: Vec<Named> = Vec::new();
    for named in manifests.iter().flat_map(|manifest| named(manifest, &cluster.namespace)) {
        if !all.contains(&named) {
            all.push(named);
        }
    }
    join_all(all.iter().map(|named| is_missing(cluster, manifests, named))).await.into_iter().flatten().collect()
}

async fn is_missing(cluster: &Cluster, manifests: &[&Manifest], wanted: &Named<'_>) -> Option<String> {
    let in_place = |one: &&&Manifest| {
        one.kind == wanted.kind && one.namespace.as_deref().unwrap_or(&cluster.namespace) == wanted.namespace
    };
    if let Some(own) = manifests.iter().filter(in_place).find(|one| one.name == wanted.name) {
        return lacks_port(wanted, &own.body);
    }
    let set = || manifests.iter().filter(in_place).map(|one| one.name.clone());
    match look(cluster, wanted).await? {
        Found::There(body) => lacks_port(wanted, &body),
        Found::Absent(names) => Some(absent(wanted, &names.into_iter().chain(set()).collect::<Vec<_>>())),
    }
}

enum Found {
    There(Value),
    /// And the names of the same kind.
    Absent(Vec<String>),
}

/// None where it cannot be seen, or its kind is not known.
async fn look(cluster: &Cluster, wanted: &Named<'_>) -> Option<Found> {
    if wanted.kind == "Service" {
        let services = Api::<Service>::namespaced(cluster.client.clone(), wanted.namespace);
        if let Some(service) = services.get_opt(wanted.name).await.ok()? {
            return Some(Found::There(serde_json::to_value(service).ok()?));
        }
        let others = services.list_metadata(&ListParams::default()).await.ok()?;
        return Some(Found::Absent(others.iter().map(ResourceExt::name_any).collect()));
    }
    let kind = WorkloadKind::of_name(wanted.kind)?;
    let all = objects(&cluster.client, &workloads(kind), Some(wanted.namespace));
    if all.get_metadata_opt(wanted.name).await.ok()?.is_some() {
        return Some(Found::There(Value::Null));
    }
    let others = all.list_metadata(&ListParams::default()).await.ok()?;
    Some(Found::Absent(others.iter().map(ResourceExt::name_any).collect()))
}

/// What an object names; nothing of a kind that is not known.
fn named<'m>(manifest: &'m Manifest, default: &'m str) -> Vec<Named<'m>> {
    let (spec, own) = (&manifest.body["spec"], manifest.namespace.as_deref().unwrap_or(default));
    let group = manifest.api_version.rsplit_once('/').map_or("", |(group, _)| group);
    let target = |target: &'m Value| {
        let kind = target["kind"].as_str().unwrap_or("Deployment");
        Some(Named { by: manifest, kind, namespace: own, name: target["name"].as_str()?, port: None })
    };
    match (group, manifest.kind.as_str()) {
        ("networking.k8s.io", "Ingress") => {
            let rules = list(&spec["rules"]).flat_map(|rule| list(&rule["http"]["paths"])).map(|path| &path["backend"]);
            let backends = rules.chain([&spec["defaultBackend"]]).map(|backend| &backend["service"]);
            let service = backends.filter_map(|service| {
                let port =
                    [&service["port"]["number"], &service["port"]["name"]].into_iter().find(|one| !one.is_null());
                Some(Named { by: manifest, kind: "Service", namespace: own, name: service["name"].as_str()?, port })
            });
            service.filter(|one| one.port.and_then(Value::as_str) != Some(NO_PORT)).collect()
        }
        ("gateway.networking.k8s.io", kind) if kind.ends_with("Route") => {
            let backends = list(&spec["rules"]).flat_map(|rule| list(&rule["backendRefs"]));
            let is_service = |one: &&Value| {
                one["kind"].as_str().is_none_or(|kind| kind == "Service")
                    && one["group"].as_str().is_none_or(|group| group.is_empty() || group == "core")
            };
            let service = backends.filter(is_service).filter_map(|one| {
                let namespace = one["namespace"].as_str().unwrap_or(own);
                let port = Some(&one["port"]).filter(|port| !port.is_null());
                Some(Named { by: manifest, kind: "Service", namespace, name: one["name"].as_str()?, port })
            });
            service.collect()
        }
        ("autoscaling", "HorizontalPodAutoscaler") | ("keda.sh", "ScaledObject") => {
            target(&spec["scaleTargetRef"]).into_iter().collect()
        }
        ("autoscaling.k8s.io", "VerticalPodAutoscaler") => target(&spec["targetRef"]).into_iter().collect(),
        _ => Vec::new(),
    }
}

fn list(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}

impl Named<'_> {
    /// `Service portal`; with its namespace where that is another.
    fn shown(&self) -> String {
        let name = match self.by.namespace.as_deref() {
            Some(own) if own != self.namespace => format!("{}/{}", self.namespace, self.name),
            _ => self.name.to_owned(),
        };
        format!("{} {}", foreign_line(self.kind, 60), foreign_line(&name, 200))
    }

    fn by(&self) -> String {
        foreign_line(&self.by.describe(), 200)
    }
}

/// `Ingress shop/portal sends to Service portal-svc, which does not exist; there is portal`
fn absent(wanted: &Named, names: &[String]) -> String {
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let like = |other: &&&str| other.contains(wanted.name) || wanted.name.contains(**other);
    let near = nearest(wanted.name, names.iter().copied()).or_else(|| names.iter().find(like).copied());
    let near = near.map(|near| format!("; there is {}", foreign_line(near, 200))).unwrap_or_default();
    let does = if wanted.kind == "Service" { "sends to" } else { "scales" };
    format!("{} {does} {}, which does not exist{near}", wanted.by(), wanted.shown())
}

/// `Ingress shop/blog sends to port 8080 of Service blog, which has 80 (http)`
fn lacks_port(named: &Named, service: &Value) -> Option<String> {
    let port = named.port?;
    let spec = &service["spec"];
    let ports: Vec<&Value> = list(&spec["ports"]).collect();
    let has = |one: &&Value| match port.as_str() {
        Some(name) => one["name"].as_str() == Some(name),
        None => one["port"].as_i64() == port.as_i64(),
    };
    // What stands for a host outside needs none.
    if ports.iter().any(has) || ports.is_empty() && spec["type"].as_str() == Some("ExternalName") {
        return None;
    }
    let shown = |one: &&Value| match one["name"].as_str() {
        Some(name) => format!("{} ({})", one["port"], foreign_line(name, 60)),
        None => one["port"].to_string(),
    };
    let offered = ports.iter().map(shown).collect::<Vec<_>>().join(", ");
    let offered = if offered.is_empty() { "none".to_owned() } else { offered };
    let wanted = port.as_str().map_or_else(|| port.to_string(), |name| foreign_line(name, 60));
    Some(format!("{} sends to port {wanted} of {}, which has {offered}", named.by(), named.shown()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;
    use serde_json::json;

    fn manifest(text: &str) -> Manifest {
        let body: Value = serde_yaml::from_str(text).expect("YAML");
        let of = |key: &str| body[key].as_str().unwrap_or_default().to_owned();
        Manifest {
            api_version: of("apiVersion"),
            kind: of("kind"),
            resource: String::new(),
            name: "web".to_owned(),
            namespace: Some("shop".to_owned()),
            body,
        }
    }

    fn ingress(backend: &str) -> String {
        format!(
            "{{apiVersion: networking.k8s.io/v1, kind: Ingress, spec: {{rules: [{{http: {{paths: [{{backend: {backend}}}]}}}}]}}}}"
        )
    }

    fn route(backend: &str) -> String {
        format!(
            "{{apiVersion: gateway.networking.k8s.io/v1, kind: HTTPRoute, spec: {{rules: [{{backendRefs: [{backend}]}}]}}}}"
        )
    }

    fn autoscaler(target: &str) -> String {
        format!("{{apiVersion: autoscaling/v2, kind: HorizontalPodAutoscaler, spec: {{scaleTargetRef: {target}}}}}")
    }

    #[rstest]
    #[case::ingress(&ingress("{service: {name: portal-svc, port: {number: 80}}}"), "Ingress shop/web sends to Service portal-svc, which does not exist; there is portal")]
    #[case::default(
        "{apiVersion: networking.k8s.io/v1, kind: Ingress, spec: {defaultBackend: {service: {name: portla, port: {name: http}}}}}",
        "Ingress shop/web sends to Service portla, which does not exist; there is portal"
    )]
    #[case::route(&route("{name: checkout, port: 80}"), "HTTPRoute shop/web sends to Service checkout, which does not exist")]
    #[case::of_another_namespace(&route("{name: portal, namespace: web, port: 80}"), "HTTPRoute shop/web sends to Service web/portal, which does not exist; there is portal")]
    #[case::autoscaler(&autoscaler("{kind: Deployment, name: portals}"), "HorizontalPodAutoscaler shop/web scales Deployment portals, which does not exist; there is portal")]
    #[case::keda(
        "{apiVersion: keda.sh/v1alpha1, kind: ScaledObject, spec: {scaleTargetRef: {name: portals}}}",
        "ScaledObject shop/web scales Deployment portals, which does not exist; there is portal"
    )]
    fn what_is_named_and_not_there_is_said(#[case] text: &str, #[case] expected: &str) {
        let manifest = manifest(text);
        let all = named(&manifest, "default");
        assert_eq!(all.len(), 1, "{all:?}");
        assert_eq!(absent(&all[0], &["portal".to_owned(), "mail".to_owned()]), expected);
    }

    #[rstest]
    #[case::an_annotation(&ingress("{service: {name: ssl-redirect, port: {name: use-annotation}}}"))]
    #[case::a_bucket(&ingress("{resource: {apiGroup: k8s.example.com, kind: StorageBucket, name: assets}}"))]
    #[case::another_kind(&route("{group: gateway.example.com, kind: Backend, name: lambda}"))]
    #[case::a_service("{apiVersion: v1, kind: Service, spec: {selector: {app: web}}}")]
    fn what_names_no_service_is_left_alone(#[case] text: &str) {
        assert_eq!(named(&manifest(text), "default"), []);
    }

    #[rstest]
    #[case::number("{number: 80}", "{ports: [{name: http, port: 80}]}", None)]
    #[case::name("{name: http}", "{ports: [{name: http, port: 80}]}", None)]
    #[case::outside("{number: 443}", "{type: ExternalName}", None)]
    #[case::wrong_number(
        "{number: 8080}",
        "{ports: [{name: http, port: 80}]}",
        Some("8080 of Service blog, which has 80 (http)")
    )]
    #[case::wrong_name(
        "{name: web}",
        "{ports: [{port: 80}, {port: 81}]}",
        Some("web of Service blog, which has 80, 81")
    )]
    #[case::without_any("{number: 80}", "{clusterIP: None}", Some("80 of Service blog, which has none"))]
    fn a_port_that_the_service_does_not_have(#[case] port: &str, #[case] spec: &str, #[case] expected: Option<&str>) {
        let manifest = manifest(&ingress(&format!("{{service: {{name: blog, port: {port}}}}}")));
        let spec: Value = serde_yaml::from_str(spec).expect("YAML");
        let all = named(&manifest, "default");
        let said = lacks_port(&all[0], &json!({"spec": spec}));
        assert_eq!(said, expected.map(|rest| format!("Ingress shop/web sends to port {rest}")));
    }
}
