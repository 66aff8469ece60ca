//! Where a program listens and what it answers, as its code says it: patterns over source files.

use std::collections::BTreeSet;

use super::claim::{Claim, Evidence, Fact, Trust};
use super::health;
use super::pattern::{Pattern, Place, places};
use super::reads;
use super::repository::Repository;

/// Below this no program listens by itself; it is the base of a number or the length of something.
const LEAST_PORT: u16 = 80;

/// How a language writes what matters here.
#[derive(Debug)]
pub struct Language {
    pub ports: &'static [Pattern],
    pub routes: &'static [Pattern],
    /// What a route is added to whose path is the whole path, by its name.
    pub roots: &'static [&'static str],
    /// Where routes are mounted below another path: what follows such a place, up to the end of its block, and what is
    /// called as its group `what`.
    pub prefixes: &'static [Pattern],
}

/// The files of one program, with their texts.
#[derive(Debug, Clone, Copy)]
pub struct Program<'r> {
    pub repository: &'r Repository,
    pub files: &'r [(&'r str, &'r str)],
}

/// What the code of a program says.
#[derive(Debug, Default)]
pub struct Said {
    pub claims: Vec<Claim>,
    /// Variables that it reads.
    pub reads: Vec<Claim>,
    pub remarks: Vec<String>,
    /// Whether it listens at all.
    pub listens: bool,
}

impl Program<'_> {
    /// Ports, health paths, variables.
    #[must_use]
    pub fn read(&self, language: &Language) -> Said {
        let mut said = Said { reads: reads::claims(self.repository, self.files), ..Said::default() };
        for (file, text) in self.files {
            self.ports(file, text, language, &mut said);
        }
        self.routes(language, &mut said);
        said
    }

    /// The first place of a pattern, with its groups.
    #[must_use]
    pub fn first(&self, pattern: &Pattern) -> Option<(Evidence, Vec<Option<String>>)> {
        self.all(pattern).into_iter().next()
    }

    /// All places of a pattern, with its groups.
    #[must_use]
    pub fn all(&self, pattern: &Pattern) -> Vec<(Evidence, Vec<Option<String>>)> {
        let mut all = Vec::new();
        for (file, text) in self.files {
            for place in places(text, pattern) {
                let groups = place.groups.iter().map(|group| group.map(|group| group.as_str().to_owned())).collect();
                all.push((self.repository.line(file, place.line), groups));
            }
        }
        all
    }

    fn ports(&self, file: &str, text: &str, language: &Language, said: &mut Said) {
        for place in places(text, &VARIABLE) {
            let name = &place.groups["name"];
            let evidence = self.repository.line(file, place.line);
            let port = default_of(&place).or_else(|| assigned(text, place.assigned_to()?));
            let is_plat_s = name == "PORT";
            let (port, trust) = match (port, is_plat_s) {
                (Some(port), true) => (port, Trust::ReadsPort),
                (Some(port), false) => (port, Trust::Code),
                (None, true) => (FREE_PORT, Trust::Free),
                (None, false) => continue,
            };
            said.listens = true;
            said.claims.push(Claim::new(Fact::Port(port), trust, evidence));
        }
        for pattern in language.ports {
            for place in places(text, pattern) {
                said.listens = true;
                let group = |name| place.groups.name(name).map(|found: regex::Match<'_>| found.as_str());
                let literal = group("port").and_then(|port| port.parse().ok());
                let port = literal.or_else(|| assigned(text, group("name")?));
                let evidence = self.repository.line(file, place.line);
                if group("host").is_some_and(|host| host == "127.0.0.1" || host == "localhost") {
                    said.remarks
                        .push(format!("{evidence}: nothing outside the pod reaches 127.0.0.1; listen on 0.0.0.0"));
                }
                if let Some(port) = port.filter(|port| *port >= LEAST_PORT)
                    && said.claims.iter().all(|claim| claim.fact != Fact::Port(port) || claim.trust > Trust::Code)
                {
                    said.claims.push(Claim::new(Fact::Port(port), Trust::Code, evidence));
                }
            }
        }
    }

    fn routes(&self, language: &Language, said: &mut Said) {
        let (mounts, routes) = (self.found(language.prefixes), self.found(language.routes));
        let named: Vec<(&Found, Named)> =
            mounts.iter().filter_map(|mount| Some((mount, Named::of(&mount.place)?))).collect();
        let owners: BTreeSet<&str> = routes.iter().map(|route| on(&route.place)).collect();
        // A router is no answer itself.
        let is_mount = |route: &&Found| {
            let is_it = |mount: &Found| mount.file == route.file && mount.place.start == route.place.start;
            named.iter().any(|(mount, named)| is_it(mount) && owners.contains(named.what))
        };
        for route in routes.iter().filter(|route| !is_mount(route)) {
            let (on, path) = (on(&route.place), &route.place.groups["path"]);
            let evidence = self.repository.line(route.file, route.place.line);
            let is_on_root = language.roots.contains(&on);
            let is_around = |named: &Named| !is_on_root && named.what == on && language.roots.contains(&named.on);
            let around: Vec<&str> =
                named.iter().filter(|(_, named)| is_around(named)).map(|(_, named)| named.path).collect();
            if let [prefix] = around[..] {
                let whole = health::path(&format!("{}{path}", prefix.trim_end_matches('/')));
                said.claims.extend(whole.map(|path| Claim::new(Fact::Health(path), Trust::Code, evidence)));
                continue;
            }
            let Some(path) = health::path(path) else { continue };
            // The file that alone mounts others is the root's own.
            let is_root =
                is_on_root || mounts.iter().all(|mount| mount.file == route.file || Named::of(&mount.place).is_some());
            if !is_root || mounts.iter().any(|mount| mount.is_above(route)) {
                said.remarks.push(format!(
                    "{evidence}: routes are mounted below other paths here, so this is not taken as `health`; if it is the whole path, add: health: {path}"
                ));
            } else {
                said.claims.push(Claim::new(Fact::Health(path), Trust::Code, evidence));
            }
        }
    }

    fn found(&self, patterns: &'static [Pattern]) -> Vec<Found<'_>> {
        let mut found = Vec::new();
        for &(file, text) in self.files {
            let places = patterns.iter().flat_map(|pattern| places(text, pattern));
            found.extend(places.map(|place| Found { file, text, place }));
        }
        found
    }
}

/// A place of a pattern, in one of several files.
struct Found<'t> {
    file: &'t str,
    text: &'t str,
    place: Place<'t>,
}

