//! Keeps what is written true: the CLI reference, the completions, links and exit codes.
//! `UPDATE=1 cargo test --test docs` rewrites what is generated.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::LazyLock;

use clap::ValueEnum;
use clap_complete::{Generator, Shell};
use plat::cli::Cli;
use plat::error::{Error, Exit, Kind};
use regex::Regex;

#[path = "docs/failures.rs"]
mod failures;
#[path = "docs/fields.rs"]
mod fields;

/// Around the part of docs/plat-yaml.md that is generated.
const FIELDS: &str = "<!-- generated: fields -->";
const END: &str = "<!-- end -->";

#[test]
fn the_cli_reference_is_current() {
    let options = clap_markdown::MarkdownOptions::new().show_footer(false).title("plat on the command line".to_owned());
    let text = clap_markdown::help_markdown_custom::<Cli>(&options);
    let lines: Vec<&str> = text.trim_end().lines().map(str::trim_end).collect();
    generated("docs/CLI.md", &format!("{}\n", lines.join("\n")));
}

#[test]
fn the_completions_are_current() {
    for shell in Shell::value_variants() {
        let script = plat::commands::completions::script(*shell).expect("a script");
        generated(&format!("completions/{}", shell.file_name("plat")), &script);
    }
}

#[test]
fn the_schema_of_the_events_is_current() {
    let schema = serde_json::to_string_pretty(&schemars::schema_for!(plat::event::Line<'static>)).expect("JSON");
    generated("docs/events.schema.json", &format!("{schema}\n"));
}

#[test]
fn the_schema_of_plat_yaml_is_current() {
    generated("docs/plat.schema.json", &format!("{}\n", plat::spec::json_schema()));
}

#[test]
fn the_fields_of_plat_yaml_are_current() {
    let schema = serde_json::from_str(&plat::spec::json_schema()).expect("the schema is JSON");
    let page = read(&root().join("docs/plat-yaml.md"));
    let (before, rest) = page.split_once(FIELDS).expect("the page says where its table starts");
    let (_, after) = rest.split_once(END).expect("the page says where its table ends");
    generated("docs/plat-yaml.md", &format!("{before}{FIELDS}\n{}{END}{after}", fields::table(&schema)));
}

#[test]
fn the_examples_of_plat_yaml_are_valid() {
    static EXAMPLE: LazyLock<Regex> =
        LazyLock::new(|| Regex::new(r"(?s)\n```yaml\n(.*?)\n```").expect("a literal pattern"));
    let page = read(&root().join("docs/plat-yaml.md"));
    let examples: Vec<&str> = EXAMPLE.captures_iter(&page).map(|found| found.extract::<1>().1[0]).collect();
    assert!(examples.len() >= 2, "{examples:?}");
    for example in examples {
        if let Err(problems) = plat::spec::parse(example, "docs/plat-yaml.md") {
            panic!("{}", problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"));
        }
    }
}

#[test]
fn every_link_leads_somewhere() {
    let mut dead = Vec::new();
    for page in pages() {
        let text = read(&page);
        for (line, target) in links(&text) {
            if let Err(reason) = follow(&page, &target) {
                let name = page.strip_prefix(root()).expect("pages are below the root").display();
                dead.push(format!("{name}:{line}: {target}: {reason}"));
            }
        }
    }
    assert!(dead.is_empty(), "dead links:\n{}", dead.join("\n"));
}

#[test]
fn every_exit_code_is_documented() {
    static ROW: LazyLock<Regex> =
        LazyLock::new(|| Regex::new(r"(?m)^\| (\d+) \| `(\w+)` \|").expect("a literal pattern"));
    let page = read(&root().join("docs/exit-codes.md"));
    let documented: BTreeMap<String, u8> = ROW
        .captures_iter(&page)
        .map(|row| (row[2].to_owned(), row[1].parse().expect("a code is a small number")))
        .collect();
    let kinds = [Kind::User, Kind::Usage, Kind::RolloutFailed, Kind::TimedOut, Kind::Interrupted, Kind::Bug];
    let errors = kinds.map(|kind| (word(kind).to_owned(), Error::new(kind, "").exit_code()));
    let ends = [Exit::Done, Exit::Changes, Exit::Unhealthy].map(|exit| (end(exit).to_owned(), code(exit)));
    assert_eq!(documented, errors.into_iter().chain(ends).collect(), "docs/exit-codes.md against src/error.rs");
}

/// A kind that is added to the error type does not compile here until it has a row in docs/exit-codes.md.
fn word(kind: Kind) -> &'static str {
    match kind {
        Kind::User => "User",
        Kind::Usage => "Usage",
        Kind::RolloutFailed => "RolloutFailed",
        Kind::TimedOut => "TimedOut",
        Kind::Interrupted => "Interrupted",
        Kind::Bug => "Bug",
    }
}

fn end(exit: Exit) -> &'static str {
    match exit {
        Exit::Done => "Done",
        Exit::Changes => "Changes",
        Exit::Unhealthy => "Unhealthy",
        Exit::Child(_) => "Child",
    }
}

/// `ExitCode` does not tell its number; it can only be compared.
fn code(exit: Exit) -> u8 {
    (0..=u8::MAX).find(|code| ExitCode::from(*code) == ExitCode::from(exit)).expect("every exit has a code")
}

/// The file must hold exactly this; `UPDATE=1` writes it.
fn generated(name: &str, expected: &str) {
    let path = root().join(name);
    if std::env::var_os("UPDATE").is_some() {
        std::fs::create_dir_all(path.parent().expect("a file is in a folder")).expect("the folder can be made");
        std::fs::write(&path, expected).expect("the file can be written");
    }
    let kept = std::fs::read_to_string(&path).unwrap_or_default().replace("\r\n", "\n");
    assert!(kept == expected, "{name} is not what the code says now; run: UPDATE=1 cargo test --test docs");
}

/// The README and every page below docs/.
fn pages() -> Vec<PathBuf> {
    ignore::WalkBuilder::new(root().join("docs"))
        .add(root().join("README.md"))
        .build()
        .map(|entry| entry.expect("the docs are readable").into_path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "md"))
        .collect()
}

