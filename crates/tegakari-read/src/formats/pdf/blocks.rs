//! Lines to blocks: paragraphs, headings, items, code and rows, with values put together that the
//! typesetter broke.

use std::collections::HashSet;
use std::rc::Rc;

use super::super::joins::{self, Glue, Setting, is_ideograph};
use super::layout::{Extent, Piece, is_bullet, is_marker, median, words_of};
use super::lines::{Segment, Span};
use super::tables::{Cell, Table};
use crate::content::{Block, BlockKind, Content, Link};
use crate::lexicon;
use crate::scan;

/// Text this much larger than that of the body is a heading.
const HEADING_SIZE: f32 = 1.15;
/// Longest paragraph; longer ones are cut at a line.
const PARAGRAPH_LIMIT: usize = 12 * 1024;

/// A text in the making.
#[derive(Clone, Default)]
struct Text {
    text: String,
    links: Vec<Span>,
}

impl Text {
    fn of(line: &Segment) -> Self {
        Self {
            text: line.text.clone(),
            links: line.links.clone(),
        }
    }

    /// The link that the text ends in.
    fn last_link(&self) -> Option<&str> {
        let span = self.links.last()?;
        (span.end + 1 >= self.text.trim_end().len()).then_some(&*span.target)
    }

    fn add(&mut self, glue: Glue, between: &str, line: &Segment) {
        let kept = self.text.trim_end().len();
        self.text.truncate(kept);
        match glue {
            Glue::Blank => self.text.push_str(between),
            Glue::Unhyphened => {
                self.text.pop();
            }
            Glue::Solid => {}
        }
        let text = line.text.trim_start();
        let shift = self.text.len();
        let cut = line.text.len() - text.len();
        for span in &line.links {
            let (start, end) = (
                (span.start.max(cut) - cut) + shift,
                (span.end.max(cut) - cut) + shift,
            );
            match self.links.last_mut() {
                Some(last) if last.target == span.target && last.end + 1 >= start => last.end = end,
                _ => self.links.push(Span {
                    start,
                    end,
                    target: Rc::clone(&span.target),
                }),
            }
        }
        self.text.push_str(text);
    }

    /// Takes blanks out of what is set `https : / / docs . example`.
    fn closed_up(mut self) -> Self {
        let cuts = joins::spaced_out(&self.text);
        if cuts.is_empty() {
            return self;
        }
        let mut text = String::with_capacity(self.text.len());
        let mut from = 0;
        for (start, end) in &cuts {
            text.push_str(self.text.get(from..*start).unwrap_or(""));
            from = *end;
        }
        text.push_str(self.text.get(from..).unwrap_or(""));
        let moved = |at: usize| at - cuts.iter().filter(|(start, _)| *start < at).count();
        for span in &mut self.links {
            (span.start, span.end) = (moved(span.start), moved(span.end));
        }
        self.text = text;
        self
    }

    fn links(&self, shift: usize) -> impl Iterator<Item = Link> + '_ {
        let length = self.text.len();
        self.links.iter().map(move |s| Link {
            start: s.start.min(length) + shift,
            end: s.end.min(length) + shift,
            target: s.target.to_string(),
        })
    }
}

/// A paragraph that may go on.
struct Paragraph {
    text: Text,
    page: u32,
    lines: usize,
    first: Segment,
    last: Segment,
    extent: Extent,
    item: bool,
    code: bool,
}

/// A table that may go on on the next page.
struct Open {
    header: Option<Rc<Vec<String>>>,
    columns: Vec<f32>,
    row: Option<(Vec<Text>, u32)>,
}

/// What is known of the whole document before its blocks are made.
pub(super) struct Style {
    /// Size of most of the text.
    pub(super) body: f32,
    /// Whether most of it is bold.
    pub(super) bold: bool,
    /// Sizes of headings, largest first.
    pub(super) headings: Vec<f32>,
    /// Its words in lower case.
    pub(super) words: HashSet<String>,
}