impl Found<'_> {
    /// Whether what is mounted here, at a path that is not known, is what the route is added to.
    fn is_above(&self, route: &Found) -> bool {
        let what = self.place.groups.name("what").map_or("", |what| what.as_str());
        let what = what.rsplit(['.', ':']).next().unwrap_or(what);
        let (text, start) = (route.text, route.place.start);
        let owners = [on(&route.place), assigned_in(text, start), function_around(text, start)];
        let is_block = self.file == route.file && Named::of(&self.place).is_none();
        !what.is_empty() && owners.contains(&what) || is_block && is_within(text, self.place.end, start)
    }
}

/// A router that is mounted by its name: `app.use('/health', health)`.
struct Named<'t> {
    on: &'t str,
    path: &'t str,
    what: &'t str,
}

impl<'t> Named<'t> {
    fn of(mount: &Place<'t>) -> Option<Self> {
        let group = |name| mount.groups.name(name).map(|found| found.as_str());
        Some(Self { on: group("on")?, path: group("path")?, what: group("what")? })
    }
}

/// What a route is added to.
fn on<'t>(place: &Place<'t>) -> &'t str {
    place.groups.name("on").map_or("", |on| on.as_str())
}

/// What plat takes where a program listens on any port that it is given.
pub const FREE_PORT: u16 = 8080;

