//! A file that the program does not find, beside what is mounted: the key that a ConfigMap lacks, a volume that hides what
//! the image has, a script whose interpreter is missing.

use std::sync::LazyLock;

use k8s_openapi::api::core::v1::{Container, Volume, VolumeMount};
use regex::Regex;

use super::hides::{by_config, whole};
use super::line::Joined;
use super::{given, origin};
use crate::rollout::explain::mounts::{Config, covering, is_room, key_at, kind, mounted_over, only_room, volume};
use crate::rollout::explain::os_error::path_in;
use crate::rollout::model::{Evidence, Lack, Lookup, LookupResult, Remedy};
use crate::rollout::text::escape;
use crate::rollout::view::ContainerView;
use crate::text::{ascii_regex, nearest};

static NOT_THERE: LazyLock<Regex> = LazyLock::new(|| {
    ascii_regex(
        r"(?i)no such file\b|cannot load such file|ENOENT|cannot find module|can't open file|unable to access jarfile|FileNotFoundException|file not found|cannot find the file|does not exist|could not open input file|path not found|\bfile [\x22'`]?/\S+ (?:was )?not found",
    )
});
/// The kernel did not find what a program that is there begins with (`execve(2)`, ENOENT): runc says so in the log.
static EXEC: LazyLock<Regex> = LazyLock::new(|| ascii_regex(r"\bexec (?<path>/\S+?): no such file or directory"));
/// `$'\r'`, `'bash\r'`, `bash^M`
static CARRIAGE_RETURN: LazyLock<Regex> = LazyLock::new(|| {
    ascii_regex(
        r"(?:\\r|\^M|\r)['’:]*.*(?:not found|[Nn]o such file|bad interpreter|[Ii]llegal option|unexpected)|(?:not found|bad interpreter).*(?:\\r|\^M)",
    )
});
static INTERPRETER: LazyLock<Regex> = LazyLock::new(|| {
    ascii_regex(r"(?:/usr/bin/)?env: (?:can't execute )?['‘]?(?<name>[\w./-]+)['’]?: [Nn]o such file")
});
/// A file that is looked for from the working folder.
static RELATIVE: LazyLock<Regex> = LazyLock::new(|| {
    ascii_regex(
        r#"input file: (?<bare>[\w-]+)$|(?:open |jarfile |input file: |-- |['"])(?<path>(?:\./)?[\w-][\w./-]*\.[A-Za-z]\w*)['"]?(?::|$| \(LoadError\))|['"](?<quoted>(?:\./)?[\w-][\w./-]*\.[A-Za-z]\w*)['"]"#,
    )
});

/// Modules and folders of the program itself, by name.
static MISSED: LazyLock<Regex> = LazyLock::new(|| {
    ascii_regex(
        r"(?:No module named|Cannot find (?:module|package)|[Cc]ould not (?:find|load|open)[^']*|[Nn]o such (?:file|directory)[^']*) '(?:\./)?([\w.@-]+)'",
    )
});

