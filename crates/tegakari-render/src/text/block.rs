//! What to block, what was held back and why, and the files that were written.

use std::collections::BTreeMap;

use tegakari_model::{BlockPlan, ObjectionKind, ObservableKind};

use super::table::{Fit, column};
use super::writer::Writer;
use crate::format;
use crate::i18n::say;
use crate::{BlockChange, ChangeReason, WrittenFile};

/// How much is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Detail {
    /// A part of the summary.
    Brief,
    /// The plan alone.
    All,
}

/// Counts by kind, then what was held back, then the files.
pub(super) fn write(plan: &BlockPlan, written: &[WrittenFile], detail: Detail, w: &mut Writer<'_>) {
    if detail == Detail::Brief {
        w.heading(w.words.get("section.block"));
    }
    let indent = if detail == Detail::Brief { 2 } else { 0 };
    let mut sentences = vec![w.words.block_sentence(plan)];
    sentences.extend(w.words.annotated(plan));
    w.paragraph(indent, &sentences.join(w.words.get("sentence.space")));
    let mut kinds: BTreeMap<ObservableKind, usize> = BTreeMap::new();
    for entry in &plan.entries {
        *kinds.entry(entry.indicator.observable.kind()).or_default() += 1;
    }
    let counts: Vec<String> = kinds
        .iter()
        .map(|(kind, n)| format!("{n} {}", w.words.kind(*kind)))
        .collect();
    if !counts.is_empty() {
        w.paragraph(2, &counts.join(" · "));
    }
    if detail == Detail::All && !plan.entries.is_empty() {
        write_entries(plan, w);
    }
    write_held(plan, detail, w);
    write_files(written, detail, w);
}

fn write_entries(plan: &BlockPlan, w: &mut Writer<'_>) {
    w.heading(w.words.get("section.entries"));
    let most = 200;
    let rows: Vec<Vec<String>> = plan
        .entries
        .iter()
        .take(most)
        .map(|entry| {
            vec![
                entry.indicator.observable.defanged(),
                w.words.kind(entry.indicator.observable.kind()).to_owned(),
                w.words.scope(entry.scope).to_owned(),
                entry.expires.map(format::day).unwrap_or_default(),
                entry
                    .annotations
                    .iter()
                    .map(|o| w.words.objected(o))
                    .collect::<Vec<_>>()
                    .join(w.words.get("list.semicolon")),
            ]
        })
        .collect();
    let columns = [
        column(w.words.get("head.indicator"), Fit::Middle),
        column(w.words.get("head.kind"), Fit::Keep),
        column(w.words.get("head.scope"), Fit::End),
        column(w.words.get("head.expires"), Fit::Keep),
        column(w.words.get("head.in_spite_of"), Fit::Wrap),
    ];
    w.table(&columns, &rows);
    w.more(plan.entries.len().saturating_sub(most));
}

fn write_held(plan: &BlockPlan, detail: Detail, w: &mut Writer<'_>) {
    if plan.held_back.is_empty() {
        return;
    }
    if detail == Detail::All {
        w.heading(w.words.get("section.held"));
    }
    let most = if detail == Detail::Brief { 5 } else { 200 };
    let head = match detail {
        Detail::Brief => (w.words.get("head.held"), w.words.get("head.why")),
        Detail::All => (w.words.get("head.indicator"), w.words.get("head.why")),
    };
    // What somebody might miss on the lists comes before what no list could hold.
    let (unfit, held): (Vec<_>, Vec<_>) = plan.held_back.iter().partition(|held| {
        let mut kinds = held.objections.iter().map(|o| o.kind);
        kinds.all(|kind| kind == ObjectionKind::NotBlockable)
    });
    let rows: Vec<Vec<String>> = held
        .into_iter()
        .chain(unfit)
        .take(most)
        .map(|held| {
            let reasons: Vec<String> = held
                .objections
                .iter()
                .map(|o| w.words.objected(o))
                .collect();
            vec![
                held.indicator.observable.defanged(),
                reasons.join(w.words.get("list.semicolon")),
            ]
        })
        .collect();
    let columns = [column(head.0, Fit::Middle), column(head.1, Fit::Wrap)];
    w.table(&columns, &rows);
    w.more(plan.held_back.len().saturating_sub(most));
}

/// What a refresh of lists changed.
pub(super) fn write_refresh(
    added: &[BlockChange],
    removed: &[BlockChange],
    written: &[WrittenFile],
    unchanged: usize,
    w: &mut Writer<'_>,
) {
    let counts = say!(
        w.words,
        "refresh.counts",
        added = format::count(added.len() as u64),
        removed = format::count(removed.len() as u64),
        written = format::count(written.len() as u64),
        unchanged = format::count(unchanged as u64)
    );
    w.paragraph(0, &counts);
    for (title, changes) in [("refresh.added", added), ("refresh.removed", removed)] {
        if changes.is_empty() {
            continue;
        }
        w.heading(w.words.get(title));
        let most = 200;
        let rows: Vec<Vec<String>> = changes
            .iter()
            .take(most)
            .map(|change| {
                let why = match &change.why {
                    ChangeReason::New { reports } if reports.is_empty() => {
                        w.words.get("refresh.new").to_owned()
                    }
                    ChangeReason::New { reports } => {
                        let reports: Vec<&str> = reports.iter().map(String::as_str).collect();
                        let reports = w.words.list_of(&reports, 3);
                        say!(w.words, "refresh.new_in", reports = reports)
                    }
                    ChangeReason::Gone => w.words.get("refresh.gone").to_owned(),
                    ChangeReason::HeldBack { objections } => objections
                        .iter()
                        .map(|o| w.words.objected(o))
                        .collect::<Vec<_>>()
                        .join(w.words.get("list.semicolon")),
                };
                vec![change.observable.defanged(), why]
            })
            .collect();
        let columns = [
            column(w.words.get("head.indicator"), Fit::Middle),
            column(w.words.get("head.why"), Fit::Wrap),
        ];
        w.table(&columns, &rows);
        w.more(changes.len().saturating_sub(most));
    }
    write_files(written, Detail::All, w);
}

fn write_files(written: &[WrittenFile], detail: Detail, w: &mut Writer<'_>) {
    if written.is_empty() {
        return;
    }
    if detail == Detail::Brief {
        let paths: Vec<&str> = written.iter().map(|file| file.path.as_str()).collect();
        let paths = w.words.list_of(&paths, 4);
        w.item("", &say!(w.words, "block.written", paths = paths));
        return;
    }
    w.heading(w.words.get("section.files"));
    let rows: Vec<Vec<String>> = written
        .iter()
        .map(|file| {
            let entries = file
                .entries
                .map(|n| say!(w.words, "file.entries", n = format::count(n)));
            vec![
                file.path.clone(),
                file.what.clone(),
                entries.unwrap_or_default(),
            ]
        })
        .collect();
    let columns = [
        column(w.words.get("head.written"), Fit::Middle),
        column(w.words.get("head.format"), Fit::End),
        column("", Fit::End),
    ];
    w.table(&columns, &rows);
}
