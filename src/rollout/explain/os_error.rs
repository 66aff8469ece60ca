//! What the operating system refused the program, by its log: errno's texts are the same in every language (strerror(3)).

use std::sync::LazyLock;

use k8s_openapi::api::core::v1::{Volume, VolumeMount};
use regex::Regex;

use super::explanation::Explanation;
use super::mounts::{is_room, kind, mounted_over};
use crate::rollout::text::escape;
use crate::rollout::view::ContainerView;

/// The cause is among the last lines that a program writes.
const LINES: usize = 20;

type Explain = fn(&ContainerView, Line) -> Explanation;

/// One line per errno, by the text that everybody prints: EROFS, EADDRINUSE, EACCES, ENOSPC, and ENOENT of the loader.
const ERRNOS: &[(&str, Explain)] = &[
    ("read-only file system", read_only),
    ("address already in use", address_in_use),
    ("permission denied", permission_denied),
    ("operation not permitted", not_permitted),
    ("no space left on device", no_space),
    ("cannot open shared object file", no_library),
];

/// A line of a log, in two parts: before the errno and after it.
#[derive(Clone, Copy)]
struct Line<'a> {
    before: &'a str,
    after: &'a str,
}

/// The last error of the operating system that the log tells of.
pub(super) fn os_error(container: &ContainerView, log: &str) -> Option<Explanation> {
    log.lines().rev().filter(|line| !line.trim().is_empty()).take(LINES).find_map(|line| {
        let lower = line.to_ascii_lowercase();
        ERRNOS.iter().find_map(|(text, explain)| {
            let at = lower.find(text)?;
            let (before, after) = (line.get(..at)?, line.get(at + text.len()..)?);
            (!is_of_database(after)).then(|| explain(container, Line { before, after }))
        })
    })
}

/// `PostgreSQL`'s words for a missing GRANT are those of EACCES.
fn is_of_database(after: &str) -> bool {
    let named = ["table", "relation", "schema", "database", "sequence", "function", "view"];
    after.strip_prefix(" for ").is_some_and(|rest| named.iter().any(|kind| rest.starts_with(kind)))
}

fn read_only(container: &ContainerView, line: Line) -> Explanation {
    let title = container.title();
    let Some(path) = path(line) else {
        return Explanation {
            what: format!("{title} writes to its file system, which is read-only"),
            hint: format!("let it write to /tmp, or mount a volume where it writes: {}", volume_field(container, "…")),
        };
    };
    let what = format!("{title} writes to {}, which is read-only", escape(path));
    let hint = match mounted_at(container, path) {
        Some((mount, kind)) => {
            format!(
                "{} is a mounted {kind}, which is read-only: let it write elsewhere, such as /tmp",
                escape(&mount.mount_path)
            )
        }
        None => format!(
            "the root file system is read-only: let it write to /tmp, or give it a volume: {}",
            volume_field(container, &escape(folder_of(path)))
        ),
    };
    Explanation { what, hint }
}

/// How a volume that may be written to is asked for.
fn volume_field(container: &ContainerView, folder: &str) -> String {
    let plat_yaml = format!("volumes: {{data: {{path: {folder}, kind: empty}}}}");
    container.snapshot.source().field(&plat_yaml, &format!("emptyDir: {{}}, mountPath: {folder}"))
}

fn permission_denied(container: &ContainerView, line: Line) -> Explanation {
    let title = container.title();
    if listens(line) {
        let port = port(line);
        let of = port.map(|port| format!(" {port}")).unwrap_or_default();
        return Explanation {
            what: format!("{title} is not allowed to listen on its port{of}"),
            hint: format!(
                "only root may listen below 1024: listen on 8080, say, and set {}; the Service can still offer 80",
                container.snapshot.source().field("port", "containerPort")
            ),
        };
    }
    let user = user(container);
    let as_user = user.map(|user| format!(": it runs as user {user}")).unwrap_or_default();
    let owner = user.map_or_else(|| "the user that it runs as".to_owned(), |user| format!("user {user}"));
    let mounted = path(line).and_then(|path| Some((path, mounted_over(container, path)?)));
    if let Some((path, (mount, volume))) = mounted.filter(|(_, (_, volume))| is_room(volume)) {
        let group = user.map_or_else(|| "the number of its group".to_owned(), |user| user.to_string());
        return Explanation {
            what: format!("{title} is not allowed to use {}{as_user}", escape(path)),
            hint: format!(
                "{} is volume {}, {}: let it belong to the user (securityContext of the pod: fsGroup: {group}), or run as whoever owns it",
                escape(&mount.mount_path),
                escape(&volume.name),
                kind(volume)
            ),
        };
    }
    match path(line) {
        Some(path) => Explanation {
            what: format!("{title} is not allowed to use {}{as_user}", escape(path)),
            hint: format!(
                "let {owner} own it in the image (COPY --chown, chown), write to /tmp, or give it a volume there: {}",
                volume_field(container, &escape(folder_of(path)))
            ),
        },
        None => Explanation {
            what: format!("{title} is denied what it needs{as_user}"),
            hint: format!(
                "let {owner} own in the image what the program needs (COPY --chown, chown), or write to /tmp"
            ),
        },
    }
}

