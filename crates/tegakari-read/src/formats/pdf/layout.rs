//! The order in which a person reads a page: bands from top to bottom, columns in a band from left to
//! right, tables as tables.
//!
//! A band is a run of rows that share a gutter, a strip without text. Whether its parts are columns of
//! running text or of a table is told by how many words their lines hold.

use super::super::joins::is_ideograph;
use super::lines::Segment;
use super::tables::{self, Table};

/// The narrowest strip that separates columns, in sizes of the text.
const GUTTER: f32 = 0.9;
/// Rows of one page that are searched for columns; a page with more is read from top to bottom.
const ROW_LIMIT: usize = 3_000;
/// How deep columns may stand in columns.
const DEPTH: u32 = 6;
/// Mean words on a line of running text.
const PROSE_WORDS: f32 = 3.2;

/// A part of the page in reading order.
#[derive(Debug)]
pub(super) enum Piece {
    /// Lines one below the other, and how far right they may reach.
    Lines(Vec<Segment>, Extent),
    /// A table.
    Table(Table),
}

/// From where to where text may reach.
#[derive(Clone, Copy, Debug)]
pub(super) struct Extent {
    pub(super) x0: f32,
    pub(super) x1: f32,
}

/// What stands on a page, as far as order is concerned.
pub(super) enum Item {
    Segment(Segment),
    Table(Box<Table>),
}

impl Item {
    fn x(&self) -> (f32, f32) {
        match self {
            Self::Segment(s) => (s.x0, s.x1),
            Self::Table(t) => (t.x0, t.x1),
        }
    }

    fn y(&self) -> f32 {
        match self {
            Self::Segment(s) => s.y,
            Self::Table(t) => t.y0,
        }
    }

    fn size(&self) -> Option<f32> {
        match self {
            Self::Segment(s) => Some(s.size),
            Self::Table(_) => None,
        }
    }
}

/// Items on one base line, from left to right.
struct Row {
    y: f32,
    items: Vec<Item>,
}

/// Puts what stands on a page in order.
pub(super) fn arrange(items: Vec<Item>) -> Vec<Piece> {
    let mut out = Vec::new();
    region(items, 0, &mut out);
    out
}

fn region(items: Vec<Item>, depth: u32, out: &mut Vec<Piece>) {
    let sizes: Vec<f32> = items.iter().filter_map(Item::size).collect();
    let size = median(sizes).unwrap_or(10.0);
    let extent = Extent {
        x0: items.iter().map(|i| i.x().0).fold(f32::MAX, f32::min),
        x1: items.iter().map(|i| i.x().1).fold(f32::MIN, f32::max),
    };
    let mut rows = rows(items);
    if depth >= DEPTH || rows.len() > ROW_LIMIT {
        for row in rows {
            plain(row, extent, size, out);
        }
        return;
    }
    rows.reverse();
    while let Some(row) = rows.pop() {
        let length = band(&row, rows.iter().rev(), size * GUTTER);
        if length < 2 {
            plain(row, extent, size, out);
            continue;
        }
        let mut band = vec![row];
        for _ in 1..length {
            band.extend(rows.pop());
        }
        columns(band, size, depth, out);
    }
}

fn rows(mut items: Vec<Item>) -> Vec<Row> {
    items.sort_by(|a, b| a.y().total_cmp(&b.y()).then(a.x().0.total_cmp(&b.x().0)));
    let mut rows: Vec<Row> = Vec::new();
    for item in items {
        let tolerance = item.size().map_or(0.5, |s| s * 0.25);
        match rows.last_mut() {
            Some(row) if (item.y() - row.y).abs() <= tolerance => row.items.push(item),
            _ => rows.push(Row {
                y: item.y(),
                items: vec![item],
            }),
        }
    }
    for row in &mut rows {
        row.items.sort_by(|a, b| a.x().0.total_cmp(&b.x().0));
        join_markers(row);
    }
    rows
}

