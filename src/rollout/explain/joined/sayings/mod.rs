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
use saying::Saying;

static PATTERNS: LazyLock<Vec<(Regex, &Saying)>> = LazyLock::new(|| {
    [platform::SAYINGS, data::SAYINGS, trust::SAYINGS, servers::SAYINGS]
        .into_iter()
        .flatten()
        .map(|saying| (Regex::new(saying.pattern).expect("a literal pattern"), saying))
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
    Some(Joined {
        facts: secrets.collect(),
        lack: saying.lack,
        ..Joined::new(filled(saying.what), Remedy::given(&found, filled(saying.hint)))
    })
}
