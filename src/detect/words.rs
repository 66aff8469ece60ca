//! A command as people write it in a Procfile, a script or a CMD -> words, and what they tell.

use super::paths;

/// A command line, taken apart.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Line {
    /// `NODE_ENV=production` before the program.
    pub variables: Vec<(String, String)>,
    pub words: Vec<String>,
    /// It says what only a shell does: `&&`, a pipe, a variable.
    pub is_shell: bool,
}

/// Takes a command line apart, as a shell does.
#[must_use]
pub fn line(text: &str) -> Line {
    let (words, is_shell) = split(text);
    let mut line = Line { variables: Vec::new(), words, is_shell };
    loop {
        match line.words.first().map(String::as_str) {
            Some("exec" | "env" | "cross-env" | "cross-env-shell" | "dumb-init" | "tini" | "--") => {
                line.words.remove(0);
            }
            Some(word) => match word.split_once('=') {
                Some((name, value)) if is_name(name) => {
                    line.variables.push((name.to_owned(), value.to_owned()));
                    line.words.remove(0);
                }
                _ => return line,
            },
            None => return line,
        }
    }
}

fn is_name(text: &str) -> bool {
    !text.is_empty()
        && !text.starts_with(|c: char| c.is_ascii_digit())
        && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}

/// A command as plat.yaml takes it: words, with `$(PORT)`, which Kubernetes puts in; what needs a shell keeps it.
#[must_use]
pub fn command(text: &str) -> Vec<String> {
    let line = line(text);
    if line.is_shell || line.variables.iter().any(|(name, _)| name != "NODE_ENV") {
        let text = text.trim();
        let exec =
            if text.starts_with("exec ") || line.words.iter().any(|word| is_operator(word)) { "" } else { "exec " };
        let exec = if line.variables.is_empty() { exec } else { "" };
        return vec!["sh".to_owned(), "-c".to_owned(), format!("{exec}{text}")];
    }
    line.words
}

fn is_operator(word: &str) -> bool {
    matches!(word, "&&" | "||" | ";" | "|" | "&" | ">" | "<" | ">>")
}

/// The words, and whether a shell is needed for them. `$PORT` is put as `$(PORT)`.
fn split(text: &str) -> (Vec<String>, bool) {
    let (mut words, mut word, mut is_shell) = (Vec::new(), None::<String>, false);
    let mut rest = text.trim().chars().peekable();
    let mut quote = None;
    while let Some(c) = rest.next() {
        match (c, quote) {
            ('\'' | '"', None) => {
                quote = Some(c);
                word.get_or_insert_default();
            }
            (c, Some(open)) if c == open => quote = None,
            ('\\', None | Some('"')) => word.get_or_insert_default().extend(rest.next()),
            ('$', None | Some('"')) => {
                let name: String = rest.clone().collect();
                if let Some(length) = port_reference(&name) {
                    word.get_or_insert_default().push_str("$(PORT)");
                    rest.nth(length - 1);
                } else {
                    is_shell = true;
                    word.get_or_insert_default().push('$');
                }
            }
            ('`', None | Some('"')) => is_shell = true,
            ('&' | '|' | ';' | '<' | '>' | '\n', None) => {
                is_shell = true;
                words.extend(word.take());
                let mut operator = c.to_string();
                while let Some(next) = rest.next_if(|next| "&|<>".contains(*next)) {
                    operator.push(next);
                }
                words.push(operator);
            }
            (c, None) if c.is_whitespace() => words.extend(word.take()),
            (c, _) => word.get_or_insert_default().push(c),
        }
    }
    words.extend(word.take());
    (words, is_shell)
}

/// Characters of `PORT`, `{PORT}` or `{PORT:-8000}` behind a `$`.
fn port_reference(after: &str) -> Option<usize> {
    if let Some(inner) = after.strip_prefix('{') {
        let end = inner.find('}')?;
        let name = inner[..end].split([':', '-']).next()?;
        return (name == "PORT").then_some(end + 2);
    }
    let name: String = after.chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '_').collect();
    (name == "PORT").then_some(4)
}

