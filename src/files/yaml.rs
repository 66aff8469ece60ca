//! A document of YAML 1.1 -> JSON, as sigs.k8s.io/yaml does it: anchors and merge keys are resolved, keys become
//! texts. A key that is given twice is refused; kubectl would silently take the last one.

use std::collections::{HashMap, HashSet};
use std::rc::Rc;

use granit_parser::{Event, Parser, ScalarStyle};
use serde_json::{Map, Value};

use super::scalar::{self, Tag};
use crate::reason::Reason;
use crate::text::foreign_line;

/// Values that aliases may add: bounds "billion laughs".
const MAX_ALIASED: usize = 100_000;
/// Levels of lists and maps, as deep as JSON readers go. No object of Kubernetes comes near.
const MAX_DEPTH: usize = 100;

/// What is wrong, and the line of the text, from 1.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Fault {
    pub line: usize,
    pub what: String,
    pub reason: Reason,
}

impl Fault {
    fn new(line: usize, what: impl Into<String>) -> Self {
        Self { line, what: what.into(), reason: Reason::NotYaml }
    }
}

/// The one document of the text with the line where it begins; null where there is none.
pub(super) fn read(text: &str) -> Result<(usize, Value), Fault> {
    let options = granit_parser::options! {
        emit_comments: false,
        block_nesting_limit: MAX_DEPTH,
        flow_nesting_limit: MAX_DEPTH,
    };
    let mut builder = Builder::default();
    for event in Parser::new_from_str_with_options(text, options) {
        let (event, span) = event.map_err(|e| Fault::new(e.marker().line(), said(&e)))?;
        builder.event(event, span.start.line())?;
    }
    Ok(builder.root.map_or((1, Value::Null), |node| (node.line, unwrap(node.value))))
}

fn said(error: &granit_parser::ScanError) -> String {
    format!("this is not YAML: {}", foreign_line(&error.info(), 200))
}

/// A finished value; what an alias gives again is shared until then.
#[derive(Clone)]
struct Node {
    value: Rc<Value>,
    line: usize,
    /// Values in it, and levels.
    size: (usize, usize),
}

fn unwrap(value: Rc<Value>) -> Value {
    Rc::try_unwrap(value).unwrap_or_else(|shared| (*shared).clone())
}

struct Open {
    line: usize,
    anchor: usize,
    size: (usize, usize),
    kind: Collection,
}

enum Collection {
    List(Vec<Value>),
    Map {
        entries: Map<String, Value>,
        /// Keys that were written, not merged.
        own: HashSet<String>,
        key: Option<Key>,
    },
}

enum Key {
    Text(String),
    /// `<<`
    Merge,
}

#[derive(Default)]
struct Builder {
    root: Option<Node>,
    open: Vec<Open>,
    anchors: HashMap<usize, Node>,
    aliased: usize,
}

impl Builder {
    fn event(&mut self, event: Event<'_>, line: usize) -> Result<(), Fault> {
        match event {
            Event::DocumentStart(..) if self.root.is_some() => {
                return Err(Fault::new(
                    line,
                    "a second document begins without a line `---` before it: kubectl would drop it",
                ));
            }
            Event::Scalar(text, style, anchor, tag) => return self.scalar(&text, style, anchor, tag.as_deref(), line),
            Event::SequenceStart(_, anchor, _) => {
                self.open.push(Open { line, anchor, size: (1, 1), kind: Collection::List(Vec::new()) });
            }
            Event::MappingStart(_, anchor, _) => {
                let kind = Collection::Map { entries: Map::new(), own: HashSet::new(), key: None };
                self.open.push(Open { line, anchor, size: (1, 1), kind });
            }
            Event::SequenceEnd | Event::MappingEnd => {
                let Some(Open { line, anchor, size, kind }) = self.open.pop() else { return Ok(()) };
                let value = match kind {
                    Collection::List(items) => Value::Array(items),
                    Collection::Map { entries, .. } => Value::Object(entries),
                };
                return self.add(Node { value: Rc::new(value), line, size }, anchor);
            }
            Event::Alias(anchor) => {
                let node = self.anchors.get(&anchor).cloned();
                let node = node.ok_or_else(|| Fault::new(line, "this alias refers to the value that contains it"))?;
                self.aliased += node.size.0;
                if self.aliased > MAX_ALIASED {
                    return Err(Fault::new(line, "the document grows beyond all measure by its aliases"));
                }
                return self.add(Node { line, ..node }, 0);
            }
            _ => {}
        }
        Ok(())
    }

