//! A reference to another variable that stands in a value as it was written: Kubernetes puts in `$(NAME)` what stands
//! before it in `env` (`third_party/forked/golang/expansion`), and nothing else.

use std::sync::LazyLock;

use k8s_openapi::api::core::v1::EnvVar;
use regex::{Captures, Regex};

use super::given;
use super::line::Joined;
use crate::rollout::model::{Lack, Remedy};
use crate::rollout::text::escape;
use crate::rollout::view::ContainerView;
use crate::text::{ascii_regex, redact};

static REFERENCE: LazyLock<Regex> =
    LazyLock::new(|| ascii_regex(r"\$\((?<name>[A-Za-z_][\w.-]*)\)|\$\{(?<braced>[A-Za-z_]\w*)\}"));

/// One that the line shows, and that a value has.
pub(super) fn of_line(container: &ContainerView, line: &str) -> Option<Joined> {
    let found = REFERENCE.find(line)?;
    let own = given::holding(container, found.as_str())?;
    of_variable(container, own)
}

/// One that the value of this variable keeps.
pub(super) fn of_variable(container: &ContainerView, own: &EnvVar) -> Option<Joined> {
    let value = own.value.as_deref()?;
    let env: Vec<&EnvVar> = given::env(container).collect();
    let at = env.iter().position(|one| one.name == own.name)?;
    let found = REFERENCE.captures_iter(value).find(|found| stays(container, found, &env[..at]))?;
    let reference = found.name("name").or(found.name("braced"))?.as_str();
    let (name, shown) = (escape(&own.name), escape(&found[0]));
    let (why, advice) = if found.name("braced").is_some() {
        (
            format!("Kubernetes writes `$({reference})`"),
            format!("write $({reference}), and {reference} before {name} in `env`"),
        )
    } else if env[at..].iter().any(|one| one.name == reference) {
        (format!("{reference} stands after {name} in `env`"), format!("write {name} after all that it refers to"))
    } else {
        (format!("nothing gives it {reference}"), format!("give it {reference} before {name} in `env`"))
    };
    Some(Joined {
        facts: vec![format!("`env` gives it {}", escape(&redact(&format!("{}={value}", own.name))))],
        lookups: given::lookups(container),
        lack: Lack::Given,
        ..Joined::new(
            format!("{} is given {shown} as it is written, in its variable {name}: {why}", container.title()),
            Remedy::given(own, advice),
        )
    })
}

/// Whether nothing is put in its place.
fn stays(container: &ContainerView, found: &Captures, before: &[&EnvVar]) -> bool {
    let Some(name) = found.name("name").map(|name| name.as_str()) else { return true };
    // What `envFrom` gives comes before `env`.
    let of_sources = given::all(container).into_iter().any(|one| one.from != "env" && one.name == name);
    !of_sources && !before.iter().any(|one| one.name == name)
}
