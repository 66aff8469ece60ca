//! A setting that the program does not know, by its name: beside the variable or the argument that gives it.

use std::sync::LazyLock;

use regex::Regex;

use super::given;
use super::line::{Joined, first_group, group};
use crate::rollout::model::Remedy;
use crate::rollout::text::escape;
use crate::rollout::view::ContainerView;
use crate::text::ascii_regex;

/// Elasticsearch and `OpenSearch`, `PostgreSQL`, `MySQL`, Kibana.
static UNKNOWN: LazyLock<Regex> = LazyLock::new(|| {
    ascii_regex(
        r#"unknown (?:secure )?setting \[(?<name>[^\]]+)\](?:.*did you mean (?:any of )?\[(?<near>[^,\]]+))?|unrecognized configuration parameter "(?<name2>[^"]+)"|unknown variable '(?<name3>[^'=]+)(?:=[^']*)?'|Unknown configuration key\(s\): "(?<name4>[^"]+)""#,
    )
});

pub(super) fn of_line(container: &ContainerView, line: &str) -> Option<Joined> {
    let found = UNKNOWN.captures(line)?;
    let name = first_group(&found, &["name", "name2", "name3", "name4"])?;
    let near = group(&found, "near");
    let variable = given::all(container).into_iter().find(|one| is_same(&one.name, name));
    let by_variable = variable.map(|one| {
        let from = if one.from == "env" { "`env`".to_owned() } else { one.from };
        (format!("{from} gives it {}", escape(&one.name)), from)
    });
    let of = |field: &str, words: &Option<Vec<String>>| {
        let is_it = |word: &str| is_same(word.split('=').next().unwrap_or_default(), name);
        let word = words.iter().flatten().find(|word| is_it(word) || is_it(word.trim_start_matches("-E")))?;
        Some((format!("`{field}` gives it {}", escape(word)), format!("`{field}`")))
    };
    let giver =
        by_variable.or_else(|| of("args", &container.spec.args)).or_else(|| of("command", &container.spec.command));
    // It may stand in a file, which others read.
    if giver.is_none() && near.is_empty() {
        return None;
    }
    let place = giver.as_ref().map(|(_, place)| format!(" in {place}")).unwrap_or_default();
    let hint = if near.is_empty() {
        format!("correct the name of {}{place}, or remove it", escape(name))
    } else {
        format!("correct its name{place}: {} instead of {}", escape(near), escape(name))
    };
    let meant = if near.is_empty() { String::new() } else { format!(": {} is meant", escape(near)) };
    Some(Joined {
        facts: giver.into_iter().map(|(fact, _)| fact).collect(),
        lookups: given::lookups(container),
        ..Joined::new(
            format!("{} does not know the setting {}{meant}", container.title(), escape(name)),
            Remedy::given(&found, hint),
        )
    })
}

/// `discovery.seed_host`, `--discovery-seed-host` and `DISCOVERY_SEED_HOST`
fn is_same(given: &str, name: &str) -> bool {
    let plain = |text: &str| {
        let text = text.trim_start_matches('-').to_ascii_lowercase();
        text.chars().filter(char::is_ascii_alphanumeric).collect::<String>()
    };
    !name.is_empty() && plain(given) == plain(name)
}
