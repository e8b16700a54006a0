//! What was seen, what was not, what nobody can tell, and what could have been seen.

use tegakari_model::{FindingKind, HuntResult};

use super::behaviour;
use super::style::Paint;
use super::table::{Fit, column};
use super::writer::Writer;
use crate::charts::{timeline, visibility};
use crate::digest::gaps::holes;
use crate::digest::negatives::{Negatives, negatives};
use crate::digest::seen::{Seen, seen};
use crate::format;
use crate::i18n::say;

/// Machines listed with their probability; the JSON has all.
const MOST_WEAK: usize = 20;

/// How much is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Detail {
    /// A part of the summary.
    Brief,
    /// The hunt alone.
    All,
}

/// The answer and everything it rests on.
pub(super) fn write(hunt: &HuntResult, detail: Detail, w: &mut Writer<'_>) {
    if detail == Detail::All {
        w.painted(Paint::Quiet, 0, &header(hunt, w));
        for sentence in w.words.hunt_answer(hunt) {
            w.paragraph(0, &sentence);
        }
    }
    write_seen(hunt, detail, w);
    if let Some(of) = &hunt.behaviours {
        behaviour::write(of, detail, w);
    }
    write_negatives(hunt, FindingKind::NotSeen, detail, w);
    write_negatives(hunt, FindingKind::CannotTell, detail, w);
    write_strength(hunt, detail, w);
    write_visibility(hunt, detail, w);
    if detail == Detail::All {
        if let Some(drawing) = timeline::timeline(hunt, w.words) {
            w.heading(&drawing.title);
            w.chart(&drawing, true);
        }
        if !hunt.problems.is_empty() {
            w.heading(w.words.get("section.problems"));
            let problems: Vec<_> = hunt.problems.iter().collect();
            w.problems(&problems, 20);
        }
    }
}

pub(super) fn header(hunt: &HuntResult, w: &Writer<'_>) -> String {
    let bytes = hunt
        .coverage
        .inputs
        .iter()
        .fold(0u64, |n, i| n.saturating_add(i.bytes));
    let records = hunt
        .coverage
        .inputs
        .iter()
        .fold(0u64, |n, i| n.saturating_add(i.records));
    let window = hunt.coverage.window;
    let span = format::span(window.from, window.until)
        .unwrap_or_else(|| w.words.get("window.open").to_owned());
    say!(
        w.words,
        "hunt.header",
        id = hunt.id,
        span = span,
        files = hunt.coverage.inputs.len(),
        records = format::count(records),
        bytes = format::bytes(bytes),
        assets = hunt.coverage.assets.len()
    )
}

fn write_seen(hunt: &HuntResult, detail: Detail, w: &mut Writer<'_>) {
    let seen = seen(hunt);
    if seen.is_empty() {
        return;
    }
    let most = if detail == Detail::Brief { 15 } else { 200 };
    w.heading(w.words.get("section.seen"));
    let rows: Vec<Vec<String>> = seen.iter().take(most).map(|s| seen_row(s, w)).collect();
    let mut columns = vec![
        column("", Fit::Keep),
        column(w.words.get("head.indicator"), Fit::Middle),
        column(w.words.get("head.records"), Fit::Right),
        column(w.words.get("head.machines"), Fit::Wrap),
        column(w.words.get("head.span"), Fit::Keep),
    ];
    if w.style.width() >= 90 {
        columns.push(column(w.words.get("head.sources"), Fit::End));
    }
    w.table(&columns, &rows);
    w.more(seen.len().saturating_sub(most));
    if detail == Detail::All {
        for s in seen.iter().take(50) {
            write_evidence(s, w);
        }
    }
}

fn seen_row(s: &Seen<'_>, w: &Writer<'_>) -> Vec<String> {
    let sources: Vec<String> = s
        .by_source
        .iter()
        .map(|(source, n)| format!("{source} {n}"))
        .collect();
    let machines = if s.assets.is_empty() {
        w.words.get("asset.unknown").to_owned()
    } else {
        w.words.list_of(&s.assets, 3)
    };
    vec![
        FindingKind::Seen.mark().to_owned(),
        s.indicator.observable.defanged(),
        format::count(s.count),
        machines,
        format::span(s.first, s.last).unwrap_or_else(|| w.words.get("timeline.no_time").to_owned()),
        sources.join(", "),
    ]
}

/// The cited records of one indicator.
fn write_evidence(s: &Seen<'_>, w: &mut Writer<'_>) {
    w.gap();
    let name = s.indicator.observable.defanged();
    w.painted(Paint::Strong, 2, &format!("● {name}"));
    for sighting in s.sightings {
        let asset = sighting
            .asset
            .clone()
            .unwrap_or_else(|| w.words.get("asset.unknown").to_owned());
        let relation = w.words.relation(sighting.relation);
        let mut line = say!(w.words, "sighting.line", asset = asset, n = sighting.count);
        if !relation.is_empty() {
            line = say!(
                w.words,
                "sighting.relation",
                line = line,
                relation = relation
            );
        }
        w.paragraph(4, &line);
        for example in sighting.examples.iter().take(3) {
            let place = format!("{}:{}", example.file, example.line);
            w.painted(Paint::Quiet, 6, &place);
            w.paragraph(8, &example.excerpt);
        }
    }
}

