//! Tables for terminals: columns by measured width, never wider than asked, never cut inside a character.

use super::style::{Paint, TextStyle};
use super::wrap::wrap;
use crate::escape;
use crate::format::{clip, clip_middle, width};

/// What a column does when there is too little room.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fit {
    /// It stays as wide as its content as long as others can give way.
    Keep,
    /// It loses its end.
    End,
    /// It loses its middle: hashes and paths tell most at their ends.
    Middle,
    /// It takes more lines.
    Wrap,
    /// As `Keep`, aligned to the right: numbers.
    Right,
}

/// A column.
#[derive(Debug, Clone)]
pub(crate) struct Column {
    pub(crate) head: String,
    pub(crate) fit: Fit,
}

/// A column with its head.
pub(crate) fn column(head: &str, fit: Fit) -> Column {
    Column {
        head: head.to_owned(),
        fit,
    }
}

const INDENT: usize = 2;
const GAP: usize = 2;
/// Narrower than this no column is cut; then rows become blocks.
const LEAST: usize = 8;

/// Rows of cells below their heads. Cells may be hostile: they are escaped here. A mark in the
/// first cell is coloured.
pub(crate) fn table(columns: &[Column], rows: &[Vec<String>], style: &TextStyle) -> String {
    let rows: Vec<Vec<String>> = rows
        .iter()
        .map(|row| {
            row.iter()
                .map(|cell| style.signs(&escape::terminal(cell)))
                .collect()
        })
        .collect();
    let rows = rows.as_slice();
    match widths(columns, rows, style) {
        Some(widths) => wide(columns, rows, &widths, style),
        None => blocks(columns, rows, style),
    }
}

fn widths(columns: &[Column], rows: &[Vec<String>], style: &TextStyle) -> Option<Vec<usize>> {
    let mut widths: Vec<usize> = columns
        .iter()
        .enumerate()
        .map(|(i, column)| {
            let cells = rows.iter().filter_map(|row| row.get(i));
            let most = cells.map(|c| width(c)).max().unwrap_or(0);
            most.max(width(&column.head))
        })
        .collect();
    let room = style
        .width()
        .saturating_sub(INDENT + GAP * columns.len().saturating_sub(1));
    // In each round the widest of those above their least gives way; the indicator itself goes last.
    for round in ROUNDS {
        loop {
            let total: usize = widths.iter().sum();
            if total <= room {
                return Some(widths);
            }
            let widest = widths
                .iter()
                .enumerate()
                .filter(|(i, w)| **w > round.least(columns[*i].fit))
                .max_by_key(|(i, w)| (**w, *i));
            let Some((i, _)) = widest else { break };
            widths[i] = (widths[i] - 1).min(room);
        }
    }
    None
}

/// How narrow each kind of column may become before others must give way.
struct Round {
    end: usize,
    wrap: usize,
    middle: usize,
    keep: usize,
}

const ROUNDS: [Round; 4] = [
    Round {
        end: 24,
        wrap: 34,
        middle: 44,
        keep: 40,
    },
    Round {
        end: 12,
        wrap: 24,
        middle: 34,
        keep: 40,
    },
    Round {
        end: 10,
        wrap: 20,
        middle: 24,
        keep: 34,
    },
    Round {
        end: LEAST,
        wrap: 16,
        middle: 14,
        keep: 24,
    },
];

impl Round {
    fn least(&self, fit: Fit) -> usize {
        match fit {
            Fit::Keep | Fit::Right => self.keep,
            Fit::End => self.end,
            Fit::Middle => self.middle,
            Fit::Wrap => self.wrap,
        }
    }
}

