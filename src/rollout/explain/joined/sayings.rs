//! What stands for itself, whatever the spec says: a table of wordings, what each means, and what to do.

use std::sync::LazyLock;

use regex::Regex;

use super::given;
use super::line::{Joined, group};
use crate::rollout::model::{Lack, Remedy};
use crate::rollout::text::escape;
use crate::rollout::view::ContainerView;

/// One wording. In its texts `{title}` is the container, `{name}` what the group of that name found.
struct Saying {
    pattern: &'static str,
    what: &'static str,
    hint: &'static str,
    lack: Lack,
    /// Whether it is about a value that may come from a Secret: those are listed.
    of_secrets: bool,
}

const fn saying(pattern: &'static str, what: &'static str, hint: &'static str) -> Saying {
    Saying { pattern, what, hint, lack: Lack::Own, of_secrets: false }
}

static SAYINGS: &[Saying] = &[
    // Built for something else.
    saying(
        r"was compiled against a different Node\.js version|NODE_MODULE_VERSION \d+\. This version",
        "{title} has native modules that were built for another version of Node.js",
        "install the modules with the Node.js that runs them: the same version in both stages of the image, or `npm rebuild`",
    ),
    saying(
        r"(?<file>\S+\.node): invalid ELF header",
        "{title} loads {file}, which was built for another platform",
        "install the modules when the image is built, instead of copying those of your machine (node_modules in .dockerignore)",
    ),
    saying(
        r"version [`'](?<library>GLIBC(?:XX)?_[\d.]+)' not found",
        "{title} was built on a newer system than its image: it needs {library}",
        "build it on the release of the base image that it runs on, or link it statically",
    ),
    saying(
        r"(?:Error loading shared library|Error relocating \S+:) (?<library>ld-linux\S*|libc\.so\.6|__\S+?):",
        "{title} was built for glibc, and its image has musl (Alpine): {library} is missing",
        "build it on the image's own base (a musl target, CGO_ENABLED=0), or use a base image with glibc (debian, ubi)",
    ),
    saying(
        r"Error loading shared library (?<library>\S+): No such file or directory \(needed by (?<by>[^)]+)\)",
        "{title} lacks the library {library}, which {by} needs",
        "install it in the image, or use the base image that it was built on",
    ),
    saying(
        r"Error relocating (?<by>\S+): (?<library>\S+): symbol not found",
        "{title} lacks {library} of a library, which {by} needs",
        "install the library in the version that it was built with, or use the base image that it was built on",
    ),
    saying(
        r"framework '(?<name>Microsoft\.[\w.]+)', version '(?<version>[^']+)'.* was not found|Framework: '(?<name2>Microsoft\.[\w.]+)', version '(?<version2>[^']+)'",
        "{title} needs another .NET than its image has: {name}{name2} {version}{version2}",
        "use the base image of that version (aspnet, not only runtime, for a web application)",
    ),
    // Limits of the node and of processes.
    saying(
        r"max virtual memory areas vm\.max_map_count \[(?<is>\d+)\] (?:is|likely) too low, increase to at least \[(?<needs>\d+)\]",
        "{title} needs vm.max_map_count {needs}, and its node has {is}",
        "set it on the nodes (sysctl -w vm.max_map_count={needs}), which is for those who run them; Elasticsearch and OpenSearch do without it \
         with node.store.allow_mmap: false",
    ),
    saying(
        r"(?i)inotify.*(?:too many open files|no space left|limit|reached)|(?:too many open files|no space left|limit).*inotify|file watchers reached|fsnotify watcher.*too many open files",
        "{title} may watch no more files: its node's limit of inotify is used up",
        "raise fs.inotify.max_user_instances and max_user_watches on the nodes, which is for those who run them, or let it watch nothing (no \
         reload of files, DOTNET_USE_POLLING_FILE_WATCHER=1)",
    ),
    saying(
        r"(?i)unable to create (?:new )?native thread|pthread_create.*(?:failed|resource temporarily unavailable)|can't start new thread|failed to create new OS thread|fork: (?:retry: )?resource temporarily unavailable",
        "{title} may start no more threads or processes",
        "let it start fewer (the size of its pools), or have the limit of processes raised (podPidsLimit of the kubelet)",
    ),
    saying(
        r"(?i)too many open files|\bEMFILE\b",
        "{title} has too many files or connections open",
        "let it open fewer or close them, or raise the limit in its start script (ulimit -n)",
    ),
    // What is stored.
    saying(
        r"initialized by PostgreSQL version (?<old>[\d.]+), which is not compatible with this version (?<new>[\d.]+)",
        "{title} is PostgreSQL {new}, and its data are of version {old}",
        "run the image of version {old} again; the data move to {new} with pg_upgrade, or pg_dump and restore",
    ),
    saying(
        r"Dirty database version (?<at>\d+)",
        "{title} does not migrate on: the migration {at} before failed half way",
        "put right by hand what that one left, then mark it (migrate force VERSION)",
    ),
    saying(
        r"\bP3009\b|[Dd]etected failed migration",
        "{title} does not migrate on: a migration before failed half way",
        "put right by hand what that one left, then mark it (prisma migrate resolve, flyway repair)",
    ),
    saying(
        r"Can't locate revision identified by '(?<name>[^']+)'",
        "the database of {title} is at the migration {name}, which the image does not have",
        "deploy an image that has it: this one is older than the database, or was built from another branch",
    ),
    saying(
        r"[Cc]hecksum mismatch for migration (?:version )?(?<name>[\w.]+)",
        "{title} has another text of migration {name} than the one that was applied",
        "give the applied text back, and write what changes as a new migration",
    ),
    Saying {
        lack: Lack::Starting,
        ..saying(
            r#"(?i)(?:lock file "[^"]+" already exists|could not (?:acquire|obtain) (?:change log |changelog )?lock|lock \S+: resource temporarily unavailable|already (?:locked|in use) by another process|waiting for changelog lock)"#,
            "{title} waits for a lock on its data that somebody else holds",
            "does the replica before still run? Let it go first (strategy Recreate); remove a lock that a killed run left behind (liquibase \
             release-locks, the lock file)",
        )
    },
    // Keys and certificates.
    saying(
        r"certificate has expired or is not yet valid: current time \S+ is before (?<then>\S+)",
        "{title} meets a certificate that is not valid before {then}",
        "set the clock of the node right if it is wrong; else the certificate becomes valid by itself",
    ),
    saying(
        r"certificate has expired or is not yet valid: current time \S+ is after (?<then>\S+)",
        "{title} meets a certificate that has expired, since {then}",
        "renew it: that of whom it calls, or its own that is mounted",
    ),
    saying(
        r"certificate has expired|CERT_HAS_EXPIRED",
        "{title} meets a certificate that has expired",
        "renew it: that of whom it calls, or its own that is mounted",
    ),
    saying(
        r"x509: certificate signed by unknown authority|unable to (?:get|verify) (?:local issuer|the first) certificate|self[- ]signed certificate|CERTIFICATE_VERIFY_FAILED|PKIX path building failed",
        "{title} does not trust the certificate of whom it calls",
        "add the authority to the image (the package ca-certificates, or the company's own), or mount it and name it to the program",
    ),
    Saying {
        of_secrets: true,
        ..saying(
            r"DECODER routines::unsupported|could not (?:parse|read) (?:private )?key|no start line|Could not deserialize key data",
            "{title} cannot read its private key",
            r"give it whole, in PEM, with real line breaks: a variable with \n in it has none (kubectl create secret --from-file)",
        )
    },
    Saying {
        of_secrets: true,
        ..saying(
            r"(?i)licen[sc]e\b.*\b(?:invalid|expired|not valid|not enabled|missing|required|not found)|(?:invalid|expired|missing) licen[sc]e",
            "{title} does not accept its license",
            "give it one that covers this version and edition, where the program reads it",
        )
    },
];

static PATTERNS: LazyLock<Vec<(Regex, &Saying)>> = LazyLock::new(|| {
    SAYINGS.iter().map(|saying| (Regex::new(saying.pattern).expect("a literal pattern"), saying)).collect()
});

pub(super) fn of_line(container: &ContainerView, line: &str) -> Option<Joined> {
    let (pattern, saying, found) =
        PATTERNS.iter().find_map(|(pattern, saying)| Some((pattern, saying, pattern.captures(line)?)))?;
    let filled = |text: &str| {
        let names = pattern.capture_names().flatten();
        let text = text.replace("{title}", &container.title());
        names.fold(text, |text, name| text.replace(&format!("{{{name}}}"), &escape(group(&found, name))))
    };
    let secrets = given::of_secrets(container).take(4).filter(|_| saying.of_secrets);
    Some(Joined {
        facts: secrets.collect(),
        lack: saying.lack,
        ..Joined::new(filled(saying.what), Remedy::given(&found, filled(saying.hint)))
    })
}