/// EPERM is no matter of owners: a capability is missing (capabilities(7)).
fn not_permitted(container: &ContainerView, line: Line) -> Explanation {
    let title = container.title();
    let security = container.spec.security_context.as_ref();
    let dropped = security.and_then(|all| all.capabilities.as_ref()?.drop.as_ref());
    let drops_all = dropped.is_some_and(|all| all.iter().any(|one| one.eq_ignore_ascii_case("ALL")));
    let changes_owner = ["chown", "chmod", "setgid", "setuid", "setgroups", "su-exec", "gosu"]
        .iter()
        .any(|word| line.before.contains(word));
    let about = path(line).map(|path| format!(" at {}", escape(path))).unwrap_or_default();
    let without = if drops_all { ", whose capabilities are all dropped" } else { "" };
    let user = user(container).map(|user| format!(" It runs as user {user}.")).unwrap_or_default();
    let hint = if changes_owner {
        "do it when the image is built (COPY --chown, USER), and let the volume belong to the user (fsGroup)".to_owned()
    } else {
        "run what needs the right elsewhere, or add the one capability that it needs (securityContext.capabilities.add)"
            .to_owned()
    };
    Explanation {
        what: format!("{title}{without} is not permitted what it does{about}"),
        hint: format!("{hint}{}", user.trim_end_matches('.').replace(" It", "; it")),
    }
}

fn address_in_use(container: &ContainerView, line: Line) -> Explanation {
    let title = container.title();
    let port = port(line);
    let of = port.map(|port| format!(" {port}")).unwrap_or_default();
    let others = container.beside();
    let holds = |other: &&k8s_openapi::api::core::v1::Container| {
        let ports = other.ports.as_deref().unwrap_or_default();
        ports.iter().any(|declared| Some(declared.container_port) == port)
    };
    let hint = match others.clone().find(holds) {
        Some(other) => {
            format!("container {} of the same pod listens there: give one of them another port", escape(&other.name))
        }
        None if others.clone().count() > 1 => {
            "the containers of a pod share their ports: give one of them another, or does the program start twice?"
                .to_owned()
        }
        None => "does the program start twice, or open the port a second time?".to_owned(),
    };
    Explanation { what: format!("{title} cannot listen: its port{of} is taken in the pod"), hint }
}

fn no_space(container: &ContainerView, line: Line) -> Explanation {
    let at = path(line).map(|path| format!(" at {}", escape(path))).unwrap_or_default();
    Explanation {
        what: format!("{} has no space left{at}", container.title()),
        hint: "write less, or give the volume more room (sizeLimit of an emptyDir, the size of the claim)".to_owned(),
    }
}

fn no_library(container: &ContainerView, line: Line) -> Explanation {
    let library = line.before.trim_end().trim_end_matches(':').rsplit([' ', '\t']).next().unwrap_or_default();
    Explanation {
        what: format!("{} lacks the library {}", container.title(), escape(library)),
        hint: "install it in the image, link the program statically, or use the base image that it was built on"
            .to_owned(),
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

fn listens(line: Line) -> bool {
    LISTENS.is_match(line.before) || LISTENS.is_match(line.after)
}

fn port(line: Line) -> Option<i32> {
    let last = |text| PORT.captures_iter(text).last().and_then(|found| found.get(1)?.as_str().parse().ok());
    last(line.before).or_else(|| last(line.after))
}

/// The path that a line is about.
pub(super) fn path_in(line: &str) -> Option<&str> {
    paths(line).last()
}

/// The path that the line is about: the last one before the errno (C, Go), else the first after it (Python, Node.js).
fn path(line: Line<'_>) -> Option<&str> {
    paths(line.before).last().or_else(|| paths(line.after).next())
}

fn paths(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| c.is_whitespace() || "'\"`()[]{},;=".contains(c))
        .map(|part| part.trim_end_matches([':', '.']))
        .filter(|part| part.starts_with('/') && !part.starts_with("//"))
        .map(|part| if part.len() > 1 { part.trim_end_matches('/') } else { part })
        .filter(|part| part.len() > 1)
}

/// What is mounted there read-only, and of which kind it is.
fn mounted_at<'a>(container: &ContainerView<'a>, path: &str) -> Option<(&'a VolumeMount, &'static str)> {
    let mounts = container.spec.volume_mounts.as_deref().unwrap_or_default();
    let holds = |mount: &&VolumeMount| {
        path.strip_prefix(mount.mount_path.trim_end_matches('/'))
            .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    };
    let mount = mounts.iter().filter(holds).max_by_key(|mount| mount.mount_path.len())?;
    let volumes = container.pod.spec.as_ref()?.volumes.as_deref().unwrap_or_default();
    let is = |volume: &&Volume| volume.name == mount.name;
    let kind = match volumes.iter().find(is) {
        Some(volume) if volume.config_map.is_some() => "ConfigMap",
        Some(volume) if volume.secret.is_some() => "Secret",
        Some(volume) if volume.projected.is_some() => "projected volume",
        _ if mount.read_only == Some(true) => "volume with readOnly",
        _ => return None,
    };
    Some((mount, kind))
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

    fn line(text: &str) -> Line<'_> {
        let lower = text.to_ascii_lowercase();
        let (at, errno) = ERRNOS.iter().find_map(|(errno, _)| Some((lower.find(errno)?, errno))).expect("an errno");
        Line { before: &text[..at], after: &text[at + errno.len()..] }
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
