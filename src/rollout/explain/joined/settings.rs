//! A configuration file that the program cannot use, beside what is mounted there: which key of which ConfigMap, which line.

use std::sync::LazyLock;

use regex::{Captures, Regex};

use super::line::Joined;
use crate::rollout::explain::mounts::{Config, key_at};
use crate::rollout::explain::os_error::paths;
use crate::rollout::model::Remedy;
use crate::rollout::text::escape;
use crate::rollout::view::ContainerView;
use crate::text::ascii_regex;

/// That it is there, and wrong.
static WRONG: LazyLock<Regex> = LazyLock::new(|| {
    ascii_regex(
        r"(?i)missing (?:LF|newline|line break)|unknown|unexpected|invalid|unrecogni[sz]ed|not allowed|not recognized|syntax error|pars(?:e|ing)\b|unmarshal|malformed|unsupported|duplicate|expected|mapping values|\[emerg\]|\[alert\]|misspelled|config file error|failed to (?:load|read) config|decoding failed|error decoding|could not decode|has invalid keys|unknown fields?|mismatched tag|SAXParse|not well-formed|failed to merge config|contains errors|field (?:\S+ )?not found|unable to find required|JSONDecodeError|cannot start any token|CONFIG ERROR|validating config|config is invalid",
    )
});
/// haproxy and crontab read nothing of a last line that does not end.
static NO_LAST_BREAK: LazyLock<Regex> = LazyLock::new(|| ascii_regex(r"(?i)missing (?:LF|newline|line break)"));
/// That it is not there, or may not be read, is another matter.
static ABSENT: LazyLock<Regex> =
    LazyLock::new(|| ascii_regex(r"(?i)no such file|not found|does not exist|permission denied|ENOENT|EACCES"));
/// What is not found is a field of the file.
static IS_FIELD: LazyLock<Regex> =
    LazyLock::new(|| ascii_regex(r"(?i)\bfield (?:\S+ )?not found|cannot find field|unable to find required"));
/// That a line without a path is about a configuration.
static ABOUT: LazyLock<Regex> = LazyLock::new(|| {
    ascii_regex(
        r"(?i)\bconfig(?:uration)?\b|\b(?:yaml|toml|json|hcl)\b ?:|\bin JSON at position|JSONDecodeError|TOML parse error|looking for beginning of (?:value|object key)|found character that cannot start any token|mapping values are not allowed|error decoding|unknown fields?\b|\bfield (?:\S+ )?not found|cannot find field",
    )
});
static LINE: LazyLock<Regex> =
    LazyLock::new(|| ascii_regex(r"(?i)\bline[ :]+(?<line>\d+)|(?:yaml|toml): (?<alone>\d+):"));

/// What is wrong with the file as a whole.
#[derive(Clone, Copy)]
enum Fault {
    NoLastBreak,
    /// nginx includes it elsewhere.
    Misplaced,
    Other,
}

impl Fault {
    fn of(line: &str) -> Self {
        if NO_LAST_BREAK.is_match(line) {
            Self::NoLastBreak
        } else if line.contains("directive is not allowed here") {
            Self::Misplaced
        } else {
            Self::Other
        }
    }
}

/// What haproxy says after the lines that tell what is wrong.
static SUMMARY: LazyLock<Regex> = LazyLock::new(|| ascii_regex(r"(?i)errors?(?:\(s\))? found in configuration"));

/// Of the lines around it one may say where in the file: `Reading the configuration file, at line 3`.
const AROUND: usize = 2;

