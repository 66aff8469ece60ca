//! What stands for itself, whatever the spec says.

use std::sync::LazyLock;

use regex::Captures;

use super::line::{Joined, Phrase, Read, group};
use crate::rollout::text::escape;
use crate::rollout::view::ContainerView;

pub(super) static PHRASES: LazyLock<Vec<Phrase>> = LazyLock::new(|| {
    let all: [(&'static str, Read); 6] = [
        (
            r"java\.lang\.OutOfMemoryError: (?:Java heap space|GC overhead|Metaspace)|JavaScript heap out of memory",
            |container, found| Some(heap(container, found)),
        ),
        (
            r"x509: certificate signed by unknown authority|unable to (?:get|verify) (?:local issuer|the first) certificate|self[- ]signed certificate|CERTIFICATE_VERIFY_FAILED|PKIX path building failed",
            |container, found| Some(certificate(container, found)),
        ),
        (
            r#"(?i)(?:relation|table) ["'`]?(?<table>[\w."'`]+?)["'`]? (?:does not exist|doesn't exist)|no such table: (?<table2>\S+)"#,
            table,
        ),
        (r#"(?i)database ["'`]?(?<name>[\w-]+)["'`]? does not exist|unknown database ["'`](?<name2>[\w-]+)"#, database),
        (
            r"(?:ModuleNotFoundError: No module named|Cannot find (?:module|package)|ImportError: cannot import name) '(?<name>[^'/][^']*)'",
            |container, found| Some(module(container, found)),
        ),
        (
            r"(?:^|[\s/])(?:sh|ash|bash|dash|zsh)?:?\s*(?:line )?(?:\d+: )?(?<name>[\w./-]+): (?:command )?not found\s*$",
            |container, found| Some(command(container, found)),
        ),
    ];
    all.into_iter().map(Phrase::new).collect()
});

fn of(what: String, hint: String) -> Joined {
    Joined { what, hint, ..Joined::default() }
}

fn heap(container: &ContainerView, _: &Captures) -> Joined {
    let limit = container.spec.resources.as_ref().and_then(|all| all.limits.as_ref()?.get("memory"));
    let limit = limit.map(|limit| format!(", with a memory limit of {}", escape(&limit.0))).unwrap_or_default();
    of(
        format!("{} fills its heap{limit}", container.title()),
        format!(
            "raise {}, and let the heap grow with it (-XX:MaxRAMPercentage, NODE_OPTIONS=--max-old-space-size); or find what keeps it",
            container.snapshot.source().field("resources.memory", "resources.limits.memory")
        ),
    )
}

fn certificate(container: &ContainerView, _: &Captures) -> Joined {
    of(
        format!("{} does not trust the certificate of whom it calls", container.title()),
        "add the authority to the image (the package ca-certificates, or the company's own), or mount it and name it to the program"
            .to_owned(),
    )
}

fn table(container: &ContainerView, found: &Captures) -> Option<Joined> {
    let name = [group(found, "table"), group(found, "table2")].into_iter().find(|name| !name.is_empty())?;
    let hint = if container.may_end() {
        "is it the right database, and do the migrations run in their order?".to_owned()
    } else {
        format!(
            "run the migration first, against this very database: {}",
            container.snapshot.source().field("before", "a Job")
        )
    };
    Some(of(format!("the database of {} has no table {}", container.title(), escape(name)), hint))
}

fn database(container: &ContainerView, found: &Captures) -> Option<Joined> {
    let name = [group(found, "name"), group(found, "name2")].into_iter().find(|name| !name.is_empty())?;
    Some(of(
        format!("{} asks for the database {}, which the server does not have", container.title(), escape(name)),
        "create it, or correct its name where the program has it from".to_owned(),
    ))
}

fn module(container: &ContainerView, found: &Captures) -> Joined {
    let name = escape(group(found, "name"));
    of(
        format!("{} lacks the module {name} in its image", container.title()),
        "install it when the image is built: is it among the dependencies, and not only those for development?"
            .to_owned(),
    )
}

fn command(container: &ContainerView, found: &Captures) -> Joined {
    let name = escape(group(found, "name"));
    of(
        format!("{} calls {name}, which is not in the image", container.title()),
        "correct `command` and `args`, or add the program to the image".to_owned(),
    )
}
