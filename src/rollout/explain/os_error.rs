//! What the operating system refused the program, by its log: errno's texts are the same in every language (strerror(3)).

use std::sync::LazyLock;

use k8s_openapi::api::core::v1::{Capabilities, SecurityContext, Volume, VolumeMount};
use regex::Regex;

use super::explanation::Explanation;
use super::mounts::{is_room, kind, mounted_over};
use crate::rollout::model::{Remedy, Words};
use crate::rollout::text::escape;
use crate::rollout::view::ContainerView;

/// The cause is among the last lines that a program writes.
const LINES: usize = 20;

type Explain = fn(&ContainerView, Words) -> Explanation;

/// One line per errno, by the text that everybody prints: EROFS, EADDRINUSE, EACCES, ENOSPC, and ENOENT of the loader.
const ERRNOS: &[(&str, Explain)] = &[
    ("read-only file system", read_only),
    ("address already in use", address_in_use),
    ("permission denied", permission_denied),
    ("operation not permitted", not_permitted),
    ("no space left on device", no_space),
    ("cannot open shared object file", no_library),
];

/// The last error of the operating system that the log tells of.
pub(super) fn os_error(container: &ContainerView, log: &str) -> Option<Explanation> {
    log.lines().rev().filter(|line| !line.trim().is_empty()).take(LINES).find_map(|line| {
        ERRNOS.iter().find_map(|(errno, explain)| {
            let words = Words::in_any_case(line, &[*errno])?;
            (!is_of_database(words.after())).then(|| explain(container, words))
        })
    })
}

/// `PostgreSQL`'s words for a missing GRANT are those of EACCES.
fn is_of_database(after: &str) -> bool {
    let named = ["table", "relation", "schema", "database", "sequence", "function", "view"];
    after.strip_prefix(" for ").is_some_and(|rest| named.iter().any(|kind| rest.starts_with(kind)))
}

fn read_only(container: &ContainerView, words: Words) -> Explanation {
    let title = container.title();
    let root = read_only_root(container);
    let Some(path) = path(words) else {
        return Explanation {
            what: format!("{title} writes to its file system, which is read-only"),
            hint: match root {
                Some(root) => {
                    let volume = format!("mount a volume where it writes: {}", volume_field(container, "…"));
                    Remedy::given(root, or_tmp(container, volume))
                }
                None => Remedy::look("which file system is it? The container has no readOnlyRootFilesystem"),
            },
        };
    };
    let hint = match (mounted_over(container, path), root) {
        (Some((mount, volume)), _) => read_only_volume(container, mount, volume),
        (None, Some(root)) if !is_of_kernel(path) => {
            let volume = format!("give it a volume: {}", volume_field(container, &escape(folder_of(path))));
            Remedy::given(root, format!("the root file system is read-only: {}", or_tmp(container, volume)))
        }
        (None, _) => Remedy::look(format!("nothing in the pod makes {} read-only: is it of the kernel?", escape(path))),
    };
    Explanation { what: format!("{title} writes to {}, which is read-only", escape(path)), hint }
}

/// A mount that nobody writes to, or a volume whose storage refuses it.
fn read_only_volume(container: &ContainerView, mount: &VolumeMount, volume: &Volume) -> Remedy {
    let at = escape(&mount.mount_path);
    let kind = match volume {
        Volume { config_map: Some(_), .. } => "ConfigMap",
        Volume { secret: Some(_), .. } => "Secret",
        Volume { projected: Some(_), .. } => "projected volume",
        _ if mount.read_only == Some(true) => "volume with readOnly",
        _ => {
            return Remedy::look(format!(
                "{at} is volume {}, {}, and nothing in the pod makes it read-only: what does its storage say?",
                escape(&volume.name),
                kind(volume)
            ));
        }
    };
    let such_as = if has_tmp(container) { ", such as /tmp" } else { "" };
    Remedy::given(mount, format!("{at} is a mounted {kind}, which is read-only: let it write elsewhere{such_as}"))
}

fn read_only_root<'a>(container: &ContainerView<'a>) -> Option<&'a SecurityContext> {
    container.spec.security_context.as_ref().filter(|security| security.read_only_root_filesystem == Some(true))
}

/// Whether /tmp may be written to, as far as the spec says.
fn has_tmp(container: &ContainerView) -> bool {
    let is_mounted = mounted_over(container, "/tmp").is_some_and(|(_, volume)| is_room(volume));
    is_mounted || read_only_root(container).is_none()
}

fn or_tmp(container: &ContainerView, otherwise: String) -> String {
    if has_tmp(container) { format!("let it write to /tmp, or {otherwise}") } else { otherwise }
}