/// The mark or number of a list item belongs to its text, however far it stands before it.
fn join_markers(row: &mut Row) {
    let mut at = 0;
    while at + 1 < row.items.len() {
        let joins = match (&row.items[at], &row.items[at + 1]) {
            (Item::Segment(a), Item::Segment(b)) => {
                is_marker(&a.text) && b.x0 - a.x1 < 4.0 * a.size.max(b.size)
            }
            _ => false,
        };
        if joins
            && let Item::Segment(next) = row.items.remove(at + 1)
            && let Some(Item::Segment(marker)) = row.items.get_mut(at)
        {
            marker.append(next);
        }
        at += 1;
    }
}

/// Whether a text is nothing but what stands before an item of a list: a bullet, `1.`, `(a)`, `iv)`.
pub(super) fn is_marker(text: &str) -> bool {
    let text = text.trim();
    let mut chars = text.chars();
    match (chars.next(), chars.next()) {
        (Some(c), None) => is_bullet(c) || c == 'o',
        (Some(_), Some(_)) => {
            let core = text
                .trim_start_matches(['(', '（', '['])
                .trim_end_matches(['.', ')', '）', ']', ':']);
            let closed = text.len() > core.len();
            let numbered = core.len() <= 8
                && core.split('.').all(|part| {
                    !part.is_empty() && part.len() <= 3 && part.bytes().all(|b| b.is_ascii_digit())
                });
            let lettered = core.chars().count() == 1 && core.chars().all(char::is_alphanumeric);
            let roman = core.len() <= 4 && core.bytes().all(|b| b"ivxIVX".contains(&b));
            closed && (numbered || lettered || roman)
        }
        _ => false,
    }
}

/// Whether a character is drawn before items of a list.
pub(super) fn is_bullet(c: char) -> bool {
    matches!(
        c,
        '•' | '◦'
            | '▪'
            | '▫'
            | '■'
            | '□'
            | '●'
            | '○'
            | '◆'
            | '◇'
            | '▶'
            | '►'
            | '➢'
            | '➤'
            | '➔'
            | '‣'
            | '⁃'
            | '–'
            | '—'
            | '-'
            | '*'
            | '·'
            | '・'
            | '✓'
            | '✔'
            | '❖'
            | '\u{F0B7}'
            | '\u{FFFD}'
            | '»'
            | '→'
    )
}

/// Strips of a row that hold text, joined where less than a gutter lies between.
#[derive(Clone, Default)]
struct Cover(Vec<(f32, f32)>);

impl Cover {
    fn add(&mut self, row: &Row, gutter: f32) {
        for item in &row.items {
            self.0.push(item.x());
        }
        self.0.sort_by(|a, b| a.0.total_cmp(&b.0));
        let mut merged: Vec<(f32, f32)> = Vec::with_capacity(self.0.len());
        for (x0, x1) in self.0.drain(..) {
            match merged.last_mut() {
                Some(last) if x0 - last.1 < gutter => last.1 = last.1.max(x1),
                _ => merged.push((x0, x1)),
            }
        }
        self.0 = merged;
    }

    fn column_of(&self, x0: f32, x1: f32) -> usize {
        let middle = (x0 + x1) / 2.0;
        self.0
            .iter()
            .position(|(_, end)| middle <= *end)
            .unwrap_or(self.0.len().saturating_sub(1))
    }
}

