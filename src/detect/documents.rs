//! JSON, YAML and TOML -> one kind of tree, whose parts know their lines.

use serde::de::IgnoredAny;
use toml_edit::{Document, Item, Table, Value};

use crate::located::{self, Content, Entry, Limits, Node, Span};

/// Larger ones are made by machines.
const LIMITS: Limits = Limits { nodes: 50_000, depth: 64 };

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    Json,
    Yaml,
    Toml,
}

/// None where the text is not of its format: somebody else's tools say what is wrong with it.
#[must_use]
pub fn read(text: &str, format: Format) -> Option<Node> {
    match format {
        // JSON is YAML.
        Format::Json | Format::Yaml => located::read(first_document(text), LIMITS).ok()?.0.map(merged),
        Format::Toml => {
            let document = Document::parse(text).ok()?;
            Some(Lines { text }.table(document.as_table()))
        }
    }
}

/// Why a text is not of its format, as a clause, with the line; none where it is.
#[must_use]
pub fn problem(text: &str, format: Format) -> Option<(usize, String)> {
    match format {
        Format::Yaml => {
            let finding = located::read(first_document(text), LIMITS).err()?;
            Some((finding.span.line, finding.message))
        }
        // Who writes JSON is told of JSON.
        Format::Json => {
            let error = serde_json::from_str::<IgnoredAny>(text).err()?;
            let whole = error.to_string();
            Some((error.line(), whole.split(" at line ").next().unwrap_or_default().to_owned()))
        }
        Format::Toml => {
            let error = Document::parse(text).err()?;
            let start = error.span().map_or(0, |span| span.start.min(text.len()));
            Some((text[..start].matches('\n').count() + 1, error.message().to_owned()))
        }
    }
}

/// What a scalar says, by its path of keys.
#[must_use]
pub fn text_at<'n>(node: &'n Node, path: &[&str]) -> Option<&'n str> {
    at(node, path)?.text()
}

#[must_use]
pub fn at<'n>(node: &'n Node, path: &[&str]) -> Option<&'n Node> {
    path.iter().try_fold(node, |node, key| Some(&node.entry(key)?.value))
}

/// The items of a list, or a single value as the only one of it.
#[must_use]
pub fn list(node: &Node) -> Vec<&Node> {
    match &node.content {
        Content::List(items) => items.iter().collect(),
        Content::Map(_) => Vec::new(),
        Content::Scalar { .. } => vec![node],
    }
}

/// compose and skaffold files may hold several; the first is the file's own.
fn first_document(text: &str) -> &str {
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        let is_break = line.trim_end() == "---" && !text[..at].trim().is_empty();
        if is_break && !text[..at].lines().all(|line| line.trim().is_empty() || line.starts_with(['#', '-'])) {
            return &text[..at];
        }
        at += line.len();
    }
    text
}

/// `<<: *common` put in, as compose does.
fn merged(node: Node) -> Node {
    let Node { span, content } = node;
    let content = match content {
        Content::List(items) => Content::List(items.into_iter().map(merged).collect()),
        Content::Map(entries) => {
            let (merges, own): (Vec<Entry>, Vec<Entry>) = entries.into_iter().partition(|entry| entry.key == "<<");
            let mut all: Vec<Entry> =
                own.into_iter().map(|entry| Entry { value: merged(entry.value), ..entry }).collect();
            for merge in merges {
                let value = merged(merge.value);
                let maps = if value.items().is_empty() { vec![&value] } else { value.items().iter().collect() };
                for entry in maps.into_iter().flat_map(Node::entries) {
                    if all.iter().all(|known| known.key != entry.key) {
                        all.push(entry.clone());
                    }
                }
            }
            Content::Map(all)
        }
        scalar @ Content::Scalar { .. } => scalar,
    };
    Node { span, content }
}

/// TOML's places are bytes.
struct Lines<'t> {
    text: &'t str,
}

impl Lines<'_> {
    fn span(&self, bytes: Option<std::ops::Range<usize>>) -> Span {
        let before = bytes.and_then(|bytes| self.text.get(..bytes.start)).unwrap_or_default();
        let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
        Span { line: before.matches('\n').count() + 1, column, length: 1 }
    }

    fn table(&self, table: &Table) -> Node {
        let entries = table.iter().filter_map(|(key, item)| {
            let key_span = self.span(table.key(key).and_then(toml_edit::Key::span));
            Some(Entry { key: key.to_owned(), key_span, value: self.item(item)? })
        });
        Node { span: self.span(table.span()), content: Content::Map(entries.collect()) }
    }

    fn item(&self, item: &Item) -> Option<Node> {
        match item {
            Item::None => None,
            Item::Value(value) => Some(self.value(value)),
            Item::Table(table) => Some(self.table(table)),
            Item::ArrayOfTables(tables) => {
                let content = Content::List(tables.iter().map(|table| self.table(table)).collect());
                Some(Node { span: self.span(tables.span()), content })
            }
        }
    }

    fn value(&self, value: &Value) -> Node {
        let plain = |text: String| Content::Scalar { text, plain: true };
        let content = match value {
            Value::String(text) => Content::Scalar { text: text.value().clone(), plain: false },
            Value::Integer(number) => plain(number.value().to_string()),
            Value::Float(number) => plain(number.value().to_string()),
            Value::Boolean(yes) => plain(yes.value().to_string()),
            Value::Datetime(moment) => plain(moment.value().to_string()),
            Value::Array(items) => Content::List(items.iter().map(|item| self.value(item)).collect()),
            Value::InlineTable(table) => Content::Map(
                table
                    .iter()
                    .map(|(key, value)| {
                        let value = self.value(value);
                        Entry { key: key.to_owned(), key_span: value.span, value }
                    })
                    .collect(),
            ),
        };
        Node { span: self.span(value.span()), content }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case::toml(Format::Toml, "[a]\nb = 1\n[[a.c]]\nd = \"x\"\n", &["a", "b"], Some(("1", 2)))]
    #[case::inline(Format::Toml, "a = {b = [1,\n 2], c = 'x'}", &["a", "c"], Some(("x", 2)))]
    #[case::json(Format::Yaml, "{\n  \"a\": {\"b\": \"x\"}\n}", &["a", "b"], Some(("x", 2)))]
    #[case::merge(Format::Yaml, "x: &x {b: 1, c: 2}\na:\n  <<: *x\n  c: 3\n", &["a", "b"], Some(("1", 1)))]
    #[case::merged_below_own(Format::Yaml, "x: &x {c: 2}\na:\n  <<: *x\n  c: 3\n", &["a", "c"], Some(("3", 4)))]
    #[case::first_of_several(Format::Yaml, "# x\n---\na: {b: 1}\n---\na: {b: 2}\n", &["a", "b"], Some(("1", 3)))]
    #[case::broken(Format::Toml, "[a\n", &["a"], None)]
    fn a_value_is_found_with_its_line(
        #[case] format: Format,
        #[case] text: &str,
        #[case] path: &[&str],
        #[case] expected: Option<(&str, usize)>,
    ) {
        let tree = read(text, format);
        let found = tree.as_ref().and_then(|tree| at(tree, path));
        assert_eq!(found.and_then(|node| Some((node.text()?, node.span.line))), expected);
    }
}