/// How a volume that may be written to is asked for.
fn volume_field(container: &ContainerView, folder: &str) -> String {
    let plat_yaml = format!("volumes: {{data: {{path: {folder}, kind: empty}}}}");
    container.snapshot.source().field(&plat_yaml, &format!("emptyDir: {{}}, mountPath: {folder}"))
}

fn permission_denied(container: &ContainerView, words: Words) -> Explanation {
    let (title, path) = (container.title(), path(words));
    if listens(words) && (port(words).is_some() || path.is_none()) {
        return not_listening(container, words);
    }
    let user = user(container);
    let as_user = user.map(|user| format!(": it runs as user {user}")).unwrap_or_default();
    let owner = user.map_or_else(|| "the user that it runs as".to_owned(), |user| format!("user {user}"));
    let Some(path) = path else {
        return Explanation {
            what: format!("{title} is denied what it needs{as_user}"),
            hint: Remedy::look(format!("does {owner} own in the image what the program needs (COPY --chown, chown)?")),
        };
    };
    let hint = match mounted_over(container, path) {
        Some((mount, volume)) => not_allowed_in(container, mount, volume),
        None if is_of_kernel(path) => {
            Remedy::look(format!("{} is of the kernel: has {owner} to use it?", escape(path)))
        }
        None => Remedy::given(&words, in_image(container, &owner, folder_of(path))),
    };
    Explanation { what: format!("{title} is not allowed to use {}{as_user}", escape(path)), hint }
}

fn in_image(container: &ContainerView, owner: &str, folder: &str) -> String {
    let own = format!("let {owner} own it in the image (COPY --chown, chown)");
    let tmp = has_tmp(container).then_some("write to /tmp");
    let is_filled = FILLED.contains(&folder);
    let volume = format!("give it a volume there: {}", volume_field(container, &escape(folder)));
    match (tmp, is_filled) {
        (Some(tmp), false) => format!("{own}, {tmp}, or {volume}"),
        (Some(tmp), true) => format!("{own}, or {tmp}"),
        (None, false) => format!("{own}, or {volume}"),
        (None, true) => own,
    }
}

/// Folders in which every image has something: a volume there would hide it.
const FILLED: [&str; 12] =
    ["/", "/bin", "/etc", "/home", "/lib", "/lib64", "/opt", "/root", "/sbin", "/usr", "/usr/bin", "/var"];

/// Nothing that an image or a volume brings.
fn is_of_kernel(path: &str) -> bool {
    ["/dev/", "/proc/", "/sys/"].iter().any(|folder| path.starts_with(folder))
}

/// The files of a volume are whose its kind makes them; those of a node stay as they are (`fsGroup`, `SetUp` of each
/// volume plugin).
fn not_allowed_in(container: &ContainerView, mount: &VolumeMount, volume: &Volume) -> Remedy {
    let is = format!("{} is volume {}, {}", escape(&mount.mount_path), escape(&volume.name), kind(volume));
    let user = user(container);
    let group = container.pod.spec.as_ref().and_then(|spec| spec.security_context.as_ref()?.fs_group);
    if !is_room(volume) {
        Remedy::given(volume, format!("{is}: set its `defaultMode` so that the user may use it"))
    } else if volume.host_path.is_some() {
        let owner = user.map_or_else(|| "the user".to_owned(), |user| format!("user {user}"));
        Remedy::given(volume, format!("{is}: let it belong to {owner} there, or run as whoever owns it"))
    } else if let Some(group) = group {
        Remedy::look(format!("{is}, and fsGroup {group} already gives it to the pod: may its group use these files?"))
    } else {
        let group = user.map_or_else(|| "the number of its group".to_owned(), |user| user.to_string());
        Remedy::given(
            volume,
            format!(
                "{is}: let it belong to the user (securityContext of the pod: fsGroup: {group}), or run as whoever owns it"
            ),
        )
    }
}

/// Linux: `net.ipv4.ip_unprivileged_port_start`, unless a node sets it otherwise.
const PRIVILEGED: std::ops::Range<i32> = 1..1024;

fn not_listening(container: &ContainerView, words: Words) -> Explanation {
    let port = port(words);
    let of = port.map(|port| format!(" {port}")).unwrap_or_default();
    let move_up = format!(
        "only root may listen below 1024: listen on 8080, say, and set {}; the Service can still offer 80",
        container.snapshot.source().field("port", "containerPort")
    );
    let mut declared = container.spec.ports.iter().flatten();
    let declared = declared.find(|declared| PRIVILEGED.contains(&declared.container_port));
    let hint = match (port, declared) {
        (Some(port), _) if PRIVILEGED.contains(&port) => Remedy::given(&words, move_up),
        (None, Some(declared)) => Remedy::given(declared, move_up),
        (Some(_), _) => Remedy::look("only root may listen below 1024, and this is above: what else forbids it?"),
        (None, None) => Remedy::look(
            "does it listen below 1024? Only root may, and a Service can offer 80 for what listens on 8080",
        ),
    };
    Explanation { what: format!("{} is not allowed to listen on its port{of}", container.title()), hint }
}

