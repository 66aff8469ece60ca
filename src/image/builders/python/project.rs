//! pyproject.toml and what lies beside it: the release of Python, what runs.

use std::path::{Path, PathBuf};

use toml_edit::{DocumentMut, Item};

use crate::error::{Error, Result};
use crate::image::builders::entry_point::{EntryPoint, of_line};
use crate::input::{self, Refusal};
use crate::reason::Reason;
use crate::toolchain::release::{PYTHON_FILES, lowest_python, python_minor};

/// People write it; in bytes.
const LARGEST: u64 = 4 << 20;

#[derive(Debug)]
pub struct Project {
    pub folder: PathBuf,
    /// pyproject.toml; empty where there is none.
    pub pyproject: DocumentMut,
}

impl Project {
    /// # Errors
    /// When pyproject.toml cannot be understood, with its place.
    pub fn read(folder: &Path) -> Result<Self> {
        let file = folder.join("pyproject.toml");
        let text = match input::read_text(&file, LARGEST) {
            Ok(text) => text,
            Err(Refusal::NotFound(_)) => String::new(),
            Err(refusal) => return Err(Error::user(format!("pyproject.toml {refusal}")).at(file.display())),
        };
        let pyproject = text.parse::<DocumentMut>().map_err(|e| {
            let line = e.span().map_or(1, |span| text[..span.start.min(text.len())].lines().count().max(1));
            Error::user(format!("pyproject.toml is not TOML: {}", e.message()))
                .at(format!("{}:{line}", file.display()))
                .hint("fix the line")
                .reason(Reason::BuildFailed)
        })?;
        Ok(Self { folder: folder.to_owned(), pyproject })
    }

    pub fn get(&self, path: &[&str]) -> Option<&Item> {
        path.iter().try_fold(self.pyproject.as_item(), |item, key| item.get(key))
    }

    /// `3.13`: of `.python-version` or `runtime.txt` (`python-3.13.1`), else the lowest that `requires-python` allows.
    pub fn version(&self) -> Option<String> {
        let said = |name: &&str| {
            let text = input::read_text(&self.folder.join(name), LARGEST).ok()?;
            python_minor(text.lines().next()?.trim())
        };
        let written = PYTHON_FILES.iter().find_map(said);
        let poetry = self.get(&["tool", "poetry", "dependencies", "python"]);
        let required = self.get(&["project", "requires-python"]).or(poetry).and_then(Item::as_str);
        written.or_else(|| lowest_python(required?))
    }

    /// What runs: the Procfile's `web`, else the only script, else the package that can be run.
    ///
    /// # Errors
    /// When nothing says it.
    pub fn entry_point(&self) -> Result<EntryPoint> {
        let procfile = input::read_text(&self.folder.join("Procfile"), LARGEST).unwrap_or_default();
        if let Some(line) = procfile.lines().find_map(|line| line.strip_prefix("web:")) {
            return Ok(of_line(line));
        }
        let scripts = self.get(&["project", "scripts"]).or_else(|| self.get(&["tool", "poetry", "scripts"]));
        let scripts = scripts.and_then(Item::as_table_like).into_iter().flat_map(|scripts| scripts.iter());
        let scripts: Vec<&str> = scripts.filter_map(|(_, target)| target.as_str()).collect();
        if let [target] = scripts.as_slice()
            && let Some((module, function)) = target.split_once(':')
        {
            return Ok(words(&[
                "python3",
                "-c",
                &format!("import sys; from {module} import {function}; sys.exit({function}())"),
            ]));
        }
        if let Some(package) = self.runnable() {
            return Ok(words(&["python3", "-m", &package]));
        }
        for file in ["main.py", "app.py", "server.py"] {
            let text = input::read_text(&self.folder.join(file), LARGEST).unwrap_or_default();
            if text.contains("__main__") {
                return Ok(words(&["python3", file]));
            }
        }
        Err(Error::user("nothing says how the program starts")
            .at(self.folder.display())
            .detail("there is no web: line in a Procfile, no single script in pyproject.toml, no package with a __main__.py")
            .hint("say it in plat.yaml: command: [python3, -m, NAME], or command: [uvicorn, \"main:app\", --host, 0.0.0.0]")
            .reason(Reason::BuildFailed))
    }

    /// The only package with a `__main__.py`, here or below src.
    fn runnable(&self) -> Option<String> {
        let folders = [self.folder.join("src"), self.folder.clone()];
        for folder in folders {
            let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
            let packages = entries.filter(|entry| entry.path().join("__main__.py").is_file());
            let names: Vec<String> = packages.filter_map(|entry| entry.file_name().into_string().ok()).collect();
            if let [only] = names.as_slice() {
                return Some(only.clone());
            }
        }
        None
    }
}

fn words(words: &[&str]) -> EntryPoint {
    EntryPoint { words: words.iter().map(|word| (*word).to_owned()).collect(), env: Vec::new() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;
    use std::fs;

    #[rstest]
    #[case::of_pyenv(&[(".python-version", "3.12\n"), ("runtime.txt", "python-3.11.9\n")], Some("3.12"))]
    #[case::of_heroku(&[("runtime.txt", "python-3.11.9\n")], Some("3.11"))]
    #[case::nobody_says(&[("Procfile", "web: x\n")], None)]
    fn the_release_is_found(#[case] files: &[(&str, &str)], #[case] expected: Option<&str>) {
        let folder = tempfile::tempdir().unwrap();
        for (path, content) in files {
            fs::write(folder.path().join(path), content).unwrap();
        }
        assert_eq!(Project::read(folder.path()).unwrap().version().as_deref(), expected);
    }

    #[rstest]
    #[case::procfile(&[("Procfile", "release: x\nweb: gunicorn app:app\n"), ("main.py", "__main__")], "gunicorn app:app")]
    #[case::a_script(
        &[("pyproject.toml", "[project]\nscripts = {shop = 'shop.cli:run'}")],
        "python3 -c import sys; from shop.cli import run; sys.exit(run())"
    )]
    #[case::a_package(&[("src/shop/__main__.py", "")], "python3 -m shop")]
    #[case::a_file(&[("main.py", "if __name__ == '__main__': run()")], "python3 main.py")]
    fn what_runs_is_found(#[case] files: &[(&str, &str)], #[case] expected: &str) {
        let folder = tempfile::tempdir().unwrap();
        for (path, content) in files {
            let path = folder.path().join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, content).unwrap();
        }
        let entry = Project::read(folder.path()).unwrap().entry_point().unwrap();
        assert_eq!(entry.words.join(" "), expected);
    }
}
