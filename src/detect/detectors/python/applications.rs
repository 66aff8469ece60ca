//! Where a Python program makes its application: `app = FastAPI()`, or a function that returns one.

/// How a server speaks to an application.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Protocol {
    Asgi,
    Wsgi,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Application {
    pub framework: &'static str,
    pub protocol: Protocol,
    pub file: String,
    pub line: usize,
    /// The variable, or the function.
    pub name: String,
    pub is_factory: bool,
}

/// What makes one.
const MAKERS: [(&str, &str, Protocol); 9] = [
    ("FastAPI(", "FastAPI", Protocol::Asgi),
    ("Starlette(", "Starlette", Protocol::Asgi),
    ("Litestar(", "Litestar", Protocol::Asgi),
    ("Quart(", "Quart", Protocol::Asgi),
    ("Sanic(", "Sanic", Protocol::Asgi),
    ("asgi.App(", "Falcon", Protocol::Asgi),
    ("Flask(", "Flask", Protocol::Wsgi),
    ("falcon.App(", "Falcon", Protocol::Wsgi),
    ("Bottle(", "Bottle", Protocol::Wsgi),
];

/// What the file is called that holds the one that is served, the likeliest first.
const FILES: [&str; 8] = ["asgi", "wsgi", "main", "app", "server", "application", "api", "__init__"];

impl Application {
    /// The smaller, the likelier it is the one.
    #[must_use]
    pub fn rank(&self) -> (bool, usize, usize) {
        let stem = self.file.rsplit('/').next().unwrap_or_default().trim_end_matches(".py");
        let by_name = FILES.iter().position(|name| *name == stem).unwrap_or(FILES.len());
        (self.is_factory, by_name, self.file.matches('/').count())
    }
}

/// All of them, the likeliest first.
#[must_use]
pub fn all(files: &[(&str, &str)]) -> Vec<Application> {
    let mut all: Vec<Application> = files.iter().flat_map(|(file, text)| in_file(file, text)).collect();
    // `app = create_app()` in wsgi.py: the function is elsewhere.
    let factories: Vec<Application> = all.iter().filter(|found| found.is_factory).cloned().collect();
    for factory in &factories {
        for (file, text) in files {
            all.extend((1..).zip(text.lines()).filter_map(|(line, code)| {
                let name = assigned(code)?;
                let is_call = code.split_once('=')?.1.trim().starts_with(&format!("{}(", factory.name));
                let (file, name) = ((*file).to_owned(), name.to_owned());
                is_call.then(|| Application { file, line, name, is_factory: false, ..factory.clone() })
            }));
        }
    }
    all.sort_by_key(|found| (found.rank(), found.file.clone(), found.line));
    all
}

fn in_file(file: &str, text: &str) -> Vec<Application> {
    let mut found = Vec::new();
    let lines: Vec<&str> = text.lines().collect();
    for (index, code) in lines.iter().enumerate() {
        let Some((maker, framework, protocol)) = MAKERS.iter().find(|(maker, ..)| code.contains(maker)) else {
            continue;
        };
        let before = code.split(maker).next().unwrap_or_default();
        let is_word = before.ends_with(|c: char| c.is_alphanumeric() || c == '_') || code.trim_start().starts_with('#');
        // `class Flask(`, `isinstance(x, Flask(`, `TestClient(FastAPI(`
        if is_word || before.trim_start().starts_with("class ") {
            continue;
        }
        let make = |name: &str, line: usize, is_factory: bool| Application {
            framework,
            protocol: *protocol,
            file: file.to_owned(),
            line,
            name: name.to_owned(),
            is_factory,
        };
        if code.starts_with(char::is_whitespace) {
            found.extend(function_around(&lines, index).map(|(name, line)| make(name, line, true)));
        } else {
            found.extend(assigned(code).map(|name| make(name, index + 1, false)));
        }
    }
    found
}

/// `app` of `app: FastAPI = FastAPI()`, at the beginning of the line.
fn assigned(code: &str) -> Option<&str> {
    let (left, _) = code.split_once('=')?;
    let name = left.split(':').next()?.trim_end();
    let is_name = !name.is_empty() && name.chars().all(|c| c.is_alphanumeric() || c == '_');
    is_name.then_some(name)
}

/// The function at the top of the file that holds the line, where it can be called without arguments.
fn function_around<'t>(lines: &[&'t str], index: usize) -> Option<(&'t str, usize)> {
    let (at, line) = lines[..index].iter().enumerate().rev().find(|(_, line)| {
        !line.starts_with(char::is_whitespace) && !line.trim().is_empty() && !line.starts_with([')', '#', ']', '}'])
    })?;
    let (name, rest) = line.strip_prefix("def ")?.split_once('(')?;
    // What follows may be on further lines.
    let joined = [rest].into_iter().chain(lines[at + 1..index].iter().copied()).collect::<String>();
    let parameters = joined.split(')').next()?;
    let is_free = parameters
        .split(',')
        .all(|parameter| parameter.trim().is_empty() || parameter.contains('=') || parameter.contains('*'));
    is_free.then_some((name, at + 1))
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case::variable("app = FastAPI(title='x')", Some(("app", false)))]
    #[case::typed("api: FastAPI = FastAPI()", Some(("api", false)))]
    #[case::factory("def create_app(config=None):\n    app = Flask(__name__)\n    return app", Some(("create_app", true)))]
    #[case::needs_an_argument("def create_app(config):\n    app = Flask(__name__)", None)]
    #[case::called("def create_app():\n    return FastAPI()\n\n\napp = create_app()", Some(("app", false)))]
    #[case::comment("# app = FastAPI()", None)]
    #[case::class("class MyFlask(Flask):\n    pass", None)]
    fn an_application(#[case] text: &str, #[case] expected: Option<(&str, bool)>) {
        let all = all(&[("main.py", text)]);
        assert_eq!(all.first().map(|found| (found.name.as_str(), found.is_factory)), expected);
    }
}
