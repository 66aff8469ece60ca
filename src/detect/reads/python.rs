//! Python.

use std::sync::LazyLock;

use regex::Regex;

use super::way::{self, Around, Read, Way};
use crate::detect::pattern::Pattern;

static WAYS: [Way; 4] = [
    Way {
        pattern: Pattern::new(
            "environ",
            r#"\benviron(?:\s*\[\s*|\.(?:get|setdefault)\(\s*)["'](?P<name>[A-Za-z_]\w*)"#,
        ),
        with: &[],
        is_optional: may_be_missing,
    },
    Way {
        pattern: Pattern::new("getenv(", r#"\bgetenv\(\s*["'](?P<name>[A-Za-z_]\w*)"#),
        with: &[],
        is_optional: may_be_missing,
    },
    Way {
        pattern: Pattern::new("config(", r#"\bconfig\(\s*["'](?P<name>[A-Z][A-Z0-9_]*)"#),
        with: &["decouple", "starlette.config"],
        is_optional: may_be_missing,
    },
    Way {
        pattern: Pattern::new("env", r#"\benv(?:\.\w+)?\(\s*["'](?P<name>[A-Z][A-Z0-9_]*)"#),
        with: &["environ.Env(", "environs", "Env()"],
        is_optional: may_be_missing,
    },
];

pub fn reads(text: &str) -> Vec<Read> {
    let mut reads = way::all(text, &WAYS);
    reads.extend(settings(text));
    reads.sort_by_key(|read| read.at);
    reads
}

fn may_be_missing(around: &Around) -> bool {
    static ONLY_NAMED: LazyLock<Regex> =
        LazyLock::new(|| Regex::new(r"^,\s*(?:\w+\s*=|\))").expect("a literal pattern"));
    static OTHERWISE: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(r"^(?:or\b|and\b|in\b|if\b|else\b|is not None|[!=]=|=[^=])").expect("a literal pattern")
    });
    let before = around.before.strip_suffix("os.").unwrap_or(around.before);
    if before.ends_with("not ") {
        return false;
    }
    // `Env(A=(bool, False))` of django-environ.
    if around.text.contains(&format!("{}=(", around.name)) {
        return true;
    }
    let arguments = around.after.trim_start_matches(['"', '\'']);
    if arguments.starts_with(',') {
        let end = arguments.find(')').map_or(arguments.len(), |end| end + 1);
        return arguments[..end].contains("default") || !ONLY_NAMED.is_match(&arguments[..end]);
    }
    let is_asked = ["if ", "elif ", "bool(", "and "].iter().any(|sign| before.ends_with(sign));
    is_asked || OTHERWISE.is_match(around.behind())
}

/// The fields of a class of pydantic-settings, by their names in capitals.
fn settings(text: &str) -> Vec<Read> {
    static FIELD: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(r"^\s+(?P<name>[A-Za-z]\w*)\s*:\s*(?P<type>[^=#]+?)\s*(?:=\s*(?P<value>.+))?$")
            .expect("a literal pattern")
    });
    static PREFIX: LazyLock<Regex> =
        LazyLock::new(|| Regex::new(r#"env_prefix\s*=\s*["'](?P<prefix>\w*)["']"#).expect("a literal pattern"));
    let mut reads = Vec::new();
    for (at, sign) in text.match_indices("(BaseSettings)") {
        let begin = at + sign.len();
        let body = &text[begin..];
        let mut lines =
            body.split_inclusive('\n').skip(1).scan(body.find('\n').map_or(body.len(), |end| end + 1), |at, line| {
                let here = *at;
                *at += line.len();
                Some((here, line))
            });
        let of_class: Vec<(usize, &str)> = lines
            .by_ref()
            .take_while(|(_, line)| line.starts_with(char::is_whitespace) || line.trim().is_empty())
            .collect();
        let class: String = of_class.iter().map(|(_, line)| *line).collect();
        let prefix = PREFIX.captures(&class).map(|found| found["prefix"].to_owned()).unwrap_or_default();
        let indent = of_class.iter().map(|(_, line)| line.len() - line.trim_start().len()).find(|indent| *indent > 0);
        for (offset, line) in of_class {
            let is_own = Some(line.len() - line.trim_start().len()) == indent;
            let Some(found) = FIELD.captures(line.trim_end()).filter(|_| is_own) else { continue };
            let value = found.name("value").map_or("", |value| value.as_str());
            if matches!(&found["name"], "model_config") || found["type"].contains("ClassVar") {
                continue;
            }
            let is_needed = value.is_empty()
                || value.starts_with("Field(...")
                || value.starts_with("Field(") && !value.contains("default") && value.contains("alias");
            let name = format!("{prefix}{}", &found["name"]).to_uppercase();
            reads.push(Read { name, at: begin + offset, is_optional: !is_needed });
        }
    }
    reads
}
