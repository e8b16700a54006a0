//! What to block now, what was held back and why, and the files that were written.

use std::collections::BTreeMap;

use tegakari_model::{BlockPlan, ObservableKind};

use super::markup::{Markup, all, details, list, tag, text, value, words as el};
use super::parts::{column, table};
use crate::format;
use crate::i18n::{Words, say};
use crate::{Story, WrittenFile};

/// The block plan.
pub(super) fn section(story: &Story<'_>, words: Words) -> Option<Markup> {
    let Some(plan) = story.block else {
        return Some(el("p", "", words.get("block.not_planned")));
    };
    Some(all([
        el("p", "", &words.block_sentence(plan)),
        annotated(plan, words),
        counts(plan, words),
        held(plan, words),
        entries(plan, words),
        files(story.written, words),
    ]))
}

fn annotated(plan: &BlockPlan, words: Words) -> Markup {
    match words.annotated(plan) {
        Some(sentence) => el("p", "", &sentence),
        None => Markup::default(),
    }
}

fn counts(plan: &BlockPlan, words: Words) -> Markup {
    let mut kinds: BTreeMap<ObservableKind, u64> = BTreeMap::new();
    for entry in &plan.entries {
        *kinds.entry(entry.indicator.observable.kind()).or_default() += 1;
    }
    let items = kinds.into_iter().map(|(kind, n)| {
        tag(
            "li",
            &[],
            [el("b", "", &format::count(n)), text(words.kind(kind))],
        )
    });
    tag("ul", &[("class", "counts")], items)
}

fn held(plan: &BlockPlan, words: Words) -> Markup {
    if plan.held_back.is_empty() {
        return Markup::default();
    }
    let columns = [
        column(words, "head.indicator", "w"),
        column(words, "head.kind", ""),
        column(words, "head.why", ""),
    ];
    let rows = plan.held_back.iter().map(|held| {
        vec![
            value(&held.indicator.observable),
            text(words.kind(held.indicator.observable.kind())),
            list(held.objections.iter().map(|o| text(&words.objected(o)))),
        ]
    });
    let heading = words.get("section.held");
    all([el("h3", "", heading), table(words, heading, &columns, rows)])
}

fn entries(plan: &BlockPlan, words: Words) -> Markup {
    if plan.entries.is_empty() {
        return Markup::default();
    }
    let columns = [
        column(words, "head.indicator", "w"),
        column(words, "head.kind", ""),
        column(words, "head.scope", ""),
        column(words, "head.expires", "time"),
        column(words, "head.in_spite_of", ""),
    ];
    let rows = plan.entries.iter().map(|entry| {
        vec![
            value(&entry.indicator.observable),
            text(words.kind(entry.indicator.observable.kind())),
            text(words.scope(entry.scope)),
            text(&entry.expires.map(format::day).unwrap_or_default()),
            list(entry.annotations.iter().map(|o| text(&words.objected(o)))),
        ]
    });
    let heading = words.get("section.entries");
    details(heading, [table(words, heading, &columns, rows)])
}

fn files(written: &[WrittenFile], words: Words) -> Markup {
    if written.is_empty() {
        return Markup::default();
    }
    let columns = [
        column(words, "head.file", "path"),
        column(words, "head.format", ""),
        column(words, "head.what", ""),
    ];
    let rows = written.iter().map(|file| {
        let entries = file
            .entries
            .map(|n| say!(words, "file.entries", n = format::count(n)));
        vec![
            text(&file.path),
            text(&file.what),
            text(&entries.unwrap_or_default()),
        ]
    });
    let heading = words.get("section.files");
    all([el("h3", "", heading), table(words, heading, &columns, rows)])
}
