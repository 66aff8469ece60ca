//! How Python says where it listens and what it answers.

use crate::detect::claim::{Candidate, Claim, Fact, Trust};
use crate::detect::code::Language;
use crate::detect::pattern::Pattern;
use crate::detect::repository::Repository;
use crate::detect::words;

static PORTS: [Pattern; 9] = [
    // That it listens, wherever it is said on which port.
    Pattern::new("uvicorn.run(", r"uvicorn\.run\("),
    Pattern::new("run_app(", r"\bweb\.run_app\("),
    Pattern::new("serve_forever(", r"\.serve_forever\("),
    Pattern::new(".run(", r"\.run\([^)]*?\bport\s*=\s*(?:(?P<port>\d{2,5})\b|(?P<name>[A-Za-z_]\w*)\s*[,)])"),
    Pattern::new("run_app(", r"run_app\([^)]*?\bport\s*=\s*(?:(?P<port>\d{2,5})\b|(?P<name>[A-Za-z_]\w*)\s*[,)])"),
    Pattern::new("run_simple(", r"run_simple\([^,]+,\s*(?P<port>\d{2,5})\b"),
    Pattern::new(
        "HTTPServer(",
        r#"HTTPServer\(\s*\(\s*["'](?P<host>[\w.]*)["']\s*,\s*(?:(?P<port>\d{2,5})\b|(?P<name>[A-Za-z_]\w*)\s*\))"#,
    ),
    Pattern::new(
        "_port(",
        r#"add_(?:in)?secure_port\(\s*f?["'](?P<host>[\w.:\[\]]+?):(?:(?P<port>\d{2,5})\b|\{(?P<name>\w+)\})"#,
    ),
    Pattern::new(".listen(", r"\.listen\(\s*(?:(?P<port>\d{2,5})\b|(?P<name>[A-Za-z_]\w*)\s*[,)])"),
];

static ROUTES: [Pattern; 5] = [
    Pattern::new(".get(", r#"@?(?P<on>\w+)\.get\(\s*["'](?P<path>/[\w/.-]*)["']"#),
    Pattern::new(".route(", r#"@(?P<on>\w+)\.route\(\s*["'](?P<path>/[\w/.-]*)["']"#),
    Pattern::new("Route(", r#"\b(?P<on>Route)\(\s*["'](?P<path>/[\w/.-]*)["']"#),
    Pattern::new("add_get(", r#"(?P<on>\w+)\.router\.add_get\(\s*["'](?P<path>/[\w/.-]*)["']"#),
    Pattern::new("add_url_rule(", r#"(?P<on>\w+)\.add_url_rule\(\s*["'](?P<path>/[\w/.-]*)["']"#),
];

static PREFIXES: [Pattern; 2] =
    [Pattern::new("prefix", r#"prefix\s*=\s*f?["']/[\w{]"#), Pattern::new("Mount(", r#"\bMount\(\s*["']/\w"#)];

pub static LANGUAGE: Language =
    Language { ports: &PORTS, routes: &ROUTES, roots: &["app", "application", "web"], prefixes: &PREFIXES };

/// A port that is only said for who starts the file itself: `app.run(port=5000)` below `if __name__ == "__main__"`.
pub fn by_hand(repository: &Repository, claim: Claim) -> Claim {
    let guard = |line: &str| line.starts_with("if __name__");
    let before = claim.evidence.line.unwrap_or_default();
    let text = repository.text(&claim.evidence.file).unwrap_or_default();
    let is_guarded = text.lines().take(before).any(guard) || claim.evidence.text.contains(".run(");
    if is_guarded && matches!(claim.fact, Fact::Port(_)) { Claim { trust: Trust::ByHand, ..claim } } else { claim }
}

/// `bind = "0.0.0.0:8000"` of gunicorn.conf.py
pub fn gunicorn_bind(repository: &Repository, path: &str, candidate: &mut Candidate) {
    for (number, line) in (1..).zip(repository.text(path).unwrap_or_default().lines()) {
        let Some((_, value)) = line.split_once('=').filter(|(name, _)| name.trim() == "bind") else { continue };
        if let Some(port) = words::last_port(value.trim().trim_matches(['"', '\'', '[', ']'])) {
            candidate.claim(Fact::Port(port), Trust::Configuration, repository.line(path, number));
        }
    }
}
