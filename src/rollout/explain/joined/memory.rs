//! Memory that the program asks for at once and does not get, beside the option that asks and the limit.

use std::sync::LazyLock;

use regex::Captures;

use super::given;
use super::line::{Joined, Phrase, Read};
use super::origin::{self, Answer};
use crate::rollout::explain::fields;
use crate::rollout::explain::memory_option::{MemoryOption, memory_options, memory_variable};
use crate::rollout::explain::mounts::ConfigKind;
use crate::rollout::model::{Lookup, Remedy};
use crate::rollout::text::escape;
use crate::rollout::view::ContainerView;

pub(super) static PHRASES: LazyLock<Vec<Phrase>> = LazyLock::new(|| {
    let all: [(&'static str, Read); 2] = [
        (
            // PostgreSQL keeps what its workers share there.
            r"could not resize shared memory segment .*: No space left on device|/dev/shm\S*:? .*No space left on device|(?:SharedMemory|shm_open|shmget).*No space left",
            |container, found| Some(shared(container, found)),
        ),
        (
            // PostgreSQL, MySQL, HotSpot, errno's own
            r"(?i)could not map anonymous shared memory|could not create shared memory segment|cannot allocate memory for the buffer pool|insufficient memory for the Java Runtime|failed to (?:allocate|reserve) .*memory|cannot allocate memory|not enough space' \(errno=12\)|ENOMEM\b|std::bad_alloc|memory allocation of \d+ bytes failed|\bMemoryError",
            |container, found| Some(unallocated(container, found)),
        ),
    ];
    all.into_iter().map(Phrase::new).collect()
});

fn unallocated(container: &ContainerView, said: &Captures) -> Joined {
    let Options { mut found, lookups } = options(container);
    found.sort_by(|one, other| other.0.bytes.total_cmp(&one.0.bytes));
    let place = found.first().map(|(option, place)| format!("{} ({place})", escape(&option.text)));
    let title = container.title();
    let limit = container.memory_limit();
    let of_limit = limit.map(|limit| format!(" with a memory limit of {}", escape(&limit.0))).unwrap_or_default();
    let (by, hint) = match (&place, limit) {
        (Some(place), Some(limit)) => (
            format!(": {place} asks for it"),
            Remedy::given(limit, format!("let {place} fit the limit, or raise {}", fields::memory(container))),
        ),
        (Some(place), None) => {
            (format!(": {place} asks for it"), Remedy::given(said, format!("let {place} fit what the node has")))
        }
        (None, Some(limit)) => (
            String::new(),
            Remedy::given(limit, format!("raise {}, or let it ask for less", fields::memory(container))),
        ),
        (None, None) => (String::new(), Remedy::look("how much does it ask for, and how much has its node?")),
    };
    Joined { lookups, ..Joined::new(format!("{title} does not get the memory that it asks for{of_limit}{by}"), hint) }
}

/// The options by which the program takes memory, and where they are written.
pub(in crate::rollout) struct Options {
    pub found: Vec<(MemoryOption, String)>,
    /// What would tell more.
    pub lookups: Vec<Lookup>,
}

pub(in crate::rollout) fn options(container: &ContainerView) -> Options {
    let of = |text: &str, place: String| memory_options(text).into_iter().map(move |one| (one, place.clone()));
    let by_variable = given::env(container)
        .flat_map(|one| of(one.value.as_deref().unwrap_or_default(), format!("variable {}", escape(&one.name))));
    let by_variable = by_variable.chain(given::env(container).filter_map(|one| {
        let option = memory_variable(&one.name, one.value.as_deref()?)?;
        Some((option, format!("variable {}", escape(&one.name))))
    }));
    // `-c shared_buffers=8GB` and `--maxmemory 2gb` are two words; a script's may be those of anything.
    let by = |field: &str, words: &Option<Vec<String>>| {
        let words = words.iter().flatten().filter(|word| word.len() < origin::ARGUMENT).map(String::as_str);
        of(&words.collect::<Vec<_>>().join(" "), format!("`{field}`")).collect::<Vec<_>>()
    };
    let spec = container.spec;
    let mut found: Vec<(MemoryOption, String)> =
        by_variable.chain(by("args", &spec.args)).chain(by("command", &spec.command)).collect();
    let (answers, lookups) = origin::answers(container, ConfigKind::ConfigMap, Lookup::MemoryOptions);
    for Answer { config, all, .. } in answers {
        let read = all.iter().filter_map(|one| one.split_once(' '));
        let read = read.filter(|(key, _)| origin::gives(container, &config, key));
        found.extend(
            read.flat_map(|(key, option)| {
                of(option, format!("key {} of ConfigMap {}", escape(key), escape(config.name)))
            }),
        );
    }
    Options { found, lookups }
}

fn shared(container: &ContainerView, found: &Captures) -> Joined {
    let what = format!("{} fills /dev/shm, which has 64 MB in a container", container.title());
    let field = container.snapshot.source().field(
        "patch: {Deployment: {spec: {template: {spec: …}}}}",
        "volumes: [{name: shm, emptyDir: {medium: Memory}}], volumeMounts: [{name: shm, mountPath: /dev/shm}]",
    );
    Joined::new(what, Remedy::given(found, format!("mount a larger one there: {field}")))
}
