//! What is there to be looked at: the names of files, and the texts of those that can say something.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::claim::Evidence;
use super::documents::{self, Format};
use super::paths;
use crate::located::Node;
use crate::text::foreign_line;

/// Characters of a line that a reader is shown.
const SHOWN: usize = 100;

/// A repository as it was read, or a part of one. Paths are relative to its root, with `/`, in order.
#[derive(Debug, Clone, Default)]
pub struct Repository {
    files: Vec<String>,
    texts: BTreeMap<String, String>,
    /// The name of the root folder itself.
    name: String,
    /// What was not looked at, and why: sentences.
    pub skipped: Vec<String>,
    /// Names of lock files in the folders above, up to the root of the repository that this is a part of.
    pub around: Vec<String>,
}

impl Repository {
    #[must_use]
    pub fn new(name: impl Into<String>, mut files: Vec<String>, texts: BTreeMap<String, String>) -> Self {
        files.sort_unstable();
        Self { files, texts, name: name.into(), skipped: Vec::new(), around: Vec::new() }
    }

    #[must_use]
    pub fn files(&self) -> &[String] {
        &self.files
    }

    #[must_use]
    pub fn has(&self, path: &str) -> bool {
        self.files.binary_search_by(|file| file.as_str().cmp(path)).is_ok()
    }

    /// The first of these files that the folder has.
    #[must_use]
    pub fn first<'n>(&self, folder: &str, names: &[&'n str]) -> Option<&'n str> {
        names.iter().copied().find(|name| self.has(&paths::join(folder, name)))
    }

    /// Whether a folder above has one of these lock files.
    #[must_use]
    pub fn has_around(&self, names: &[&str]) -> bool {
        self.around.iter().any(|known| names.contains(&known.as_str()))
    }

    /// The text of a file that was read.
    #[must_use]
    pub fn text(&self, path: &str) -> Option<&str> {
        self.texts.get(path).map(String::as_str)
    }

    /// The files of this name, wherever they lie.
    pub fn named<'r>(&'r self, name: &'r str) -> impl Iterator<Item = &'r str> {
        self.files.iter().map(String::as_str).filter(move |path| paths::name(path) == name)
    }

    /// The files that were read below a folder, with their texts.
    pub fn texts_below<'r>(&'r self, folder: &str) -> impl Iterator<Item = (&'r str, &'r str)> + use<'r> {
        let begin = if folder.is_empty() { String::new() } else { format!("{folder}/") };
        let from = self.texts.range(begin.clone()..);
        from.take_while(move |(path, _)| path.starts_with(&begin)).map(|(path, text)| (path.as_str(), text.as_str()))
    }

    /// The name of a folder; for the root that of the repository's folder.
    #[must_use]
    pub fn folder_name<'r>(&'r self, folder: &'r str) -> &'r str {
        if folder.is_empty() { &self.name } else { paths::name(folder) }
    }

    /// A file of JSON, YAML or TOML as a tree with places.
    #[must_use]
    pub fn document(&self, path: &str) -> Option<Node> {
        documents::read(self.text(path)?, format(path))
    }

    /// The sentence for a reader about a file that is not of its format; none where it is. What could not even be read is
    /// in `skipped`.
    #[must_use]
    pub fn broken(&self, path: &str) -> Option<String> {
        let format = format(path);
        let (line, why) = documents::problem(self.text(path)?, format)?;
        let name = match format {
            Format::Json => "JSON",
            Format::Yaml => "YAML",
            Format::Toml => "TOML",
        };
        Some(format!("{path}:{line}: not {name} ({}), so what it says is not known", foreign_line(why.trim(), SHOWN)))
    }

    /// A line of a file, safe to be shown.
    #[must_use]
    pub fn line(&self, path: &str, line: usize) -> Evidence {
        let text = self.text(path).and_then(|text| text.lines().nth(line.saturating_sub(1))).unwrap_or_default();
        Evidence { file: path.to_owned(), line: Some(line), text: shown(text) }
    }

    /// The line where a part of a document was written.
    #[must_use]
    pub fn at(&self, path: &str, node: &Node) -> Evidence {
        self.line(path, node.span.line)
    }

    /// The first line that holds this text.
    #[must_use]
    pub fn find(&self, path: &str, needle: &str) -> Option<Evidence> {
        let line = self.text(path)?.lines().position(|line| line.contains(needle))?;
        Some(self.line(path, line + 1))
    }
}

fn format(path: &str) -> Format {
    match paths::ending(path) {
        "toml" => Format::Toml,
        "json" => Format::Json,
        _ if paths::name(path) == "Pipfile" => Format::Toml,
        _ => Format::Yaml,
    }
}

/// A line as a reader is shown it: trimmed, its secrets masked, without its last comma.
fn shown(line: &str) -> String {
    let mut text = String::new();
    let _ = write!(text, "{}", foreign_line(line.trim(), SHOWN));
    text.trim_end_matches(',').to_owned()
}
