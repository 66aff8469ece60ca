//! Text -> a tree that knows where each of its parts was written.

use std::borrow::Cow;
use std::collections::HashMap;

use granit_parser::{ErrorKind, Event, Parser, ScalarStyle, ScanError, Tag};

use super::problem::{Finding, Span};

/// How large a text may grow.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// After aliases are expanded: bounds "billion laughs".
    pub nodes: usize,
    /// Levels of lists and maps.
    pub depth: usize,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Node {
    pub span: Span,
    pub content: Content,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Content {
    /// `plain`: written without quotes, so that it may be a number, true/false or nothing.
    Scalar {
        text: String,
        plain: bool,
    },
    List(Vec<Node>),
    Map(Vec<Entry>),
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    pub key: String,
    pub key_span: Span,
    pub value: Node,
}

impl Node {
    #[must_use]
    pub fn entries(&self) -> &[Entry] {
        match &self.content {
            Content::Map(entries) => entries,
            _ => &[],
        }
    }

    #[must_use]
    pub fn items(&self) -> &[Self] {
        match &self.content {
            Content::List(items) => items,
            _ => &[],
        }
    }

    #[must_use]
    pub fn text(&self) -> Option<&str> {
        match &self.content {
            Content::Scalar { text, .. } => Some(text),
            _ => None,
        }
    }

    #[must_use]
    pub fn entry(&self, key: &str) -> Option<&Entry> {
        self.entries().iter().find(|entry| entry.key == key)
    }
}

/// Reads one document; none where there is nothing in it. The tree comes with what is wrong in its parts (a key given
/// twice).
///
/// # Errors
/// Where the text is not YAML at all there is only the reason.
pub fn read(text: &str, limits: Limits) -> Result<(Option<Node>, Vec<Finding>), Finding> {
    let options = granit_parser::options! {
        emit_comments: false,
        block_nesting_limit: limits.depth,
        flow_nesting_limit: limits.depth,
    };
    let mut builder =
        Builder { text, limits, root: None, open: Vec::new(), anchors: HashMap::new(), nodes: 0, findings: Vec::new() };
    for event in Parser::new_from_str_with_options(text, options) {
        let (event, span) = event.map_err(|e| syntax(&e, limits))?;
        builder.event(event, span)?;
    }
    let root = builder.root.filter(|root| root.content != (Content::Scalar { text: String::new(), plain: true }));
    Ok((root, builder.findings))
}

pub const START: Span = Span { line: 1, column: 1, length: 1 };

fn syntax(error: &ScanError, limits: Limits) -> Finding {
    let at = Span { line: error.marker().line(), column: error.marker().col() + 1, length: 1 };
    match error.kind() {
        ErrorKind::TabNotAllowed
        | ErrorKind::TabInBlockIndentation
        | ErrorKind::TabInIndentation
        | ErrorKind::TabAtBlockScalarStart
        | ErrorKind::TabInPlainScalar => Finding::new(at, "a tab is used where YAML wants spaces")
            .hint("indent with two spaces; most editors convert tabs on request"),
        ErrorKind::UnknownAnchor => {
            Finding::new(at, "this alias has no anchor").hint("a text that starts with `*` must be quoted")
        }
        ErrorKind::RecursionLimitExceeded => Finding::new(at, format!("nested deeper than {} levels", limits.depth)),
        ErrorKind::UnclosedQuotedScalar => Finding::new(at, "this quote is not closed"),
        ErrorKind::MappingValueNotAllowed | ErrorKind::InvalidColonPlacement => {
            Finding::new(at, "a `:` is not expected here")
                .hint("check the indentation; a text that holds `: ` must be quoted")
        }
        ErrorKind::UnexpectedCharacter { character } => {
            Finding::new(at, format!("the character `{character}` cannot start a value"))
                .hint("quote a text that starts with it")
        }
        _ => Finding::new(at, format!("not valid YAML: {}", error.info()))
            .hint("check the indentation and the quotes of this line and the one before"),
    }
}

/// Puts the parser's events together.
struct Builder<'t> {
    text: &'t str,
    limits: Limits,
    root: Option<Node>,
    open: Vec<Open>,
    anchors: HashMap<usize, Node>,
    nodes: usize,
    findings: Vec<Finding>,
}

/// A list or map that has not ended yet.
struct Open {
    span: Span,
    anchor: usize,
    kind: Kind,
}

enum Kind {
    List(Vec<Node>),
    /// The key that still waits for its value, and whether that key was given before.
    Map {
        entries: Vec<Entry>,
        key: Option<Key>,
    },
}

struct Key {
    text: String,
    span: Span,
    /// A key given twice keeps its first value; one that is not text has none.
    dropped: bool,
}