pub(super) fn of_line(container: &ContainerView, line: &str) -> Option<Joined> {
    let title = container.title();
    if let Some(found) = CARRIAGE_RETURN.captures(line) {
        let joined = Joined::new(
            format!("a script of {title} has Windows line endings (CRLF), so its interpreter is not found"),
            Remedy::given(
                &found,
                "write it with LF: `*.sh text eol=lf` in .gitattributes, or sed -i 's/\\r$//' when the image is built",
            ),
        );
        return Some(Joined { lack: Lack::Given, ..joined });
    }
    if let Some(found) = INTERPRETER.captures(line) {
        let joined = Joined::new(
            format!("{title} starts a script whose interpreter {} is not in the image", escape(&found["name"])),
            Remedy::given(
                &found,
                "add the interpreter to the image, or name another one in the first line of the script",
            ),
        );
        return Some(Joined { lack: Lack::Given, ..joined });
    }
    if let Some(found) = EXEC.captures(line) {
        let path = escape(&found["path"]);
        let what = format!("{title} cannot start {path}: the file is there, what it begins with is not");
        let is_script = path.rsplit('/').next().is_some_and(|name| name.contains('.'));
        let hint = if is_script {
            Remedy::look("is the interpreter of its first line in the image, and does the line end in LF (not CRLF)?")
        } else {
            Remedy::given(
                &found,
                "its loader is not in the image: link it statically (CGO_ENABLED=0), or build it on the image's own base (glibc or musl)",
            )
        };
        return Some(Joined::new(what, hint));
    }
    if let Some(joined) =
        hides_installed(container, line).or_else(|| hidden(container, line)).or_else(|| no_key(container, line))
    {
        return Some(joined);
    }
    let not_there = NOT_THERE.captures(line)?;
    if let Some(path) = path_in(line) {
        return token(container, path).or_else(|| absolute(container, &not_there, path));
    }
    let Some(found) = RELATIVE.captures(line) else { return told(container, &not_there) };
    let path = found.iter().skip(1).flatten().next()?.as_str();
    // It is looked for in the working folder, which may be a volume.
    let covered = whole(container, path).filter(|whole| mounted_over(container, whole).is_some());
    let by_volume = covered
        .and_then(|whole| by_config(container, &whole, path).or_else(|| absolute(container, &not_there, &whole)));
    by_volume.or_else(|| Some(relative(container, &not_there, path)))
}

/// Paths in a value: `/https/tls.pfx`, `--cert=/certs/tls.crt`.
static PATHS: LazyLock<Regex> = LazyLock::new(|| ascii_regex(r"(?:^|[\s=:,'\x22])(?<path>/[\w.-]+(?:/[\w.-]+)+)"));

/// Of a line that names no file: one that the program is told to read and that its ConfigMap or Secret does not have.
fn told(container: &ContainerView, not_there: &impl Evidence) -> Option<Joined> {
    let by_variable = given::env(container).filter_map(|one| Some((Some(&one.name), one.value.as_deref()?)));
    let words = container.spec.args.iter().chain(&container.spec.command).flatten();
    let by_word = words.filter(|word| word.len() < origin::ARGUMENT).map(|word| (None, word.as_str()));
    let paths = by_variable.chain(by_word).flat_map(|(name, text)| {
        PATHS.captures_iter(text).filter_map(move |found| Some((name, found.name("path")?.as_str())))
    });
    let keyed: Vec<(Option<&String>, &str, Lookup, String)> = paths
        .filter_map(|(name, path)| {
            let (key, config) = key_at(container, path).filter(|(key, _)| !key.is_empty())?;
            Some((name, path, config.lookup, key))
        })
        .collect();
    let is_lacking = |lookup: &Lookup, key: &str| {
        container
            .result_of(lookup)
            .is_some_and(|result| matches!(result, LookupResult::Present(_)) && !result.is_there(Some(key)))
    };
    if let Some((name, path, ..)) = keyed.iter().find(|(.., lookup, key)| is_lacking(lookup, key)) {
        let joined = absolute(container, not_there, path)?;
        let by = name.map(|name| format!("the variable {} names {}", escape(name), escape(path)));
        return Some(Joined { facts: by.into_iter().chain(joined.facts).collect(), ..joined });
    }
    let lookups: Vec<Lookup> = keyed.into_iter().map(|(.., lookup, _)| lookup).collect();
    let is_open = lookups.iter().any(|lookup| container.result_of(lookup).is_none());
    is_open.then(|| {
        let what = format!("{} does not find a file", container.title());
        Joined {
            lookups,
            ..Joined::new(what, Remedy::look("which one? Its variables and arguments name those that it reads"))
        }
    })
}

/// What is said of modules that were installed when the image was built, and where each language has them.
static INSTALLED: LazyLock<[(Regex, &[&str]); 3]> = LazyLock::new(|| {
    let all: [(&str, &[&str]); 3] = [
        (
            r"in (?:locally installed gems|any of the sources)|Bundler::GemNotFound|Run `bundle install`",
            &["bundle", "gems", "ruby"],
        ),
        (r"Cannot find (?:module|package) '[^./]", &["node_modules"]),
        (r"No module named '", &["site-packages", "dist-packages", "venv", ".venv", "python"]),
    ];
    all.map(|(pattern, folders)| (ascii_regex(pattern), folders))
});

