//! Labels of an object: `owner` and `team` under any prefix, and the recommended ones that say what it belongs to
//! (kubernetes.io/docs/concepts/overview/working-with-objects/common-labels).

use super::annotations::{Object, written_at};
use super::source::{Document, RawEvidence};
use crate::ownership::identity;
use crate::ownership::model::{PartyKind, Says, Scope};

pub fn parse(document: &Document) -> Vec<RawEvidence> {
    let Ok(object) = serde_json::from_str::<Object>(document.text) else { return Vec::new() };
    let labels = object.metadata.labels.clone().unwrap_or_default();
    let said = labels.iter().filter(|(_, value)| !value.is_empty()).filter_map(|(key, value)| {
        Some(RawEvidence {
            place: format!("{key} on {}", document.place),
            line: None,
            date: written_at(&object.metadata, "f:labels", key),
            scope: Scope::Exact,
            says: meaning(key, value)?,
        })
    });
    said.collect()
}

fn meaning(key: &str, value: &str) -> Option<Says> {
    let value = value.to_owned();
    match key {
        "app.kubernetes.io/part-of" => return Some(Says::Context { relation: "part of", value }),
        // plat's own objects are known by better signs.
        "app.kubernetes.io/managed-by" if value != "plat" => {
            return Some(Says::Context { relation: "managed by", value });
        }
        "backstage.io/kubernetes-id" => return Some(Says::Context { relation: "component", value }),
        _ => {}
    }
    let mut party = identity::party(&value);
    match key.rsplit('/').next()? {
        "owner" => {}
        "team" => party.kind = PartyKind::Team,
        _ => return None,
    }
    Some(Says::Owner { parties: vec![party] })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ownership::sources::tests::parse_with;
    use rstest::rstest;

    fn says(key: &str, value: &str) -> Vec<Says> {
        let text = serde_json::json!({"metadata": {"labels": {key: value}}}).to_string();
        parse_with(parse, &text, "Deployment shop/payments-api", "").into_iter().map(|said| said.says).collect()
    }

    #[rstest]
    #[case("owner", PartyKind::Unknown)]
    #[case("team", PartyKind::Team)]
    #[case("example.com/team", PartyKind::Team)]
    #[case("example.com/owner", PartyKind::Unknown)]
    fn owner_and_team_are_owners_under_any_prefix(#[case] key: &str, #[case] kind: PartyKind) {
        let [Says::Owner { parties }] = &says(key, "payments")[..] else { panic!("{key} is not an owner") };
        assert_eq!((parties[0].name.as_str(), parties[0].kind), ("payments", kind));
    }

    #[rstest]
    #[case("app.kubernetes.io/part-of", "part of")]
    #[case("app.kubernetes.io/managed-by", "managed by")]
    #[case("backstage.io/kubernetes-id", "component")]
    fn the_recommended_labels_are_context(#[case] key: &str, #[case] relation: &'static str) {
        assert_eq!(says(key, "shop"), [Says::Context { relation, value: "shop".into() }]);
    }

    #[rstest]
    #[case("app.kubernetes.io/name", "payments-api")]
    #[case("app.kubernetes.io/managed-by", "plat")]
    #[case("owner", "")]
    #[case("ownership", "payments")]
    fn other_labels_say_nothing(#[case] key: &str, #[case] value: &str) {
        assert_eq!(says(key, value), []);
    }
}