    fn scalar(
        &mut self,
        text: &str,
        style: ScalarStyle,
        anchor: usize,
        tag: Option<&granit_parser::Tag>,
        line: usize,
    ) -> Result<(), Fault> {
        let tag = match tag {
            Some(tag) => known(tag),
            None if style == ScalarStyle::Plain => Tag::Plain,
            None => Tag::Text,
        };
        if let Some(Open { kind: Collection::Map { entries: _, own, key: key @ None }, .. }) = self.open.last_mut() {
            if text == "<<" && tag == Tag::Plain {
                *key = Some(Key::Merge);
                return Ok(());
            }
            let name = scalar::key(text, tag).map_err(|what| Fault::new(line, what))?;
            if anchor != 0 {
                let value = Rc::new(Value::String(name.clone()));
                self.anchors.insert(anchor, Node { value, line, size: (1, 0) });
            }
            return claim(own, &name, line).map(|()| *key = Some(Key::Text(name)));
        }
        let value = scalar::value(text, tag).map_err(|what| Fault::new(line, what))?;
        self.add(Node { value: Rc::new(value), line, size: (1, 0) }, anchor)
    }

    /// Puts a finished value where it belongs: root, list item, key or value of a map.
    fn add(&mut self, node: Node, anchor: usize) -> Result<(), Fault> {
        if anchor != 0 {
            self.anchors.insert(anchor, node.clone());
        }
        let depth = self.open.len() + node.size.1;
        if depth > MAX_DEPTH {
            return Err(Fault::new(node.line, format!("nested deeper than {MAX_DEPTH} levels")));
        }
        let Some(Open { size, kind, .. }) = self.open.last_mut() else {
            self.root = Some(node);
            return Ok(());
        };
        *size = (size.0 + node.size.0, size.1.max(node.size.1 + 1));
        match kind {
            Collection::List(items) => items.push(unwrap(node.value)),
            Collection::Map { entries, own, key } => match key.take() {
                Some(Key::Text(name)) => {
                    entries.insert(name, unwrap(node.value));
                }
                Some(Key::Merge) => merge(entries, &node.value).map_err(|what| Fault::new(node.line, what))?,
                // An alias or a collection as a key.
                None => match &*node.value {
                    Value::String(name) => {
                        claim(own, name, node.line)?;
                        *key = Some(Key::Text(name.clone()));
                    }
                    _ => return Err(Fault::new(node.line, "a key must be a text")),
                },
            },
        }
        Ok(())
    }
}

fn claim(own: &mut HashSet<String>, name: &str, line: usize) -> Result<(), Fault> {
    if own.insert(name.to_owned()) {
        return Ok(());
    }
    let what = format!("`{}` is given twice; kubectl would silently take the last one", foreign_line(name, 80));
    Err(Fault { line, what, reason: Reason::DuplicateKey })
}

/// `<<`: what is written after it wins, and so it wins over what was written before it, as go-yaml has it. Of several
/// maps the earlier wins.
fn merge(entries: &mut Map<String, Value>, with: &Value) -> Result<(), String> {
    match with {
        Value::Object(with) => {
            entries.extend(with.iter().map(|(key, value)| (key.clone(), value.clone())));
            Ok(())
        }
        Value::Array(items) if items.iter().all(Value::is_object) => {
            items.iter().rev().try_for_each(|item| merge(entries, item))
        }
        _ => Err("`<<` takes a map, or a list of maps".to_owned()),
    }
}

fn known(tag: &granit_parser::Tag) -> Tag {
    let core = tag.handle() == "tag:yaml.org,2002:";
    match tag.suffix() {
        "" if tag.handle() == "!" => Tag::Plain,
        "str" if core => Tag::Text,
        "bool" if core => Tag::Boolean,
        "int" if core => Tag::Integer,
        "float" if core => Tag::Float,
        "null" if core => Tag::Null,
        "timestamp" if core => Tag::Timestamp,
        "binary" if core => Tag::Binary,
        _ => Tag::Other,
    }
}
