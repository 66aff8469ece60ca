//! Memory that the program asks for at once and does not get, beside the option that asks and the limit.

use std::sync::LazyLock;

use regex::{Captures, Regex};

use super::line::{Joined, Phrase, Read};
use super::{given, origin};
use crate::rollout::explain::fields;
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

/// The options by which programs take memory at their start.
static OPTION: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r"(?:shared[_-]buffers|innodb[_-]buffer[_-]pool[_-]size|maxmemory|cache[_-]size(?:-?gb|_mb)?|wiredTigerCacheSizeGB|work[_-]mem|huge[_-]pages)[= ]?\S*|-Xm[sx]\d+[kKmMgG]?|-XX:(?:Initial|Max)RAM\S*",
    )
    .expect("a literal pattern")
});
/// Keys of configuration files.
const KEYS: [&str; 3] = ["shared_buffers", "innodb_buffer_pool_size", "maxmemory"];

fn unallocated(container: &ContainerView, found: &Captures) -> Joined {
    let (place, lookups) = asked(container);
    let title = container.title();
    let limit = container.memory_limit();
    let of_limit = limit.map(|limit| format!(" with a memory limit of {}", escape(&limit.0))).unwrap_or_default();
    let (by, hint) = match (&place, limit) {
        (Some(place), Some(limit)) => (
            format!(": {place} asks for it"),
            Remedy::given(limit, format!("let {place} fit the limit, or raise {}", fields::memory(container))),
        ),
        (Some(place), None) => {
            (format!(": {place} asks for it"), Remedy::given(found, format!("let {place} fit what the node has")))
        }
        (None, Some(limit)) => (
            String::new(),
            Remedy::given(limit, format!("raise {}, or let it ask for less", fields::memory(container))),
        ),
        (None, None) => (String::new(), Remedy::look("how much does it ask for, and how much has its node?")),
    };
    Joined { lookups, ..Joined::new(format!("{title} does not get the memory that it asks for{of_limit}{by}"), hint) }
}

/// What asks for it, and where that is written.
fn asked(container: &ContainerView) -> (Option<String>, Vec<Lookup>) {
    let find = |text: &str| Some(OPTION.find(text)?.as_str().trim_end_matches([',', ';', '"', '\'']).to_owned());
    let by_variable = given::env(container)
        .find_map(|one| Some(format!("{} (variable {})", escape(&find(one.value.as_deref()?)?), escape(&one.name))));
    let by = |field: &str, words: &Option<Vec<String>>| {
        words
            .iter()
            .flatten()
            .filter(|word| word.len() < 200)
            .find_map(|word| Some(format!("{} (`{field}`)", escape(&find(word)?))))
    };
    let written =
        by_variable.or_else(|| by("args", &container.spec.args)).or_else(|| by("command", &container.spec.command));
    if written.is_some() {
        return (written, Vec::new());
    }
    let origins = KEYS.map(|key| (key, origin::of(container, key)));
    let place = origins.iter().find_map(|(key, origin)| Some(format!("{key} ({})", origin.place.as_ref()?)));
    (place, origins.into_iter().flat_map(|(_, origin)| origin.lookups).collect())
}

fn shared(container: &ContainerView, found: &Captures) -> Joined {
    let what = format!("{} fills /dev/shm, which has 64 MB in a container", container.title());
    let field = container.snapshot.source().field(
        "patch: {Deployment: {spec: {template: {spec: …}}}}",
        "volumes: [{name: shm, emptyDir: {medium: Memory}}], volumeMounts: [{name: shm, mountPath: /dev/shm}]",
    );
    Joined::new(what, Remedy::given(found, format!("mount a larger one there: {field}")))
}
