//! Draws a [`Drawing`] with characters, for terminals and for whoever reads without seeing ink.

use super::{Drawing, Mark, Row, Scale, Tone};
use crate::escape;
use crate::format::{clip, clip_middle, width};
use crate::text::{Paint, TextStyle};

const INDENT: usize = 2;

/// The rows of the drawing, without title and caption; no line is wider than the style's width.
pub(crate) fn draw(drawing: &Drawing, style: &TextStyle) -> String {
    match &drawing.scale {
        Scale::Columns(heads) => {
            let heads: Vec<String> = heads.iter().map(|h| escape::terminal(h)).collect();
            columns(drawing, &heads, style)
        }
        Scale::Line { ticks, .. } => line(drawing, ticks, style),
    }
}

/// Widths of names and notes, and of both with the space between.
struct Labels {
    name: usize,
    note: usize,
}

impl Labels {
    fn of(drawing: &Drawing, most: usize) -> Self {
        let widest = |pick: fn(&Row) -> &String| {
            let widths = drawing
                .rows
                .iter()
                .map(|row| width(&escape::terminal(pick(row))));
            widths.max().unwrap_or(0)
        };
        let note = widest(|row| &row.note);
        let most_name = if note > 0 { most / 2 } else { most };
        let name = widest(|row| &row.label).clamp(4, most_name.max(4));
        let note = note.min(most.saturating_sub(name + 2));
        Self { name, note }
    }

    fn width(&self) -> usize {
        self.name + if self.note > 0 { self.note + 2 } else { 0 }
    }

    fn draw(&self, row: &Row, style: &TextStyle) -> String {
        let name = clip_middle(&escape::terminal(&row.label), self.name, style.dots());
        let name = pad(&style.signs(&name), self.name);
        let name = if row.strong {
            style.paint(Paint::Strong, &name)
        } else {
            name
        };
        if self.note == 0 {
            return name;
        }
        let note = clip_middle(&escape::terminal(&row.note), self.note, style.dots());
        format!("{name}  {}", pad(&note, self.note))
    }
}

fn pad(text: &str, to: usize) -> String {
    format!("{text}{}", " ".repeat(to.saturating_sub(width(text))))
}

/// Column scales: blocks of as many columns as fit.
fn columns(drawing: &Drawing, heads: &[String], style: &TextStyle) -> String {
    let names = Labels::of(drawing, style.width() / 3);
    let labels = names.width();
    let room = style.width().saturating_sub(INDENT + labels + 2);
    let wide = |i: usize| heads.get(i).map_or(1, |h| width(h).clamp(1, 12)) + 2;
    let mut out = String::new();
    let mut start = 0;
    while start < heads.len() {
        let mut used = 0;
        let mut end = start;
        while end < heads.len() && (end == start || used + wide(end) <= room) {
            used += wide(end);
            end += 1;
        }
        if start > 0 {
            out.push('\n');
        }
        let mut top = pad("", INDENT + labels + 2);
        for (i, head) in heads.iter().enumerate().take(end).skip(start) {
            top.push_str(&pad(&clip(head, 12, style.dots()), wide(i)));
        }
        push_line(&mut out, &style.paint(Paint::Quiet, top.trim_end()));
        for row in &drawing.rows {
            let mut text = pad("", INDENT) + &names.draw(row, style) + "  ";
            for i in start..end {
                let cell = row.marks.iter().find_map(|mark| match mark {
                    Mark::Cell { column, glyph, .. } if *column == i => Some(style.mark(glyph)),
                    _ => None,
                });
                text.push_str(&pad(cell.as_deref().unwrap_or(" "), wide(i)));
            }
            push_line(&mut out, text.trim_end());
        }
        start = end;
    }
    out
}

