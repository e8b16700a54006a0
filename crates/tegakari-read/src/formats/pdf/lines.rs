//! Glyphs put together to segments: pieces of a line that no wide gap divides.
//!
//! Writers place words in any order and with or without blanks, so blanks are read from the gaps, and
//! the order from the places.

use std::rc::Rc;

use super::super::joins::is_ideograph;
use super::page::{Glyph, LinkArea, Rule};

/// A gap of this many times the size divides a line: columns and cells are further apart, words closer.
const DIVIDING_GAP: f32 = 0.9;
/// A gap of this many times the size is a blank.
const BLANK: f32 = 0.17;
/// The same where the writer sets blanks itself.
const BLANK_BESIDE_BLANKS: f32 = 0.28;
/// The same beside ideographs, which are set with air about Latin letters.
const BLANK_BESIDE_IDEOGRAPHS: f32 = 0.5;

/// A link inside a text.
#[derive(Clone, Debug)]
pub(super) struct Span {
    pub(super) start: usize,
    pub(super) end: usize,
    pub(super) target: Rc<str>,
}

/// A piece of a line.
#[derive(Clone, Debug)]
pub(super) struct Segment {
    pub(super) text: String,
    pub(super) x0: f32,
    pub(super) x1: f32,
    /// The base line.
    pub(super) y: f32,
    pub(super) size: f32,
    pub(super) bold: bool,
    pub(super) mono: bool,
    pub(super) artifact: bool,
    /// Width of its first word: would it have fitted on the line before?
    pub(super) first: f32,
    pub(super) links: Vec<Span>,
    /// How far the next segment of the same line is, where it was put together of several.
    pub(super) gaps: Vec<(usize, f32)>,
}

impl Segment {
    /// Puts another segment of the same line behind this one.
    pub(super) fn append(&mut self, mut other: Segment) {
        self.gaps.push((self.text.len(), other.x0 - self.x1));
        let blank = !self.text.ends_with(' ') && !other.text.starts_with(' ');
        if blank {
            self.text.push(' ');
        }
        let shift = self.text.len();
        for span in &mut other.links {
            span.start += shift;
            span.end += shift;
        }
        self.links.append(&mut other.links);
        let (own, others) = (self.text.len(), other.text.len());
        self.bold = if own >= others { self.bold } else { other.bold };
        self.mono = if own >= others { self.mono } else { other.mono };
        self.size = if own >= others { self.size } else { other.size };
        self.artifact &= other.artifact;
        self.text.push_str(&other.text);
        self.x1 = self.x1.max(other.x1);
    }
}

/// Vertical rules by their place, to look up what divides two glyphs.
pub(super) struct Dividers(Vec<Rule>);

impl Dividers {
    pub(super) fn new(rules: &[Rule]) -> Self {
        let mut upright: Vec<Rule> = rules
            .iter()
            .filter(|r| r.x1 - r.x0 < 1.0 && r.y1 - r.y0 > 4.0)
            .copied()
            .collect();
        upright.sort_by(|a, b| a.x0.total_cmp(&b.x0));
        Self(upright)
    }

    fn divide(&self, left: f32, right: f32, y: f32, size: f32) -> bool {
        let from = self.0.partition_point(|r| r.x0 < left - 1.0);
        let middle = y - size * 0.3;
        self.0
            .get(from..)
            .unwrap_or_default()
            .iter()
            .take(64)
            .take_while(|r| r.x0 <= right + 1.0)
            .any(|r| r.y0 <= middle && r.y1 >= middle)
    }
}

/// Glyphs written one after the other.
struct Chunk {
    glyphs: Vec<Glyph>,
    x0: f32,
    x1: f32,
    y: f32,
    size: f32,
}

impl Chunk {
    fn new(glyph: Glyph) -> Self {
        Self {
            x0: glyph.x0,
            x1: glyph.x1,
            y: glyph.y,
            size: glyph.size,
            glyphs: vec![glyph],
        }
    }