fn write_negatives(hunt: &HuntResult, answer: FindingKind, detail: Detail, w: &mut Writer<'_>) {
    let groups = negatives(hunt, answer);
    if groups.is_empty() {
        return;
    }
    w.heading(match answer {
        FindingKind::CannotTell => w.words.get("section.cannot_tell"),
        _ => w.words.get("section.not_seen"),
    });
    let most = if detail == Detail::Brief { 6 } else { 100 };
    let rows: Vec<Vec<String>> = groups
        .iter()
        .take(most)
        .map(|group| {
            let basis = match answer {
                FindingKind::CannotTell => w.words.missing(group),
                _ => w.words.basis(group),
            };
            let share = format::percent(group.visibility.share());
            vec![
                answer.mark().to_owned(),
                format!("{} {}", group.indicators.len(), w.words.kind(group.kind)),
                say!(w.words, "basis.share", share = share),
                basis,
            ]
        })
        .collect();
    // The heading and the cells say what the columns are.
    let columns = [
        column("", Fit::Keep),
        column("", Fit::Keep),
        column("", Fit::Keep),
        column("", Fit::Wrap),
    ];
    w.table(&columns, &rows);
    w.more(groups.len().saturating_sub(most));
    if detail == Detail::All {
        write_names(&groups, w);
    }
}

/// The values themselves, a line for each group.
fn write_names(groups: &[Negatives<'_>], w: &mut Writer<'_>) {
    for group in groups {
        let names: Vec<String> = group
            .indicators
            .iter()
            .take(50)
            .map(|i| i.observable.defanged())
            .collect();
        let more = group.indicators.len() - names.len();
        w.item(&format!("{} ", group.answer.mark()), &names.join("  "));
        w.more(more);
    }
}

/// What the negatives are worth, and what would raise that.
fn write_strength(hunt: &HuntResult, detail: Detail, w: &mut Writer<'_>) {
    let Some(strength) = &hunt.strength else {
        return;
    };
    w.heading(w.words.get("section.strength"));
    for sentence in w.words.strength(strength) {
        w.paragraph(2, &sentence);
    }
    if !strength.improvements.is_empty() {
        w.paragraph(2, w.words.get("strength.improvements"));
        for one in &strength.improvements {
            let text = w.words.improvement(one);
            w.item("  - ", &text);
        }
    }
    if detail == Detail::All || !strength.measured.is_empty() {
        for sentence in w.words.strength_basis(strength) {
            w.paragraph(2, &sentence);
        }
    }
    if detail == Detail::All && !strength.techniques.is_empty() {
        let rows: Vec<Vec<String>> = strength
            .techniques
            .iter()
            .take(MOST_WEAK)
            .map(|one| {
                vec![
                    format!("{} {}", one.id, one.name),
                    format::count(one.rules),
                    format::percent(one.visible),
                ]
            })
            .collect();
        let columns = [
            column(w.words.get("strength.techniques"), Fit::Middle),
            column(w.words.get("strength.rules"), Fit::Right),
            column(w.words.get("strength.looked"), Fit::Right),
        ];
        w.table(&columns, &rows);
        w.more(strength.techniques.len().saturating_sub(MOST_WEAK));
    }
    if detail == Detail::All {
        let rows: Vec<Vec<String>> = strength
            .assets
            .iter()
            .take(MOST_WEAK)
            .map(|one| vec![one.asset.clone(), format::percent(one.probability)])
            .collect();
        let columns = [
            column(w.words.get("head.machine"), Fit::Middle),
            column(w.words.get("strength.head"), Fit::Right),
        ];
        w.table(&columns, &rows);
        w.more(strength.assets.len().saturating_sub(MOST_WEAK));
    }
}

fn write_visibility(hunt: &HuntResult, detail: Detail, w: &mut Writer<'_>) {
    let most = if detail == Detail::Brief { 10 } else { 200 };
    let Some(drawing) = visibility::heat_map(hunt, w.words, most) else {
        return;
    };
    let window = hunt.coverage.window;
    w.heading(&match format::span(window.from, window.until) {
        Some(span) => say!(w.words, "section.visibility_span", span = span),
        None => w.words.get("section.visibility").to_owned(),
    });
    w.chart(&drawing, true);
    let machines = hunt.coverage.assets.len();
    w.more(machines.saturating_sub(most));
    let gaps = holes(hunt);
    let shown = if detail == Detail::Brief { 1 } else { 10 };
    for hole in gaps.iter().take(shown) {
        let sentences = [w.words.hole(hole), w.words.hole_closing(hole)];
        w.item("", &sentences.join(w.words.get("sentence.space")));
    }
    if detail == Detail::All {
        for sentence in w.words.inventory(hunt) {
            w.paragraph(2, &sentence);
        }
    }
}