fn wide(columns: &[Column], rows: &[Vec<String>], widths: &[usize], style: &TextStyle) -> String {
    let mut out = String::new();
    if columns.iter().any(|c| !c.head.is_empty()) {
        let heads = columns.iter().zip(widths).map(|(c, w)| {
            let head = clip(&style.signs(&c.head), *w, style.dots());
            align(&head, *w, c.fit)
        });
        let line = heads.collect::<Vec<_>>().join(&" ".repeat(GAP));
        out.push_str(&" ".repeat(INDENT));
        out.push_str(&style.paint(Paint::Quiet, line.trim_end()));
        out.push('\n');
    }
    for row in rows {
        let cells: Vec<Vec<String>> = columns
            .iter()
            .zip(widths)
            .enumerate()
            .map(|(i, (column, w))| {
                let cell = row.get(i).map_or("", String::as_str);
                match column.fit {
                    Fit::Wrap => wrap(cell, *w),
                    Fit::Middle => vec![clip_middle(cell, *w, style.dots())],
                    Fit::End | Fit::Keep | Fit::Right => vec![clip(cell, *w, style.dots())],
                }
            })
            .collect();
        let height = cells.iter().map(Vec::len).max().unwrap_or(1);
        for k in 0..height {
            let mut line = " ".repeat(INDENT);
            for (i, ((lines, w), column)) in cells.iter().zip(widths).zip(columns).enumerate() {
                let text = lines.get(k).map_or("", String::as_str);
                let padded = align(text, *w, column.fit);
                line.push_str(&if i == 0 {
                    paint_mark(&padded, style)
                } else {
                    padded
                });
                if i + 1 < columns.len() {
                    line.push_str(&" ".repeat(GAP));
                }
            }
            out.push_str(line.trim_end());
            out.push('\n');
        }
    }
    out
}

fn align(text: &str, to: usize, fit: Fit) -> String {
    let space = " ".repeat(to.saturating_sub(width(text)));
    match fit {
        Fit::Right => space + text,
        _ => format!("{text}{space}"),
    }
}

fn paint_mark(text: &str, style: &TextStyle) -> String {
    match text.trim_end() {
        "●" | "*" => style.paint(Paint::Seen, text),
        "○" | "o" => style.paint(Paint::Calm, text),
        "▨" | "?" => style.paint(Paint::Quiet, text),
        _ => text.to_owned(),
    }
}

/// Too narrow for a table: each row as a block of `head  value` lines.
fn blocks(columns: &[Column], rows: &[Vec<String>], style: &TextStyle) -> String {
    let mut out = String::new();
    for row in rows {
        let mut before = String::new();
        let mut lead = INDENT;
        for (column, cell) in columns.iter().zip(row).filter(|(_, cell)| !cell.is_empty()) {
            // A mark has no line of its own.
            if width(cell) == 1 && column.head.is_empty() {
                before = format!("{cell} ");
                continue;
            }
            let text = if column.head.is_empty() || !before.is_empty() {
                format!("{before}{cell}")
            } else {
                format!("{}: {cell}", style.signs(&column.head))
            };
            for line in wrap(&text, style.width().saturating_sub(lead)) {
                out.push_str(&" ".repeat(lead));
                out.push_str(&line);
                out.push('\n');
            }
            before.clear();
            lead = INDENT * 2;
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_line_is_wider_than_asked() {
        let columns = [
            column("", Fit::Keep),
            column("indicator", Fit::Middle),
            column("records", Fit::Right),
            column("machines", Fit::End),
            column("why", Fit::Wrap),
        ];
        let rows = vec![
            vec![
                "●".to_owned(),
                "9f2c".repeat(16),
                "123456".to_owned(),
                "情報システム部門の共用端末".to_owned(),
                "it was listed by the publisher with a very long explanation あいうえお".to_owned(),
            ],
            vec![
                "○".to_owned(),
                "a.b[.]c".to_owned(),
                String::new(),
                String::new(),
                "x\u{1b}[2J".to_owned(),
            ],
        ];
        for width_asked in 40..140 {
            for (color, ascii) in [(false, false), (false, true)] {
                let style = TextStyle {
                    width: width_asked,
                    color,
                    ascii,
                };
                for line in table(&columns, &rows, &style).lines() {
                    assert!(width(line) <= width_asked, "{width_asked}: {line}");
                }
            }
        }
    }
}
