//! What stands nearly for itself: of the spec it needs a limit, a field or what is called.

use std::sync::LazyLock;

use regex::Captures;

use super::given;
use super::line::{Joined, Phrase, Read, first_group, group};
use super::memory::{Options, options};
use crate::rollout::explain::fields;
use crate::rollout::explain::memory_option::MemoryOption;
use crate::rollout::model::{Lack, Remedy};
use crate::rollout::text::escape;
use crate::rollout::view::ContainerView;

pub(super) static PHRASES: LazyLock<Vec<Phrase>> = LazyLock::new(|| {
    let all: [(&'static str, Read); 11] = [
        (
            r"java\.lang\.OutOfMemoryError: (?:Java heap space|GC overhead|Metaspace)|JavaScript heap out of memory",
            |container, found| Some(heap(container, found)),
        ),
        (r"class file version (?<built>\d+)\.\d+.*class file versions? up to (?<runs>\d+)", java),
        (r"Unsupported class file major version (?<built>\d+)", java),
        (
            r#"(?i)(?:relation|table) ["'`]?(?<table>[\w."'`]+?)["'`]? (?:does not exist|doesn't exist)|no such table: (?<table2>\S+)"#,
            |container, found| unmigrated(container, found, "table"),
        ),
        (
            r#"(?i)column ["'`]?(?<table>[\w."'`]+?)["'`]?(?: of relation \S+)? (?:does not exist|doesn't exist)|unknown column '(?<table2>[^']+)'|no such column: (?<table3>\S+)"#,
            |container, found| unmigrated(container, found, "column"),
        ),
        (
            // Airflow, Rails, Django, EF Core, Alembic
            r"(?i)unapplied migrations?\b|migrations are pending|PendingMigrationError|pending migrations?\b|database is not (?:up to date|migrated)|not all migrations|Target database is not up to date|relation .* migrations? .* not|database schema is (?:out of date|not up[- ]to[- ]date)",
            |container, found| Some(unmigrated_at_all(container, found)),
        ),
        (r"Initial heap size set to a larger value than the maximum heap size", |container, found| {
            Some(heap_options(container, found, "asks for a smaller heap at most than at first", "-Xm"))
        }),
        (r"Could not reserve enough space for (?<size>\d+KB) object heap", |container, found| {
            let limit = container.memory_limit().map(|limit| format!(" with a memory limit of {}", escape(&limit.0)));
            let what = format!("asks for a heap of {}{}", group(found, "size"), limit.unwrap_or_default());
            Some(heap_options(container, found, &what, "-Xm"))
        }),
        // After the files: a volume may hide it.
        (
            r"(?:ModuleNotFoundError: No module named|Cannot find (?:module|package)) '(?<name>[^'/][^']*)'",
            |container, found| Some(module(container, found)),
        ),
        (
            r#"Could not import (?:module )?["'](?<name>[\w.]+)["']|The module (?<name2>[\w.]+) was not found|: No module named (?<name3>[\w.]+)$|Could not find or load main class (?<name4>[\w.$/]+)|[Mm]issing script:? "?(?<name5>[\w:.-]+)"?"#,
            |container, found| Some(called(container, found)),
        ),
        (
            r"(?:^|[\s/])(?:sh|ash|bash|dash|zsh)?:?\s*(?:line )?(?:\d+: )?(?<name>[\w./-]+): (?:command )?not found\s*$",
            |container, found| Some(command(container, found)),
        ),
    ];
    all.into_iter().map(Phrase::new).collect()
});

fn heap(container: &ContainerView, found: &Captures) -> Joined {
    let grow = "(-XX:MaxRAMPercentage, NODE_OPTIONS=--max-old-space-size); or find what keeps it";
    match container.memory_limit() {
        Some(limit) => Joined::new(
            format!("{} fills its heap, with a memory limit of {}", container.title(), escape(&limit.0)),
            Remedy::given(limit, format!("raise {}, and let the heap grow with it {grow}", fields::memory(container))),
        ),
        None => Joined::new(
            format!("{} fills its heap", container.title()),
            Remedy::given(found, format!("let the heap grow {grow}")),
        ),
    }
}

/// `what`: a table, a column.
fn unmigrated(container: &ContainerView, found: &Captures, what: &str) -> Option<Joined> {
    let name = first_group(found, &["table", "table2", "table3"])?;
    let hint = if container.may_end() {
        Remedy::look("is it the right database, and do the migrations run in their order?")
    } else {
        let field = container.snapshot.source().field("before", "a Job");
        Remedy::given(found, format!("run the migration first, against this very database: {field}"))
    };
    // Somebody else's migration may bring it.
    let lack = if container.may_end() { Lack::Own } else { Lack::Absent };
    let what = format!("the database of {} has no {what} {}", container.title(), escape(name));
    Some(Joined { lack, ..Joined::new(what, hint) })
}

/// Whoever is to migrate has not.
fn unmigrated_at_all(container: &ContainerView, found: &Captures) -> Joined {
    let field = container.snapshot.source().field("before", "a Job, or an init container before this one");
    let what = format!("{} waits for migrations of its database that nobody has run", container.title());
    let hint = format!("run them before, against this very database: {field}");
    Joined { lack: Lack::Absent, ..Joined::new(what, Remedy::given(found, hint)) }
}

/// What it is called with names something that is not in the image, or not where it looks.
fn called(container: &ContainerView, found: &Captures) -> Joined {
    let name = found.iter().skip(1).flatten().next().map_or("", |name| name.as_str());
    let shown = escape(name);
    let folder = container.spec.working_dir.as_deref();
    let place = folder.map(|folder| format!(" (workingDir is {})", escape(folder))).unwrap_or_default();
    Joined::new(
        format!("{} is called with {shown}, which its image does not have{place}", container.title()),
        Remedy::given(
            found,
            format!("correct the name in {}, or what is copied into the image", fields::called(container)),
        ),
    )
}

/// Options of the JVM, by what gives them.
fn heap_options(container: &ContainerView, found: &Captures, what: &str, option: &str) -> Joined {
    let Options { found: all, lookups } = options(container);
    let own: Vec<&(MemoryOption, String)> = all.iter().filter(|(one, _)| one.text.contains(option)).collect();
    let facts = own.iter().map(|(one, place)| format!("{} is from here: {place}", escape(&one.text))).collect();
    let mut places: Vec<&str> = own.iter().map(|(_, place)| place.as_str()).collect();
    places.dedup();
    let by = if places.is_empty() { fields::called(container).to_owned() } else { places.join(" and ") };
    Joined {
        facts,
        lookups,
        ..Joined::new(
            format!("the JVM of {} {what}", container.title()),
            Remedy::given(
                found,
                format!("correct -Xms and -Xmx in {by}, or let the heap follow the limit (-XX:MaxRAMPercentage=75)"),
            ),
        )
    }
}

fn module(container: &ContainerView, found: &Captures) -> Joined {
    let words = container.spec.command.iter().chain(&container.spec.args).flatten();
    let mut words = words.flat_map(|word| word.split([' ', ':', '=']));
    let root = group(found, "name").split('.').next().unwrap_or_default();
    if words.any(|word| word.split('.').next() == Some(root)) {
        return called(container, found);
    }
    let by = given::env(container).find(|one| one.value.as_deref().is_some_and(|value| value == group(found, "name")));
    let name = escape(group(found, "name"));
    if let Some(by) = by {
        let variable = escape(&by.name);
        return Joined::new(
            format!(
                "{} is told by its variable {variable} to load {name}, which its image does not have",
                container.title()
            ),
            Remedy::given(by, format!("correct {variable}, or what is copied into the image")),
        );
    }
    Joined::new(
        format!("{} lacks the module {name} in its image", container.title()),
        Remedy::given(
            found,
            "install it when the image is built: is it among the dependencies, and not only those for development?",
        ),
    )
}

fn command(container: &ContainerView, found: &Captures) -> Joined {
    let name = escape(group(found, "name"));
    Joined::new(
        format!("{} calls {name}, which is not in the image", container.title()),
        Remedy::given(found, format!("correct {}, or add the program to the image", fields::called(container))),
    )
}

/// Java 8 has class files of version 52 (JVMS, table 4.1-A).
const BEFORE_JAVA: u32 = 44;

fn java(container: &ContainerView, found: &Captures) -> Option<Joined> {
    let version = |name| group(found, name).parse::<u32>().ok()?.checked_sub(BEFORE_JAVA);
    let (built, runs) = (version("built")?, version("runs"));
    let runs = runs.map_or("an older one".to_owned(), |runs| format!("Java {runs}"));
    Some(Joined::new(
        format!("{} was built for Java {built}, and its image runs {runs}", container.title()),
        Remedy::given(
            found,
            format!("use a base image with Java {built} or newer, or build it for the one that runs (--release)"),
        ),
    ))
}