/// Makes blocks of the pieces of all pages.
pub(super) struct Builder<'c> {
    content: &'c mut Content,
    style: Style,
    open: Option<Paragraph>,
    table: Option<Open>,
}

impl<'c> Builder<'c> {
    pub(super) fn new(content: &'c mut Content, style: Style) -> Self {
        Self {
            content,
            style,
            open: None,
            table: None,
        }
    }

    pub(super) fn page(&mut self, pieces: Vec<Piece>, page: u32) {
        for piece in pieces {
            match piece {
                Piece::Lines(lines, extent) => {
                    self.end_table();
                    self.lines(lines, extent, page);
                }
                Piece::Table(table) => {
                    self.end_paragraph();
                    self.table(table, page);
                }
            }
        }
    }

    pub(super) fn finish(mut self) {
        self.end_table();
        self.end_paragraph();
    }

    fn lines(&mut self, lines: Vec<Segment>, extent: Extent, page: u32) {
        let steps = lines
            .windows(2)
            .filter_map(|pair| match pair {
                [a, b] => Some(b.y - a.y).filter(|d| *d > 0.5 * a.size),
                _ => None,
            })
            .collect();
        let pitch = median(steps).unwrap_or(0.0);
        let texts: Vec<String> = lines.iter().map(|l| l.text.clone()).collect();
        let mut above: Option<(f32, f32)> = None;
        for (i, line) in lines.into_iter().enumerate() {
            let ahead: Vec<&str> = texts
                .iter()
                .skip(i + 1)
                .take(AHEAD)
                .map(String::as_str)
                .collect();
            let gap = above.map(|(y, _)| line.y - y);
            let apart = gap.is_some_and(|gap| {
                let size = above.map_or(line.size, |(_, s)| s.max(line.size));
                gap > 1.8 * size || (pitch > 0.0 && gap > 1.4 * pitch && gap > 1.25 * size)
            });
            above = Some((line.y, line.size));
            let glue = match &self.open {
                Some(open) => self.continues(open, &line, extent, apart, gap.is_none(), &ahead),
                None => None,
            };
            match (glue, &mut self.open) {
                (Some(glue), Some(open)) => {
                    let between = if solid_between(&open.text.text, &line.text) {
                        ""
                    } else {
                        " "
                    };
                    open.text.add(glue, between, &line);
                    open.code &= line.mono;
                    open.lines += 1;
                    open.last = line;
                    open.extent = extent;
                }
                _ => {
                    self.end_paragraph();
                    if apart {
                        self.content.new_group();
                    }
                    self.open = Some(Paragraph {
                        text: Text::of(&line),
                        page,
                        lines: 1,
                        item: starts_item(&line.text),
                        code: line.mono,
                        first: line.clone(),
                        last: line,
                        extent,
                    });
                }
            }
        }
    }