/// Line scales: one character a step of the plot.
fn line(drawing: &Drawing, ticks: &[(f64, String)], style: &TextStyle) -> String {
    let count = drawing
        .rows
        .iter()
        .map(|r| r.values.len())
        .max()
        .unwrap_or(0);
    let value_widths: Vec<usize> = (0..count)
        .map(|i| {
            let cells = drawing.rows.iter().filter_map(|r| r.values.get(i));
            let head = drawing.value_heads.get(i).map_or(0, |h| width(h));
            cells.map(|v| width(v)).max().unwrap_or(0).max(head)
        })
        .collect();
    // Values that do not fit beside a plot of 20 columns are left to the table.
    let mut values = 0;
    let mut used = 0;
    let names = Labels::of(drawing, style.width() * 2 / 5);
    let labels = names.width();
    let fixed = INDENT + labels + 2;
    while values < count && fixed + 20 + used + value_widths[values] + 2 <= style.width() {
        used += value_widths[values] + 2;
        values += 1;
    }
    let plot = style.width().saturating_sub(fixed + used).clamp(8, 72);
    let mut out = String::new();
    push_line(
        &mut out,
        &axis(
            drawing,
            ticks,
            (fixed, plot),
            &value_widths[..values],
            style,
        ),
    );
    for row in &drawing.rows {
        let cells = plot_row(row, plot, style);
        let mut text = pad("", INDENT);
        text.push_str(&names.draw(row, style));
        text.push_str("  ");
        text.push_str(&cells);
        for (value, wide) in row.values.iter().zip(&value_widths[..values]) {
            text.push_str("  ");
            text.push_str(&pad(&style.signs(value), *wide));
        }
        push_line(&mut out, text.trim_end());
    }
    out
}

fn axis(
    drawing: &Drawing,
    ticks: &[(f64, String)],
    (fixed, plot): (usize, usize),
    value_widths: &[usize],
    style: &TextStyle,
) -> String {
    let mut line: Vec<char> = vec![' '; plot];
    let mut free = 0;
    for (at, name) in ticks {
        let start = place(*at, plot);
        let end = start + name.chars().count();
        // Ticks are ASCII; one that would touch the last one or leave the plot is left out.
        if start >= free && end <= plot {
            for (slot, c) in line[start..end].iter_mut().zip(name.chars()) {
                *slot = c;
            }
            free = end + 1;
        }
    }
    let mut text = pad("", fixed) + &line.into_iter().collect::<String>();
    for (head, wide) in drawing.value_heads.iter().zip(value_widths) {
        text.push_str("  ");
        text.push_str(&pad(head, *wide));
    }
    style.paint(Paint::Quiet, text.trim_end())
}

#[allow(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::cast_precision_loss,
    reason = "the place is between 0 and the width of a terminal"
)]
fn place(at: f64, plot: usize) -> usize {
    let last = plot.saturating_sub(1);
    ((at.clamp(0.0, 1.0) * last as f64).round() as usize).min(last)
}

fn plot_row(row: &Row, plot: usize, style: &TextStyle) -> String {
    let ascii = style.ascii;
    let mut cells: Vec<(char, Option<Paint>)> =
        vec![(if ascii { '.' } else { '·' }, Some(Paint::Quiet)); plot];
    let mut fill = |from: f64, to: f64, c: char, paint: Option<Paint>| {
        for cell in &mut cells[place(from, plot)..=place(to.max(from), plot)] {
            *cell = (c, paint);
        }
    };
    for mark in &row.marks {
        match mark {
            Mark::Hatch { from, to } => {
                fill(
                    *from,
                    *to,
                    if ascii { '/' } else { '▨' },
                    Some(Paint::Quiet),
                );
            }
            Mark::Span { from, to } => {
                fill(*from, *to, if ascii { '=' } else { '━' }, Some(Paint::Seen));
            }
            Mark::Dot { at } => fill(*at, *at, if ascii { '*' } else { '●' }, Some(Paint::Seen)),
            Mark::Interval {
                low, point, high, ..
            } => {
                fill(*low, *high, if ascii { '=' } else { '━' }, None);
                fill(*low, *low, '[', None);
                fill(*high, *high, ']', None);
                fill(
                    *point,
                    *point,
                    if ascii { 'o' } else { '●' },
                    Some(Paint::Strong),
                );
            }
            Mark::Step { from, to, tone } => {
                let (c, paint) = match tone {
                    Tone::Quiet => (if ascii { '-' } else { '▒' }, Paint::Quiet),
                    Tone::Seen => (if ascii { '#' } else { '█' }, Paint::Seen),
                    Tone::Calm => (if ascii { '#' } else { '█' }, Paint::Calm),
                };
                fill(from.min(*to), from.max(*to), c, Some(paint));
            }
            Mark::Cell { .. } => {}
        }
    }
    let mut out = String::new();
    let mut i = 0;
    while i < cells.len() {
        let paint = cells[i].1;
        let run: String = cells[i..]
            .iter()
            .take_while(|(_, p)| *p == paint)
            .map(|(c, _)| *c)
            .collect();
        i += run.chars().count();
        out.push_str(&match paint {
            Some(paint) => style.paint(paint, &run),
            None => run,
        });
    }
    out
}

fn push_line(out: &mut String, line: &str) {
    out.push_str(line);
    out.push('\n');
}
