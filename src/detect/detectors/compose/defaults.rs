//! `.env` beside a compose file: compose puts its values where `${NAME}` stands.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use regex::{Captures, Regex};

use crate::detect::claim::Evidence;
use crate::detect::paths;
use crate::detect::repository::Repository;
use crate::located::{Content, Node};

/// The variables that the file gives, but those whose values are secrets: these are not even read.
#[derive(Debug, Default)]
pub struct Defaults {
    values: BTreeMap<String, (String, Evidence)>,
}

impl Defaults {
    #[must_use]
    pub fn of(repository: &Repository, folder: &str) -> Self {
        let path = paths::join(folder, ".env");
        let mut defaults = Self::default();
        for (line, text) in (1..).zip(repository.text(&path).unwrap_or_default().lines()) {
            if let Some((name, value)) = text.split_once('=') {
                // A later line may stand on an earlier one.
                let value = defaults.put_in(value);
                defaults.values.insert(name.to_owned(), (value, repository.line(&path, line)));
            }
        }
        defaults
    }

    #[must_use]
    pub fn value(&self, name: &str) -> Option<&str> {
        self.values.get(name).map(|(value, _)| value.as_str())
    }

    /// A document as compose reads it. What is not known stays as it is.
    pub fn fill(&self, node: &mut Node) {
        match &mut node.content {
            Content::Scalar { text, .. } => *text = self.put_in(text),
            Content::List(items) => items.iter_mut().for_each(|item| self.fill(item)),
            Content::Map(entries) => entries.iter_mut().for_each(|entry| self.fill(&mut entry.value)),
        }
    }

    /// What a line of compose says, with the lines of `.env` that it stands on.
    #[must_use]
    pub fn explain(&self, evidence: Evidence) -> Evidence {
        let names = NAME.captures_iter(&evidence.text).filter_map(|found| name(&found));
        let bare = evidence.text.trim_start_matches(['-', ' ']);
        let lines: Vec<String> = names
            .chain([bare])
            .filter_map(|name| self.values.get(name))
            .map(|(_, from)| format!("{}: {}", from.place(), from.text))
            .collect();
        let text = [vec![evidence.text.clone()], lines].concat().join("; ");
        Evidence { text, ..evidence }
    }

    fn put_in(&self, text: &str) -> String {
        NAME.replace_all(text, |found: &Captures| {
            let value = name(found).and_then(|name| self.value(name));
            value.unwrap_or(&found[0]).to_owned()
        })
        .into_owned()
    }
}

/// `$$` is a dollar, `$NAME`, `${NAME}` and `${NAME:-x}` are variables.
static NAME: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"\$(?:\$|\{([A-Za-z_]\w*)[^}]*\}|([A-Za-z_]\w*))").expect("a literal pattern"));

fn name<'t>(found: &Captures<'t>) -> Option<&'t str> {
    found.get(1).or_else(|| found.get(2)).map(|name| name.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case("8080:${PORT}", "8080:3000")]
    #[case("$PORT", "3000")]
    #[case("${PORT:-1}/tcp", "3000/tcp")]
    #[case("http://${HOST}:${PORT}", "http://${HOST}:3000")]
    #[case("$$PORT", "$$PORT")]
    #[case("${ADDRESS}", "shop:3000")]
    #[case("cost: $5", "cost: $5")]
    fn what_is_known_is_put_in(#[case] text: &str, #[case] expected: &str) {
        let files = [(".env".to_owned(), "PORT=3000\n\nTOKEN\nADDRESS=shop:${PORT}".to_owned())];
        let repository = Repository::new("shop", vec![".env".to_owned()], files.into());
        assert_eq!(Defaults::of(&repository, "").put_in(text), expected);
    }
}
