//! The `detection` of a rule as written: named searches, and in them fields with what is asked of them.
//!
//! This is what pipelines change. [`crate::modifiers`] makes questions of it.

use crate::refusal::Refusal;
use crate::yaml::{Node, Value};

/// A search, or a part of one.
#[derive(Debug, Clone)]
pub(crate) enum Search {
    /// Entries of a map.
    All(Vec<Search>),
    /// Elements of a list.
    Any(Vec<Search>),
    Item(Item),
}

/// A field, or nothing for words anywhere, and what is asked of it.
#[derive(Debug, Clone)]
pub(crate) struct Item {
    pub(crate) line: u32,
    pub(crate) field: Option<String>,
    pub(crate) modifiers: Vec<String>,
    pub(crate) values: Vec<Scalar>,
}

/// A value as written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Scalar {
    pub(crate) line: u32,
    /// `None` for null.
    pub(crate) text: Option<String>,
}

/// The searches and the conditions of a rule.
#[derive(Debug, Clone, Default)]
pub(crate) struct Detection {
    /// In the order of the rule.
    pub(crate) searches: Vec<(String, Search)>,
    /// Several are joined by "or".
    pub(crate) conditions: Vec<(u32, String)>,
}

impl Detection {
    /// Reads the map under `detection` (or `filter`, whose other keys are named in `except`).
    pub(crate) fn read(node: &Node<'_>, except: &[&str]) -> Result<Self, Refusal> {
        let mut out = Self::default();
        for entry in node.entries() {
            match &*entry.key {
                "condition" => match &entry.node.value {
                    Value::List(list) => {
                        for one in list {
                            let text = one.text().ok_or_else(|| no_condition(one.line))?;
                            out.conditions.push((one.line, text.to_owned()));
                        }
                    }
                    _ => {
                        let text = entry.node.text().ok_or_else(|| no_condition(entry.line))?;
                        out.conditions.push((entry.node.line, text.to_owned()));
                    }
                },
                "timeframe" => {}
                other if except.contains(&other) => {}
                name => {
                    let search = search(&entry.node)?;
                    out.searches.push((name.to_owned(), search));
                }
            }
        }
        if out.conditions.is_empty() {
            return Err(no_condition(node.line));
        }
        Ok(out)
    }
}

fn no_condition(line: u32) -> Refusal {
    Refusal::new(line, "there is no condition")
}

fn search(node: &Node<'_>) -> Result<Search, Refusal> {
    match &node.value {
        Value::Scalar { .. } => Ok(Search::Item(words(node.line, vec![scalar(node)?]))),
        Value::Map(entries) if entries.is_empty() => {
            Err(Refusal::new(node.line, "a search is empty"))
        }
        Value::List(list) if list.is_empty() => Err(Refusal::new(node.line, "a search is empty")),
        Value::Map(entries) => {
            let mut all = Vec::with_capacity(entries.len());
            for entry in entries {
                all.push(Search::Item(item(entry.line, &entry.key, &entry.node)?));
            }
            Ok(Search::All(all))
        }
        Value::List(list) => {
            let mut any = Vec::new();
            let mut values = Vec::new();
            for one in list {
                match &one.value {
                    Value::Scalar { .. } => values.push(scalar(one)?),
                    _ => any.push(search(one)?),
                }
            }
            if !values.is_empty() {
                any.push(Search::Item(words(node.line, values)));
            }
            Ok(Search::Any(any))
        }
    }
}

fn words(line: u32, values: Vec<Scalar>) -> Item {
    Item {
        line,
        field: None,
        modifiers: Vec::new(),
        values,
    }
}

fn item(line: u32, key: &str, node: &Node<'_>) -> Result<Item, Refusal> {
    let mut parts = key.split('|');
    let field = parts.next().filter(|f| !f.is_empty()).map(str::to_owned);
    let modifiers = parts.map(str::to_owned).collect();
    let values = match &node.value {
        Value::List(list) if list.is_empty() => {
            return Err(Refusal::new(line, format!("the list of {key:?} is empty")));
        }
        Value::List(list) => list.iter().map(scalar).collect::<Result<_, _>>()?,
        Value::Scalar { .. } => vec![scalar(node)?],
        Value::Map(_) => {
            return Err(Refusal::new(line, format!("the value of {key:?} is a map")));
        }
    };
    Ok(Item {
        line,
        field,
        modifiers,
        values,
    })
}

fn scalar(node: &Node<'_>) -> Result<Scalar, Refusal> {
    match &node.value {
        Value::Scalar { text, .. } => Ok(Scalar {
            line: node.line,
            text: (!node.is_null()).then(|| text.clone().into_owned()),
        }),
        _ => Err(Refusal::new(
            node.line,
            "a value is neither text nor number",
        )),
    }
}