    /// How a line goes on with the open paragraph; `None` when it starts something new.
    fn continues(
        &self,
        open: &Paragraph,
        line: &Segment,
        extent: Extent,
        apart: bool,
        elsewhere: bool,
        ahead: &[&str],
    ) -> Option<Glue> {
        let a = &open.last;
        let ratio = a.size.max(line.size) / a.size.min(line.size);
        if apart
            || ratio > 1.15
            || open.text.text.len() > PARAGRAPH_LIMIT
            || starts_item(&line.text)
        {
            return None;
        }
        let (full, tight) = reach(a, line, open.extent);
        let setting = Setting {
            full,
            tight,
            cell: false,
            left: open.text.last_link(),
            right: first_link(line),
            ahead,
            header: label(&open.text.text),
            words: &self.style.words,
        };
        let glue = joins::glue(&open.text.text, &line.text, &setting);
        if open.code || line.mono {
            let both = open.code && line.mono && a.text.len() > 8;
            if both && tight && joins::code_goes_on(&a.text, &line.text) {
                return Some(Glue::Solid);
            }
            // Code inside a sentence may be all that a line holds, and sentences begin with code.
            let first = line.text.chars().next();
            let closed = ends_sentence(&open.text.text) || open.code && line.mono;
            let sentence = !closed
                && (words_of(&a.text) >= 3.0 && line.mono
                    || words_of(&line.text) >= 2.0 && first.is_some_and(char::is_lowercase));
            let inside =
                (glue == Glue::Solid || sentence) && full && !elsewhere && a.text.len() > 8;
            return inside.then_some(glue);
        }
        // `Detections: …` below `Signer: …`: facts of a record, each on a line of its own.
        let labels = |text: &str| {
            text.starts_with(char::is_uppercase)
                && text
                    .split_once([':', '：'])
                    .is_some_and(|(label, _)| label.split_whitespace().count() <= 3)
        };
        if labels(&open.first.text)
            && labels(&line.text)
            && scan::label_and_value(&line.text).is_some_and(|(_, from, to)| to > from)
        {
            return None;
        }
        if glue == Glue::Solid && !solid_between(&a.text, &line.text) {
            return Some(glue);
        }
        let ends = ends_sentence(&open.text.text);
        let lower = line.text.chars().next().is_some_and(char::is_lowercase);
        // Lines broken by hand, or about a picture: short, but in the middle of a sentence.
        let width = extent.x1 - extent.x0;
        let mid_sentence = !ends
            && lower
            && words_of(&a.text) >= 4.0
            && words_of(&line.text) >= 2.0
            && a.x1 - a.x0 > 0.55 * width
            && !lexicon::looks_like_value(&line.text);
        if !(full || mid_sentence) || a.bold != line.bold && a.bold != self.style.bold {
            return None;
        }
        if elsewhere {
            // From one column or page to the next only what is clearly open goes on.
            let similar = (open.extent.x1 - open.extent.x0 - (extent.x1 - extent.x0)).abs()
                < 0.2 * (extent.x1 - extent.x0);
            let heading = self.is_heading_style(a) || self.is_heading_style(line);
            let goes_on = !ends && !heading && (lower || similar) && words_of(&a.text) >= 4.0;
            return goes_on.then_some(glue);
        }
        if self.is_heading_style(a) != self.is_heading_style(line) {
            return None;
        }
        let value = |text: &str| words_of(text) <= 2.0 && lexicon::looks_like_value(text);
        if value(&a.text)
            || (words_of(&a.text) < 4.0
                && !ends_open(&a.text)
                && scan::label_and_value(&line.text).is_some())
        {
            return None;
        }
        let labelled = scan::label_and_value(&a.text).is_some() && words_of(&a.text) <= 3.0;
        if labelled
            && (value(&line.text) || scan::label_and_value(&line.text).is_some())
            && !ends_open(&a.text)
        {
            return None;
        }
        let indented = line.x0 > a.x0 + 0.9 * line.size;
        if indented && ends && (open.lines > 1 || !open.item) {
            return None;
        }
        if line.x0 < a.x0 - 0.9 * line.size && open.lines > 1 && ends {
            return None;
        }
        Some(glue)
    }

    fn is_heading_style(&self, line: &Segment) -> bool {
        line.size >= HEADING_SIZE * self.style.body || (line.bold && !self.style.bold)
    }

    fn end_paragraph(&mut self) {
        let Some(open) = self.open.take() else {
            return;
        };
        let text = open.text.clone().closed_up();
        if let Some(level) = self.heading_level(&open, &text.text) {
            let before = self.content.blocks.len();
            self.content.heading(level, text.text.trim(), 0);
            for block in self.content.blocks.iter_mut().skip(before) {
                block.page = open.page;
                block.links = text.links(0).collect();
            }
            return;
        }
        let kind = if open.code {
            BlockKind::Code
        } else if open.item {
            BlockKind::ListItem
        } else {
            BlockKind::Paragraph
        };
        let mut block = Block::new(kind, text.text.as_str(), 0);
        block.links = text.links(0).collect();
        block.page = open.page;
        self.content.push(block);
    }

