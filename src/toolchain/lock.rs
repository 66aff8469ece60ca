//! How a lock file is made, with what is there. What nothing here can do names how to get a tool that can.

/// The lock files of Node that are built from, and the package manager that writes each.
pub const NODE: [(&str, &str); 4] =
    [("package-lock.json", "npm"), ("npm-shrinkwrap.json", "npm"), ("pnpm-lock.yaml", "pnpm"), ("yarn.lock", "yarn")];

/// What the dependencies are written in, where nothing locks them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unlocked<'a> {
    /// package.json, with the package manager that it names.
    Node(Option<&'a str>),
    /// pyproject.toml.
    Python,
    /// pyproject.toml with `[tool.poetry]`.
    Poetry,
    Pipfile,
    /// setup.py, setup.cfg.
    Setup(&'a str),
    Cargo,
}

/// Where uv is put that is wanted once.
const UV: &str = "/tmp/uv";

/// The command to be run in the project's folder. `is_there`: whether a program is on PATH.
#[must_use]
pub fn how(unlocked: Unlocked<'_>, is_there: impl Fn(&str) -> bool) -> String {
    match unlocked {
        Unlocked::Node(Some("pnpm")) => by_corepack("pnpm", "install --lockfile-only", is_there),
        Unlocked::Node(Some("yarn")) => by_corepack("yarn", "install", is_there),
        Unlocked::Node(_) => "npm install --package-lock-only".to_owned(),
        Unlocked::Cargo => "cargo generate-lockfile".to_owned(),
        Unlocked::Python if is_there("uv") => "uv lock".to_owned(),
        Unlocked::Poetry if is_there("poetry") => "poetry lock".to_owned(),
        Unlocked::Python | Unlocked::Poetry => pinned("pyproject.toml", is_there),
        Unlocked::Setup(file) => pinned(file, is_there),
        Unlocked::Pipfile => {
            let pipenv = if is_there("pipenv") || !is_there("pipx") { "pipenv" } else { "pipx run pipenv" };
            let get = if is_there("pipenv") || is_there("pipx") { "" } else { "pip install pipenv && " };
            format!("{get}{pipenv} lock && {pipenv} requirements > requirements.txt")
        }
    }
}

/// requirements.txt, which needs nothing but pip when it is built.
fn pinned(file: &str, is_there: impl Fn(&str) -> bool) -> String {
    let compile = format!("pip compile {file} --output-file requirements.txt");
    match ["uv", "pip-compile", "pipx", "python3"].into_iter().find(|program| is_there(program)) {
        Some("uv") => format!("uv {compile}"),
        Some("pip-compile") => format!("pip-compile {file} --output-file requirements.txt"),
        Some("pipx") => format!("pipx run uv {compile}"),
        Some(_) => format!("python3 -m venv {UV} && {UV}/bin/pip install uv && {UV}/bin/uv {compile}"),
        None => format!("uv {compile} (https://docs.astral.sh/uv has uv)"),
    }
}

fn by_corepack(program: &str, arguments: &str, is_there: impl Fn(&str) -> bool) -> String {
    let get = match (is_there(program), is_there("corepack")) {
        (true, _) => String::new(),
        (_, true) => "corepack enable && ".to_owned(),
        _ => format!("npm install --global {program} && "),
    };
    format!("{get}{program} {arguments}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case(Unlocked::Python, &["uv", "pipx"], "uv lock")]
    #[case(Unlocked::Python, &["pipx", "python3"], "pipx run uv pip compile pyproject.toml --output-file requirements.txt")]
    #[case(Unlocked::Python, &["python3"], "python3 -m venv /tmp/uv && /tmp/uv/bin/pip install uv && /tmp/uv/bin/uv pip compile pyproject.toml --output-file requirements.txt")]
    #[case(Unlocked::Python, &[], "uv pip compile pyproject.toml --output-file requirements.txt (https://docs.astral.sh/uv has uv)")]
    #[case(Unlocked::Poetry, &["poetry", "uv"], "poetry lock")]
    #[case(Unlocked::Poetry, &["uv"], "uv pip compile pyproject.toml --output-file requirements.txt")]
    #[case(Unlocked::Setup("setup.cfg"), &["pip-compile"], "pip-compile setup.cfg --output-file requirements.txt")]
    #[case(Unlocked::Pipfile, &["pipx"], "pipx run pipenv lock && pipx run pipenv requirements > requirements.txt")]
    #[case(Unlocked::Node(Some("pnpm")), &["pnpm"], "pnpm install --lockfile-only")]
    #[case(Unlocked::Node(Some("pnpm")), &["corepack"], "corepack enable && pnpm install --lockfile-only")]
    #[case(Unlocked::Node(Some("yarn")), &[], "npm install --global yarn && yarn install")]
    #[case(Unlocked::Node(None), &[], "npm install --package-lock-only")]
    fn what_is_there_makes_it(#[case] unlocked: Unlocked, #[case] there: &[&str], #[case] expected: &str) {
        assert_eq!(how(unlocked, |program| there.contains(&program)), expected);
    }
}
