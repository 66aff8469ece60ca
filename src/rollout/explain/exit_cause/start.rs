//! Why a program could not be started: it, its folder or its rights are wrong.

use k8s_openapi::api::core::v1::{ContainerStateTerminated, Volume};

use super::cause::ExitCause;
use crate::reason::Reason;
use crate::rollout::explain::fields;
use crate::rollout::explain::mounts::{kind, mounted_over};
use crate::rollout::model::{Remedy, Words};
use crate::rollout::text::escape;
use crate::rollout::view::ContainerView;

/// runc could not start the process: the program, its folder or its rights are wrong.
pub(super) fn not_started(container: &ContainerView, message: &str) -> ExitCause {
    let title = container.title();
    let cause = |what: String, hint: Remedy| ExitCause::new(Reason::StartError, what, hint);
    let folder = container.spec.working_dir.as_deref();
    if let Some((folder, words)) = folder.and_then(|folder| Some((folder, about_folder(message, folder)?))) {
        return cause(
            format!("{title} cannot start in its working folder {}", escape(folder)),
            Remedy::given(&words, "correct `workingDir`: it must be a folder that the container's user may enter"),
        );
    }
    let path = program_of(message);
    let program = path.map(|program| format!(" {}", escape(program))).unwrap_or_default();
    let mounted = path.and_then(|path| mounted_over(container, path));
    if let Some(words) = Words::of(message, "permission denied") {
        let what = format!("{title} is not allowed to execute its program{program}");
        match mounted {
            Some((_, volume)) => cause(what, let_execute(volume)),
            None => cause(what, Remedy::given(&words, "make it executable in the image (chmod +x)")),
        }
    } else if let Some(words) = Words::any(message, &MISSING) {
        if let Some(line) = path.filter(|path| path.contains(' ')) {
            let split = line.split_whitespace().map(escape).collect::<Vec<_>>().join(", ");
            return cause(
                format!("{title} cannot start: {} is one word of `command`, and no program is called so", escape(line)),
                Remedy::given(
                    &words,
                    format!(
                        "write each word of its own: `command: [{split}]`, or let a shell split it: [sh, -c, \"…\"]"
                    ),
                ),
            );
        }
        let Some((mount, volume)) = mounted else {
            let written = if container.spec.command.is_some() { "`command`" } else { fields::called(container) };
            return cause(
                format!("{title} cannot start: its program{program} is not in the image"),
                Remedy::given(&words, format!("correct {written}, or add the program to the image")),
            );
        };
        let (name, at) = (escape(&volume.name), escape(&mount.mount_path));
        ExitCause {
            facts: vec![format!("{at} is volume {name}, {}", kind(volume))],
            ..cause(
                format!("{title} cannot start: volume {name}, mounted at {at}, hides its program{program}"),
                Remedy::given(mount, format!("mount volume {name} elsewhere than where the image has its program")),
            )
        }
    } else {
        cause(format!("{title} cannot start"), Remedy::look("the message says why"))
    }
}

/// The rights of a file in a volume are not the image's.
fn let_execute(volume: &Volume) -> Remedy {
    let name = escape(&volume.name);
    if volume.config_map.is_some() || volume.secret.is_some() || volume.projected.is_some() {
        Remedy::given(volume, format!("it is a file of volume {name}: set `defaultMode: 0755` there"))
    } else {
        Remedy::look(format!("it is in volume {name}: whoever fills that has to make it executable (chmod +x)"))
    }
}

const MISSING: [&str; 2] = ["not found", "no such file"];

/// `exec: "/app/server": stat /app/server: no such file or directory`
fn program_of(message: &str) -> Option<&str> {
    Words::of(message, "exec: \"").and_then(|exec| exec.after().split('"').next())
}

/// Whether the program that does not start may still come, with a volume that somebody fills.
pub(in crate::rollout) fn may_come(container: &ContainerView, exit: &ContainerStateTerminated) -> bool {
    let program = exit.message.as_deref().and_then(program_of);
    program.is_some_and(|program| mounted_over(container, program).is_some())
}

/// runc makes the folder when it is missing, then enters it.
fn about_folder<'m>(message: &'m str, folder: &str) -> Option<Words<'m>> {
    Words::any(message, &["chdir to cwd", &format!("mkdir {folder}")])
}

/// ENOEXEC (`execve(2)`): the program of another processor, or a script that names no interpreter.
pub(super) fn unknown_format(title: &str, words: Words) -> (String, Remedy) {
    let file = words.before().trim_end_matches([':', ' ', '"']).rsplit(['/', ' ', '"']).next().unwrap_or_default();
    let extension = std::path::Path::new(file).extension().and_then(|extension| extension.to_str());
    match extension {
        Some("sh" | "bash" | "py" | "rb" | "pl" | "js") => (
            format!("{title} cannot start its script {}: it names no interpreter", escape(file)),
            Remedy::given(&words, "begin its first line with one, such as `#!/bin/sh`"),
        ),
        _ => (
            format!("{title} was built for another architecture than the node's"),
            Remedy::given(&words, "build it for the node's platform: kubectl get nodes -L kubernetes.io/arch"),
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rollout::explain::line_cases::wrong;
    use crate::rollout::model::orders;
    use rstest::rstest;

    #[test]
    fn what_does_not_start_is_mended_where_it_is() {
        let wrong = wrong(include_str!("start_cases.yaml"), |container, message| {
            let cause = not_started(container, message);
            Some((cause.what, cause.hint))
        });
        assert!(wrong.is_empty(), "{wrong}");
    }

    #[rstest]
    #[case::binary("exec /server: exec format error", "build it for the node's platform")]
    #[case::script("exec /start.sh: exec format error", "begin its first line with one")]
    #[case::quoted(r#"exec: "/start.sh": exec format error: unknown"#, "begin its first line with one")]
    fn a_script_without_interpreter_is_no_other_architecture(#[case] message: &str, #[case] expected: &str) {
        let words = Words::of(message, "exec format error").expect("the words");
        let (_, remedy) = unknown_format("container app", words);
        assert!(remedy.text().starts_with(expected), "{}", remedy.text());
        assert_eq!(orders::wrong([&remedy]), "");
    }
}