/// How many rows from here on share a gutter with at least two rows on both sides; 0 or 1 when none do.
fn band<'r>(first: &Row, rest: impl Iterator<Item = &'r Row>, gutter: f32) -> usize {
    let mut cover = Cover::default();
    cover.add(first, gutter);
    let mut seen: Vec<&Row> = Vec::new();
    for (count, row) in (1..).zip(rest.take(ROW_LIMIT)) {
        let mut next = cover.clone();
        next.add(row, gutter);
        // A band that had gutters keeps at least one; one side alone may go on until the other starts.
        let had = cover.0.len() > 1;
        // A heading over a table covers gutters that the rows below it have.
        let mut own = Cover::default();
        own.add(row, gutter);
        if !had && own.0.len() > next.0.len() {
            break;
        }
        if had && next.0.len() < 2 {
            break;
        }
        if !had && next.0.len() < 2 {
            // Still one strip: only the rows of one column so far, or plain lines.
            let strip_grew = next.0.first().map(|s| s.1 - s.0).unwrap_or(0.0)
                > 1.6 * cover.0.first().map(|s| s.1 - s.0).unwrap_or(0.0);
            if strip_grew || count > 60 {
                break;
            }
        }
        // Far below is something new.
        cover = next;
        seen.push(row);
    }
    if cover.0.len() < 2 {
        return 0;
    }
    // The widest gutter must have two rows on either side, or rows that hold both sides.
    let mut rows = vec![first];
    rows.extend(seen);
    let mut last_multi = 0;
    let mut filled = vec![0usize; cover.0.len()];
    for (i, row) in rows.iter().enumerate() {
        let mut here = vec![false; cover.0.len()];
        for item in &row.items {
            let (x0, x1) = item.x();
            if let Some(mark) = here.get_mut(cover.column_of(x0, x1)) {
                *mark = true;
            }
        }
        for (count, mark) in filled.iter_mut().zip(&here) {
            *count += usize::from(*mark);
        }
        if here.iter().skip(1).any(|h| *h) {
            last_multi = i;
        }
    }
    if filled.iter().filter(|f| **f >= 2).count() < 2 {
        return 0;
    }
    // Rows below the last one of the right column end the left column only when they follow closely.
    let mut end = last_multi;
    let pitch = pitch(&rows);
    while end + 1 < rows.len() && rows[end + 1].y - rows[end].y <= pitch * 1.5 {
        end += 1;
    }
    end + 1
}

/// The usual distance of rows.
fn pitch(rows: &[&Row]) -> f32 {
    let steps: Vec<f32> = rows
        .windows(2)
        .filter_map(|pair| match pair {
            [a, b] => Some(b.y - a.y),
            _ => None,
        })
        .collect();
    median(steps).unwrap_or(12.0)
}

pub(super) fn median(mut values: Vec<f32>) -> Option<f32> {
    values.sort_by(f32::total_cmp);
    values.get(values.len() / 2).copied()
}

/// A band with gutters: columns of text or of a table.
fn columns(band: Vec<Row>, size: f32, depth: u32, out: &mut Vec<Piece>) {
    let mut cover = Cover::default();
    for row in &band {
        cover.add(row, size * GUTTER);
    }
    if is_table(&band, &cover) {
        let segments = band
            .into_iter()
            .flat_map(|r| r.items)
            .map(|item| match item {
                Item::Segment(segment) => Ok(segment),
                Item::Table(table) => Err(table),
            });
        let mut free = Vec::new();
        for segment in segments {
            match segment {
                Ok(segment) => free.push(segment),
                Err(table) => out.push(Piece::Table(*table)),
            }
        }
        out.push(Piece::Table(tables::aligned(free, &cover.0)));
        return;
    }
    let mut parts: Vec<Vec<Item>> = cover.0.iter().map(|_| Vec::new()).collect();
    for item in band.into_iter().flat_map(|r| r.items) {
        let (x0, x1) = item.x();
        if let Some(part) = parts.get_mut(cover.column_of(x0, x1)) {
            part.push(item);
        }
    }
    for part in parts {
        region(part, depth + 1, out);
    }
}

/// Whether two columns each hold hashes that are cut at their edges, and begin in other rows than those of the
/// other: lists beside each other. Cells of one table begin in one row.
fn are_lists_of_hashes(band: &[Row], cover: &Cover) -> bool {
    let mut columns: [Vec<(usize, &str)>; 2] = [Vec::new(), Vec::new()];
    for (i, row) in band.iter().enumerate() {
        for item in &row.items {
            let (x0, x1) = item.x();
            if let Item::Segment(segment) = item
                && let Some(column) = columns.get_mut(cover.column_of(x0, x1))
            {
                column.push((i, segment.text.trim()));
            }
        }
    }
    let begins = columns.map(|lines| {
        lines
            .windows(2)
            .filter_map(|pair| match pair {
                [(row, a), (_, b)] => is_cut_hash(a, b).then_some(*row),
                _ => None,
            })
            .collect::<Vec<usize>>()
    });
    let [left, right] = &begins;
    let both = left.iter().filter(|row| right.contains(row)).count();
    left.len() >= 2 && right.len() >= 2 && both * 2 < left.len().min(right.len())
}