/// A volume without files of its own over the folder where the image has what was installed.
fn hides_installed(container: &ContainerView, line: &str) -> Option<Joined> {
    let (_, folders) = INSTALLED.iter().find(|(pattern, _)| pattern.is_match(line))?;
    let is_there = |mount: &&VolumeMount| mount.mount_path.split('/').any(|part| folders.contains(&part));
    let mount = container.spec.volume_mounts.iter().flatten().find(is_there)?;
    let volume = volume(container, mount).filter(|volume| is_room(volume))?;
    let (at, name) = (escape(&mount.mount_path), escape(&volume.name));
    Some(Joined {
        facts: vec![format!("{at} is volume {name}, {}", kind(volume))],
        ..Joined::new(
            format!("{} does not find what its image has installed: volume {name} hides it at {at}", container.title()),
            Remedy::given(volume, format!("remove the mount of volume {name}, or fill it before (an init container)")),
        )
    })
}

/// A module or a folder that the image has and a volume hides: over the working folder, or over a folder of that name.
fn hidden(container: &ContainerView, line: &str) -> Option<Joined> {
    let found = MISSED.captures(line)?;
    let name = found.iter().skip(1).flatten().next()?.as_str();
    let own = container.spec.working_dir.as_deref().and_then(|folder| mounted_over(container, folder));
    let mounts = container.spec.volume_mounts.iter().flatten();
    let mut named = mounts.filter(|mount| mount.mount_path.trim_end_matches('/').ends_with(&format!("/{name}")));
    let named = || named.find_map(|mount| Some((mount, volume(container, mount)?)));
    // A module of the program is a file of some language.
    let by_config = || {
        let joined = by_config(container, &whole(container, &format!("{name}.py"))?, name)?;
        // Such a module may be among the keys.
        joined.lookups.iter().any(|lookup| container.result_of(lookup).is_some()).then_some(joined)
    };
    let Some((mount, volume)) =
        own.filter(|(_, volume)| is_room(volume)).or_else(named).filter(|(_, volume)| is_room(volume))
    else {
        return by_config();
    };
    let (at, volume_name) = (escape(&mount.mount_path), escape(&volume.name));
    Some(Joined {
        facts: vec![format!("{at} is volume {volume_name}, {}", kind(volume))],
        ..Joined::new(
            format!(
                "{} does not find {}: volume {volume_name} hides what the image has at {at}",
                container.title(),
                escape(name)
            ),
            Remedy::given(
                volume,
                format!("mount volume {volume_name} elsewhere, or fill it before (an init container)"),
            ),
        )
    })
}

static FOLDER: LazyLock<Regex> = LazyLock::new(|| ascii_regex(r"EISDIR|(?i:is a directory)"));

/// A `subPath` that no key has is made as an empty folder.
fn no_key(container: &ContainerView, line: &str) -> Option<Joined> {
    FOLDER.captures(line)?;
    let mounts = container.spec.volume_mounts.iter().flatten();
    let keyed: Vec<(&VolumeMount, &str, Config)> = mounts
        .filter_map(|mount| Some((mount, mount.sub_path.as_deref()?, Config::of(volume(container, mount)?)?)))
        .collect();
    let lookups: Vec<Lookup> = keyed.iter().map(|(.., config)| config.lookup.clone()).collect();
    let lacking = keyed.iter().find_map(|(mount, sub_path, config)| match container.result_of(&config.lookup)? {
        result @ LookupResult::Present(keys) if !result.is_there(Some(sub_path)) => {
            Some((*mount, *sub_path, config, result, keys))
        }
        _ => None,
    });
    let Some((mount, sub_path, config, result, keys)) = lacking else {
        let (mount, ..) = keyed.iter().find(|(.., config)| container.result_of(&config.lookup).is_none())?;
        let what = format!("{} finds a folder at {}", container.title(), escape(&mount.mount_path));
        let hint = Remedy::look("is its subPath a key of what is mounted there?");
        return Some(Joined { lookups, ..Joined::new(what, hint) });
    };
    let (kind, name, key) = (config.kind, escape(config.name), escape(sub_path));
    let hint = match nearest(sub_path, keys.iter().map(String::as_str)) {
        Some(near) => Remedy::look(format!("it has {}: one of the two names is wrong", escape(near))),
        None => Remedy::given(result, format!("add the key {key} to {kind} {name}, or correct subPath")),
    };
    Some(Joined {
        facts: vec![format!("{kind} {name} has no key {key}, so its subPath is an empty folder")],
        lookups,
        ..Joined::new(
            format!("{} finds a folder at {}, where it wants a file", container.title(), escape(&mount.mount_path)),
            hint,
        )
    })
}

