//! What stands nearly for itself: of the spec it needs a limit, a field or what is called.

use std::sync::LazyLock;

use regex::Captures;

use super::line::{Joined, Phrase, Read, group};
use crate::rollout::explain::fields;
use crate::rollout::model::{Lack, Remedy};
use crate::rollout::text::escape;
use crate::rollout::view::ContainerView;

pub(super) static PHRASES: LazyLock<Vec<Phrase>> = LazyLock::new(|| {
    let all: [(&'static str, Read); 6] = [
        (
            r"java\.lang\.OutOfMemoryError: (?:Java heap space|GC overhead|Metaspace)|JavaScript heap out of memory",
            |container, found| Some(heap(container, found)),
        ),
        (r"class file version (?<built>\d+)\.\d+.*class file versions? up to (?<runs>\d+)", java),
        (r"Unsupported class file major version (?<built>\d+)", java),
        (
            r#"(?i)(?:relation|table) ["'`]?(?<table>[\w."'`]+?)["'`]? (?:does not exist|doesn't exist)|no such table: (?<table2>\S+)"#,
            table,
        ),
        // After the files: a volume may hide it.
        (
            r"(?:ModuleNotFoundError: No module named|Cannot find (?:module|package)) '(?<name>[^'/][^']*)'",
            |container, found| Some(module(container, found)),
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

fn table(container: &ContainerView, found: &Captures) -> Option<Joined> {
    let name = [group(found, "table"), group(found, "table2")].into_iter().find(|name| !name.is_empty())?;
    let hint = if container.may_end() {
        Remedy::look("is it the right database, and do the migrations run in their order?")
    } else {
        let field = container.snapshot.source().field("before", "a Job");
        Remedy::given(found, format!("run the migration first, against this very database: {field}"))
    };
    // Somebody else's migration may bring it.
    let lack = if container.may_end() { Lack::Own } else { Lack::Absent };
    let what = format!("the database of {} has no table {}", container.title(), escape(name));
    Some(Joined { lack, ..Joined::new(what, hint) })
}

fn module(container: &ContainerView, found: &Captures) -> Joined {
    let name = escape(group(found, "name"));
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