/// What the line at this place says.
pub(super) fn of_line(container: &ContainerView, lines: &[&str], at: usize) -> Option<Joined> {
    let line = lines[at];
    let found = NO_LAST_BREAK
        .captures(line)
        .or_else(|| WRONG.captures(line))
        .filter(|_| IS_FIELD.is_match(line) || !ABSENT.is_match(line))?;
    let is_said_before =
        || lines[..at].iter().any(|line| WRONG.is_match(line) && paths(line).any(|path| position(path).1.is_some()));
    if SUMMARY.is_match(line) && is_said_before() {
        return None;
    }
    let named = paths(line).map(position).find_map(|(path, number)| Some((path, number, key_at(container, path)?)));
    let (path, number, key) = match named {
        Some(named) => named,
        None if ABOUT.is_match(line) => {
            let (path, key) = by_argument(container).or_else(|| only_file(container))?;
            (path, None, key)
        }
        None => return None,
    };
    let after = lines.iter().skip(at).take(1 + AROUND);
    let before = lines[..at].iter().rev().take(AROUND);
    let number = number.or_else(|| after.chain(before).find_map(|line| in_words(line)));
    Some(said(container, (&found, Fault::of(line)), (path, &key.0, &key.1), number))
}

/// Where the line points to, whatever it says: `/etc/nginx/nginx.conf, line 12, is key nginx.conf of ConfigMap web`.
pub(super) fn place(container: &ContainerView, line: &str) -> Option<String> {
    let (path, number, key) =
        paths(line).map(position).find_map(|(path, number)| Some((path, number, key_at(container, path)?)))?;
    let at = number.map(|number| format!(", line {},", escape(number))).unwrap_or_default();
    Some(is_key(path, &at, &key.0, &key.1))
}

fn is_key(path: &str, at: &str, key: &str, config: &Config) -> String {
    format!("{}{at} is key {} of {} {}", escape(path), escape(key), config.kind, escape(config.name))
}

fn said(
    container: &ContainerView,
    (found, fault): (&Captures, Fault),
    (path, key, config): (&str, &str, &Config),
    number: Option<&str>,
) -> Joined {
    let at = number.map(|number| format!(", line {}", escape(number))).unwrap_or_default();
    let line = number.map(|number| format!("line {} of ", escape(number))).unwrap_or_default();
    let fact = is_key(path, "", key, config);
    let (kind, name, key) = (config.kind, escape(config.name), escape(key));
    let advice = match fault {
        Fault::NoLastBreak => {
            format!("write a line break at the end of {key} ({kind} {name}): in YAML `|` keeps it, `|-` takes it away")
        }
        Fault::Misplaced if !path.ends_with(&format!("/{key}")) => format!(
            "mount {key} ({kind} {name}) where files of its kind are included (/etc/nginx/conf.d/{key}): {} is the main one",
            escape(path)
        ),
        Fault::Misplaced | Fault::Other => format!("correct {line}{key} ({kind} {name}) as the log says"),
    };
    Joined {
        facts: vec![fact],
        ..Joined::new(
            format!("{} cannot use its configuration {}{at}", container.title(), escape(path)),
            Remedy::given(found, advice),
        )
    }
}

/// The file that the program is told to read: `--config=/etc/otel/config.yaml`.
fn by_argument<'a>(container: &ContainerView<'a>) -> Option<(&'a str, (String, Config<'a>))> {
    let words = container.spec.command.iter().chain(&container.spec.args).flatten();
    words.flat_map(|word| paths(word)).find_map(|path| Some((path, key_at(container, path)?)))
}

/// The only file of a ConfigMap or Secret that is mounted as a file.
fn only_file<'a>(container: &ContainerView<'a>) -> Option<(&'a str, (String, Config<'a>))> {
    let mounts = container.spec.volume_mounts.iter().flatten().filter(|mount| mount.sub_path.is_some());
    let mut files = mounts.filter_map(|mount| Some((mount.mount_path.as_str(), key_at(container, &mount.mount_path)?)));
    let only = files.next()?;
    files.next().is_none().then_some(only)
}

/// `/etc/app.conf:3:7` -> `/etc/app.conf`, `3`
fn position(path: &str) -> (&str, Option<&str>) {
    let mut parts = path.split(':');
    let (file, number) = (parts.next().unwrap_or(path), parts.next());
    (file, number.filter(|number| !number.is_empty() && number.chars().all(|c| c.is_ascii_digit())))
}

fn in_words(line: &str) -> Option<&str> {
    let found = LINE.captures(line)?;
    found.iter().skip(1).flatten().next().map(|number| number.as_str())
}
