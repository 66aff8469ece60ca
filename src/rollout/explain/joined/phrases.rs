//! What stands for itself, whatever the spec says.

use std::sync::LazyLock;

use regex::Captures;

use super::given;
use super::line::{Joined, Phrase, Read, group};
use crate::rollout::explain::fields;
use crate::rollout::model::Remedy;
use crate::rollout::text::escape;
use crate::rollout::view::ContainerView;

pub(super) static PHRASES: LazyLock<Vec<Phrase>> = LazyLock::new(|| {
    let all: [(&'static str, Read); 9] = [
        (
            r"java\.lang\.OutOfMemoryError: (?:Java heap space|GC overhead|Metaspace)|JavaScript heap out of memory",
            |container, found| Some(heap(container, found)),
        ),
        (
            r"certificate has expired or is not yet valid: current time (?<now>\S+) is (?<side>before|after) (?<then>\S+)|(?<expired>certificate has expired|CERT_HAS_EXPIRED)",
            |container, found| Some(validity(container, found)),
        ),
        (
            r"DECODER routines::unsupported|could not (?:parse|read) (?:private )?key|no start line|Could not deserialize key data",
            |container, found| Some(unreadable_key(container, found)),
        ),
        (
            r"(?i)licen[sc]e\b.*\b(?:invalid|expired|not valid|not enabled|missing|required|not found)|(?:invalid|expired|missing) licen[sc]e",
            |container, found| Some(license(container, found)),
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

fn validity(container: &ContainerView, found: &Captures) -> Joined {
    let title = container.title();
    let then = escape(group(found, "then"));
    if group(found, "side") == "before" {
        return Joined::new(
            format!("{title} meets a certificate that is not valid before {then}"),
            Remedy::look("is the clock of the node right? If so, the certificate becomes valid by itself"),
        );
    }
    let since = if then.is_empty() { String::new() } else { format!(", since {then}") };
    Joined::new(
        format!("{title} meets a certificate that has expired{since}"),
        Remedy::given(found, "renew it: that of whom it calls, or its own that is mounted"),
    )
}

fn unreadable_key(container: &ContainerView, found: &Captures) -> Joined {
    Joined {
        facts: given::of_secrets(container).take(4).collect(),
        ..Joined::new(
            format!("{} cannot read its private key", container.title()),
            Remedy::given(
                found,
                "give it whole, in PEM, with real line breaks: a variable with \\n in it has none (kubectl create secret --from-file)",
            ),
        )
    }
}

fn license(container: &ContainerView, found: &Captures) -> Joined {
    Joined {
        facts: given::of_secrets(container).take(4).collect(),
        ..Joined::new(
            format!("{} does not accept its license", container.title()),
            Remedy::given(found, "give it one that covers this version and edition, where the program reads it"),
        )
    }
}

fn certificate(container: &ContainerView, found: &Captures) -> Joined {
    Joined::new(
        format!("{} does not trust the certificate of whom it calls", container.title()),
        Remedy::given(
            found,
            "add the authority to the image (the package ca-certificates, or the company's own), or mount it and name it to the program",
        ),
    )
}

fn table(container: &ContainerView, found: &Captures) -> Option<Joined> {
    let name = [group(found, "table"), group(found, "table2")].into_iter().find(|name| !name.is_empty())?;
    let hint = if container.may_end() {
        Remedy::look("is it the right database, and do the migrations run in their order?")
    } else {
        let field = container.snapshot.source().field("before", "a Job");
        Remedy::given(found, format!("run the migration first, against this very database: {field}"))
    };
    Some(Joined::new(format!("the database of {} has no table {}", container.title(), escape(name)), hint))
}

fn database(container: &ContainerView, found: &Captures) -> Option<Joined> {
    let name = [group(found, "name"), group(found, "name2")].into_iter().find(|name| !name.is_empty())?;
    Some(Joined::new(
        format!("{} asks for the database {}, which the server does not have", container.title(), escape(name)),
        Remedy::given(found, "create it, or correct its name where the program has it from"),
    ))
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
