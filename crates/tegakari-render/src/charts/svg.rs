//! Draws a [`Drawing`] as SVG. Colours are CSS custom properties, so the page's theme decides.

use super::{Drawing, Mark, Row, Scale, Tone};
use crate::escape;
use crate::format::{clip_middle, width};

const WIDTH: f64 = 960.0;
const HEAD: f64 = 26.0;
const ROW: f64 = 26.0;
/// Width of one terminal column in the label font.
const GLYPH: f64 = 6.9;

/// The drawing as one `<svg>` element, well-formed as XML.
pub(crate) fn draw(drawing: &Drawing) -> String {
    let frame = Frame::of(drawing);
    let height = HEAD + ROW * rows(drawing) + 10.0;
    // A section of the page may have the chart's name.
    let id = format!("chart-{}", escape::html(&drawing.id));
    let mut out = format!(
        "<svg id=\"{id}\" class=\"chart\" viewBox=\"0 0 {WIDTH} {height}\" role=\"img\" \
         aria-labelledby=\"{id}-t {id}-d\"><title id=\"{id}-t\">{}</title><desc id=\"{id}-d\">{}</desc>",
        escape::html(&drawing.title),
        escape::html(&drawing.caption)
    );
    out.push_str(&format!(
        "<defs><pattern id=\"{id}-h\" width=\"6\" height=\"6\" patternUnits=\"userSpaceOnUse\" \
         patternTransform=\"rotate(45)\"><rect class=\"hb\" width=\"6\" height=\"6\"/>\
         <rect class=\"hl\" width=\"1.4\" height=\"6\"/></pattern></defs>"
    ));
    scale(drawing, &frame, height, &mut out);
    for (i, row) in drawing.rows.iter().enumerate() {
        let top = HEAD + ROW * position(i);
        draw_row(row, &frame, top, &id, &mut out);
    }
    out.push_str("</svg>");
    out
}

#[allow(clippy::cast_precision_loss, reason = "a position in a drawing")]
fn position(i: usize) -> f64 {
    i as f64
}

fn rows(drawing: &Drawing) -> f64 {
    position(drawing.rows.len())
}

/// Where the plot lies.
struct Frame {
    left: f64,
    right: f64,
    /// Left edges of the value columns.
    values: Vec<f64>,
    columns: usize,
    name_width: usize,
    /// Left edge of the notes.
    note: f64,
    note_width: usize,
}

impl Frame {
    #[allow(
        clippy::cast_precision_loss,
        reason = "widths of texts are small numbers"
    )]
    fn of(drawing: &Drawing) -> Self {
        let widest = |texts: &mut dyn Iterator<Item = usize>| texts.max().unwrap_or(0);
        let name_width = widest(
            &mut drawing
                .rows
                .iter()
                .map(|row| width(&escape::visible(&row.label))),
        )
        .clamp(4, 40);
        let note_width = widest(
            &mut drawing
                .rows
                .iter()
                .map(|row| width(&escape::visible(&row.note))),
        )
        .min(32);
        let gap = if note_width > 0 { 2 } else { 0 };
        let mut values: Vec<f64> = Vec::new();
        let mut right = WIDTH;
        let count = drawing
            .rows
            .iter()
            .map(|r| r.values.len())
            .max()
            .unwrap_or(0);
        for i in (0..count).rev() {
            let head = drawing.value_heads.get(i).map_or(0, |h| width(h));
            let cell = widest(
                &mut drawing
                    .rows
                    .iter()
                    .map(|r| r.values.get(i).map_or(0, |v| width(v))),
            );
            right -= (head.max(cell).min(34) as f64) * GLYPH + 18.0;
            values.insert(0, right + 16.0);
        }
        let columns = match &drawing.scale {
            Scale::Columns(heads) => heads.len(),
            Scale::Line { .. } => 0,
        };
        let note = (name_width + gap) as f64 * GLYPH;
        let left = note + note_width as f64 * GLYPH + 16.0;
        // Few columns look lost across the whole width.
        let right = if columns == 0 {
            right
        } else {
            right.min(left + columns as f64 * 78.0)
        };
        Self {
            left,
            right: right.max(left + 120.0),
            values,
            columns,
            name_width,
            note,
            note_width,
        }
    }

    fn x(&self, at: f64) -> f64 {
        self.left + (self.right - self.left) * at.clamp(0.0, 1.0)
    }

    fn cell(&self, column: usize) -> (f64, f64) {
        let wide = (self.right - self.left) / position(self.columns.max(1));
        (self.left + wide * position(column), wide)
    }
}

fn scale(drawing: &Drawing, frame: &Frame, height: f64, out: &mut String) {
    let bottom = height - 8.0;
    match &drawing.scale {
        Scale::Columns(heads) => {
            for (i, head) in heads.iter().enumerate().filter(|(_, h)| !h.is_empty()) {
                let (x, wide) = frame.cell(i);
                let (x, anchor) = if wide < 40.0 {
                    (x, "start")
                } else {
                    (x + wide / 2.0, "middle")
                };
                text(out, "tick", x, 16.0, anchor, head);
            }
        }
        Scale::Line { ticks, bands } => {
            for (from, to) in bands {
                let (a, b) = (frame.x(*from), frame.x(*to));
                out.push_str(&format!(
                    "<rect class=\"band\" x=\"{a:.1}\" y=\"{HEAD}\" width=\"{:.1}\" height=\"{:.1}\"/>",
                    b - a,
                    bottom - HEAD
                ));
            }
            for (at, label) in ticks {
                let x = frame.x(*at);
                out.push_str(&format!(
                    "<line class=\"grid\" x1=\"{x:.1}\" y1=\"{:.1}\" x2=\"{x:.1}\" y2=\"{bottom:.1}\"/>",
                    HEAD - 4.0
                ));
                let anchor = match *at {
                    at if at < 0.02 => "start",
                    at if at > 0.97 => "end",
                    _ => "middle",
                };
                text(out, "tick", x, 16.0, anchor, label);
            }
        }
    }
    for (x, head) in frame.values.iter().zip(&drawing.value_heads) {
        text(out, "tick", *x, 16.0, "start", head);
    }
}