/// Where the kubelet puts the token of the `ServiceAccount`.
const TOKEN: &str = "/var/run/secrets/kubernetes.io/serviceaccount";

/// The token that the pod was told not to have.
fn token(container: &ContainerView, path: &str) -> Option<Joined> {
    let spec = container.pod.spec.as_ref().filter(|_| path.starts_with(TOKEN))?;
    let is_mounted = container.spec.volume_mounts.iter().flatten().any(|mount| mount.mount_path == TOKEN);
    if is_mounted {
        return None;
    }
    let field = container.snapshot.source().field(
        "patch: {Deployment: {spec: {template: {spec: {automountServiceAccountToken: true}}}}}",
        "automountServiceAccountToken: true",
    );
    let account = escape(spec.service_account_name.as_deref().unwrap_or("default"));
    Some(Joined {
        facts: vec![format!("automountServiceAccountToken of the pod, or of ServiceAccount {account}, is false")],
        ..Joined::new(
            format!("{} calls the API server, and has no token for it", container.title()),
            Remedy::given(spec, format!("give it one: {field}")),
        )
    })
}

fn absolute(container: &ContainerView, not_there: &impl Evidence, path: &str) -> Option<Joined> {
    let (title, shown) = (container.title(), escape(path));
    let what = format!("{title} does not find {shown}");
    let mounts = container.spec.volume_mounts.as_deref().unwrap_or_default();
    if let Some((mount, rest)) = covering(mounts, path) {
        let volume = volume(container, mount)?;
        let at = escape(&mount.mount_path);
        if let Some(config) = Config::of(volume) {
            if let Some(joined) = by_config(container, path, path) {
                return Some(joined);
            }
            return Some(missing_key(container, volume, config, (path, rest), &at));
        }
        if let Some(joined) = filled_elsewhere(container, volume, &what) {
            return Some(joined);
        }
        let hint = format!(
            "mount volume {} elsewhere, or fill it before (an init container): at {at} it hides what the image has there",
            escape(&volume.name)
        );
        let facts = vec![format!("{at} is volume {}, {}", escape(&volume.name), kind(volume))];
        return Some(Joined { facts, ..Joined::new(what, Remedy::given(volume, hint)) });
    }
    // The same file may be mounted somewhere else.
    let configs: Vec<(&VolumeMount, Config)> =
        mounts.iter().filter_map(|mount| Some((mount, Config::of(volume(container, mount)?)?))).collect();
    let file = path.rsplit('/').next().unwrap_or_default();
    let has_it = |lookup: &Lookup| container.result_of(lookup).filter(|result| result.is_there(Some(file)));
    let lookups = configs.iter().map(|(_, config)| config.lookup.clone()).collect();
    let having = configs.iter().find_map(|(mount, config)| Some((mount, config, has_it(&config.lookup)?)));
    if let Some((mount, Config { kind, name, .. }, result)) = having {
        let at = escape(&mount.mount_path);
        let hint = format!("read {at}/{}, or mount {kind} {} where the program looks", escape(file), escape(name));
        return Some(Joined {
            facts: vec![format!("{kind} {} has {}, and is mounted at {at}", escape(name), escape(file))],
            lookups,
            ..Joined::new(what, Remedy::given(result, hint))
        });
    }
    let near = nearest(folder(path), mounts.iter().map(|mount| mount.mount_path.trim_end_matches('/')));
    let hint = match near {
        Some(near) => Remedy::look(format!("there is a mount at {}: one of the two paths is wrong", escape(near))),
        None => Remedy::given(not_there, "add it to the image, or mount it there"),
    };
    Some(Joined { lookups, ..Joined::new(what, hint) })
}