/// Whether a line ends in digits of a hash that the next line has the rest of.
fn is_cut_hash(a: &str, b: &str) -> bool {
    let end = a.bytes().rev().take_while(u8::is_ascii_hexdigit).count();
    let rest = b.bytes().take_while(u8::is_ascii_hexdigit).count();
    let closed = b
        .as_bytes()
        .get(rest)
        .is_none_or(|c| !c.is_ascii_alphanumeric());
    end >= 16 && rest > 0 && closed && matches!(end + rest, 32 | 40 | 64 | 128)
}

/// Whether the parts of a band are columns of a table: short cells that start on common base lines.
fn is_table(band: &[Row], cover: &Cover) -> bool {
    let count = cover.0.len();
    if count == 2 && are_lists_of_hashes(band, cover) {
        return false;
    }
    let mut lines = vec![0usize; count];
    let mut words = vec![0f32; count];
    let mut width = vec![0f32; count];
    let mut shared = vec![0usize; count];
    for row in band {
        for item in &row.items {
            let (x0, x1) = item.x();
            let column = cover.column_of(x0, x1);
            match item {
                Item::Segment(segment) => {
                    lines[column] += 1;
                    words[column] += words_of(&segment.text);
                    width[column] += x1 - x0;
                    shared[column] += usize::from(row.items.len() > 1);
                }
                // A ruled table inside a column: these are columns.
                Item::Table(_) => return false,
            }
        }
    }
    let prose = |i: usize| {
        let n = lines[i].max(1) as f32;
        let reach = cover.0[i].1 - cover.0[i].0;
        lines[i] >= 3 && words[i] / n >= PROSE_WORDS && width[i] / n >= 0.5 * reach
    };
    let proses = (0..count).filter(|i| prose(*i)).count();
    if proses == count {
        return false;
    }
    if count > 3 {
        return true;
    }
    // Lines that stand beside others: the cells of a row do, columns of text do so by chance.
    let total: usize = lines.iter().sum();
    let beside: usize = shared.iter().sum();
    if proses == 0 {
        return beside * 10 >= total * 4;
    }
    // The column with the fewest lines names the rows: each of its lines starts one.
    (0..count)
        .filter(|i| !prose(*i) && lines[*i] > 0)
        .min_by_key(|i| lines[*i])
        .is_some_and(|i| shared[i] * 10 >= lines[i] * 8)
}

/// Words of a text; four ideographs count as one.
pub(super) fn words_of(text: &str) -> f32 {
    let solid = text.chars().filter(|c| is_ideograph(*c)).count();
    let latin = text
        .split_whitespace()
        .filter(|w| w.chars().any(|c| !is_ideograph(c)))
        .count();
    latin as f32 + solid as f32 / 4.0
}

/// A row outside any band: its segments are one line, unless they stand far apart.
fn plain(row: Row, extent: Extent, size: f32, out: &mut Vec<Piece>) {
    let mut line: Option<Segment> = None;
    for item in row.items {
        match item {
            Item::Table(table) => {
                flush(line.take(), extent, out);
                out.push(Piece::Table(*table));
            }
            Item::Segment(segment) => match &mut line {
                Some(open) if segment.x0 - open.x1 < 4.0 * size => open.append(segment),
                _ => {
                    flush(line.take(), extent, out);
                    line = Some(segment);
                }
            },
        }
    }
    flush(line, extent, out);
}

fn flush(line: Option<Segment>, extent: Extent, out: &mut Vec<Piece>) {
    let Some(line) = line else {
        return;
    };
    match out.last_mut() {
        Some(Piece::Lines(lines, known))
            if (known.x0 - extent.x0).abs() < 0.5 && (known.x1 - extent.x1).abs() < 0.5 =>
        {
            lines.push(line);
        }
        _ => out.push(Piece::Lines(vec![line], extent)),
    }
}