    /// The level of a heading, when a paragraph looks like one.
    fn heading_level(&self, open: &Paragraph, text: &str) -> Option<u8> {
        let text = text.trim();
        let words = words_of(text);
        let letters = text.chars().filter(|c| c.is_alphabetic()).count();
        let is_value = lexicon::looks_like_value(text)
            || scan::label_and_value(text).is_some_and(|(_, from, to)| to > from);
        if open.code
            || open.lines > 3
            || words > 16.0
            || text.chars().count() > 140
            || letters < 2
            || is_value
            || text.starts_with(is_bullet)
            || text.ends_with(['.', ',', ';', '。', '、', '，'])
            || text.contains("....")
            || text.contains("____")
        {
            return None;
        }
        let size = open.first.size;
        if size >= HEADING_SIZE * self.style.body {
            let rank = self
                .style
                .headings
                .iter()
                .position(|h| size >= h - 0.3)
                .unwrap_or(self.style.headings.len());
            return Some(u8::try_from(rank + 1).unwrap_or(5).min(5));
        }
        let last = u8::try_from(self.style.headings.len() + 1)
            .unwrap_or(5)
            .min(5);
        let is_label = lexicon::field(text.trim_end_matches([':', '：'])).is_some()
            && text.ends_with([':', '：']);
        // A label alone on its line says what the lines below it are, unless it is one of several of a record, whose
        // value had no room beside it.
        let in_record = self.content.blocks.last().is_some_and(|b| {
            matches!(b.kind, BlockKind::Paragraph | BlockKind::Code)
                && scan::label_and_value(&b.text).is_some_and(|(_, from, to)| to > from)
        });
        if is_label && open.lines == 1 && !open.item && in_record {
            return None;
        }
        if is_label && open.lines == 1 && !open.item {
            return Some(last);
        }
        if open.first.bold
            && !self.style.bold
            && open.lines <= 2
            && words <= 12.0
            && size >= 0.9 * self.style.body
        {
            return Some(last);
        }
        // A document of one font: only what certainly is a heading.
        (open.lines == 1
            && words <= 6.0
            && !text.ends_with([':', '：'])
            && lexicon::section_kind(text).is_some()
            && !open.item)
            .then_some(last)
    }

