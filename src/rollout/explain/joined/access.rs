//! What a database or somebody else refuses the program, beside its Secrets.

use std::sync::LazyLock;

use regex::Captures;

use super::given;
use super::line::{Joined, Phrase, Read, first_group, group};
use crate::rollout::model::{Remedy, Words};
use crate::rollout::text::escape;
use crate::rollout::view::ContainerView;

pub(super) static PHRASES: LazyLock<Vec<Phrase>> = LazyLock::new(|| {
    let all: [(&'static str, Read); 2] = [
        (
            r"(?i)permission denied for (?<what>table|relation|schema|database|sequence|function|view) (?<name>\S+)",
            |container, found| Some(database(container, found)),
        ),
        (
            r#"(?i)password authentication failed for user "(?<user>[^"]+)"|access denied for user '(?<user2>[^']+)'[^(]*(?:\(using password: \w+\))?|WRONGPASS|NOAUTH|authentication failed|login failed|invalid (?:username or password|credentials|api[ -]?key|token|password)|incorrect password|invalid username-password pair|\b401 unauthorized|ACCESS_REFUSED|login was refused|invalid audience \(aud\) claim"#,
            login,
        ),
    ];
    all.into_iter().map(Phrase::new).collect()
});

fn database(container: &ContainerView, found: &Captures) -> Joined {
    let (what, name) = (group(found, "what").to_lowercase(), escape(group(found, "name")));
    Joined::new(
        format!("{} is not allowed to use the {what} {name} of its database", container.title()),
        Remedy::given(found, "grant it to the user that it logs in as (GRANT), or log in as its owner"),
    )
}

/// Of a token that is refused for its audience: those of the projected tokens.
fn audiences(container: &ContainerView, found: &Captures) -> Vec<String> {
    if !found[0].contains("audience") {
        return Vec::new();
    }
    let volumes = container.pod.spec.iter().flat_map(|spec| spec.volumes.iter().flatten());
    let tokens = volumes.flat_map(|volume| {
        let sources = volume.projected.iter().flat_map(|projected| projected.sources.iter().flatten());
        sources.filter_map(move |source| Some((volume, source.service_account_token.as_ref()?)))
    });
    tokens
        .map(|(volume, token)| {
            let audience = escape(token.audience.as_deref().unwrap_or("that of the API server"));
            format!("the token of volume {} is for the audience {audience}", escape(&volume.name))
        })
        .collect()
}

/// Which Secrets the login comes from.
fn login(container: &ContainerView, found: &Captures) -> Option<Joined> {
    let facts: Vec<String> = given::of_secrets(container).take(4).chain(audiences(container, found)).collect();
    let sends_none = Words::any(&found[0], &["NOAUTH", "using password: NO"]);
    if facts.is_empty() && sends_none.is_none() {
        return None;
    }
    let user = first_group(found, &["user", "user2"]);
    let user = user.map(|user| format!(" as {}", escape(user))).unwrap_or_default();
    if let Some(words) = sends_none {
        return Some(Joined {
            facts: facts.into_iter().chain([given::listed(&given::all(container))]).collect(),
            lookups: given::lookups(container),
            ..Joined::new(
                format!("{} sends no password{user}, and one is asked for", container.title()),
                Remedy::given(
                    &words,
                    "give it the password by the variable, or the part of its URL, that the program reads",
                ),
            )
        });
    }
    let what = format!("{} is refused its login{user}", container.title());
    let hint = Remedy::look(
        "compare these keys with what the other side expects; a Secret that changed reaches a pod only at its next start",
    );
    Some(Joined { facts, ..Joined::new(what, hint) })
}
