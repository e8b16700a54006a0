//! AsciiDoc, the small part that indicator read-mes use: headings, literal blocks, tables and links.

use std::rc::Rc;

use super::{Head, ReportFormat, Sniff, Source, has_extension};
use crate::content::{Block, BlockKind, Content, Link};

/// AsciiDoc.
pub(super) struct AsciiDoc;

impl ReportFormat for AsciiDoc {
    fn id(&self) -> &'static str {
        "asciidoc"
    }

    fn about(&self) -> &'static str {
        "AsciiDoc (https://docs.asciidoctor.org/asciidoc/latest): headings, literal blocks, tables, links"
    }

    fn sniff(&self, name: &str, head: Head<'_>) -> Sniff {
        let mut marks = 0;
        for line in head.text.lines().take(400) {
            let level = line.bytes().take_while(|b| *b == b'=').count();
            marks += usize::from(
                (1..=6).contains(&level) && line.get(level..).is_some_and(|l| l.starts_with(' ')),
            );
            marks += usize::from(matches!(
                line.trim_end(),
                "----" | "|===" | "|=====" | "[source]" | ":toc:"
            ));
            marks += usize::from(line.contains("link:http") && line.contains('['));
        }
        match (marks, has_extension(name, &["adoc", "asciidoc", "asc"])) {
            (2.., true) => Sniff::Certain,
            (4.., false) => Sniff::Likely,
            _ => Sniff::No,
        }
    }

    fn read(&self, source: &Source<'_>, content: &mut Content) {
        let mut state = State::Text;
        let mut header: Option<Rc<Vec<String>>> = None;
        let mut first_row = true;
        for (i, line) in source.text().lines().enumerate() {
            let number = u32::try_from(i + 1).unwrap_or(u32::MAX);
            let fence = line.trim_end();
            if state == State::Literal || fence.starts_with("----") || fence == "...." {
                if fence.starts_with("----") || fence == "...." {
                    state = if state == State::Literal {
                        State::Text
                    } else {
                        State::Literal
                    };
                    content.new_group();
                } else {
                    content.push(Block::new(BlockKind::Code, line, number));
                }
                continue;
            }
            if fence.starts_with("|===") {
                state = if state == State::Table {
                    State::Text
                } else {
                    State::Table
                };
                (header, first_row) = (None, true);
                content.new_group();
                continue;
            }
            if state == State::Table {
                if let Some(row) = line.trim_start().strip_prefix('|') {
                    let cells: Vec<String> = row.split('|').map(|c| c.trim().to_owned()).collect();
                    let values = cells.iter().any(|c| crate::lexicon::looks_like_value(c));
                    if std::mem::take(&mut first_row) && !values {
                        header = Some(Rc::new(cells));
                    } else {
                        content.push(Block::row(&cells, header.clone(), number));
                    }
                }
                continue;
            }
            let level = line.bytes().take_while(|b| *b == b'=').count();
            if (1..=6).contains(&level) && line.get(level..).is_some_and(|l| l.starts_with(' ')) {
                content.heading(level as u8, line.get(level..).unwrap_or("").trim(), number);
            } else if line.starts_with("//")
                || (line.starts_with(':') && line.get(1..).is_some_and(|l| l.contains(':')))
            {
                // Comments and attributes of the document.
            } else if line.trim().is_empty() {
                content.new_group();
            } else {
                let kind = if line.starts_with(['*', '-']) {
                    BlockKind::ListItem
                } else {
                    BlockKind::Paragraph
                };
                let (text, links) = links(line);
                let mut block = Block::new(kind, text, number);
                block.links = links;
                content.push(block);
            }
        }
    }
}

#[derive(Clone, Copy, PartialEq)]
enum State {
    Text,
    Literal,
    Table,
}

/// `link:https://x.example/[text]` and `https://x.example/[text]`: the text, and the links in it.
fn links(line: &str) -> (String, Vec<Link>) {
    let mut text = String::with_capacity(line.len());
    let mut links = Vec::new();
    let mut rest = line;
    while let Some(at) = rest.find("http") {
        let tail = rest.get(at..).unwrap_or("");
        let is_url = tail.starts_with("http://") || tail.starts_with("https://");
        let end = tail
            .find(|c: char| c.is_whitespace() || c == '[')
            .unwrap_or(tail.len());
        let bracket = tail.get(end..).unwrap_or("").strip_prefix('[');
        let label = bracket
            .and_then(|b| b.split_once(']'))
            .map(|(label, _)| label);
        let before = rest.get(..at).unwrap_or("");
        match (is_url, label) {
            // `https://gitlab[.]example`: a bracket that defangs is no label.
            (true, Some(label)) if label.trim() != "." && label.trim() != "dot" => {
                text.push_str(before.strip_suffix("link:").unwrap_or(before));
                let start = text.len();
                text.push_str(label);
                links.push(Link {
                    start,
                    end: text.len(),
                    target: tail.get(..end).unwrap_or("").to_owned(),
                });
                rest = tail.get(end + label.len() + 2..).unwrap_or("");
            }
            _ => {
                text.push_str(before);
                text.push_str("http");
                rest = tail.get(4..).unwrap_or("");
            }
        }
    }
    text.push_str(rest);
    (text, links)
}
