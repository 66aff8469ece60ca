//! A folder for temporary files that the program cannot write to.

use std::sync::LazyLock;

use regex::{Captures, Regex};

use super::line::Joined;
use crate::rollout::explain::mounts::{is_room, mounted_over};
use crate::rollout::explain::os_error::{read_only_root, volume_field};
use crate::rollout::model::Remedy;
use crate::rollout::text::escape;
use crate::rollout::view::ContainerView;
use crate::text::ascii_regex;

/// Spring's Tomcat, the JVM, Python, .NET, Ruby, mktemp.
static NONE: LazyLock<Regex> = LazyLock::new(|| {
    ascii_regex(
        r"(?i)unable to create temp ?dir(?:ectory)?\b(?:.*?java\.io\.tmpdir is set to (?<set>/[\w./-]*))?|java\.io\.tmpdir\b|no usable temporary (?:directory|file ?name) found|could not (?:create|find) a temporary directory|could not create (?:a )?temporary file|failed to create (?:a )?temp(?:orary)? (?:file|directory|dir)|unable to create temporary (?:file|directory)|mktemp: |tempnam\(\)|Dir::Tmpname|parent directory (?:of the temporary|does not exist or is not a directory).*tmp",
    )
});
static PATH: LazyLock<Regex> = LazyLock::new(|| ascii_regex(r"(?:^|[\s='`\x22(\[:])(?<path>/(?:[\w.-]+/?)+)"));

pub(super) fn of_line(container: &ContainerView, line: &str) -> Option<Joined> {
    let found = NONE.captures(line)?;
    let root = read_only_root(container)?;
    let folder = folder(&found, line);
    if mounted_over(container, folder).is_some_and(|(_, volume)| is_room(volume)) {
        return None;
    }
    let (title, shown) = (container.title(), escape(folder));
    Some(Joined {
        facts: vec!["readOnlyRootFilesystem: true, and no volume is mounted there".to_owned()],
        ..Joined::new(
            format!("{title} cannot write its temporary files to {shown}: its root file system is read-only"),
            Remedy::given(root, format!("give it a volume: {}", volume_field(container, &shown))),
        )
    })
}

/// The folder that the line names, `/tmp` where it names none.
fn folder<'l>(found: &Captures<'l>, line: &'l str) -> &'l str {
    let named = || PATH.captures_iter(line).filter_map(|found| Some(found.name("path")?.as_str()));
    let set = found.name("set").map(|set| set.as_str());
    let tmp = || named().find(|path| *path == "/tmp" || path.starts_with("/tmp/")).map(|_| "/tmp");
    set.or_else(tmp).map_or("/tmp", |path| path.trim_end_matches(['/', '.']))
}