fn draw_row(row: &Row, frame: &Frame, top: f64, id: &str, out: &mut String) {
    let middle = top + ROW / 2.0;
    let base = middle + 4.5;
    let label = clip_middle(&escape::visible(&row.label), frame.name_width, "…");
    let class = if row.strong { "label strong" } else { "label" };
    text(out, class, 0.0, base, "start", &label);
    if !row.note.is_empty() {
        let note = clip_middle(&escape::visible(&row.note), frame.note_width, "…");
        text(out, "note", frame.note, base, "start", &note);
    }
    if frame.columns == 0 {
        out.push_str(&format!(
            "<line class=\"rule\" x1=\"{:.1}\" y1=\"{middle:.1}\" x2=\"{:.1}\" y2=\"{middle:.1}\"/>",
            frame.left, frame.right
        ));
    }
    for mark in &row.marks {
        draw_mark(mark, frame, top, id, out);
    }
    for (x, value) in frame.values.iter().zip(&row.values) {
        text(
            out,
            "value",
            *x,
            base,
            "start",
            &clip_middle(value, 40, "…"),
        );
    }
}

fn tone(tone: Tone) -> &'static str {
    match tone {
        Tone::Seen => "seen",
        Tone::Calm => "calm",
        Tone::Quiet => "quiet",
    }
}

fn draw_mark(mark: &Mark, frame: &Frame, top: f64, id: &str, out: &mut String) {
    let middle = top + ROW / 2.0;
    match mark {
        Mark::Hatch { from, to } => {
            let (a, b) = (frame.x(*from), frame.x(*to));
            out.push_str(&format!(
                "<rect fill=\"url(#{id}-h)\" x=\"{a:.1}\" y=\"{:.1}\" width=\"{:.1}\" height=\"{:.1}\"/>",
                top + 4.0,
                (b - a).max(0.5),
                ROW - 8.0
            ));
        }
        Mark::Span { from, to } => {
            let (a, b) = (frame.x(*from), frame.x(*to));
            out.push_str(&format!(
                "<rect class=\"span\" x=\"{a:.1}\" y=\"{:.1}\" width=\"{:.1}\" height=\"5\" rx=\"2.5\"/>",
                middle - 2.5,
                (b - a).max(5.0)
            ));
        }
        Mark::Dot { at } => out.push_str(&format!(
            "<circle class=\"seen\" cx=\"{:.1}\" cy=\"{middle:.1}\" r=\"4.5\"/>",
            frame.x(*at)
        )),
        Mark::Interval {
            low,
            point,
            high,
            tone: colour,
        } => {
            let (a, p, b) = (frame.x(*low), frame.x(*point), frame.x(*high));
            let class = tone(*colour);
            out.push_str(&format!(
                "<rect class=\"{class} range\" x=\"{a:.1}\" y=\"{:.1}\" width=\"{:.1}\" height=\"10\" rx=\"5\"/>\
                 <circle class=\"{class} point\" cx=\"{p:.1}\" cy=\"{middle:.1}\" r=\"6\"/>",
                middle - 5.0,
                (b - a).max(2.0)
            ));
        }
        Mark::Step {
            from,
            to,
            tone: colour,
        } => {
            let (a, b) = (frame.x(from.min(*to)), frame.x(from.max(*to)));
            out.push_str(&format!(
                "<rect class=\"{}\" x=\"{a:.1}\" y=\"{:.1}\" width=\"{:.1}\" height=\"{:.1}\" rx=\"1.5\"/>",
                tone(*colour),
                top + 6.0,
                (b - a).max(1.5),
                ROW - 12.0
            ));
        }
        Mark::Cell {
            column,
            shade,
            glyph,
            number,
            note,
        } => {
            let (x, wide) = frame.cell(*column);
            let step = shade.map(|s| (s.clamp(0.0, 1.0) * 4.0).round());
            let gap = if wide < 12.0 { 0.5 } else { 1.5 };
            let fill = match step {
                None => format!("fill=\"url(#{id}-h)\""),
                Some(step) => format!("class=\"s{step:.0}\""),
            };
            out.push_str(&format!(
                "<rect {fill} x=\"{:.1}\" y=\"{:.1}\" width=\"{:.1}\" height=\"{:.1}\" rx=\"2\">",
                x + gap,
                top + 1.5,
                (wide - 2.0 * gap).max(0.5),
                ROW - 3.0
            ));
            if !note.is_empty() {
                out.push_str(&format!("<title>{}</title>", escape::html(note)));
            }
            out.push_str("</rect>");
            // What is dark says why, however narrow it is.
            if (wide >= 14.0 || step.is_none() && wide >= 7.0) && !glyph.is_empty() {
                let ink = if step.is_some_and(|s| s >= 3.0) {
                    "ink on"
                } else {
                    "ink"
                };
                let words = if number.is_empty() || wide < 60.0 {
                    glyph.clone()
                } else {
                    format!("{glyph} {number}")
                };
                text(out, ink, x + wide / 2.0, middle + 4.5, "middle", &words);
            }
        }
    }
}

fn text(out: &mut String, class: &str, x: f64, y: f64, anchor: &str, words: &str) {
    out.push_str(&format!(
        "<text class=\"{class}\" x=\"{x:.1}\" y=\"{y:.1}\" text-anchor=\"{anchor}\">{}</text>",
        escape::html(words)
    ));
}
