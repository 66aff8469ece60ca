//! Annotations of an object: plat's own, a8r.io (Annotating Kubernetes Services for Humans, kubernetes.io/blog 2021-04-20)
//! and backstage.io (backstage.io/docs/features/software-catalog/well-known-annotations).

use jiff::Timestamp;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use serde::Deserialize;

use super::source::{Document, RawEvidence};
use crate::ownership::identity;
use crate::ownership::model::{Contact, Says, Scope};

/// How an annotation's value is read.
#[derive(Clone, Copy)]
enum Meaning {
    Owner,
    Contact(&'static str),
    Repository,
    Deployer,
    Context(&'static str),
}

/// Closest first.
const MEANINGS: &[(&str, Meaning)] = &[
    ("plat.dev/owner", Meaning::Owner),
    ("a8r.io/owner", Meaning::Owner),
    ("backstage.io/owner", Meaning::Owner),
    ("a8r.io/chat", Meaning::Contact("chat")),
    ("a8r.io/email", Meaning::Contact("email")),
    ("a8r.io/support", Meaning::Contact("support")),
    ("a8r.io/incidents", Meaning::Contact("incidents")),
    ("a8r.io/runbook", Meaning::Contact("runbook")),
    ("a8r.io/bugs", Meaning::Contact("bugs")),
    ("a8r.io/documentation", Meaning::Contact("documentation")),
    ("plat.dev/repository", Meaning::Repository),
    ("a8r.io/repository", Meaning::Repository),
    ("backstage.io/source-location", Meaning::Repository),
    ("plat.dev/deployer", Meaning::Deployer),
    ("backstage.io/kubernetes-id", Meaning::Context("component")),
    ("a8r.io/description", Meaning::Context("is")),
];

/// Any object, for its metadata.
#[derive(Deserialize)]
pub(super) struct Object {
    #[serde(default)]
    pub metadata: ObjectMeta,
}

pub fn parse(document: &Document) -> Vec<RawEvidence> {
    let Ok(object) = serde_json::from_str::<Object>(document.text) else { return Vec::new() };
    let annotations = object.metadata.annotations.clone().unwrap_or_default();
    let said = MEANINGS.iter().filter_map(|(key, meaning)| {
        let value = annotations.get(*key).map(|value| value.trim()).filter(|value| !value.is_empty())?;
        Some(RawEvidence {
            place: format!("{key} on {}", document.place),
            line: None,
            date: written_at(&object.metadata, "f:annotations", key),
            scope: Scope::Exact,
            says: match meaning {
                Meaning::Owner => Says::Owner { parties: vec![identity::party(value)] },
                Meaning::Contact(what) => Says::Contact(Contact { what, value: value.to_owned() }),
                Meaning::Repository => Says::Repository { url: value.trim_start_matches("url:").to_owned() },
                Meaning::Deployer => Says::Deployed { by: identity::party(value) },
                Meaning::Context(relation) => Says::Context { relation, value: value.to_owned() },
            },
        })
    });
    said.collect()
}

/// When the API server last saw someone write this annotation or label: managedFields knows it per field manager.
pub(super) fn written_at(metadata: &ObjectMeta, map: &str, key: &str) -> Option<Timestamp> {
    let field = format!("f:{key}");
    let managers = metadata.managed_fields.iter().flatten();
    let writers = managers.filter(|manager| {
        manager.fields_v1.as_ref().is_some_and(|fields| fields.0["f:metadata"][map].get(&field).is_some())
    });
    writers.filter_map(|manager| manager.time.as_ref().map(|time| time.0)).max()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ownership::sources::tests::{owner_names, parse_with};
    use rstest::rstest;

    fn said(annotations: &str) -> Vec<RawEvidence> {
        let text = format!("metadata:\n  annotations:\n    {}", annotations.replace('\n', "\n    "));
        let json = serde_json::to_string(&serde_yaml::from_str::<serde_json::Value>(&text).unwrap()).unwrap();
        parse_with(parse, &json, "Deployment shop/payments-api", "")
    }

    #[rstest]
    #[case("plat.dev/owner: payments", "payments")]
    #[case("a8r.io/owner: '@ada'", "ada")]
    #[case("a8r.io/owner: Ada Lovelace <ada@example.com>", "Ada Lovelace")]
    #[case("backstage.io/owner: group:default/payments", "payments")]
    fn an_owner_is_read_however_it_is_written(#[case] annotations: &str, #[case] owner: &str) {
        assert_eq!(owner_names(&said(annotations)), [owner]);
    }

    #[test]
    fn plat_speaks_before_the_others() {
        assert_eq!(owner_names(&said("a8r.io/owner: other\nplat.dev/owner: payments")), ["payments", "other"]);
    }

    #[rstest]
    #[case("a8r.io/chat: '#payments'", Says::Contact(Contact { what: "chat", value: "#payments".into() }))]
    #[case("plat.dev/repository: github.com/shop/pay", Says::Repository { url: "github.com/shop/pay".into() })]
    #[case("backstage.io/source-location: url:https://h/x", Says::Repository { url: "https://h/x".into() })]
    #[case("backstage.io/kubernetes-id: pay", Says::Context { relation: "component", value: "pay".into() })]
    fn the_other_annotations_say_where_to_look(#[case] annotations: &str, #[case] says: Says) {
        assert_eq!(said(annotations).into_iter().map(|said| said.says).collect::<Vec<_>>(), [says]);
    }

    #[rstest]
    #[case::empty("plat.dev/owner: '  '")]
    #[case::foreign("example.com/cost-centre: '42'")]
    fn nothing_else_is_evidence(#[case] annotations: &str) {
        assert_eq!(said(annotations), []);
    }

    #[test]
    fn the_date_is_the_one_of_the_field_not_of_the_object() {
        let text = r#"{"metadata": {"annotations": {"plat.dev/owner": "payments"}, "managedFields": [
            {"manager": "kubectl", "time": "2026-11-20T00:00:00Z", "fieldsV1": {"f:spec": {}}},
            {"manager": "plat", "time": "2025-01-02T00:00:00Z",
             "fieldsV1": {"f:metadata": {"f:annotations": {"f:plat.dev/owner": {}}}}}]}}"#;
        let said = parse_with(parse, text, "Deployment shop/payments-api", "");
        assert_eq!(said[0].date, Some("2025-01-02T00:00:00Z".parse().unwrap()));
        assert_eq!(said[0].place, "plat.dev/owner on Deployment shop/payments-api");
    }

    #[test]
    fn what_is_no_object_says_nothing() {
        assert_eq!(parse_with(parse, "not json", "x", ""), []);
    }
}
