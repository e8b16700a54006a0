//! Citations: where in the document a fact stands, with the words around it.

use std::cell::Cell;

use tegakari_model::{ReportCitation, ReportId};

use crate::content::{Block, Content, JOINT};
use crate::text::Clean;

/// Characters of a quote.
const QUOTE: usize = 200;

/// Makes citations.
pub(super) struct Citer<'a> {
    id: &'a ReportId,
    content: &'a Content,
    /// Last text counted in, how far, and the lines up to there: values are cited in order, so that
    /// a block with many of them is counted through once.
    counted: Cell<(usize, usize, u32)>,
}

impl<'a> Citer<'a> {
    pub(super) fn new(id: &'a ReportId, content: &'a Content) -> Self {
        Self {
            id,
            content,
            counted: Cell::new((0, 0, 0)),
        }
    }

    pub(super) fn at(
        &self,
        block: &Block,
        clean: &Clean<'_>,
        start: usize,
        end: usize,
    ) -> ReportCitation {
        let (from, to) = (clean.source(start), clean.source(end));
        let text = block.text.as_ptr() as usize;
        let (last, upto, so_far) = self.counted.get();
        let (start, base) = if last == text && upto <= from {
            (upto, so_far)
        } else {
            (0, 0)
        };
        let passed = block.text.get(start..from).unwrap_or("");
        let mut breaks = passed.bytes().filter(|b| *b == b'\n').count();
        if !passed.is_ascii() {
            breaks += passed.matches(JOINT).count();
        }
        let lines = base + u32::try_from(breaks).unwrap_or(0);
        self.counted.set((text, from, lines));
        let section = block
            .section
            .and_then(|i| self.content.sections.get(i))
            .map(|s| first(&s.title));
        ReportCitation {
            report: self.id.clone(),
            line: (block.line > 0).then(|| block.line.saturating_add(lines)),
            page: (block.page > 0).then_some(block.page),
            path: block.path.clone(),
            section,
            quote: quote(&block.text, from, to),
        }
    }

    pub(super) fn path(&self, path: &str, text: &str) -> ReportCitation {
        ReportCitation {
            report: self.id.clone(),
            line: None,
            page: None,
            path: Some(path.to_owned()),
            section: None,
            quote: first(text),
        }
    }
}

/// The first characters of a text, as many as a quote has.
fn first(text: &str) -> String {
    if text.len() <= QUOTE {
        return text.to_owned();
    }
    text.chars().take(QUOTE).collect()
}

fn without_joints(text: &str) -> String {
    if text.is_ascii() {
        return text.to_owned();
    }
    text.replace(JOINT, "")
}

/// At most 200 characters of the source around a range.
fn quote(text: &str, from: usize, to: usize) -> String {
    let (from, to) = (from.min(text.len()), to.min(text.len()));
    // Four bytes are the longest character: further away nothing can be quoted.
    let low = floor(text, from.saturating_sub(4 * QUOTE));
    let high = floor(text, (to + 4 * QUOTE).min(text.len()));
    let line_start = text
        .get(low..from)
        .and_then(|t| t.rfind('\n'))
        .map_or(low, |i| low + i + 1);
    let line_end = text
        .get(to..high)
        .and_then(|t| t.find('\n'))
        .map_or(high.max(to), |i| to + i);
    let line = text.get(line_start..line_end).unwrap_or("");
    if line.len() <= QUOTE || line.chars().count() <= QUOTE {
        return without_joints(line.trim());
    }
    let inside = text
        .get(from..to)
        .map_or(0, |t| t.chars().count())
        .min(QUOTE);
    let room = QUOTE - inside;
    let left: Vec<char> = text
        .get(line_start..from)
        .unwrap_or("")
        .chars()
        .rev()
        .take(room / 2)
        .collect();
    let mut out: String = left.into_iter().rev().collect();
    let more = QUOTE - out.chars().count();
    out.extend(text.get(from..line_end).unwrap_or("").chars().take(more));
    without_joints(out.trim())
}

/// The nearest boundary of characters at or before an offset.
fn floor(text: &str, mut at: usize) -> usize {
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}