    /// Whether a glyph goes on where this chunk ends. Raised and lowered signs belong to their line.
    fn takes(&self, glyph: &Glyph, dividers: &Dividers) -> bool {
        let gap = glyph.x0 - self.x1;
        let (large, small) = (self.size.max(glyph.size), self.size.min(glyph.size));
        let shift = (glyph.y - self.y).abs();
        let same_line = shift <= small * 0.2 || (shift <= large * 0.45 && small < large * 0.85);
        same_line
            && gap > -0.5 * large
            && gap < DIVIDING_GAP * large
            && !(gap > 0.0 && dividers.divide(self.x1, glyph.x0, self.y, self.size))
    }

    fn push(&mut self, glyph: Glyph) {
        self.x0 = self.x0.min(glyph.x0);
        self.x1 = self.x1.max(glyph.x1);
        if glyph.size > self.size {
            self.size = glyph.size;
            self.y = glyph.y;
        }
        self.glyphs.push(glyph);
    }
}

/// Puts the glyphs of one direction of writing together. Links are marked in the text they cover.
pub(super) fn segments(
    glyphs: Vec<Glyph>,
    dividers: &Dividers,
    links: &[LinkArea],
) -> Vec<Segment> {
    let mut rows = rows(chunks(glyphs, dividers));
    let mut out = Vec::new();
    for row in &mut rows {
        row.sort_by(|a, b| a.x0.total_cmp(&b.x0));
        let mut open: Option<Chunk> = None;
        for chunk in row.drain(..) {
            match &mut open {
                Some(last) if is_repeated(last, &chunk) => {}
                Some(last)
                    if chunk.x0 - last.x1 < DIVIDING_GAP * last.size.max(chunk.size)
                        && chunk.x0 > last.x1 - 0.6 * last.size
                        && !dividers.divide(last.x1, chunk.x0, last.y, last.size) =>
                {
                    for glyph in chunk.glyphs {
                        last.push(glyph);
                    }
                }
                _ => {
                    out.extend(open.take().and_then(|c| segment(c, links)));
                    open = Some(chunk);
                }
            }
        }
        out.extend(open.take().and_then(|c| segment(c, links)));
    }
    out
}

/// Text that is drawn twice to look bold, or with a shadow.
fn is_repeated(last: &Chunk, next: &Chunk) -> bool {
    let near =
        (last.x0 - next.x0).abs() < 0.3 * last.size && (last.x1 - next.x1).abs() < 0.3 * last.size;
    near && last.glyphs.len() == next.glyphs.len()
        && last
            .glyphs
            .iter()
            .zip(&next.glyphs)
            .all(|(a, b)| a.text == b.text)
}

fn chunks(glyphs: Vec<Glyph>, dividers: &Dividers) -> Vec<Chunk> {
    let mut out: Vec<Chunk> = Vec::new();
    let mut blank: Option<Glyph> = None;
    for glyph in glyphs {
        if glyph.text.trim().is_empty() {
            // Blanks show nothing; they count only between glyphs of the same chunk.
            blank = Some(glyph);
            continue;
        }
        let space = blank.take();
        match out.last_mut() {
            Some(chunk) if chunk.takes(&glyph, dividers) => {
                if let Some(mut space) = space {
                    space.x0 = chunk.x1.min(glyph.x0);
                    space.x1 = space.x0;
                    chunk.glyphs.push(space);
                }
                chunk.push(glyph);
            }
            _ => out.push(Chunk::new(glyph)),
        }
    }
    out
}

/// Chunks on the same base line, from top to bottom.
fn rows(mut chunks: Vec<Chunk>) -> Vec<Vec<Chunk>> {
    chunks.sort_by(|a, b| a.y.total_cmp(&b.y).then(a.x0.total_cmp(&b.x0)));
    let mut rows: Vec<(f32, f32, Vec<Chunk>)> = Vec::new();
    for chunk in chunks {
        let fits = rows
            .last()
            .is_some_and(|(y, size, _)| (chunk.y - y).abs() <= 0.25 * size.min(chunk.size));
        match rows.last_mut().filter(|_| fits) {
            Some((_, size, row)) => {
                *size = size.max(chunk.size);
                row.push(chunk);
            }
            None => rows.push((chunk.y, chunk.size, vec![chunk])),
        }
    }
    rows.into_iter().map(|(_, _, row)| row).collect()
}

