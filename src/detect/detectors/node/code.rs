//! How JavaScript and TypeScript say where they listen and what they answer.

use crate::detect::code::Language;
use crate::detect::pattern::Pattern;

static PORTS: [Pattern; 6] = [
    // That it listens, wherever it is said on which port.
    Pattern::new(".listen(", r"\b(?:app|server|httpServer|http|fastify|api|srv|instance|express)\.listen\("),
    Pattern::new(
        ".listen(",
        r#"\.listen\(\s*(?:(?P<port>\d{2,5})\b|(?P<name>[A-Za-z_]\w*)\s*[,)])(?:\s*,\s*["'`](?P<host>[\w.:]+)["'`])?"#,
    ),
    Pattern::new(
        ".listen({",
        r"\.listen\(\{[^}]*?\bport\s*:\s*(?:(?P<port>\d{2,5})\b|(?P<name>[A-Za-z_]\w*)\s*[,}\s])",
    ),
    Pattern::new("serve({", r"\bserve\(\{[\s\S]*?\bport\s*:\s*(?:(?P<port>\d{2,5})\b|(?P<name>[A-Za-z_]\w*)\s*[,}\s])"),
    // A port of its own, written short: `listen({ port, host })`.
    Pattern::new("({ port", r"(?:listen|serve)\(\{\s*(?P<name>port)\s*[,}]"),
    Pattern::new("bindAsync(", r#"bindAsync\(\s*["'`](?P<host>[\w.:\[\]]+):(?P<port>\d{2,5})["'`]"#),
];

static ROUTES: [Pattern; 5] = [
    Pattern::new(".get(", r#"(?P<on>\w+)\.get\(\s*["'`](?P<path>/[\w/.-]*)["'`]\s*,"#),
    Pattern::new(".use(", r#"(?P<on>\w+)\.use\(\s*["'`](?P<path>/[\w/.-]*)["'`]\s*,"#),
    Pattern::new(".all(", r#"(?P<on>\w+)\.all\(\s*["'`](?P<path>/[\w/.-]*)["'`]\s*,"#),
    Pattern::new("url:", r#"\burl:\s*["'`](?P<path>/[\w/.-]*)["'`]"#),
    Pattern::new("url =", r#"\burl\s*===?\s*["'`](?P<path>/[\w/.-]*)["'`]"#),
];

static PREFIXES: [Pattern; 5] = [
    Pattern::new(
        ".use(",
        r#"(?P<on>\w+)\.use\(\s*["'`](?P<path>/[\w/-]+)["'`]\s*,\s*(?:\w+\s*,\s*)*(?P<what>[A-Za-z_]\w*)\s*\)"#,
    ),
    Pattern::new(
        ".use(",
        r#"\.use\(\s*["'`]/[\w:-]+[\w/:-]*["'`]\s*,\s*(?:\w+\s*,\s*)*(?P<what>\w*(?i:rout|api|v\d)[\w.]*)"#,
    ),
    Pattern::new(".route(", r#"\.route\(\s*["'`]/[\w:-]+[\w/:-]*["'`]\s*,\s*(?P<what>\w*)"#),
    Pattern::new("prefix:", r#"\bprefix:\s*["'`]/?[\w:-]+"#),
    Pattern::new("basePath(", r#"\.basePath\(\s*["'`]/[\w:-]+"#),
];

pub static LANGUAGE: Language = Language {
    ports: &PORTS,
    routes: &ROUTES,
    roots: &["app", "server", "fastify", "express", ""],
    prefixes: &PREFIXES,
};
