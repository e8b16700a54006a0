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
        let mut table = Table::default();
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
                table.end(content);
                table = Table::default();
                content.new_group();
                continue;
            }
            if state == State::Table {
                table.line(line, number, content);
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
        table.end(content);
    }
}

/// Cells that reach down at one place, at most.
const COLUMNS: usize = 1024;

/// A table that is being read: cells may stand on one line or on one each, go on over lines, and span rows.
#[derive(Default)]
struct Table {
    header: Option<Rc<Vec<String>>>,
    columns: usize,
    /// Cells of the open row, and the line it began at.
    cells: Vec<String>,
    begun: u32,
    /// Cells that reach down into the next rows: column, rows left, text.
    spans: Vec<(usize, usize, String)>,
    rows: usize,
}

impl Table {
    fn line(&mut self, line: &str, number: u32, content: &mut Content) {
        let Some((mut span, mut rest)) = cell_start(line.trim_start()) else {
            if line.trim().is_empty() {
                // The first blank line ends the first row, whatever its cells stood on.
                if self.columns == 0 && !self.cells.is_empty() {
                    self.columns = self.cells.len();
                    self.close(content);
                }
            } else if let Some(last) = self.cells.last_mut() {
                last.truncate(last.trim_end_matches(['+', ' ']).len());
                last.push(' ');
                last.push_str(line.trim().trim_end_matches(" +"));
            }
            return;
        };
        if self.columns > 0 && self.filled() >= self.columns {
            self.close(content);
        }
        if self.cells.is_empty() {
            self.begun = number;
        }
        loop {
            let next = next_cell(rest);
            let text = rest.get(..next.map_or(rest.len(), |(end, _, _)| end));
            if span > 1 && self.spans.len() < COLUMNS {
                let column = self.filled();
                let text = text.unwrap_or("").trim().to_owned();
                self.spans.push((column, span, text));
            }
            self.cells.push(text.unwrap_or("").trim().to_owned());
            match next {
                Some((_, rows, from)) => {
                    span = rows;
                    rest = rest.get(from..).unwrap_or("");
                }
                None => break,
            }
        }
        // Several cells on the first line are the columns.
        if self.columns == 0 && self.cells.len() > 1 && self.begun == number {
            self.columns = self.cells.len();
        }
    }

    /// Cells of the open row, those from above among them.
    fn filled(&self) -> usize {
        let from_above = self.spans.iter().filter(|(column, _, text)| {
            *column <= self.cells.len() && self.cells.get(*column) != Some(text)
        });
        self.cells.len() + from_above.count()
    }

    fn close(&mut self, content: &mut Content) {
        let mut cells = std::mem::take(&mut self.cells);
        if cells.is_empty() {
            return;
        }
        for (column, left, text) in &mut self.spans {
            let begins = cells.get(*column) == Some(text);
            if !begins && *column <= cells.len() {
                cells.insert(*column, text.clone());
            }
            *left = left.saturating_sub(1);
        }
        self.spans.retain(|(_, left, _)| *left > 0);
        let parts: Vec<(String, Vec<Link>)> = cells.iter().map(|c| links(c)).collect();
        let texts: Vec<&str> = parts.iter().map(|(text, _)| text.as_str()).collect();
        let values = texts.iter().any(|c| crate::lexicon::looks_like_value(c));
        self.rows += 1;
        if self.rows == 1 && !values {
            self.header = Some(Rc::new(texts.iter().map(|t| (*t).to_owned()).collect()));
            return;
        }
        let mut block = Block::row(&texts, self.header.clone(), self.begun);
        for ((_, found), (start, _)) in parts.iter().zip(block.cells.clone()) {
            block.links.extend(found.iter().map(|l| Link {
                start: l.start + start,
                end: l.end + start,
                target: l.target.clone(),
            }));
        }
        content.push(block);
    }

    fn end(&mut self, content: &mut Content) {
        self.close(content);
    }
}

/// Whether a line starts with a cell: how many rows it spans, and the text after its mark.
fn cell_start(line: &str) -> Option<(usize, &str)> {
    let bar = line.find('|')?;
    Some((rows_of(line.get(..bar)?)?, line.get(bar + 1..)?))
}

/// The rows that a cell's specification (`.2+`, `2.3+^.>s`) makes it span; `None` when it is none.
fn rows_of(specification: &str) -> Option<usize> {
    let right = specification.len() <= 12
        && specification
            .bytes()
            .all(|b| b.is_ascii_digit() || b".+*<^>aehlmsdv".contains(&b));
    if !right {
        return None;
    }
    let rows = specification
        .split_once('+')
        .and_then(|(span, _)| span.split_once('.'))
        .and_then(|(_, rows)| rows.parse().ok());
    Some(rows.unwrap_or(1).min(1000))
}

/// Where a cell ends, the rows that the next spans, and where its text starts.
fn next_cell(text: &str) -> Option<(usize, usize, usize)> {
    let bar = text
        .match_indices('|')
        .map(|(i, _)| i)
        .find(|i| !text.get(..*i).is_some_and(|t| t.ends_with('\\')))?;
    let front = text.get(..bar)?;
    let word = front.rfind(char::is_whitespace).map_or(0, |i| i + 1);
    // `text .2+|next`: the specification stands before the mark, after a space.
    match (word > 0).then(|| rows_of(front.get(word..)?)).flatten() {
        Some(rows) if word < bar => Some((word, rows, bar + 1)),
        _ => Some((bar, 1, bar + 1)),
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
    let mut from = 0;
    // Where the address ends that is looked at, and where the last label does: each is looked for once, so
    // that a line of nothing but beginnings costs its length.
    let mut stop = 0;
    let last = line.rfind(']');
    while let Some(found) = line.get(from..).and_then(|rest| rest.find("http")) {
        let at = from + found;
        let tail = line.get(at..).unwrap_or("");
        let is_url = tail.starts_with("http://") || tail.starts_with("https://");
        if is_url && stop <= at {
            let ends = |c: char| c.is_whitespace() || c == '[';
            stop = tail.find(ends).map_or(line.len(), |end| at + end);
        }
        let label = last
            .filter(|last| is_url && stop < *last)
            .and_then(|_| line.get(stop..)?.strip_prefix('['))
            .and_then(|rest| rest.split_once(']'))
            .map(|(label, _)| label);
        let before = line.get(from..at).unwrap_or("");
        match label {
            // `https://gitlab[.]example`: a bracket that defangs is no label.
            Some(label) if label.trim() != "." && label.trim() != "dot" => {
                text.push_str(before.strip_suffix("link:").unwrap_or(before));
                let start = text.len();
                text.push_str(label);
                links.push(Link {
                    start,
                    end: text.len(),
                    target: line.get(at..stop).unwrap_or("").to_owned(),
                });
                from = stop + label.len() + 2;
            }
            _ => {
                text.push_str(before);
                text.push_str("http");
                from = at + 4;
            }
        }
    }
    text.push_str(line.get(from..).unwrap_or(""));
    (text, links)
}