/// Whether the command is given PORT.
#[must_use]
pub fn takes_port(text: &str) -> bool {
    text.match_indices('$').any(|(at, _)| {
        let after = &text[at + 1..];
        port_reference(after).is_some() || after.starts_with("(PORT)")
    })
}

/// Flags whose value is a port, or ends in one.
const PORT_FLAGS: [&str; 15] = [
    "--port",
    "--bind",
    "--listen",
    "--addr",
    "--address",
    "--http",
    "--http-port",
    "--http.port",
    "--server-port",
    "--server.port",
    "--listen-address",
    "--http-address",
    "--web.port",
    "-port",
    "-addr",
];
/// Programs of which `-p`, `-b` or `-l` is the port.
const SHORT: [(&str, &str); 14] = [
    ("next", "-p"),
    ("nuxt", "-p"),
    ("flask", "-p"),
    ("http-server", "-p"),
    ("serve", "-l"),
    ("serve", "-p"),
    ("gunicorn", "-b"),
    ("hypercorn", "-b"),
    ("daphne", "-p"),
    ("uwsgi", "--http-socket"),
    ("puma", "-p"),
    ("rails", "-p"),
    ("fastapi", "-p"),
    ("react-router-serve", "-p"),
];

/// The port that the words name.
#[must_use]
pub fn port(words: &[String]) -> Option<u16> {
    let programs: Vec<&str> = words.iter().map(|word| paths::name(word)).collect();
    let is_short = |flag: &str| SHORT.iter().any(|(program, short)| *short == flag && programs.contains(program));
    words.iter().enumerate().find_map(|(at, word)| {
        if let Some(value) = word.strip_prefix("-Dserver.port=").or_else(|| word.strip_prefix("-Dquarkus.http.port=")) {
            return last_port(value);
        }
        match word.split_once('=') {
            Some((flag, value)) if PORT_FLAGS.contains(&flag) || is_short(flag) => last_port(value),
            None if PORT_FLAGS.contains(&word.as_str()) || is_short(word) => last_port(words.get(at + 1)?),
            None if word == "runserver" => last_port(words.get(at + 1)?),
            _ => None,
        }
    })
}

/// `8080`, `:8080`, `0.0.0.0:8080`, `[::]:8080`, `tcp://0.0.0.0:3000`
#[must_use]
pub fn last_port(text: &str) -> Option<u16> {
    text.rsplit(':').next()?.trim_end_matches('/').parse().ok().filter(|port| *port > 0)
}

/// Programs for the desk of a developer: the first word, one of the further ones (empty: any), and what it does.
const DEVELOPMENT: [(&str, &str, &str); 36] = [
    ("nodemon", "", "restarts at each change of a file"),
    ("ts-node-dev", "", "restarts at each change of a file"),
    ("tsnd", "", "restarts at each change of a file"),
    ("supervisor", "", "restarts at each change of a file"),
    ("tsx", "watch", "restarts at each change of a file"),
    ("node", "--watch", "restarts at each change of a file"),
    ("bun", "--watch", "restarts at each change of a file"),
    ("bun", "--hot", "restarts at each change of a file"),
    ("next", "dev", "is the development server"),
    ("nuxt", "dev", "is the development server"),
    ("nuxi", "dev", "is the development server"),
    ("remix", "dev", "is the development server"),
    ("react-router", "dev", "is the development server"),
    ("astro", "dev", "is the development server"),
    ("svelte-kit", "dev", "is the development server"),
    ("vite", "", "is the development server"),
    ("vue-cli-service", "serve", "is the development server"),
    ("react-scripts", "start", "is the development server"),
    ("webpack-dev-server", "", "is the development server"),
    ("webpack", "serve", "is the development server"),
    ("ng", "serve", "is the development server"),
    ("ng", "start", "is the development server"),
    ("nest", "start", "compiles at each start"),
    ("fastapi", "dev", "is the development server"),
    ("flask", "run", "is Flask's server for development"),
    ("manage.py", "runserver", "is Django's server for development"),
    ("django-admin", "runserver", "is Django's server for development"),
    ("uvicorn", "--reload", "restarts at each change of a file"),
    ("gunicorn", "--reload", "restarts at each change of a file"),
    ("air", "", "restarts at each change of a file"),
    ("reflex", "", "restarts at each change of a file"),
    ("go", "run", "compiles at each start"),
    ("cargo", "watch", "restarts at each change of a file"),
    ("cargo", "run", "compiles at each start"),
    ("spring-boot:run", "", "compiles at each start"),
    ("quarkus:dev", "", "is the development mode"),
];

