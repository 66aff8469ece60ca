//! A virtual host that its `RabbitMQ` does not have, beside what names it and what the broker makes at its first start.

use std::sync::LazyLock;

use regex::Captures;

use super::database::{made, named_by};
use super::line::{Joined, Phrase, Read, first_group};
use super::origin::{self, Origin};
use crate::rollout::model::{DatabaseMade, Lack, Lookup, Remedy};
use crate::rollout::text::escape;
use crate::rollout::view::ContainerView;

pub(super) static PHRASES: LazyLock<Vec<Phrase>> = LazyLock::new(|| {
    let all: [(&'static str, Read); 1] = [(
        r"(?i)vhost '?(?<name>[^\s',]+?)'? (?:not found|does not exist|is down)|access to vhost '(?<name2>[^']+)' refused|no such vhost:? '?(?<name3>[^\s']+)",
        |container, found| Some(absent(container, found)),
    )];
    all.into_iter().map(Phrase::new).collect()
});

fn absent(container: &ContainerView, found: &Captures) -> Joined {
    let name = first_group(found, &["name", "name2", "name3"]).unwrap_or_default();
    let shown = escape(name);
    let origin = match named_by(container, name.trim_start_matches('/')) {
        Some(one) => Origin { place: Some(format!("variable {}", escape(&one.name))), lookups: Vec::new() },
        None => origin::of(container, name),
    };
    let what = format!(
        "{} asks for the virtual host {shown}{}, which its broker does not have",
        container.title(),
        origin.suffix()
    );
    let made: Vec<&DatabaseMade> = made(container).iter().filter(|one| one.is_virtual_host()).collect();
    let facts = made.iter().map(|one| {
        format!("{} makes the virtual host {} ({})", escape(&one.by), escape(&one.name), escape(&one.variable))
    });
    let hint = match made.as_slice() {
        [one] if one.name != name => Remedy::given(
            found,
            format!(
                "make the two names the same ({} and {shown}); in a URL the host /NAME is %2FNAME, and what follows the first / is its name",
                escape(&one.name)
            ),
        ),
        _ => Remedy::given(
            found,
            "create it (rabbitmqctl add_vhost) and give its user the right to it, or correct its name",
        ),
    };
    Joined {
        facts: facts.collect(),
        lookups: std::iter::once(Lookup::Databases).chain(origin.lookups).collect(),
        // Whoever runs the broker may be about to make it.
        lack: Lack::Absent,
        ..Joined::new(what, hint)
    }
}
