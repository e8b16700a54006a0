//! What could have been seen: the grid, the time, the largest gaps in words, the files read.

use super::markup::{Markup, all, details, list, tag, text, words as el};
use super::parts::{column, figure, table};
use crate::Story;
use crate::charts::visibility::{MOST_ROWS, heat_map, over_time};
use crate::digest::gaps::{beyond_logs, holes};
use crate::format;
use crate::i18n::{Words, say};
use tegakari_model::{HuntResult, Strength};

/// Visibility of the hunt.
pub(super) fn section(story: &Story<'_>, words: Words) -> Option<Markup> {
    let hunt = story.hunt?;
    let charts = [
        heat_map(hunt, words, MOST_ROWS),
        over_time(hunt, words, MOST_ROWS),
    ];
    let mut pieces: Vec<Markup> = Vec::new();
    pieces.extend(strength(hunt, words));
    let mut charts = charts.into_iter().flatten();
    pieces.extend(charts.next().map(|chart| figure(words, &chart)));
    pieces.push(gaps(hunt, words));
    let inventory = words.inventory(hunt);
    if !inventory.is_empty() {
        pieces.push(el("p", "", &inventory.join(words.get("sentence.space"))));
    }
    pieces.extend(charts.next().map(|chart| figure(words, &chart)));
    pieces.push(inputs(hunt, words));
    Some(all(pieces))
}

/// What the negatives are worth, and what would raise that.
fn strength(hunt: &HuntResult, words: Words) -> Option<Markup> {
    let strength = hunt.strength.as_deref()?;
    let space = words.get("sentence.space");
    let said = words.strength(strength).join(space);
    let basis = words.strength_basis(strength).join(space);
    let mut pieces = vec![
        el("h3", "", words.get("section.strength")),
        el("p", "", &said),
    ];
    if !strength.improvements.is_empty() {
        let items = strength.improvements.iter();
        pieces.push(el("p", "", words.get("strength.improvements")));
        pieces.push(list(
            items
                .map(|one| text(&words.improvement(one)))
                .collect::<Vec<_>>(),
        ));
    }
    if !basis.is_empty() {
        pieces.push(el("p", "quiet", &basis));
    }
    let columns = [
        column(words, "head.machine", ""),
        column(words, "strength.head", "n"),
    ];
    let rows = strength
        .assets
        .iter()
        .map(|one| vec![text(&one.asset), text(&format::percent(one.probability))]);
    pieces.extend(techniques(strength, words));
    pieces.push(details(
        words.get("strength.head"),
        [table(words, words.get("strength.head"), &columns, rows)],
    ));
    Some(all(pieces))
}

/// The techniques of the report, and how far rules could look for them.
fn techniques(strength: &Strength, words: Words) -> Option<Markup> {
    let columns = [
        column(words, "strength.techniques", ""),
        column(words, "strength.rules", "n"),
        column(words, "strength.looked", "n"),
    ];
    let rows = strength.techniques.iter().map(|one| {
        vec![
            text(&format!("{} {}", one.id, one.name)),
            text(&format::count(one.rules)),
            text(&format::percent(one.visible)),
        ]
    });
    let title = words.get("strength.techniques");
    (!strength.techniques.is_empty()).then(|| details(title, [table(words, title, &columns, rows)]))
}

fn gaps(hunt: &HuntResult, words: Words) -> Markup {
    let holes = holes(hunt);
    let mut items: Vec<Markup> = holes
        .iter()
        .take(12)
        .map(|hole| {
            let mut sentences = vec![words.hole(hole)];
            if hole.undecided > 0 {
                sentences.push(say!(words, "hole.undecided", n = hole.undecided));
            }
            if hole.weakened > 0 {
                sentences.push(say!(words, "hole.weakened", n = hole.weakened));
            }
            sentences.push(words.hole_closing(hole));
            text(&sentences.join(words.get("sentence.space")))
        })
        .collect();
    let beyond = beyond_logs(hunt);
    if !beyond.is_empty() {
        let kinds: Vec<&str> = beyond.iter().map(|(kind, _)| words.kind(*kind)).collect();
        let kinds = words.list(&kinds);
        items.push(text(&say!(words, "gaps.beyond", kinds = kinds)));
    }
    if items.is_empty() {
        items.push(text(words.get("gaps.none")));
    }
    all([el("h3", "", words.get("section.gaps")), list(items)])
}

fn inputs(hunt: &HuntResult, words: Words) -> Markup {
    if hunt.coverage.inputs.is_empty() {
        return Markup::default();
    }
    let columns = [
        column(words, "head.file", "path"),
        column(words, "head.format", ""),
        column(words, "head.records", "n"),
        column(words, "head.lost", "n"),
        column(words, "head.size", "n"),
        column(words, "head.span", "time"),
    ];
    let rows = hunt.coverage.inputs.iter().map(|input| {
        let span = format::span(input.first, input.last)
            .unwrap_or_else(|| words.get("timeline.no_time").to_owned());
        vec![
            text(&input.file),
            text(&input.format),
            text(&format::count(input.records)),
            text(&format::count(input.bad_records)),
            text(&format::bytes(input.bytes)),
            text(&span),
        ]
    });
    let assets = [
        column(words, "head.machine", ""),
        column(words, "head.note", ""),
        column(words, "head.kind", ""),
    ];
    let machines = hunt.coverage.assets.iter().map(|asset| {
        let mut names = asset.addresses.clone();
        names.extend(asset.other_names.iter().cloned());
        let note = words.list_of(&names, 6);
        let mut origin = words.origin(asset.origin).to_owned();
        if asset.sensor {
            origin = format!("{} · {origin}", words.get("asset.sensor"));
        }
        vec![text(&asset.name), text(&note), text(&origin)]
    });
    tag(
        "div",
        &[("class", "pair")],
        [
            details(
                words.get("section.inputs"),
                [table(words, words.get("section.inputs"), &columns, rows)],
            ),
            details(
                words.get("head.machines"),
                [table(words, words.get("head.machines"), &assets, machines)],
            ),
        ],
    )
}
