//! What stands for itself, whatever the spec says: a table of wordings, what each means, and what to do.

mod data;
mod platform;
mod saying;
mod servers;
mod trust;

use std::sync::LazyLock;

use regex::Regex;

use super::given;
use super::line::{Joined, group};
use crate::rollout::model::Remedy;
use crate::rollout::text::escape;
use crate::rollout::view::ContainerView;
use crate::text::{ascii_regex, edits};
use saying::Saying;

static PATTERNS: LazyLock<Vec<(Regex, &Saying)>> = LazyLock::new(|| {
    [platform::SAYINGS, data::SAYINGS, trust::SAYINGS, servers::SAYINGS]
        .into_iter()
        .flatten()
        .map(|saying| (ascii_regex(saying.pattern), saying))
        .collect()
});

pub(super) fn of_line(container: &ContainerView, line: &str) -> Option<Joined> {
    let (pattern, saying, found) =
        PATTERNS.iter().find_map(|(pattern, saying)| Some((pattern, saying, pattern.captures(line)?)))?;
    let filled = |text: &str| {
        let names = pattern.capture_names().flatten();
        let text = text.replace("{title}", &container.title());
        let filled = names.fold(text, |text, name| text.replace(&format!("{{{name}}}"), &escape(group(&found, name))));
        // A group that found nothing leaves a gap.
        filled.replace(" ,", ",").replace(" ()", "")
    };
    let secrets = given::of_secrets(container).take(4).filter(|_| saying.of_secrets);
    let hint = Remedy::given(&found, filled(saying.hint));
    let near = misspelt(container, saying.hint);
    Some(Joined {
        facts: secrets.collect(),
        lack: saying.lack,
        lookups: given::lookups(container),
        ..Joined::new(filled(saying.what), near.into_iter().fold(hint, |hint, near| near.and(Some(hint))))
    })
}

/// Names of variables in an advice.
static VARIABLE: LazyLock<Regex> = LazyLock::new(|| ascii_regex(r"\b[A-Z][A-Za-z0-9]*(?:_+[A-Za-z0-9]+)+"));

/// A variable that was given and has nearly a name that the advice has.
fn misspelt(container: &ContainerView, advice: &str) -> Option<Remedy> {
    const EDITS: usize = 2;
    let given = given::all(container);
    VARIABLE.find_iter(advice).find_map(|name| {
        let name = name.as_str();
        if given.iter().any(|one| one.name == name) {
            return None;
        }
        let near = given.iter().find(|one| (1..=EDITS).contains(&edits(name, &one.name)))?;
        Some(Remedy::look(format!("it was given {} ({}): is {name} meant?", escape(&near.name), near.from)))
    })
}