impl Builder<'_> {
    fn event(&mut self, event: Event<'_>, at: granit_parser::Span) -> Result<(), Finding> {
        let span = self.span(at);
        match event {
            Event::DocumentStart(..) if self.root.is_some() => {
                return Err(Finding::new(span, "a second document starts here")
                    .hint("one plat.yaml describes one service; give each its own folder"));
            }
            Event::Scalar(text, style, anchor, tag) => {
                // `!!str` says what quotes say; no other tag has a meaning here.
                let plain = style == ScalarStyle::Plain && tag.is_none();
                self.refuse(tag.filter(|tag| !tag.is_yaml_core_schema_tag("str")), span);
                return self.add(Node { span, content: Content::Scalar { text: text.into_owned(), plain } }, anchor);
            }
            Event::SequenceStart(_, anchor, tag) => {
                self.refuse(tag, span);
                self.open.push(Open { span, anchor, kind: Kind::List(Vec::new()) });
            }
            Event::MappingStart(_, anchor, tag) => {
                self.refuse(tag, span);
                self.open.push(Open { span, anchor, kind: Kind::Map { entries: Vec::new(), key: None } });
            }
            Event::SequenceEnd | Event::MappingEnd => {
                let Some(Open { span, anchor, kind }) = self.open.pop() else { return Ok(()) };
                let content = match kind {
                    Kind::List(items) => Content::List(items),
                    Kind::Map { entries, .. } => Content::Map(entries),
                };
                return self.add(Node { span, content }, anchor);
            }
            Event::Alias(anchor) => return self.alias(anchor, span),
            _ => {}
        }
        Ok(())
    }

    fn refuse(&mut self, tag: Option<Cow<'_, Tag>>, span: Span) {
        if let Some(tag) = tag {
            self.findings.push(Finding::new(span, format!("the tag `{tag}` has no meaning here")).hint("remove it"));
        }
    }

    fn alias(&mut self, anchor: usize, span: Span) -> Result<(), Finding> {
        let Some(node) = self.anchors.get(&anchor).cloned() else {
            // Its anchor is still open, so it would contain itself.
            return Err(Finding::new(span, "this alias refers to the value that contains it"));
        };
        let (nodes, depth) = size(&node);
        self.nodes += nodes;
        let limit = self.limits.depth;
        if self.open.len() + depth > limit {
            return Err(Finding::new(span, format!("with this alias, nested deeper than {limit} levels")));
        }
        self.add(node, 0)
    }

    /// Puts a finished node where it belongs: root, list item, key or value.
    fn add(&mut self, node: Node, anchor: usize) -> Result<(), Finding> {
        self.nodes += 1;
        let limit = self.limits.nodes;
        if self.nodes > limit {
            return Err(Finding::new(node.span, format!("the file grows to more than {limit} values"))
                .hint("write the values out instead of nesting aliases"));
        }
        if anchor != 0 {
            self.anchors.insert(anchor, node.clone());
        }
        match self.open.last_mut().map(|open| &mut open.kind) {
            None => self.root = Some(node),
            Some(Kind::List(items)) => items.push(node),
            Some(Kind::Map { entries, key }) => match key.take() {
                None => *key = Some(as_key(node, entries, &mut self.findings)),
                Some(key) if key.dropped => {}
                Some(Key { text, span, .. }) => entries.push(Entry { key: text, key_span: span, value: node }),
            },
        }
        Ok(())
    }

    /// The first line of what the parser saw; a value without text has the place where it would be.
    fn span(&self, at: granit_parser::Span) -> Span {
        let first_line = at.slice(self.text).and_then(|text| text.lines().next()).unwrap_or_default();
        Span { line: at.start.line(), column: at.start.col() + 1, length: first_line.trim_end().chars().count().max(1) }
    }
}

fn as_key(node: Node, entries: &[Entry], findings: &mut Vec<Finding>) -> Key {
    let span = node.span;
    let Content::Scalar { text, .. } = node.content else {
        findings.push(Finding::new(span, "a key must be a text"));
        return Key { text: String::new(), span, dropped: true };
    };
    let first = entries.iter().find(|entry| entry.key == text);
    if let Some(first) = first {
        findings.push(
            Finding::new(span, format!("`{text}` is given twice; first on line {}", first.key_span.line))
                .hint("keep one of them"),
        );
    }
    Key { dropped: first.is_some(), text, span }
}

/// Nodes and levels of a value.
fn size(node: &Node) -> (usize, usize) {
    let children: Vec<&Node> = match &node.content {
        Content::Scalar { .. } => return (1, 0),
        Content::List(items) => items.iter().collect(),
        Content::Map(entries) => entries.iter().map(|entry| &entry.value).collect(),
    };
    children.into_iter().map(size).fold((1, 1), |(nodes, depth), (n, d)| (nodes + n, depth.max(d + 1)))
}