    fn table(&mut self, table: Table, page: u32) {
        let columns: Vec<f32> = table
            .rows
            .first()
            .map(|row| row.iter().map(|c| c.x0).collect())
            .unwrap_or_default();
        let goes_on = self.table.as_ref().is_some_and(|open| {
            open.columns.len() == columns.len()
                && open
                    .columns
                    .iter()
                    .zip(&columns)
                    .all(|(a, b)| (a - b).abs() < 6.0)
        });
        if !goes_on {
            self.end_table();
            self.content.new_group();
            self.table = Some(Open {
                header: None,
                columns,
                row: None,
            });
        }
        let count = table.rows.len();
        let bold: Vec<bool> = table
            .rows
            .iter()
            .map(|row| row.iter().flat_map(|c| &c.lines).all(|l| l.bold))
            .collect();
        let some_plain = bold.iter().any(|b| !b);
        for (i, row) in table.rows.into_iter().enumerate() {
            let header = self.table.as_ref().and_then(|t| t.header.clone());
            // The head of the column, and what the first cell of the row says.
            let kind = row
                .first()
                .and_then(|c| c.lines.first())
                .map_or("", |l| l.text.as_str());
            let cells: Vec<Text> = row
                .iter()
                .enumerate()
                .map(|(c, cell)| {
                    let head = header.as_ref().and_then(|h| h.get(c));
                    let head = head.map_or("", String::as_str);
                    let kind = if c > 0 { kind } else { "" };
                    self.cell(cell, format!("{head} {kind}").trim())
                })
                .collect();
            let first = i == 0 || (i == 1 && header.is_none() && !goes_on);
            if first && count > 1 || goes_on && i == 0 {
                let all_bold = bold.get(i).copied().unwrap_or(false) && some_plain;
                if self.is_header(&cells, all_bold, header.as_deref(), goes_on) {
                    if header.is_none() {
                        self.end_row();
                        let names = cells
                            .iter()
                            .map(|c| c.text.trim().replace('\n', " "))
                            .collect();
                        if let Some(open) = &mut self.table {
                            open.header = Some(Rc::new(names));
                        }
                    }
                    continue;
                }
            }
            if goes_on && i == 0 && self.joins_last(&cells) {
                continue;
            }
            self.end_row();
            let title: Vec<&Text> = cells.iter().filter(|c| !c.text.trim().is_empty()).collect();
            if let [only] = title.as_slice()
                && cells.len() > 1
                && !only.text.contains('\n')
                && !lexicon::looks_like_value(&only.text)
                && cells.first().is_some_and(|c| !c.text.trim().is_empty())
                && lexicon::section_kind(only.text.trim()).is_some()
            {
                self.content.heading(6, only.text.trim(), 0);
                if let Some(block) = self.content.blocks.last_mut() {
                    block.page = page;
                }
                continue;
            }
            if let Some(open) = &mut self.table {
                open.row = Some((cells, page));
            }
        }
    }

    /// Whether a row names the columns: no values, and names that are known or set off in bold.
    fn is_header(
        &self,
        cells: &[Text],
        bold: bool,
        known: Option<&Vec<String>>,
        goes_on: bool,
    ) -> bool {
        if let Some(known) = known {
            // Repeated at the top of a page.
            return goes_on
                && known.len() == cells.len()
                && known
                    .iter()
                    .zip(cells)
                    .all(|(k, c)| *k == c.text.trim().replace('\n', " "));
        }
        if goes_on {
            return false;
        }
        let filled: Vec<&str> = cells
            .iter()
            .map(|c| c.text.trim())
            .filter(|t| !t.is_empty())
            .collect();
        if filled.len() < 2
            || filled
                .iter()
                .any(|c| lexicon::looks_like_value(c) || words_of(c) > 6.0)
            || lexicon::is_label_and_value(&filled)
        {
            return false;
        }
        let named = filled
            .iter()
            .filter(|c| lexicon::field(c).is_some())
            .count();
        // `SHA256 | abc…` below each other are labels, not heads: then the value rules it out above.
        bold || named * 2 >= filled.len()
            || (named > 0 && filled.len() == cells.len() && cells.len() > 2)
    }

    /// The rest of a row that was cut by the end of the page.
    fn joins_last(&mut self, cells: &[Text]) -> bool {
        let Some(Open {
            row: Some((last, _)),
            ..
        }) = &self.table
        else {
            return false;
        };
        let filled = |c: &Text| !c.text.trim().is_empty();
        let partial = cells.first().is_some_and(|c| !filled(c));
        let words = &self.style.words;
        let header = self.table.as_ref().and_then(|t| t.header.clone());
        let glues: Vec<Option<Glue>> = last
            .iter()
            .zip(cells)
            .enumerate()
            .map(|(i, (a, b))| {
                (filled(a) && filled(b)).then(|| {
                    let setting = Setting {
                        full: true,
                        tight: false,
                        cell: true,
                        left: a.last_link(),
                        right: b.links.first().filter(|s| s.start == 0).map(|s| &*s.target),
                        ahead: &[],
                        header: header
                            .as_ref()
                            .and_then(|h| h.get(i))
                            .map_or("", String::as_str),
                        words,
                    };
                    joins::glue(&a.text, &b.text, &setting)
                })
            })
            .collect();
        if !partial && !glues.contains(&Some(Glue::Solid)) {
            return false;
        }
        let Some((last, _)) = self.table.as_mut().and_then(|t| t.row.as_mut()) else {
            return false;
        };
        for ((a, b), glue) in last.iter_mut().zip(cells).zip(glues) {
            match glue {
                Some(glue) => {
                    let line = Segment {
                        links: b.links.clone(),
                        ..bare(&b.text)
                    };
                    a.add(glue, "\n", &line);
                }
                None if filled(b) => *a = b.clone(),
                None => {}
            }
        }
        true
    }