/// How a word begins that lets a debugger in: of Node, the JVM, Python and Delve.
const DEBUGGERS: [&str; 5] = ["--inspect", "-agentlib:jdwp", "-Xrunjdwp", "debugpy", "dlv"];

/// Why a command is not for production; none where it is.
#[must_use]
pub fn development(words: &[String]) -> Option<&'static str> {
    if words.iter().any(|word| DEBUGGERS.iter().any(|debugger| word.starts_with(debugger))) {
        return Some("lets a debugger in");
    }
    let name = |word: &String| paths::name(word).to_owned();
    let names: Vec<String> = words.iter().map(name).collect();
    // `npx next dev`, `python -m flask run`, `poetry run uvicorn …`: the program is one of the first words.
    let found = DEVELOPMENT.iter().find(|(program, further, _)| {
        let at = names.iter().take(5).position(|name| name == program);
        at.is_some_and(|at| further.is_empty() || names[at + 1..].iter().any(|name| name == further))
    });
    let is_preview = names.iter().any(|name| matches!(name.as_str(), "build" | "preview"));
    found.filter(|(program, ..)| !(*program == "vite" && is_preview)).map(|(.., why)| *why)
}

/// What does one thing and ends, mostly a migration: all of these words are in the command.
const ONE_OFF: [&[&str]; 21] = [
    &["manage.py", "migrate"],
    &["manage.py", "collectstatic"],
    &["manage.py", "createsuperuser"],
    &["manage.py", "loaddata"],
    &["django-admin", "migrate"],
    &["alembic", "upgrade"],
    &["flask", "upgrade"],
    &["aerich", "upgrade"],
    &["prisma", "migrate"],
    &["prisma", "push"],
    &["sequelize", "db:migrate"],
    &["sequelize-cli", "db:migrate"],
    &["knex", "migrate:latest"],
    &["typeorm", "migration:run"],
    &["drizzle-kit", "migrate"],
    &["drizzle-kit", "push"],
    &["node-pg-migrate", "up"],
    &["goose", "up"],
    &["diesel", "migration"],
    &["sqlx", "migrate"],
    &["flyway", "migrate"],
];

/// Whether a command is known to do one thing and end. What goes on to something else behind it is not.
#[must_use]
pub fn is_one_off(words: &[String]) -> bool {
    let names: Vec<&str> = words.iter().map(|word| paths::name(word)).collect();
    let is_all_of = |part: &[&str]| ONE_OFF.iter().any(|known| known.iter().all(|word| part.contains(word)));
    let mut parts = names.split(|word| is_operator(word)).filter(|part| !part.is_empty());
    let first = parts.next().is_some_and(is_all_of);
    first && parts.all(|part| is_all_of(part) || part.first() == Some(&"echo"))
}

/// What is said of such a command.
#[must_use]
pub fn ends(evidence: &str) -> String {
    format!("{evidence}: ends by itself, so it is no service; to run it before each version: before: {{command: […]}}")
}

/// Programs that take work from a queue: all of these words are in their command.
const WORKERS: [&[&str]; 12] = [
    &["celery", "worker"],
    &["celery", "beat"],
    &["rq", "worker"],
    &["rqworker"],
    &["rqscheduler"],
    &["dramatiq"],
    &["arq"],
    &["huey_consumer"],
    &["qcluster"],
    &["process_tasks"],
    &["faust", "worker"],
    &["temporal", "worker"],
];