/// An emptyDir that no other container mounts, while another one of the pod has an emptyDir that this one does not mount.
fn filled_elsewhere(container: &ContainerView, volume: &Volume, what: &str) -> Option<Joined> {
    volume.empty_dir.as_ref()?;
    let volumes = || container.pod.spec.iter().flat_map(|spec| spec.volumes.iter().flatten());
    let mounts = |one: &Container, name: &str| one.volume_mounts.iter().flatten().any(|mount| mount.name == name);
    if container.beside().any(|other| mounts(other, &volume.name)) {
        return None;
    }
    let empty = || volumes().filter(|one| one.empty_dir.is_some() && !mounts(container.spec, &one.name));
    let (other, its) =
        container.beside().find_map(|other| Some((other, empty().find(|one| mounts(other, &one.name))?)))?;
    let (own, other, its) = (escape(&volume.name), escape(&other.name), escape(&its.name));
    Some(Joined {
        facts: vec![format!(
            "no other container mounts volume {own}, an emptyDir; container {other} has volume {its}, which this one does not mount"
        )],
        ..Joined::new(
            what.to_owned(),
            Remedy::given(
                volume,
                format!("if container {other} is to make it, mount the same volume in both: {own} or {its}"),
            ),
        )
    })
}

/// A key of a ConfigMap or Secret is a file.
fn missing_key(
    container: &ContainerView,
    volume: &Volume,
    config: Config,
    (path, rest): (&str, &str),
    at: &str,
) -> Joined {
    let Config { kind, name, lookup } = config;
    let (title, name) = (container.title(), escape(name));
    let keys = match container.result_of(&lookup) {
        Some(LookupResult::Present(keys)) => keys.as_slice(),
        _ => &[],
    };
    let near = nearest(rest, keys.iter().map(String::as_str));
    let hint = match near {
        _ if keys.iter().any(|key| key == rest) => Remedy::look(format!(
            "{kind} {name} has {}: do the `items` of the volume leave it out, or did it come after the start?",
            escape(rest)
        )),
        Some(near) => Remedy::look(format!("it has {}: one of the two names is wrong", escape(near))),
        None => Remedy::given(volume, format!("add the key {} to {kind} {name}, or correct the path", escape(rest))),
    };
    let listed = keys.iter().take(8).map(|key| escape(key)).collect::<Vec<_>>().join(", ");
    let has = if keys.is_empty() { String::new() } else { format!(", with {listed}") };
    Joined {
        facts: vec![format!("{at} is {kind} {name}{has}")],
        lookups: vec![lookup],
        ..Joined::new(format!("{title} does not find {}", escape(path)), hint)
    }
}

fn relative(container: &ContainerView, not_there: &impl Evidence, path: &str) -> Joined {
    // Where the image works may be what a volume lies over.
    if let Some((mount, volume)) = only_room(container).filter(|_| container.spec.working_dir.is_none()) {
        let (at, name) = (escape(&mount.mount_path), escape(&volume.name));
        return Joined {
            facts: vec![format!("{at} is volume {name}, {}", kind(volume))],
            ..Joined::new(
                format!("{} does not find {}", container.title(), escape(path)),
                Remedy::look(format!(
                    "is {at} the folder of the image in which the program is (WORKDIR)? Then volume {name} hides all that is there, and belongs below it"
                )),
            )
        };
    }
    let hint = match container.spec.working_dir.as_deref() {
        Some(folder) => format!("it is looked for in {}, its `workingDir`: write the whole path", escape(folder)),
        None => "it is looked for in the working folder of the image (WORKDIR): write the whole path, or add it there"
            .to_owned(),
    };
    Joined::new(format!("{} does not find {}", container.title(), escape(path)), Remedy::given(not_there, hint))
}

fn folder(path: &str) -> &str {
    path.rsplit_once('/').map_or(path, |(folder, _)| folder)
}
