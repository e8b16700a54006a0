//! The standing self-assessment: gaps in words, the grids, the inventory, ATT&CK.

use tegakari_model::HuntResult;

use super::hunt::header;
use super::style::Paint;
use super::table::{Fit, column};
use super::writer::Writer;
use crate::AttackCover;
use crate::charts::visibility::heat_map;
use crate::digest::grid::{by_time, grid, hours_of_any};
use crate::digest::standing::{holes, machine_hours};
use crate::digest::time::{Axis, window};
use crate::format;
use crate::i18n::say;

/// Rows of a grid; the JSON has all.
const MOST_ROWS: usize = 200;
/// Stretches of time in a row.
const MOST_SIGNS: usize = 48;

pub(super) fn write(hunt: &HuntResult, cover: &AttackCover, w: &mut Writer<'_>) {
    w.painted(Paint::Quiet, 0, &header(hunt, w));
    let (visible, total) = machine_hours(hunt);
    let share = if total == 0 {
        0.0
    } else {
        visible as f64 / total as f64
    };
    w.paragraph(
        0,
        &say!(
            w.words,
            "standing.any",
            share = format::percent(share),
            n = format::count(total)
        ),
    );
    let gaps = holes(hunt);
    w.heading(w.words.get("section.gaps"));
    if gaps.is_empty() {
        w.paragraph(2, w.words.get("gaps.none"));
    }
    for hole in gaps.iter().take(10) {
        let sentences = [w.words.hole(hole), w.words.hole_closing(hole)];
        w.item("  ", &sentences.join(w.words.get("sentence.space")));
    }
    if let Some(drawing) = heat_map(hunt, w.words, MOST_ROWS) {
        w.heading(w.words.get("section.visibility"));
        w.chart(&drawing, true);
    }
    write_time(hunt, w);
    let told = w.words.inventory(hunt);
    if !told.is_empty() {
        w.heading(w.words.get("section.inventory"));
        for sentence in &told {
            w.paragraph(2, sentence);
        }
    }
    write_attack(cover, w);
    if !hunt.problems.is_empty() {
        w.heading(w.words.get("section.problems"));
        let problems: Vec<_> = hunt.problems.iter().collect();
        w.problems(&problems, 20);
    }
}

/// Machines by time, a sign for each stretch of hours.
fn write_time(hunt: &HuntResult, w: &mut Writer<'_>) {
    let Some(axis) = window(&hunt.coverage).map(|window| Axis::new(window, MOST_SIGNS)) else {
        return;
    };
    let span = format::span(hunt.coverage.window.from, hunt.coverage.window.until);
    let grid = grid(hunt);
    if grid.rows.is_empty() {
        return;
    }
    w.heading(&say!(
        w.words,
        "section.visibility_span",
        span = span.unwrap_or_default()
    ));
    let of_any = hours_of_any(hunt);
    let rows: Vec<Vec<String>> = grid
        .rows
        .iter()
        .take(MOST_ROWS)
        .map(|row| {
            let cells = by_time(hunt, &row.asset.name, &axis, &of_any);
            let signs = cells.iter().map(|cell| cell.glyph());
            vec![row.asset.name.clone(), signs.collect()]
        })
        .collect();
    w.table(&[column("", Fit::Middle), column("", Fit::Keep)], &rows);
    w.paragraph(2, &say!(w.words, "standing.signs", n = axis.step));
}

fn write_attack(cover: &AttackCover, w: &mut Writer<'_>) {
    w.heading("ATT&CK");
    if cover.techniques > 0 {
        let sentence = say!(
            w.words,
            "standing.techniques",
            n = cover.techniques,
            some = cover.some,
            whole = cover.whole,
            share = format::percent(cover.share)
        );
        w.paragraph(2, &sentence);
    }
    if cover.reported > 0 {
        let sentence = if cover.blind.is_empty() {
            say!(w.words, "standing.reported", n = cover.reported)
        } else {
            let names = w.words.list_of(&cover.blind, 5);
            say!(
                w.words,
                "standing.blind",
                n = cover.reported,
                blind = cover.blind.len(),
                names = names
            )
        };
        w.paragraph(2, &sentence);
    }
    let rows: Vec<Vec<String>> = cover
        .components
        .iter()
        .map(|(name, share, techniques)| {
            vec![
                name.clone(),
                format::percent(*share),
                techniques.to_string(),
            ]
        })
        .collect();
    let columns = [
        column(w.words.get("head.component"), Fit::Keep),
        column(w.words.get("head.visible"), Fit::Right),
        column(w.words.get("head.asked_by"), Fit::Right),
    ];
    w.table(&columns, &rows);
}
