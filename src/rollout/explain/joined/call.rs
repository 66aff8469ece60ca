//! How the program was called: an argument that it wants, a subcommand or an object that it does not have.

use std::sync::LazyLock;

use regex::Regex;

use super::line::{Joined, first_group};
use super::origin;
use crate::rollout::explain::fields;
use crate::rollout::model::{Lack, Remedy};
use crate::rollout::text::escape;
use crate::rollout::view::ContainerView;
use crate::text::{ascii_regex, holds, redact};

/// argparse, cobra, clap (the argument stands on the next line), kingpin, click, picocli.
static WANTED: LazyLock<Regex> = LazyLock::new(|| {
    ascii_regex(
        r#"(?i)arguments (?:are|were) (?:required|not provided): *(?<name>--?[\w-]+)?|required flag(?:\(s\))? (?:"(?<name2>[\w-]+)"|--?(?<name3>[\w-]+)) not (?:set|provided)|missing (?:required )?(?:option|argument|flag|parameter)s?:? ['"]?(?<name4>--?[\w-]+)|(?:flag|option) ['"`]?(?<name5>--?[\w-]+)['"`]? (?:is required|must be (?:set|specified|provided))|missing setting: (?<name7>[\w-]+)|Missing option ['"](?<name6>--?[\w-]+)"#,
    )
});
static NEXT: LazyLock<Regex> = LazyLock::new(|| ascii_regex(r"^\s+(?<name>--?[\w-]+)"));
static UNKNOWN: LazyLock<Regex> = LazyLock::new(|| {
    ascii_regex(
        r#"(?i)unknown (?:sub)?command:? ["'`“]?(?<name>[\w:.-]+)|unrecognized subcommand ["'`](?<name2>[\w:.-]+)|No such command ["'`](?<name3>[\w:.-]+)|invalid choice: ["'`](?<name4>[\w:.-]+)|is not a (?:valid )?command[: ]+["'`]?(?<name5>[\w:.-]+)|Command ["'`]?(?<name6>[\w:.-]+)["'`]? (?:is not defined|not found)"#,
    )
});
/// gunicorn, uvicorn, celery.
static OBJECT: LazyLock<Regex> = LazyLock::new(|| {
    ascii_regex(
        r#"Failed to find attribute '(?<name>\w+)' in '(?<module>[\w.]+)'|Attribute "(?<name2>\w+)" not found in module "(?<module2>[\w.]+)"|Module '(?<module3>[\w.]+)' has no attribute '(?<name3>\w+)'|module '(?<module4>[\w.]+)' has no attribute '(?<name4>app|application|asgi|wsgi|celery|server)'"#,
    )
});

/// What the line at this place says.
pub(super) fn of_line(container: &ContainerView, lines: &[&str], at: usize) -> Option<Joined> {
    let line = lines[at];
    wanted(container, line, lines.get(at + 1).copied())
        .or_else(|| unknown(container, line))
        .or_else(|| object(container, line))
}

/// `args` as it is, in one line.
fn given(container: &ContainerView) -> String {
    let words = container.spec.args.iter().flatten().filter(|word| word.len() < origin::ARGUMENT);
    let shown = words.map(|word| escape(&redact(word))).collect::<Vec<_>>().join(" ");
    if shown.is_empty() { "`args` gives it nothing".to_owned() } else { format!("`args` gives it {shown}") }
}

fn wanted(container: &ContainerView, line: &str, next: Option<&str>) -> Option<Joined> {
    let found = WANTED.captures(line)?;
    let names = ["name", "name2", "name3", "name4", "name5", "name6", "name7"];
    let next = next.and_then(|next| NEXT.captures(next));
    let name = first_group(&found, &names).or_else(|| Some(next.as_ref()?.name("name")?.as_str()))?;
    let name = escape(name.trim_start_matches('-'));
    let what = format!("{} is called without its argument --{name}", container.title());
    let hint = format!("add it: {}", container.snapshot.source().field("args", "args"));
    Some(Joined { facts: vec![given(container)], lack: Lack::Given, ..Joined::new(what, Remedy::given(&found, hint)) })
}

fn unknown(container: &ContainerView, line: &str) -> Option<Joined> {
    let found = UNKNOWN.captures(line)?;
    let name = first_group(&found, &["name", "name2", "name3", "name4", "name5", "name6"])?;
    let field = ["args", "command"].into_iter().zip([&container.spec.args, &container.spec.command]).find_map(
        |(field, words)| {
            let mut words = words.iter().flatten().filter(|word| word.len() < origin::ARGUMENT);
            words.any(|word| holds(word, name)).then_some(field)
        },
    )?;
    let what = format!("{} does not know its command {}", container.title(), escape(name));
    let hint = format!("correct {}", container.snapshot.source().field(field, field));
    Some(Joined {
        facts: vec![format!("`{field}` gives it")],
        lack: Lack::Given,
        ..Joined::new(what, Remedy::given(&found, hint))
    })
}

fn object(container: &ContainerView, line: &str) -> Option<Joined> {
    let found = OBJECT.captures(line)?;
    let name = escape(first_group(&found, &["name", "name2", "name3", "name4"])?);
    let module = escape(first_group(&found, &["module", "module2", "module3", "module4"])?);
    let what = format!("{} is called with {name} of the module {module}, which has no such object", container.title());
    let hint = format!("correct the name in {}, such as {module}:app", fields::called(container));
    Some(Joined { facts: vec![given(container)], lack: Lack::Given, ..Joined::new(what, Remedy::given(&found, hint)) })
}
