//! A file that its program reads only while nobody else may.

use std::sync::LazyLock;

use regex::Captures;

use super::line::{Joined, Phrase, Read, first_group};
use crate::rollout::explain::mounts::{Config, mounted_over};
use crate::rollout::model::Remedy;
use crate::rollout::text::escape;
use crate::rollout::view::ContainerView;

pub(super) static PHRASES: LazyLock<Vec<Phrase>> = LazyLock::new(|| {
    let all: [(&'static str, Read); 1] = [(
        // MongoDB, OpenSSH, PostgreSQL, GnuPG, etcd
        r#"(?i)permissions on (?<path>/\S+) are too open|permissions \d+ for '?(?<path2>/[^'\s]+)'? are too open|(?:private )?key file "(?<path3>/[^"]+)" (?:must be owned|has group or world access|is group or world)|(?<path4>/[^\s:'"]+)['"]?:? (?:has insecure permissions|must (?:only )?be (?:readable|accessible) (?:only )?by (?:its |the )?owner)"#,
        too_open,
    )];
    all.into_iter().map(Phrase::new).collect()
});

/// The broker makes it itself.
const COOKIE: &str = ".erlang.cookie";

fn too_open(container: &ContainerView, found: &Captures) -> Option<Joined> {
    let path = first_group(found, &["path", "path2", "path3", "path4"]).filter(|path| !path.ends_with(COOKIE))?;
    let (title, shown) = (container.title(), escape(path));
    let what = format!("{title} does not read {shown}: others may read it too");
    let mounted = mounted_over(container, path);
    let group = container.pod.spec.as_ref().and_then(|spec| spec.security_context.as_ref()?.fs_group);
    let (facts, hint) = match mounted.and_then(|(_, volume)| Some((volume, Config::of(volume)?))) {
        Some((volume, config)) => {
            let (name, kind) = (escape(&volume.name), config.kind);
            let of_group =
                group.map(|group| format!("fsGroup {group} opens it for that group, whatever defaultMode says"));
            let facts = std::iter::once(format!("it is of volume {name}, {kind} {}", escape(config.name)))
                .chain(of_group.clone());
            let hint = if of_group.is_some() {
                "let an init container copy it to an emptyDir with mode 0400, or leave fsGroup out".to_owned()
            } else {
                format!(
                    "give volume {name} `defaultMode: 0400`, for a program that runs as root; else let an init container copy it with that mode"
                )
            };
            (facts.collect(), Remedy::given(volume, hint))
        }
        None => (
            Vec::new(),
            Remedy::given(found, "run chmod 0400 on it, in the image or in an init container, as its owner"),
        ),
    };
    Some(Joined { facts, ..Joined::new(what, hint) })
}