/// EPERM is no matter of owners: a capability is missing (capabilities(7)).
fn not_permitted(container: &ContainerView, words: Words) -> Explanation {
    let title = container.title();
    let dropped = all_dropped(container);
    let about = path(words).map(|path| format!(" at {}", escape(path))).unwrap_or_default();
    let without = if dropped.is_some() { ", whose capabilities are all dropped" } else { "" };
    let user = user(container).map(|user| format!("; it runs as user {user}")).unwrap_or_default();
    let changes_owner = ["chown", "chmod", "setgid", "setuid", "setgroups", "su-exec", "gosu"];
    let changes_owner = Words::any(words.before(), &changes_owner);
    let at_build = "do it when the image is built (COPY --chown, USER)";
    let hint = match (changes_owner, dropped) {
        (Some(seen), _) => match path(words).and_then(|path| mounted_over(container, path)) {
            Some(_) => {
                Remedy::given(&seen, format!("{at_build}, and let the volume belong to the user (fsGroup){user}"))
            }
            None => Remedy::given(&seen, format!("{at_build}{user}")),
        },
        (None, Some(dropped)) => Remedy::given(
            dropped,
            format!(
                "run what needs the right elsewhere, or add the one capability that it needs (securityContext.capabilities.add){user}"
            ),
        ),
        (None, None) => Remedy::look(format!("which capability does it need (capabilities(7)), and why?{user}")),
    };
    Explanation { what: format!("{title}{without} is not permitted what it does{about}"), hint }
}

fn all_dropped<'a>(container: &ContainerView<'a>) -> Option<&'a Capabilities> {
    let capabilities = container.spec.security_context.as_ref()?.capabilities.as_ref()?;
    let dropped = capabilities.drop.as_deref().unwrap_or_default();
    dropped.iter().any(|one| one.eq_ignore_ascii_case("ALL")).then_some(capabilities)
}

fn address_in_use(container: &ContainerView, words: Words) -> Explanation {
    let title = container.title();
    let port = port(words);
    let of = port.map(|port| format!(" {port}")).unwrap_or_default();
    let others = container.beside();
    let ports = others.clone().flat_map(|other| other.ports.iter().flatten().map(move |port| (other, port)));
    let hint = match ports.into_iter().find(|(_, declared)| Some(declared.container_port) == port) {
        Some((other, declared)) => Remedy::given(
            declared,
            format!("container {} of the same pod listens there: give one of them another port", escape(&other.name)),
        ),
        None if others.count() > 1 => Remedy::look(
            "the containers of a pod share their ports: does another one listen there, or does the program start twice?",
        ),
        None => Remedy::look("does the program start twice, or open the port a second time?"),
    };
    Explanation { what: format!("{title} cannot listen: its port{of} is taken in the pod"), hint }
}

fn no_space(container: &ContainerView, words: Words) -> Explanation {
    let path = path(words);
    let at = path.map(|path| format!(" at {}", escape(path))).unwrap_or_default();
    let volume = path.and_then(|path| mounted_over(container, path)).map(|(_, volume)| volume);
    let hint = match volume {
        Some(volume) if volume.empty_dir.is_some() => {
            let name = escape(&volume.name);
            Remedy::given(volume, format!("write less, or give volume {name} more room (its sizeLimit)"))
        }
        Some(volume) if volume.persistent_volume_claim.is_some() => {
            let name = escape(&volume.name);
            Remedy::given(volume, format!("write less, or give volume {name} more room (the size of its claim)"))
        }
        // A limit on watched files has the same words (inotify_add_watch(2)).
        _ => Remedy::look("what is full: the disk of the node (kubectl describe node), or a limit of watched files?"),
    };
    Explanation { what: format!("{} has no space left{at}", container.title()), hint }
}

fn no_library(container: &ContainerView, words: Words) -> Explanation {
    let library = words.before().trim_end().trim_end_matches(':').rsplit([' ', '\t']).next().unwrap_or_default();
    Explanation {
        what: format!("{} lacks the library {}", container.title(), escape(library)),
        hint: Remedy::given(
            &words,
            "install it in the image, link the program statically, or use the base image that it was built on",
        ),
    }
}