/// Relative links of a page with their lines; code blocks hold examples, not links.
fn links(text: &str) -> Vec<(usize, String)> {
    static LINK: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"\]\(([^)\s]+)\)").expect("a literal pattern"));
    let mut code = false;
    let mut found = Vec::new();
    for (number, line) in text.lines().enumerate() {
        code ^= line.trim_start().starts_with("```");
        if code {
            continue;
        }
        let targets = LINK.captures_iter(line).map(|link| link[1].to_owned());
        found.extend(
            targets
                .filter(|target| !target.contains("://") && !target.starts_with("mailto:"))
                .map(|target| (number + 1, target)),
        );
    }
    found
}

fn follow(page: &Path, target: &str) -> Result<(), String> {
    let (file, anchor) = target.split_once('#').unwrap_or((target, ""));
    let path = if file.is_empty() { page.to_owned() } else { page.parent().expect("a page is in a folder").join(file) };
    if !path.exists() {
        return Err("there is no such file".to_owned());
    }
    if anchor.is_empty() || anchors(&read(&path)).iter().any(|known| known == anchor) {
        return Ok(());
    }
    Err(format!("no heading makes #{anchor}"))
}

/// Headings as GitHub names their anchors, and the ones that a page sets itself.
fn anchors(text: &str) -> Vec<String> {
    static SET: LazyLock<Regex> =
        LazyLock::new(|| Regex::new(r#"<a (?:id|name)="([^"]+)""#).expect("a literal pattern"));
    let headings = text.lines().filter(|line| line.starts_with('#')).map(|line| {
        let title = line.trim_start_matches('#').trim().to_lowercase();
        title
            .chars()
            .filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'))
            .map(|c| if c == ' ' { '-' } else { c })
            .collect()
    });
    headings.chain(SET.captures_iter(text).map(|set| set[1].to_owned())).collect()
}

fn read(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}