    fn end_row(&mut self) {
        let Some(open) = &mut self.table else {
            return;
        };
        let Some((cells, page)) = open.row.take() else {
            return;
        };
        let cells: Vec<Text> = cells.into_iter().map(Text::closed_up).collect();
        let texts: Vec<&str> = cells.iter().map(|c| c.text.trim_end()).collect();
        let mut block = Block::row(&texts, open.header.clone(), 0);
        block.page = page;
        block.links = cells
            .iter()
            .zip(&block.cells)
            .flat_map(|(cell, (start, end))| {
                let end = *end;
                cell.links(*start).map(move |l| Link {
                    start: l.start.min(end),
                    end: l.end.min(end),
                    target: l.target,
                })
            })
            .collect();
        self.content.push(block);
    }

    fn end_table(&mut self) {
        self.end_row();
        if self.table.take().is_some() {
            self.content.new_group();
        }
    }

    /// The text of a cell: words that were wrapped in one line, what was set apart in its own.
    fn cell(&self, cell: &Cell, header: &str) -> Text {
        let lines = rows_of(cell);
        let left = lines.iter().map(|l| l.x0).fold(f32::MAX, f32::min);
        let right_most = lines.iter().map(|l| l.x1).fold(f32::MIN, f32::max);
        // Cells have as much air on the right as on the left, as far as can be seen.
        let air = (left - cell.x0).clamp(0.0, 12.0);
        let extent = Extent {
            x0: left,
            x1: (cell.x1 - air).max(right_most),
        };
        let mut out: Option<Text> = None;
        for (i, line) in lines.iter().enumerate() {
            let Some(text) = &mut out else {
                out = Some(Text::of(line));
                continue;
            };
            let above = &lines[i - 1];
            let (full, tight) = reach(above, line, extent);
            // The widest line of a narrow cell shows where it breaks.
            let tight = tight
                || above.x1 > right_most - 0.5 * above.size
                || above.x1 > extent.x1 - 1.25 * above.size;
            let ahead: Vec<&str> = lines
                .iter()
                .skip(i + 1)
                .take(AHEAD)
                .map(|l| l.text.as_str())
                .collect();
            let own = label(&text.text).to_owned();
            let header = if header.is_empty() {
                own.as_str()
            } else {
                header
            };
            let setting = Setting {
                full,
                tight,
                cell: true,
                left: text.last_link(),
                right: first_link(line),
                ahead: &ahead,
                header,
                words: &self.style.words,
            };
            let glue = joins::glue(&text.text, &line.text, &setting);
            let prose = words_of(&above.text) >= 2.0
                || words_of(&line.text) >= 2.0
                || !lexicon::looks_like_value(&line.text);
            // A cell that is wider than its text was wrapped at: the sentence says so.
            let lower = line.text.chars().next().is_some_and(char::is_lowercase);
            let mid_sentence = lower && words_of(&above.text) >= 2.0 && !ends_sentence(&above.text);
            let wrapped = (full || mid_sentence)
                && prose
                && !starts_item(&line.text)
                && !lexicon::looks_like_value(&above.text);
            let between = if !wrapped {
                "\n"
            } else if solid_between(&text.text, &line.text) {
                ""
            } else {
                " "
            };
            let glue = if glue == Glue::Solid && solid_between(&text.text, &line.text) {
                Glue::Blank
            } else {
                glue
            };
            text.add(glue, between, line);
        }
        out.unwrap_or_default()
    }
}