/// The text of a chunk, with blanks where the gaps are.
fn segment(chunk: Chunk, links: &[LinkArea]) -> Option<Segment> {
    let mut glyphs = chunk.glyphs;
    let links: Vec<&LinkArea> = links
        .iter()
        .filter(|l| l.y0 <= chunk.y && l.y1 >= chunk.y - chunk.size)
        .collect();
    // Chunks were appended in order of their start; a stable order of x keeps blanks in place.
    glyphs.sort_by(|a, b| a.x0.total_cmp(&b.x0));
    let spaced = letter_spacing(&glyphs, chunk.size);
    let has_blanks = glyphs.iter().any(|g| g.text.trim().is_empty());
    let mut text = String::with_capacity(glyphs.len());
    let mut spans: Vec<Span> = Vec::new();
    let mut first = None;
    let mut last: Option<&Glyph> = None;
    let mut pending = false;
    let (mut bold, mut mono, mut artifact, mut count) = (0, 0, 0, 0);
    for glyph in &glyphs {
        if glyph.text.trim().is_empty() {
            pending = true;
            continue;
        }
        if let Some(last) = last {
            let gap = glyph.x0 - last.x1 - spaced;
            let drawn_twice = glyph.text == last.text
                && (glyph.x0 - last.x0).abs() < 0.12 * glyph.size
                && last.x1 - last.x0 > 0.2 * glyph.size;
            if drawn_twice {
                continue;
            }
            let beside = |g: &Glyph| g.text.chars().any(is_ideograph);
            if beside(last) || beside(glyph) {
                // Lines of ideographs break between any two.
                first.get_or_insert(last.x1 - chunk.x0);
            }
            let limit = if beside(last) || beside(glyph) {
                BLANK_BESIDE_IDEOGRAPHS
            } else if has_blanks {
                BLANK_BESIDE_BLANKS
            } else {
                BLANK
            };
            if (pending && gap > -0.3 * glyph.size) || gap > limit * glyph.size.min(last.size) {
                text.push(' ');
                first.get_or_insert(last.x1 - chunk.x0);
            }
        }
        pending = false;
        let start = text.len();
        text.push_str(&glyph.text);
        mark(&mut spans, &links, glyph, start, text.len());
        count += 1;
        bold += usize::from(glyph.bold);
        mono += usize::from(glyph.mono);
        artifact += usize::from(glyph.artifact);
        last = Some(glyph);
    }
    if text.trim().is_empty() {
        return None;
    }
    Some(Segment {
        text,
        x0: chunk.x0,
        x1: chunk.x1,
        y: chunk.y,
        size: chunk.size,
        bold: bold * 2 > count,
        mono: mono * 2 > count,
        artifact: artifact * 2 > count,
        first: first.unwrap_or(chunk.x1 - chunk.x0),
        links: spans,
        gaps: Vec::new(),
    })
}

/// The air that is set between all letters of a word, as in spaced headings; 0 where there is none.
fn letter_spacing(glyphs: &[Glyph], size: f32) -> f32 {
    let mut gaps: Vec<f32> = glyphs
        .windows(2)
        .filter_map(|pair| match pair {
            [a, b] if !a.text.trim().is_empty() && !b.text.trim().is_empty() => Some(b.x0 - a.x1),
            _ => None,
        })
        .collect();
    if gaps.len() < 4 {
        return 0.0;
    }
    gaps.sort_by(f32::total_cmp);
    let middle = gaps.get(gaps.len() / 2).copied().unwrap_or(0.0);
    if middle > 0.08 * size { middle } else { 0.0 }
}

/// Extends or opens the link that covers a glyph.
fn mark(spans: &mut Vec<Span>, links: &[&LinkArea], glyph: &Glyph, start: usize, end: usize) {
    let (x, y) = ((glyph.x0 + glyph.x1) / 2.0, glyph.y - glyph.size * 0.3);
    let covering = links
        .iter()
        .find(|l| l.x0 <= x && x <= l.x1 && l.y0 <= y && y <= l.y1);
    let Some(link) = covering else {
        return;
    };
    match spans.last_mut() {
        // Blanks between two words of the same link belong to it.
        Some(span) if span.end + 1 >= start && span.target == link.target => span.end = end,
        _ => spans.push(Span {
            start,
            end,
            target: Rc::clone(&link.target),
        }),
    }
}
