//! The documents of a build, whole.

use rstest::rstest;
use serde_json::Value;

use super::contents;
use super::provenance::{Checkout, statement};
use super::record::{Packed, Record};
use super::sbom::document;
use crate::image::component::{Component, Ecosystem, Kind};
use crate::image::oci::{Entry, Subject, layer};
use crate::spec::{Build, Platforms, Stack};

const BASE: &str = "docker.io/library/node:24-slim@sha256:0d1f";

fn packed(base: Option<&str>, components: Vec<Component>) -> Packed {
    let subject = Subject { media_type: "application/json".to_owned(), digest: "sha256:5b1e".to_owned(), size: 7 };
    Packed { subject, platform: "linux/arm64".parse().unwrap(), base: base.map(str::to_owned), components }
}

fn pretty(bytes: &[u8]) -> String {
    let value: Value = serde_json::from_slice(bytes).unwrap();
    serde_json::to_string_pretty(&value).unwrap()
}

fn in_layer(files: &[(&str, &str)]) -> Vec<Component> {
    let entries: Vec<Entry> = files.iter().map(|(path, text)| Entry::text(*path, *text)).collect();
    contents::read(layer::write(&entries, Vec::new()).unwrap().as_slice()).unwrap()
}

#[test]
fn a_program_is_what_is_linked_into_it() {
    let library = |name: &str, version: &str| Component::new(Kind::Library, name).version(version);
    let components = vec![
        Component::new(Kind::Application, "example.com/shop"),
        library("stdlib", "1.26.8").published(Ecosystem::Golang, &[]),
        library("golang.org/x/text", "v0.21.0").published(Ecosystem::Golang, &[]),
        library("itoa", "1.0.11").licensed(Some("MIT/Apache-2.0")).published(Ecosystem::Cargo, &[]),
    ];
    insta::assert_snapshot!(pretty(&document("shop", &packed(None, components))));
}

#[rstest]
#[case("node", &[
    ("app/package.json", r#"{"name": "shop", "version": "1.0.0", "dependencies": {"gone": "1"}}"#),
    ("app/node_modules/a/package.json", r#"{"name": "a", "version": "7.0.0", "license": "MIT"}"#),
    ("app/node_modules/b/node_modules/a/package.json", r#"{"name": "a", "version": "7.0.0", "license": "MIT"}"#),
    ("app/node_modules/@c/d/package.json", r#"{"name": "@c/d", "version": "1.0.0", "license": "SEE LICENSE"}"#),
])]
#[case("python", &[
    ("app/shop-1.2.dist-info/METADATA", "Name: shop\nVersion: 1.2\n"),
    ("opt/dependencies/Click-8.1.7.dist-info/METADATA", "Name: Click\nVersion: 8.1.7\nLicense-Expression: BSD-3-Clause\n"),
])]
#[case("java", &[
    ("app/classes/META-INF/maven/com.example/shop/pom.properties", "groupId=com.example\nartifactId=shop\nversion=1\n"),
    ("app/lib/okhttp-4.12.0.jar", "of no order"),
])]
fn what_stands_on_a_base_is_what_lies_in_its_layers(#[case] stack: &str, #[case] files: &[(&str, &str)]) {
    insta::assert_snapshot!(stack, pretty(&document("shop", &packed(Some(BASE), in_layer(files)))));
}

#[test]
fn the_same_image_has_the_same_document_and_another_one_another_number() {
    let of = |name: &str| document("shop", &packed(None, vec![Component::new(Kind::Library, name)]));
    let number = |bytes: &[u8]| serde_json::from_slice::<Value>(bytes).unwrap()["serialNumber"].clone();
    assert_eq!(of("a"), of("a"));
    assert_ne!(number(&of("a")), number(&of("b")));
}

fn record(stack: Stack, images: Vec<Packed>) -> Record {
    let platform = Some(Platforms::One("linux/arm64".to_owned()));
    let build = Build { path: Some("cmd/shop".to_owned()), platform, attest: true, ..Build::default() };
    let platforms = vec!["linux/arm64".parse().unwrap()];
    Record { name: "shop".to_owned(), stack, build, platforms, whole: None, images }
}

fn said(record: &Record, checkout: &Checkout) -> String {
    pretty(&statement("registry.example/shop", "sha256:5b1e", record, checkout))
}

#[test]
fn provenance_names_the_commit_and_the_base() {
    let checkout = Checkout {
        repository: Some("https://example.com/shop.git".to_owned()),
        commit: Some("0123abcd".to_owned()),
        is_modified: false,
        folder: "services/shop".to_owned(),
    };
    insta::assert_snapshot!(said(&record(Stack::Node, vec![packed(Some(BASE), Vec::new())]), &checkout));
}

#[test]
fn of_modified_sources_the_commit_is_only_where_they_began() {
    let repository = Some("git@example.com:shop/cart.git".to_owned());
    let commit = Some("0123abcd".to_owned());
    let checkout = Checkout { repository, commit, is_modified: true, folder: String::new() };
    insta::assert_snapshot!(said(&record(Stack::Dockerfile, Vec::new()), &checkout));
}

#[test]
fn sources_outside_git_are_not_named() {
    insta::assert_snapshot!(said(&record(Stack::Go, vec![packed(None, Vec::new())]), &Checkout::default()));
}

#[rstest]
#[case("https://example.com/shop", "git+https://example.com/shop")]
#[case("ssh://git@example.com/shop", "git+ssh://git@example.com/shop")]
#[case("git@example.com:shop.git", "git+ssh://git@example.com/shop.git")]
#[case::of_a_machine("/srv/git/shop", "")]
#[case::of_a_machine_too("file:///srv/git/shop", "")]
fn a_repository_has_an_address_for_everybody_or_none(#[case] repository: &str, #[case] expected: &str) {
    let repository = Some(repository.to_owned());
    let checkout = Checkout { repository, commit: Some("0".to_owned()), ..Checkout::default() };
    let statement = statement("r/shop", "sha256:5b1e", &record(Stack::Go, Vec::new()), &checkout);
    let statement: Value = serde_json::from_slice(&statement).unwrap();
    let definition = &statement["predicate"]["buildDefinition"];
    assert_eq!(definition["externalParameters"]["source"]["repository"].as_str().unwrap_or_default(), expected);
    assert_eq!(definition["resolvedDependencies"][0]["uri"].as_str().unwrap_or_default(), expected);
}
