//! What a line says, and the wordings by which it is found.

use regex::{Captures, Regex};

use crate::rollout::model::{Lack, Lookup, Remedy};
use crate::rollout::view::ContainerView;
use crate::text::ascii_regex;

/// What a line of the log says about the spec.
pub(in crate::rollout) struct Joined {
    pub what: String,
    pub hint: Remedy,
    /// What was read off the spec and its namespace, a line each.
    pub facts: Vec<String>,
    /// What would make it fuller.
    pub lookups: Vec<Lookup>,
    pub lack: Lack,
}

impl Joined {
    pub fn new(what: String, hint: Remedy) -> Self {
        Self { what, hint, facts: Vec::new(), lookups: Vec::new(), lack: Lack::Own }
    }
}

pub(super) type Read = fn(&ContainerView, &Captures) -> Option<Joined>;

/// One wording of a failure, and what it is joined with.
pub(super) struct Phrase {
    pattern: Regex,
    read: Read,
}

impl Phrase {
    pub fn new((pattern, read): (&'static str, Read)) -> Self {
        Self { pattern: ascii_regex(pattern), read }
    }

    /// What this line says by one of them.
    pub fn first(all: &[Self], container: &ContainerView, line: &str) -> Option<Joined> {
        all.iter().find_map(|phrase| (phrase.read)(container, &phrase.pattern.captures(line)?))
    }
}

/// The first of these groups that found something.
pub(super) fn first_group<'c>(found: &'c Captures, names: &[&str]) -> Option<&'c str> {
    names.iter().map(|name| group(found, name)).find(|text| !text.is_empty())
}

/// The text of a group; empty where it is none.
pub(super) fn group<'c>(found: &'c Captures, name: &str) -> &'c str {
    found.name(name).map_or("", |text| text.as_str())
}