/// The user that the container runs as: as the kubelet says, else as it was asked for.
fn user(container: &ContainerView) -> Option<i64> {
    let said = || container.status?.user.as_ref()?.linux.as_ref().map(|linux| linux.uid);
    let asked = || container.spec.security_context.as_ref()?.run_as_user;
    let of_pod = || container.pod.spec.as_ref()?.security_context.as_ref()?.run_as_user;
    said().or_else(asked).or_else(of_pod)
}

static LISTENS: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"(?i)\b(bind|listen)").expect("a literal pattern"));
static PORT: LazyLock<Regex> = LazyLock::new(|| {
    // ":80", "0.0.0.0:80", "[::]:80", "localhost:80", "port 80"; not the minutes of a time
    Regex::new(r"(?i)(?:(?:^|[\s*\]'(:]|\.\d{1,3}|localhost):|\bport[ =:]+)(\d{1,5})\b").expect("a literal pattern")
});

fn listens(words: Words) -> bool {
    LISTENS.is_match(words.before()) || LISTENS.is_match(words.after())
}

fn port(words: Words) -> Option<i32> {
    let last = |text| PORT.captures_iter(text).last().and_then(|found| found.get(1)?.as_str().parse().ok());
    last(words.before()).or_else(|| last(words.after()))
}

/// The path that a line is about.
pub(super) fn path_in(line: &str) -> Option<&str> {
    paths(line).last()
}

/// The path that the line is about: the last one before the errno (C, Go), else the first after it (Python, Node.js).
fn path(words: Words<'_>) -> Option<&str> {
    paths(words.before()).last().or_else(|| paths(words.after()).next())
}

fn paths(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| c.is_whitespace() || "'\"`()[]{},;=".contains(c))
        .map(|part| part.trim_end_matches([':', '.']))
        .filter(|part| part.starts_with('/') && !part.starts_with("//"))
        .map(|part| if part.len() > 1 { part.trim_end_matches('/') } else { part })
        .filter(|part| part.len() > 1)
}

/// Where to mount a volume so that the path can be written.
fn folder_of(path: &str) -> &str {
    match path.rsplit_once('/') {
        Some(("", _)) | None => path,
        Some((folder, _)) => folder,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    fn line(text: &str) -> Words<'_> {
        ERRNOS.iter().find_map(|(errno, _)| Words::in_any_case(text, &[*errno])).expect("an errno")
    }

    #[rstest]
    #[case::busybox("mkdir: can't create directory '/data/': Read-only file system", Some("/data"))]
    #[case::shell("/bin/sh: can't create /etc/app.conf: Permission denied", Some("/etc/app.conf"))]
    #[case::go("2026/11/23 01:02:03 open /data/x.db: read-only file system", Some("/data/x.db"))]
    #[case::python("OSError: [Errno 30] Read-only file system: '/data/x.db'", Some("/data/x.db"))]
    #[case::node("Error: EROFS: read-only file system, open '/data/x.db'", Some("/data/x.db"))]
    #[case::java("java.nio.file.FileSystemException: /data/x.db: Read-only file system", Some("/data/x.db"))]
    #[case::nginx(
        "nginx: [emerg] open() \"/var/run/nginx.pid\" failed (13: Permission denied)",
        Some("/var/run/nginx.pid")
    )]
    #[case::rust("Error: Os { code: 30, kind: ReadOnlyFilesystem, message: \"Read-only file system\" }", None)]
    fn the_path_is_found_in_the_words_of_every_language(#[case] text: &str, #[case] expected: Option<&str>) {
        assert_eq!(path(line(text)), expected);
    }

    #[rstest]
    #[case::go("listen tcp :80: bind: permission denied", Some(80))]
    #[case::go_address("01:02:03 listen tcp 0.0.0.0:443: bind: address already in use", Some(443))]
    #[case::node("Error: listen EADDRINUSE: address already in use :::8080", Some(8080))]
    #[case::nginx("nginx: [emerg] bind() to [::]:80 failed (13: Permission denied)", Some(80))]
    #[case::httpd("01:02:03 httpd: bind: Permission denied", None)]
    fn the_port_is_found(#[case] text: &str, #[case] expected: Option<i32>) {
        assert!(listens(line(text)));
        assert_eq!(port(line(text)), expected);
    }

    #[rstest]
    #[case("/data/cache/x", "/data/cache")]
    #[case("/data", "/data")]
    fn a_volume_goes_where_the_folder_is(#[case] path: &str, #[case] expected: &str) {
        assert_eq!(folder_of(path), expected);
    }
}