/// A variable of the environment that says the port.
static VARIABLE: Pattern = Pattern::new(
    "PORT",
    r#"(?i:env|config|settings)(?:\(\)\.)?[\w.:!<>]*\s*[\[(.:]{0,2}\s*["'`]?\b(?P<name>PORT|HTTP_PORT|SERVER_PORT|APP_PORT|API_PORT|LISTEN_PORT|WEB_PORT)\b"#,
);
/// What stands behind the variable where it has a default.
static DEFAULT: Pattern = Pattern::new(
    "",
    r#"^["'`\])]*(?:\s*,\s*10\s*\))?(?:\s+as\s+\w+)?["'`\])]*\s*(?:,\s*(?:cast\s*=\s*int\s*,\s*)?(?:default\s*=\s*)?|\|\||\?\?|\?:|or\b|["`]?\s*(?:envDefault|env-default|default):"?|\.orElse\(|\.getOrDefault\()\s*(?:Integer\.parseInt\()?["'`]?:?(?P<port>\d{2,5})\b"#,
);
/// Rust's way, somewhere in the same statement.
static OTHERWISE: Pattern = Pattern::new("", r"^[^;]{0,160}?unwrap_or(?:_else)?\([^0-9;]{0,40}?(?P<port>\d{2,5})\b");

fn default_of(place: &Place<'_>) -> Option<u16> {
    let found = DEFAULT.regex().captures(place.after).or_else(|| OTHERWISE.regex().captures(place.after))?;
    found["port"].parse().ok().filter(|port| *port >= LEAST_PORT)
}

/// The number that a name is given in the same file: `port = "8080"`, `const addr = ":8080"`.
fn assigned(text: &str, name: &str) -> Option<u16> {
    if name.is_empty() {
        return None;
    }
    let is_part = |c: char| c.is_alphanumeric() || c == '_' || c == '.';
    text.match_indices(name).find_map(|(at, _)| {
        let (before, after) = (&text[..at], &text[at + name.len()..]);
        if before.ends_with(is_part) || after.starts_with(|c: char| c.is_alphanumeric() || c == '_') {
            return None;
        }
        let value = match after.trim_start() {
            after if after.starts_with("==") => return None,
            after if after.starts_with([':', '=']) => {
                let after = after.trim_start_matches(':').trim_start();
                // A type may stand between: `port: number = 3000`, `port: u16 = 3000`.
                let typed = after.split_once('=').filter(|(kind, _)| kind.trim().chars().all(char::is_alphanumeric));
                typed.map_or(after, |(_, value)| value)
            }
            // `const port string = "8080"`
            after => {
                after
                    .split_once('=')
                    .filter(|(kind, _)| kind.len() < 12 && kind.trim().chars().all(char::is_alphanumeric))?
                    .1
            }
        };
        let value = value.trim_start().trim_start_matches(['"', '\'', '`']);
        let value = value
            .strip_prefix("0.0.0.0")
            .or_else(|| value.strip_prefix("[::]"))
            .unwrap_or(value)
            .trim_start_matches(':');
        let digits: String = value.chars().take_while(char::is_ascii_digit).collect();
        digits.parse().ok().filter(|port| *port >= LEAST_PORT)
    })
}

/// The name that the statement around a place is assigned to: `api` of `let api = Router::new().route(…)`.
fn assigned_in(text: &str, at: usize) -> &str {
    let begin = text[..at].rfind([';', '{', '}']).map_or(0, |end| end + 1);
    let Some((left, _)) = text[begin..at].split_once('=') else { return "" };
    left.trim_end_matches(':')
        .split_whitespace()
        .rfind(|word| word.chars().all(|c| c.is_alphanumeric() || c == '_'))
        .unwrap_or("")
}

/// The name of the function that a place is in, by the last one that begins before it.
fn function_around(text: &str, at: usize) -> &str {
    let keyword = ["fn ", "func ", "function ", "def "].iter().filter_map(|keyword| {
        let begin = text[..at].rfind(keyword)?;
        Some(begin + keyword.len())
    });
    let Some(begin) = keyword.max() else { return "" };
    let end = text[begin..at].find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(0);
    &text[begin..begin + end]
}

