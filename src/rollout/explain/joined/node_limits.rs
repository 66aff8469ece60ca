//! A limit of the node that no manifest changes, and limits of processes.

use std::sync::LazyLock;

use regex::Captures;

use super::line::{Joined, Phrase, Read, group};
use crate::rollout::model::Remedy;
use crate::rollout::text::escape;
use crate::rollout::view::ContainerView;

pub(super) static PHRASES: LazyLock<Vec<Phrase>> = LazyLock::new(|| {
    let all: [(&'static str, Read); 4] = [
        (
            r"max virtual memory areas vm\.max_map_count \[(?<is>\d+)\] (?:is|likely) too low, increase to at least \[(?<needs>\d+)\]",
            |container, found| Some(map_count(container, found)),
        ),
        (
            r"(?i)inotify.*(?:too many open files|no space left|limit|reached)|(?:too many open files|no space left|limit).*inotify|file watchers reached|fsnotify watcher.*too many open files",
            |container, found| Some(watches(container, found)),
        ),
        (
            r"(?i)unable to create (?:new )?native thread|pthread_create.*(?:failed|resource temporarily unavailable)|can't start new thread|failed to create new OS thread|fork: (?:retry: )?resource temporarily unavailable",
            |container, found| Some(threads(container, found)),
        ),
        (r"(?i)too many open files|\bEMFILE\b", |container, found| Some(files(container, found))),
    ];
    all.into_iter().map(Phrase::new).collect()
});

fn map_count(container: &ContainerView, found: &Captures) -> Joined {
    let (is, needs) = (escape(group(found, "is")), escape(group(found, "needs")));
    Joined::new(
        format!("{} needs vm.max_map_count {needs}, and its node has {is}", container.title()),
        Remedy::given(
            found,
            format!(
                "set it on the nodes (sysctl -w vm.max_map_count={needs}), which is for those who run them; Elasticsearch and OpenSearch do \
                 without it with node.store.allow_mmap: false"
            ),
        ),
    )
}

fn watches(container: &ContainerView, found: &Captures) -> Joined {
    Joined::new(
        format!("{} may watch no more files: its node's limit of inotify is used up", container.title()),
        Remedy::given(
            found,
            "raise fs.inotify.max_user_instances and max_user_watches on the nodes, which is for those who run them, or let it watch \
             nothing (no reload of files, DOTNET_USE_POLLING_FILE_WATCHER=1)",
        ),
    )
}

fn threads(container: &ContainerView, found: &Captures) -> Joined {
    Joined::new(
        format!("{} may start no more threads or processes", container.title()),
        Remedy::given(
            found,
            "let it start fewer (the size of its pools), or have the limit of processes raised (podPidsLimit of the kubelet)",
        ),
    )
}

fn files(container: &ContainerView, found: &Captures) -> Joined {
    Joined::new(
        format!("{} has too many files or connections open", container.title()),
        Remedy::given(found, "let it open fewer or close them, or raise the limit in its start script (ulimit -n)"),
    )
}
