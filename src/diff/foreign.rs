//! Whose an object is, when another tool manages it: told by the marks that tool leaves on it.

use serde_json::Value;

use crate::text::foreign_line;

/// The label that makes an object a member of an `ApplySet` (KEP-3659).
pub const PART_OF: &str = "applyset.kubernetes.io/part-of";

/// A tool that would set back or remove what plat does to its object.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
#[serde(tag = "tool", rename_all = "kebab-case")]
pub enum Foreign {
    /// A release: the annotations `meta.helm.sh/*`.
    Helm { release: String, namespace: String },
    /// An application of Argo CD.
    ArgoCd { application: String },
    /// A `Kustomization` or `HelmRelease` of Flux.
    Flux { object: String },
    /// A member of another `ApplySet`, by the id of its parent.
    ApplySet { id: String },
}

/// Labels and annotations by which a tool knows its objects. They go when plat adopts the object.
pub const MARKS: [(&str, &str); 11] = [
    ("annotations", "meta.helm.sh/release-name"),
    ("annotations", "meta.helm.sh/release-namespace"),
    ("annotations", "argocd.argoproj.io/tracking-id"),
    ("annotations", "argocd.argoproj.io/installation-id"),
    ("labels", "argocd.argoproj.io/instance"),
    ("labels", "kustomize.toolkit.fluxcd.io/name"),
    ("labels", "kustomize.toolkit.fluxcd.io/namespace"),
    ("labels", "helm.toolkit.fluxcd.io/name"),
    ("labels", "helm.toolkit.fluxcd.io/namespace"),
    ("labels", "helm.sh/chart"),
    ("annotations", super::adoption::LAST_APPLIED),
];

/// The tool that manages this object; none when it is nobody's or belongs to the `ApplySet` with the id `own`.
#[must_use]
pub fn foreign(object: &Value, own: Option<&str>) -> Option<Foreign> {
    let of = |part: &str, key: &str| {
        let value = object["metadata"][part][key].as_str().filter(|value| !value.is_empty());
        value.map(|value| foreign_line(value, 100))
    };
    // A controller that runs sets things back by itself, so it is named first.
    let flux = |kind: &str, toolkit: &str| {
        let name = of("labels", &format!("{toolkit}.toolkit.fluxcd.io/name"))?;
        let namespace = of("labels", &format!("{toolkit}.toolkit.fluxcd.io/namespace")).unwrap_or_default();
        Some(Foreign::Flux { object: format!("{kind} {namespace}/{name}") })
    };
    let argo = || {
        // `<application>:<group>/<kind>:<namespace>/<name>`
        let id = of("annotations", "argocd.argoproj.io/tracking-id");
        let application = id.and_then(|id| id.split(':').next().map(ToOwned::to_owned));
        let application = application.or_else(|| of("labels", "argocd.argoproj.io/instance"))?;
        Some(Foreign::ArgoCd { application })
    };
    let helm = || {
        let release = of("annotations", "meta.helm.sh/release-name")?;
        Some(Foreign::Helm {
            release,
            namespace: of("annotations", "meta.helm.sh/release-namespace").unwrap_or_default(),
        })
    };
    let set = || {
        let id = object["metadata"]["labels"][PART_OF].as_str().filter(|id| Some(*id) != own)?;
        Some(Foreign::ApplySet { id: foreign_line(id, 100) })
    };
    argo()
        .or_else(|| flux("Kustomization", "kustomize"))
        .or_else(|| flux("HelmRelease", "helm"))
        .or_else(helm)
        .or_else(set)
}

impl Foreign {
    /// Completes "Deployment shop/api …": whose it is.
    #[must_use]
    pub fn sentence(&self) -> String {
        format!("belongs to {}", self.owner())
    }

    fn owner(&self) -> String {
        match self {
            Self::Helm { release, namespace } => format!("the Helm release {namespace}/{release}"),
            Self::ArgoCd { application } => format!("the Argo CD application {application}"),
            Self::Flux { object } => format!("the Flux {object}"),
            Self::ApplySet { id } => format!("another ApplySet ({id})"),
        }
    }

