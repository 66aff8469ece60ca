//! What the program lacks: room, or a library.

use super::line::path;
use crate::rollout::explain::explanation::Explanation;
use crate::rollout::explain::mounts::{kind, mounted_over, only_room};
use crate::rollout::model::{Remedy, Words};
use crate::rollout::text::escape;
use crate::rollout::view::ContainerView;

pub(super) fn no_space(container: &ContainerView, words: Words) -> Explanation {
    let path = path(words);
    let at = path.map(|path| format!(" at {}", escape(path))).unwrap_or_default();
    let volume = path.and_then(|path| mounted_over(container, path)).map(|(_, volume)| volume);
    let only = only_room(container).filter(|_| path.is_none());
    let hint = match volume {
        Some(volume) if volume.empty_dir.is_some() => {
            let name = escape(&volume.name);
            Remedy::given(volume, format!("write less, or give volume {name} more room (its sizeLimit)"))
        }
        Some(volume) if volume.persistent_volume_claim.is_some() => {
            let name = escape(&volume.name);
            Remedy::given(volume, format!("write less, or give volume {name} more room (the size of its claim)"))
        }
        None if let Some((mount, volume)) = only => {
            let (name, kind, at) = (escape(&volume.name), kind(volume), escape(&mount.mount_path));
            Remedy::look(format!(
                "is volume {name} at {at}, {kind}, full? Give it more room then; else the disk of the node is (kubectl describe node)"
            ))
        }
        // A limit on watched files has the same words (inotify_add_watch(2)).
        _ => Remedy::look("what is full: the disk of the node (kubectl describe node), or a limit of watched files?"),
    };
    Explanation { what: format!("{} has no space left{at}", container.title()), hint }
}

pub(super) fn no_library(container: &ContainerView, words: Words) -> Explanation {
    let library = words.before().trim_end().trim_end_matches(':').rsplit([' ', '\t']).next().unwrap_or_default();
    Explanation {
        what: format!("{} lacks the library {}", container.title(), escape(library)),
        hint: Remedy::given(
            &words,
            "install it in the image, link the program statically, or use the base image that it was built on",
        ),
    }
}