/// Whether a command is known to take work from a queue, and to listen nowhere.
#[must_use]
pub fn is_worker(words: &[String]) -> bool {
    let has = |wanted: &&str| words.iter().any(|word| paths::name(word) == *wanted);
    WORKERS.iter().any(|worker| worker.iter().all(has))
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    fn words(text: &str) -> Vec<String> {
        line(text).words
    }

    #[rstest]
    #[case("node dist/main.js", &["node", "dist/main.js"])]
    #[case("NODE_ENV=production node server.js", &["node", "server.js"])]
    #[case("gunicorn app:app --bind 0.0.0.0:$PORT", &["gunicorn", "app:app", "--bind", "0.0.0.0:$(PORT)"])]
    #[case("gunicorn app:app -b :${PORT:-8000}", &["gunicorn", "app:app", "-b", ":$(PORT)"])]
    #[case("exec java -jar \"my app.jar\"", &["java", "-jar", "my app.jar"])]
    #[case("python manage.py migrate && gunicorn x", &["sh", "-c", "python manage.py migrate && gunicorn x"])]
    #[case("gunicorn -w $WORKERS app", &["sh", "-c", "exec gunicorn -w $WORKERS app"])]
    #[case("DEBUG=1 python x.py", &["sh", "-c", "DEBUG=1 python x.py"])]
    fn a_command_needs_a_shell_only_for_what_shells_do(#[case] text: &str, #[case] expected: &[&str]) {
        assert_eq!(command(text), expected);
    }

    #[rstest]
    #[case("uvicorn app:app --host 0.0.0.0 --port 8001", Some(8001))]
    #[case("gunicorn -b 0.0.0.0:5001 app", Some(5001))]
    #[case("next start -p 3001", Some(3001))]
    #[case("mkdir -p 3001", None)]
    #[case("java -Dserver.port=9090 -jar app.jar", Some(9090))]
    #[case("server --addr=:7070", Some(7070))]
    #[case("gunicorn --bind 0.0.0.0:$PORT app", None)]
    fn the_port_is_in_the_arguments(#[case] text: &str, #[case] expected: Option<u16>) {
        assert_eq!(port(&words(text)), expected);
    }

    #[rstest]
    #[case("npx next dev", true)]
    #[case("next start", false)]
    #[case("python manage.py runserver 0.0.0.0:8000", true)]
    #[case("python -m flask run", true)]
    #[case("vite preview", false)]
    #[case("vite", true)]
    #[case("node --watch server.js", true)]
    #[case("node server.js", false)]
    #[case("uvicorn a:b --reload", true)]
    #[case("node --inspect=0.0.0.0:9229 server.js", true)]
    #[case("python -m debugpy --listen 0.0.0.0:5678 -m uvicorn a:b", true)]
    #[case("java -agentlib:jdwp=transport=dt_socket,server=y,address=*:5005 -jar app.jar", true)]
    fn what_is_for_development_is_known(#[case] text: &str, #[case] expected: bool) {
        assert_eq!(development(&words(text)).is_some(), expected);
    }

    #[rstest]
    #[case("python manage.py migrate", true)]
    #[case("python manage.py migrate && python manage.py collectstatic --noinput", true)]
    #[case("alembic upgrade head && uvicorn app:app", false)]
    #[case("npx prisma migrate deploy", true)]
    #[case("gunicorn app:app", false)]
    #[case("python manage.py createsuperuser --noinput || echo 'there already'", true)]
    fn what_ends_by_itself_is_known(#[case] text: &str, #[case] expected: bool) {
        assert_eq!(is_one_off(&words(text)), expected);
    }

    #[rstest]
    #[case("web -p $PORT", true)]
    #[case("web -p ${PORT:-1}", true)]
    #[case("web -p $PORTAL", false)]
    fn port_is_a_variable_of_its_own(#[case] text: &str, #[case] expected: bool) {
        assert_eq!(takes_port(text), expected);
    }
}