    /// The set, where it is that of one.
    #[must_use]
    pub fn set(&self) -> Option<&String> {
        match self {
            Self::ApplySet { id } => Some(id),
            Self::Helm { .. } | Self::ArgoCd { .. } | Self::Flux { .. } => None,
        }
    }

    /// What remains to be done after adoption, and what happens otherwise.
    #[must_use]
    pub fn advice(&self) -> String {
        match self {
            Self::Helm { release, namespace } => format!(
                "Helm still has its release: `helm uninstall {release}` would delete what plat adopts, whatever its \
                 annotations say, and `helm upgrade` change it back; forget it with: kubectl delete secret,configmap \
                 -n {namespace} -l owner=helm,name={release}"
            ),
            Self::ArgoCd { application } => format!(
                "Argo CD sets its objects back as long as the application {application} names them: take them out of \
                 its sources, or delete the application with --cascade=false"
            ),
            Self::Flux { object } => format!(
                "Flux sets its objects back as long as {object} names them: suspend it, or take them out of its sources"
            ),
            Self::ApplySet { .. } => {
                "the tool of that set prunes what it no longer applies; adopted objects leave the set".to_owned()
            }
        }
    }
}

/// What is told of objects that are adopted: a line for each tool, not for each object.
#[must_use]
pub fn adopted_lines(adopted: &[(String, Foreign)]) -> Vec<String> {
    let mut tools: Vec<(&Foreign, Vec<&str>)> = Vec::new();
    for (object, foreign) in adopted {
        match tools.iter_mut().find(|(known, _)| *known == foreign) {
            Some((_, objects)) => objects.push(object),
            None => tools.push((foreign, vec![object])),
        }
    }
    let line = |(foreign, objects): (&Foreign, Vec<&str>)| {
        let belong = if objects.len() == 1 { "belongs" } else { "belong" };
        format!("{} {belong} to {}; {}", objects.join(", "), foreign.owner(), foreign.advice())
    };
    tools.into_iter().map(line).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;
    use serde_json::json;

    #[rstest]
    #[case::nobody(json!({"labels": {"app.kubernetes.io/managed-by": "Helm"}}), None)]
    #[case::own(json!({"labels": {PART_OF: "mine"}}), None)]
    #[case::set(json!({"labels": {PART_OF: "theirs"}}), Some("belongs to another ApplySet (theirs)"))]
    #[case::helm(
        json!({"annotations": {"meta.helm.sh/release-name": "web", "meta.helm.sh/release-namespace": "shop"}}),
        Some("belongs to the Helm release shop/web")
    )]
    #[case::argo(
        json!({"annotations": {"argocd.argoproj.io/tracking-id": "web:apps/Deployment:shop/web"}}),
        Some("belongs to the Argo CD application web")
    )]
    #[case::flux_before_helm(
        json!({"annotations": {"meta.helm.sh/release-name": "web"},
               "labels": {"helm.toolkit.fluxcd.io/name": "web", "helm.toolkit.fluxcd.io/namespace": "flux"}}),
        Some("belongs to the Flux HelmRelease flux/web")
    )]
    fn a_tool_is_known_by_its_marks(#[case] metadata: Value, #[case] expected: Option<&str>) {
        let found = foreign(&json!({ "metadata": metadata }), Some("mine"));
        assert_eq!(found.map(|found| found.sentence()).as_deref(), expected);
    }

    #[test]
    fn a_tool_is_told_once_for_all_its_objects() {
        let helm = |release: &str| Foreign::Helm { release: release.to_owned(), namespace: "ops".to_owned() };
        let adopted = [("A a", helm("web")), ("B b", helm("db")), ("C c", helm("web"))];
        let lines = adopted_lines(&adopted.map(|(object, foreign)| (object.to_owned(), foreign)));
        assert_eq!(lines.len(), 2);
        assert!(lines[0].starts_with("A a, C c belong to the Helm release ops/web; Helm still has"), "{}", lines[0]);
        assert!(lines[0].contains("-n ops -l owner=helm,name=web"), "{}", lines[0]);
        assert!(lines[1].starts_with("B b belongs to the Helm release ops/db;"), "{}", lines[1]);
    }
}
