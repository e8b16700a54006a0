//! The standing self-assessment: gaps in words, the grids, the inventory, ATT&CK.

use tegakari_model::HuntResult;

use super::hunt::header;
use super::style::Paint;
use super::table::{Fit, column};
use super::writer::Writer;
use crate::AttackCover;
use crate::charts::visibility::{heat_map, over_time};
use crate::digest::standing::{holes, machine_hours};
use crate::format;
use crate::i18n::say;

/// Rows of a grid; the JSON has all.
const MOST_ROWS: usize = 200;

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
    for drawing in [
        heat_map(hunt, w.words, MOST_ROWS),
        over_time(hunt, w.words, MOST_ROWS),
    ]
    .into_iter()
    .flatten()
    {
        w.heading(&drawing.title);
        w.chart(&drawing, true);
    }
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
