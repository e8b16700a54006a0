//! YAML as a tree with lines. Every scalar is text; whether it was quoted is kept, because `null` and `'null'` differ.
//!
//! Bounded: nesting, nodes (copies through aliases counted) and bytes of one file have an end, so that a few lines
//! cannot unfold into gigabytes.

use std::borrow::Cow;
use std::collections::HashMap;

use saphyr_parser::{Event, Parser, ScalarStyle};

use crate::refusal::Refusal;

/// Nodes of one file, copies through aliases counted.
const NODES: usize = 200_000;
/// Deepest nesting that is read.
const DEPTH: usize = 32;

/// A value with the line that it begins on, from 1.
#[derive(Debug, Clone)]
pub(crate) struct Node<'a> {
    pub(crate) line: u32,
    pub(crate) value: Value<'a>,
}

#[derive(Debug, Clone)]
pub(crate) enum Value<'a> {
    /// `plain`: without quotes, so that it may be `null`, a number or a truth value.
    Scalar {
        text: Cow<'a, str>,
        plain: bool,
    },
    List(Vec<Node<'a>>),
    Map(Vec<Entry<'a>>),
}

/// An entry of a map, with the line of its key.
#[derive(Debug, Clone)]
pub(crate) struct Entry<'a> {
    pub(crate) line: u32,
    pub(crate) key: Cow<'a, str>,
    pub(crate) node: Node<'a>,
}

impl<'a> Node<'a> {
    /// The value of a key, when this is a map that has it.
    pub(crate) fn get(&self, key: &str) -> Option<&Node<'a>> {
        self.entries()
            .iter()
            .find(|e| e.key == key)
            .map(|e| &e.node)
    }

    /// The entries of a map; none when this is not one.
    pub(crate) fn entries(&self) -> &[Entry<'a>] {
        match &self.value {
            Value::Map(entries) => entries,
            _ => &[],
        }
    }

    /// The text of a scalar that is not null.
    pub(crate) fn text(&self) -> Option<&str> {
        match &self.value {
            Value::Scalar { text, .. } if !self.is_null() => Some(text),
            _ => None,
        }
    }

    /// Whether this says that there is nothing.
    pub(crate) fn is_null(&self) -> bool {
        matches!(&self.value, Value::Scalar { text, plain: true }
            if matches!(&**text, "" | "~" | "null" | "Null" | "NULL"))
    }

    /// The texts of a list, or the one text; what is neither is left out.
    pub(crate) fn texts(&self) -> Vec<String> {
        match &self.value {
            Value::List(nodes) => nodes
                .iter()
                .filter_map(Node::text)
                .map(str::to_owned)
                .collect(),
            _ => self.text().map(str::to_owned).into_iter().collect(),
        }
    }

    /// `true` or `false`.
    pub(crate) fn truth(&self) -> Option<bool> {
        match self.text()? {
            "true" | "True" | "TRUE" | "yes" => Some(true),
            "false" | "False" | "FALSE" | "no" => Some(false),
            _ => None,
        }
    }
}

struct Open<'a> {
    line: u32,
    anchor: usize,
    value: Value<'a>,
    key: Option<(u32, Cow<'a, str>)>,
    /// Nodes in it so far.
    size: usize,
}

/// The documents of a text, up to the first place that cannot be read, which is told.
pub(crate) fn documents(text: &str) -> (Vec<Node<'_>>, Option<Refusal>) {
    let mut out = Vec::new();
    let refusal = read(text, &mut out).err();
    (out, refusal)
}

fn read<'a>(text: &'a str, out: &mut Vec<Node<'a>>) -> Result<(), Refusal> {
    let mut open: Vec<Open<'a>> = Vec::new();
    let mut anchors: HashMap<usize, (Node<'a>, usize)> = HashMap::new();
    let mut nodes = 0usize;
    for event in Parser::new_from_str(text) {
        let (event, span) = event.map_err(|e| {
            let line = u32::try_from(e.marker().line()).unwrap_or(u32::MAX);
            Refusal::new(line.max(1), format!("this is not YAML: {}", e.info()))
        })?;
        let line = u32::try_from(span.start.line()).unwrap_or(u32::MAX).max(1);
        let mut size = 1;
        let (node, anchor) = match event {
            Event::Scalar(text, style, anchor, _) => {
                let plain = style == ScalarStyle::Plain;
                let value = Value::Scalar { text, plain };
                (Node { line, value }, anchor)
            }
            Event::SequenceStart(anchor, _) | Event::MappingStart(anchor, _) => {
                if open.len() >= DEPTH {
                    return Err(Refusal::new(
                        line,
                        format!("nested deeper than {DEPTH} levels"),
                    ));
                }
                let value = match event {
                    Event::MappingStart(..) => Value::Map(Vec::new()),
                    _ => Value::List(Vec::new()),
                };
                let key = None;
                open.push(Open {
                    line,
                    anchor,
                    value,
                    key,
                    size,
                });
                continue;
            }
            Event::SequenceEnd | Event::MappingEnd => match open.pop() {
                None => continue,
                Some(done) => {
                    size = done.size;
                    (
                        Node {
                            line: done.line,
                            value: done.value,
                        },
                        done.anchor,
                    )
                }
            },
            Event::Alias(id) => match anchors.get(&id) {
                None => {
                    return Err(Refusal::new(
                        line,
                        "an alias of something that is not there",
                    ));
                }
                Some((node, copied)) => {
                    size = *copied;
                    nodes = nodes.saturating_add(size);
                    if nodes > NODES {
                        return Err(too_many(line));
                    }
                    (node.clone(), 0)
                }
            },
            Event::DocumentStart(_) => {
                open.clear();
                anchors.clear();
                continue;
            }
            _ => continue,
        };
        nodes = nodes.saturating_add(1);
        if nodes > NODES {
            return Err(too_many(line));
        }
        if anchor > 0 {
            nodes = nodes.saturating_add(size);
            anchors.insert(anchor, (node.clone(), size));
        }
        let Some(parent) = open.last_mut() else {
            out.push(node);
            continue;
        };
        parent.size = parent.size.saturating_add(size);
        match &mut parent.value {
            Value::List(list) => list.push(node),
            Value::Map(entries) => match parent.key.take() {
                None => match node.value {
                    Value::Scalar { text, .. } => parent.key = Some((line, text)),
                    _ => return Err(Refusal::new(line, "a key that is not a text")),
                },
                Some((line, key)) => {
                    // Long maps are not searched: none of ours are, and what stands twice in them is an "or".
                    if entries.len() < 1000 && entries.iter().any(|e| e.key == key) {
                        let what = format!("the key {key:?} stands twice in one map");
                        return Err(Refusal::new(line, what));
                    }
                    entries.push(Entry { line, key, node });
                }
            },
            Value::Scalar { .. } => {}
        }
    }
    Ok(())
}

fn too_many(line: u32) -> Refusal {
    Refusal::new(
        line,
        format!("more than {NODES} nodes in one file, aliases unfolded"),
    )
}