/// Whether a place lies in what a call or block before it opened and has not closed.
fn is_within(text: &str, opened: usize, at: usize) -> bool {
    let Some(between) = text.get(opened..at) else { return false };
    let mut depth = 0_i32;
    for c in between.chars() {
        match c {
            '(' | '[' | '{' => depth += 1,
            ')' | ']' | '}' => depth -= 1,
            ';' if depth == 0 => return false,
            _ => {}
        }
        if depth < 0 {
            return false;
        }
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    const NONE: Language = Language { ports: &[], routes: &[], roots: &[], prefixes: &[] };

    #[rstest]
    #[case::js("app.listen(process.env.PORT || 3000)", Some((3000, Trust::ReadsPort)))]
    #[case::js_number("const port = Number(process.env.PORT ?? '3001');", Some((3001, Trust::ReadsPort)))]
    #[case::js_base("parseInt(process.env.PORT, 10) || 8081", Some((8081, Trust::ReadsPort)))]
    #[case::js_base_only("parseInt(process.env.PORT, 10)", Some((8080, Trust::Free)))]
    #[case::js_other("process.env.DB_PORT || 5432", None)]
    #[case::js_another("process.env.HTTP_PORT || 7000", Some((7000, Trust::Code)))]
    #[case::go("port := os.Getenv(\"PORT\")\nif port == \"\" {\n\tport = \"9000\"\n}", Some((9000, Trust::ReadsPort)))]
    #[case::go_helper("port := getEnv(\"PORT\", \"8082\")", Some((8082, Trust::ReadsPort)))]
    #[case::go_tag("Port int `env:\"PORT\" envDefault:\"8083\"`", Some((8083, Trust::ReadsPort)))]
    #[case::java("Integer.parseInt(System.getenv().getOrDefault(\"PORT\", \"8084\"))", Some((8084, Trust::ReadsPort)))]
    #[case::python("port = int(os.environ.get('PORT', 8000))", Some((8000, Trust::ReadsPort)))]
    #[case::python_or("int(os.getenv(\"PORT\") or 5001)", Some((5001, Trust::ReadsPort)))]
    #[case::rust("let port: u16 = std::env::var(\"PORT\").ok().and_then(|p| p.parse().ok()).unwrap_or(8084);", Some((8084, Trust::ReadsPort)))]
    #[case::rust_text("env::var(\"PORT\").unwrap_or_else(|_| \"8085\".to_string())", Some((8085, Trust::ReadsPort)))]
    #[case::kotlin("val port = System.getenv(\"PORT\")?.toInt() ?: 8086", Some((8080, Trust::Free)))]
    #[case::comment("// process.env.PORT || 3000", None)]
    fn port_of_the_environment(#[case] text: &str, #[case] expected: Option<(u16, Trust)>) {
        let repository = Repository::default();
        let said = Program { repository: &repository, files: &[("x", text)] }.read(&NONE);
        let found = said.claims.first().map(|claim| match claim.fact {
            Fact::Port(port) => (port, claim.trust),
            _ => unreachable!("there are only ports"),
        });
        assert_eq!(found, expected);
    }

    #[rstest]
    #[case("const port = 3000;", "port", Some(3000))]
    #[case("const port: number = 3000;", "port", Some(3000))]
    #[case("const addr string = \":8080\"", "addr", Some(8080))]
    #[case("addr := \"0.0.0.0:8080\"", "addr", Some(8080))]
    #[case("{ port: 8080 }", "port", Some(8080))]
    #[case("support = 8080", "port", None)]
    #[case("db.port = 5432", "port", None)]
    #[case("port == 8080", "port", None)]
    fn a_name_is_followed_in_its_file(#[case] text: &str, #[case] name: &str, #[case] expected: Option<u16>) {
        assert_eq!(assigned(text, name), expected);
    }
}
