//! `--env`: what an environment changes, and what it is checked for.

use rstest::rstest;

use super::{SHOP, problems, spec};
use crate::spec::Replicas;

#[test]
fn an_environment_merges_maps_and_replaces_the_rest() {
    let staging = spec(SHOP, Some("staging"));
    assert_eq!(
        staging.env.into_iter().collect::<Vec<_>>(),
        [("LEVEL".to_owned(), "debug".to_owned()), ("REGION".to_owned(), "eu".to_owned())]
    );
    assert!(staging.secrets.is_empty());
    assert_eq!(staging.replicas, Some(Replicas::Fixed(1)));
    assert_eq!((staging.image, staging.build.is_some()), (None, true));
    assert_eq!(staging.environments["staging"].namespace.as_deref(), Some("shop-staging"));
    assert_eq!(spec(SHOP, Some("production")).replicas, Some(Replicas::Range { min: 2, max: 9 }));
    assert_eq!(spec(SHOP, None).replicas, Some(Replicas::Range { min: 2, max: 4 }));
}

#[rstest]
#[case::typo(
    SHOP,
    "stagin",
    "8:1 there is no environment `stagin` (did you mean `staging`? The file has: staging, production)"
)]
#[case::unknown(SHOP, "x", "8:1 there is no environment `x` (the file has: staging, production)")]
#[case::none(
    "name: a\nport: 1\n",
    "x",
    "1:1 there is no environment `x`: the file has none (add `environments: {x: {namespace: x}}`, or leave out --env)"
)]
fn an_unknown_environment_is_refused(#[case] text: &str, #[case] name: &str, #[case] expected: &str) {
    assert_eq!(problems(text, Some(name)), [expected]);
}

#[rstest]
#[case::only_with_the_overlay(
    "name: a\nport: 1\nreplicas: {min: 2, max: 3}\nenvironments:\n  prod:\n    replicas: {min: 4}\n",
    "6:21 in prod: `replicas.min` is 4, more than `replicas.max`, which is 3 (swap them, or raise `max`)"
)]
#[case::half_a_range_over_a_number(
    "name: a\nport: 1\nreplicas: 2\nenvironments:\n  prod:\n    replicas: {min: 4}\n",
    "6:15 in prod: `replicas.max` is missing (Copies at most; the same as `min` means a fixed number)"
)]
#[case::in_the_service_itself_once(
    "name: a\nport: 0\nenvironments: {dev: {}, prod: {}}\n",
    "2:7 `port` must be a whole number from 1 to 65535, not 0"
)]
fn each_environment_is_checked_whichever_is_chosen(#[case] text: &str, #[case] expected: &str) {
    assert_eq!(problems(text, None), [expected]);
    assert_eq!(problems(text, Some("prod")), [expected]);
}

#[test]
fn an_environment_may_bring_what_the_service_lacks() {
    let text = "name: a\nenvironments: {dev: {port: 1}}\n";
    assert_eq!(spec(text, Some("dev")).port, Some(1));
    assert_eq!(problems(text, None).len(), 1);
}