/// Lines below that are looked at for the rest of a value: a hash in a cell eight digits wide takes as many.
const AHEAD: usize = 16;

/// A line of which nothing but the text is known.
fn bare(text: &str) -> Segment {
    Segment {
        text: text.to_owned(),
        x0: 0.0,
        x1: 0.0,
        y: 0.0,
        size: 1.0,
        bold: false,
        mono: false,
        artifact: false,
        first: 0.0,
        links: Vec::new(),
        gaps: Vec::new(),
    }
}

/// The lines of a cell, pieces on one base line put together.
fn rows_of(cell: &Cell) -> Vec<Segment> {
    let mut out: Vec<Segment> = Vec::new();
    for line in &cell.lines {
        match out.last_mut() {
            Some(last) if (last.y - line.y).abs() <= 0.25 * last.size.min(line.size) => {
                last.append(line.clone());
            }
            _ => out.push(line.clone()),
        }
    }
    out
}

/// Whether the next line's first word had no room left, and whether the line reaches the edge.
fn reach(line: &Segment, next: &Segment, extent: Extent) -> (bool, bool) {
    let size = line.size;
    let ideographs = line.text.chars().next_back().is_some_and(is_ideograph)
        || next.text.chars().next().is_some_and(is_ideograph);
    let (blank, slack) = if ideographs {
        (0.0, 1.3 * size)
    } else {
        (0.2 * size, 0.1 * size)
    };
    let needs = blank + next.first;
    let right = extent.x1 - slack;
    // Centred lines have room on both sides.
    let centred = line.x0 > extent.x0 + 1.5 * size
        && ((line.x0 - extent.x0) - (extent.x1 - line.x1)).abs() < 1.5 * size;
    let full = line.x1 + needs > right
        || centred && (line.x1 - line.x0) + needs > extent.x1 - extent.x0 - slack;
    (full, line.x1 > extent.x1 - 0.9 * size)
}

fn first_link(line: &Segment) -> Option<&str> {
    let start = line.text.len() - line.text.trim_start().len();
    line.links
        .first()
        .filter(|s| s.start <= start)
        .map(|s| &*s.target)
}

/// What stands before the colon of a text: the label that its value has.
fn label(text: &str) -> &str {
    let line = text.rsplit('\n').next().unwrap_or(text);
    line.split_once([':', '：'])
        .map_or("", |(label, _)| label)
        .get(..)
        .filter(|l| l.len() <= 60)
        .unwrap_or("")
}

/// Whether nothing stands between two lines because one of them is set solid.
fn solid_between(a: &str, b: &str) -> bool {
    let last = a.trim_end().chars().next_back();
    let next = b.trim_start().chars().next();
    last.is_some_and(is_ideograph) || next.is_some_and(is_ideograph)
}

fn ends_sentence(text: &str) -> bool {
    text.trim_end()
        .trim_end_matches(['"', '”', ')', '）', '」', '』', ']'])
        .ends_with(['.', '!', '?', '。', '！', '？', ':', '：'])
}

/// Whether something must follow.
fn ends_open(text: &str) -> bool {
    text.trim_end()
        .ends_with([':', '：', ',', '、', '-', '/', '\\'])
}

fn starts_item(text: &str) -> bool {
    let text = text.trim_start();
    let first = text.split_whitespace().next().unwrap_or("");
    let mut chars = text.chars();
    match (chars.next(), chars.next()) {
        (Some(c), Some(n)) if is_bullet(c) => {
            n.is_whitespace()
                || (is_ideograph(n) && !"-–—*·→".contains(c))
                || "•・◦▪■□●○◆◇▶►➢➤".contains(c)
        }
        (Some(_), Some(_)) => first.len() < text.len() && is_marker(first),
        _ => false,
    }
}
