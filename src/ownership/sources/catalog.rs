//! Backstage's catalog-info.yaml (backstage.io/docs/features/software-catalog/descriptor-format): one or more
//! entities, of which the one that was asked for counts, else all.

use serde::Deserialize;

use super::source::{Document, RawEvidence, line_of};
use crate::ownership::identity;
use crate::ownership::model::{Contact, Says, Scope};

#[derive(Deserialize)]
struct Entity {
    #[serde(default)]
    kind: String,
    #[serde(default)]
    metadata: Metadata,
    #[serde(default)]
    spec: EntitySpec,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Metadata {
    name: String,
    links: Vec<Link>,
    annotations: std::collections::BTreeMap<String, String>,
}

#[derive(Deserialize)]
struct Link {
    url: String,
    #[serde(default)]
    title: String,
    #[serde(default, rename = "type")]
    kind: String,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct EntitySpec {
    owner: Option<String>,
    system: Option<String>,
}

/// Kinds that a team owns and runs; Users, Groups and Locations are not asked for.
const OWNED: &[&str] = &["Component", "API", "Resource", "System"];

pub fn parse(document: &Document) -> Vec<RawEvidence> {
    let Ok(entities) = serde_yaml::from_multiple::<Entity>(document.text) else { return Vec::new() };
    let owned: Vec<&Entity> = entities.iter().filter(|entity| OWNED.contains(&entity.kind.as_str())).collect();
    let asked = |entity: &&Entity| document.query.service.as_ref() == Some(&entity.metadata.name);
    match owned.iter().copied().find(asked) {
        Some(entity) => said(document, entity, Scope::Exact),
        None if document.query.service.is_some() => {
            owned.iter().flat_map(|entity| said(document, entity, Scope::Whole)).collect()
        }
        None => owned.iter().flat_map(|entity| said(document, entity, document.scope_of_folder())).collect(),
    }
}

fn said(document: &Document, entity: &Entity, scope: Scope) -> Vec<RawEvidence> {
    let place = format!("{} {} of {}", entity.kind, entity.metadata.name, document.place);
    let owner = entity.spec.owner.as_deref().filter(|owner| !owner.trim().is_empty());
    let owner = owner.map(|owner| Says::Owner { parties: vec![identity::entity(owner)] });
    let system = entity.spec.system.clone().map(|value| Says::Context { relation: "part of", value });
    let chats = entity.metadata.links.iter().filter(|link| is_chat(link));
    let chats = chats.map(|link| Says::Contact(Contact { what: "chat", value: link.url.clone() }));
    let location = entity.metadata.annotations.get("backstage.io/source-location");
    let location = location.map(|url| Says::Repository { url: url.trim_start_matches("url:").to_owned() });
    let says = owner.into_iter().chain(system).chain(chats).chain(location);
    says.map(|says| {
        let line = match (&says, &entity.spec.owner) {
            (Says::Owner { .. }, Some(owner)) => line_of(document.text, "owner", owner),
            _ => None,
        };
        RawEvidence { place: place.clone(), line, date: None, scope, says }
    })
    .collect()
}

/// Backstage leaves the types of links open; these are the words that people use.
fn is_chat(link: &Link) -> bool {
    let text = format!("{} {} {}", link.kind, link.title, link.url).to_lowercase();
    ["chat", "slack", "teams.microsoft", "mattermost"].iter().any(|word| text.contains(word))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ownership::model::PartyKind;
    use crate::ownership::sources::tests::{owner_names, parse_for_service, parse_with};
    use rstest::rstest;

    const TEXT: &str = "\
apiVersion: backstage.io/v1alpha1
kind: Component
metadata:
  name: payments-api
  links:
    - url: https://chat.example.com/payments
      title: Team chat
spec:
  type: service
  owner: group:default/payments
  system: shop
---
kind: Component
metadata: {name: ledger}
spec: {owner: user:ada}
---
kind: Group
metadata: {name: payments}
spec: {type: team}
";

    #[rstest]
    #[case("payments-api", &["payments"])]
    #[case("ledger", &["ada"])]
    #[case("another", &["payments", "ada"])]
    fn the_component_that_was_asked_for_counts(#[case] service: &str, #[case] owners: &[&str]) {
        assert_eq!(owner_names(&parse_for_service(parse, TEXT, "catalog-info.yaml", service)), owners);
    }

    #[test]
    fn a_path_is_answered_by_all_components_of_the_file() {
        let said = parse_with(parse, TEXT, "pay/catalog-info.yaml", "pay/main.go");
        assert_eq!(owner_names(&said), ["payments", "ada"]);
        assert_eq!(
            (said[0].scope, said[0].place.as_str()),
            (Scope::Whole, "Component payments-api of pay/catalog-info.yaml")
        );
        assert_eq!(said[1].says, Says::Context { relation: "part of", value: "shop".into() });
        assert_eq!(
            said[2].says,
            Says::Contact(Contact { what: "chat", value: "https://chat.example.com/payments".into() })
        );
    }

    #[test]
    fn an_owner_without_a_kind_is_a_group() {
        let said =
            parse_with(parse, "kind: API\nmetadata: {name: x}\nspec: {owner: payments}", "catalog-info.yaml", "");
        let Says::Owner { parties } = &said[0].says else { panic!("no owner") };
        assert_eq!(parties[0].kind, PartyKind::Team);
    }

    #[test]
    fn a_broken_file_says_nothing() {
        assert_eq!(parse_with(parse, "kind: [", "catalog-info.yaml", ""), []);
    }
}
