//! YAML as JSON values: Sigma rules are YAML. Aliases are followed once each as long as the whole stays
//! small, so that a few lines cannot unfold into gigabytes; every scalar is text.

use std::collections::HashMap;

use saphyr_parser::{Event, Parser};
use serde_json::{Map, Value};

/// Nodes of all documents together, copies through aliases counted.
const NODES: usize = 2_000_000;
/// Deepest nesting that is read.
const DEPTH: usize = 64;

/// A document with the line it starts on.
pub(crate) struct Document {
    pub(crate) value: Value,
    pub(crate) line: u32,
}

enum Open {
    List(Vec<Value>, usize),
    Map(Map<String, Value>, Option<String>, usize),
}

/// The first document of a text as a JSON value; every scalar is text. `None` when the text is not YAML.
pub fn yaml_value(text: &str) -> Option<Value> {
    match documents(text) {
        (documents, None) => documents.into_iter().next().map(|one| one.value),
        _ => None,
    }
}

/// The documents of a text, up to the first place that is not YAML, which is returned with its line.
pub(crate) fn documents(text: &str) -> (Vec<Document>, Option<(u32, String)>) {
    let mut out = Vec::new();
    let mut open: Vec<Open> = Vec::new();
    let mut anchors: HashMap<usize, (Value, usize)> = HashMap::new();
    let (mut nodes, mut deep, mut line) = (0usize, 0usize, 1u32);
    for event in Parser::new_from_str(text) {
        let (event, span) = match event {
            Ok(event) => event,
            Err(error) => {
                let at = u32::try_from(error.marker().line()).unwrap_or(u32::MAX);
                return (out, Some((at, error.info().to_owned())));
            }
        };
        nodes += 1;
        let here = u32::try_from(span.start.line()).unwrap_or(u32::MAX).max(1);
        let too_much = || Some((here, "more nodes than are read".to_owned()));
        if nodes > NODES {
            return (out, too_much());
        }
        let done = match event {
            Event::DocumentStart(_) => {
                open.clear();
                deep = 0;
                line = here;
                None
            }
            Event::Scalar(text, _, anchor, _) => Some((Value::String(text.into_owned()), anchor)),
            Event::Alias(id) => {
                let (value, size) = anchors.get(&id).cloned().unwrap_or((Value::Null, 1));
                nodes = nodes.saturating_add(size);
                if nodes > NODES {
                    return (out, too_much());
                }
                Some((value, 0))
            }
            Event::SequenceStart(anchor, _) => {
                if deep > 0 || open.len() >= DEPTH {
                    deep += 1;
                } else {
                    open.push(Open::List(Vec::new(), anchor));
                }
                None
            }
            Event::MappingStart(anchor, _) => {
                if deep > 0 || open.len() >= DEPTH {
                    deep += 1;
                } else {
                    open.push(Open::Map(Map::new(), None, anchor));
                }
                None
            }
            Event::SequenceEnd | Event::MappingEnd if deep > 0 => {
                deep -= 1;
                (deep == 0).then_some((Value::Null, 0))
            }
            Event::SequenceEnd | Event::MappingEnd => match open.pop() {
                Some(Open::List(list, anchor)) => Some((Value::Array(list), anchor)),
                Some(Open::Map(map, _, anchor)) => Some((Value::Object(map), anchor)),
                None => None,
            },
            _ => None,
        };
        let Some((value, anchor)) = done else {
            continue;
        };
        if deep > 0 {
            continue;
        }
        if anchor > 0 {
            let size = size(&value);
            anchors.insert(anchor, (value.clone(), size));
            nodes = nodes.saturating_add(size);
        }
        match open.last_mut() {
            Some(Open::List(list, _)) => list.push(value),
            Some(Open::Map(map, key, _)) => match key.take() {
                Some(key) => drop(map.insert(key, value)),
                None => {
                    *key = Some(match value {
                        Value::String(text) => text,
                        other => other.to_string(),
                    });
                }
            },
            None => out.push(Document { value, line }),
        }
    }
    (out, None)
}

fn size(value: &Value) -> usize {
    match value {
        Value::Array(list) => 1 + list.iter().map(size).sum::<usize>(),
        Value::Object(map) => 1 + map.values().map(size).sum::<usize>(),
        _ => 1,
    }
}

#[cfg(test)]
mod tests {
    use super::documents;

    #[test]
    fn documents_and_aliases_are_read_and_bombs_are_not() {
        let (docs, error) = documents("a: &x [1, b]\nc: *x\n---\nd: |\n  two\n  lines\n");
        assert!(error.is_none());
        assert_eq!(docs[0].value["c"][1], "b");
        assert_eq!(
            (docs[1].value["d"].as_str(), docs[1].line),
            (Some("two\nlines\n"), 3)
        );
        let mut bomb = "a0: &a0 [x,x,x,x,x,x,x,x,x]\n".to_owned();
        for n in 1..12 {
            let list = vec![format!("*a{}", n - 1); 9].join(",");
            bomb.push_str(&format!("a{n}: &a{n} [{list}]\n"));
        }
        assert!(documents(&bomb).1.is_some());
        assert!(documents("a: [1, ]: b\n\t- c").1.is_some());
        for hostile in [
            "[".repeat(100_000),
            "a:\n".repeat(1000),
            "- ".repeat(50_000),
            "{a: ".repeat(20_000),
        ] {
            let _ = documents(&hostile);
        }
    }
}
