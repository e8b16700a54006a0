//! JSON lines and other JSON without a known schema: every string is read under its key.

use serde_json::Value;

use super::{Head, ReportFormat, Sniff, Source};
use crate::content::{Block, BlockKind, Content};
use crate::{feed, lexicon};
use tegakari_model::Problem;

/// Deepest nesting that is read.
const DEPTH: usize = 64;

/// JSON lines, and single JSON documents of unknown schema.
pub(super) struct JsonLines;

impl ReportFormat for JsonLines {
    fn id(&self) -> &'static str {
        "json-lines"
    }

    fn about(&self) -> &'static str {
        "JSON lines (https://jsonlines.org) and other JSON, read by the names of its fields"
    }

    fn sniff(&self, _name: &str, head: Head<'_>) -> Sniff {
        let start = head.text.trim_start();
        if !start.starts_with(['{', '[']) {
            return Sniff::No;
        }
        let first = start.lines().next().unwrap_or("");
        if serde_json::from_str::<Value>(first).is_ok_and(|v| v.is_object() || v.is_array()) {
            return Sniff::Likely;
        }
        let rest = start.get(1..).unwrap_or("").trim_start();
        if rest.starts_with(['"', '{', '[']) {
            Sniff::Likely
        } else {
            Sniff::No
        }
    }

    fn read(&self, source: &Source<'_>, content: &mut Content) {
        let text = source.text();
        content.is_list = true;
        if let Ok(document) = serde_json::from_str::<Value>(text) {
            walk(&document, "", None, 0, 0, content);
            return;
        }
        for (i, line) in text.lines().enumerate() {
            if line.trim().is_empty() {
                continue;
            }
            let number = u32::try_from(i + 1).unwrap_or(u32::MAX);
            match serde_json::from_str::<Value>(line) {
                Ok(value) => {
                    content.new_group();
                    walk(&value, "", None, number, 0, content);
                }
                Err(_) => {
                    content.problems.push(
                        Problem::new(
                            format!("{}:{number}", source.name),
                            "the line is not valid JSON",
                            "it was read as plain text; repair it for its structure",
                        )
                        .losing_records(1),
                    );
                    content.push(Block::new(BlockKind::Code, line, number));
                }
            }
        }
    }
}

/// Adds every string under a value, with its key as label when the key says what it is.
fn walk(
    value: &Value,
    path: &str,
    key: Option<&str>,
    line: u32,
    depth: usize,
    content: &mut Content,
) {
    if depth > DEPTH {
        return;
    }
    match value {
        Value::Object(map) => {
            content.new_group();
            let read = feed::take(map, path, line, content).unwrap_or(&[]);
            // Facts of one object are one row.
            for (name, inner) in map
                .iter()
                .filter(|(name, _)| !read.contains(&name.as_str()))
            {
                walk(
                    inner,
                    &format!("{path}/{}", escape(name)),
                    Some(name),
                    line,
                    depth + 1,
                    content,
                );
            }
        }
        Value::Array(items) => {
            for (i, inner) in items.iter().enumerate() {
                walk(inner, &format!("{path}/{i}"), key, line, depth + 1, content);
            }
        }
        Value::String(text) => {
            let labelled = key.is_some_and(|k| lexicon::field(k).is_some());
            let text = match key {
                Some(key) if labelled => format!("{key}: {text}"),
                _ => text.clone(),
            };
            let mut block = Block::new(BlockKind::Value, text, line);
            block.path = Some(path.to_owned());
            content.push(block);
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// A key as a part of a JSON pointer (RFC 6901, section 3).
pub(super) fn escape(key: &str) -> String {
    key.replace('~', "~0").replace('/', "~1")
}
