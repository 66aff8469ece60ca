//! What sends a program to the background, so that its first process ends: an argument, a line of its configuration.

use crate::rollout::explain::joined::keys_of_maps;
use crate::rollout::model::Lookup;
use crate::rollout::text::escape;
use crate::rollout::view::ContainerView;

/// Redis and others; nginx; a line each.
const LINES: [&str; 3] = ["daemonize yes", "daemon on", "daemonize = yes"];
/// An argument each, by itself or with what follows it.
const ARGUMENTS: [&str; 6] = ["--daemon", "--daemonize", "-daemon", "--detach", "--background", "--fork"];

pub(super) struct Background {
    /// `` `args` gives it --daemonize ``
    pub fact: Option<String>,
    pub lookups: Vec<Lookup>,
}

pub(super) fn background(container: &ContainerView) -> Background {
    let spec = container.spec;
    let words = [("command", &spec.command), ("args", &spec.args)];
    let by_word = words.into_iter().find_map(|(field, words)| {
        let mut words = words.iter().flatten();
        let word = words.find(|word| ARGUMENTS.contains(&word.split('=').next().unwrap_or_default()))?;
        Some(format!("`{field}` gives it {}", escape(word)))
    });
    let mut lookups = Vec::new();
    let by_line = LINES.iter().filter(|_| by_word.is_none()).find_map(|line| {
        let (keys, asked) = keys_of_maps(container, line);
        lookups.extend(asked);
        Some(format!("{} says `{line}`", keys.first()?))
    });
    Background { fact: by_word.or(by_line), lookups }
}
