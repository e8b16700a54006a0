//! A timeline in a page of its own: entries and dark hours in order of time.

use tegakari_model::{Timeline, TimelineEntryKind};

use super::markup::{Markup, all, tag, text, words as el};
use super::parts::{column, table};
use crate::format;
use crate::i18n::{Words, say};

pub(super) fn content(timeline: &Timeline, words: Words) -> Markup {
    let told = words.timeline(timeline);
    let mut parts: Vec<Markup> = told.iter().map(|one| el("p", "", one)).collect();
    let columns = [
        column(words, "head.time", "time"),
        column(words, "head.machine", ""),
        column(words, "head.user", ""),
        column(words, "head.level", ""),
        column(words, "head.what", "w"),
    ];
    let mut rows = Vec::new();
    let mut dark = timeline.dark.iter().peekable();
    for one in &timeline.entries {
        while let Some(hours) = dark.next_if(|hours| hours.from <= one.time) {
            let span = format::span(Some(hours.from), Some(hours.until)).unwrap_or_default();
            let n = (hours.until.as_second() - hours.from.as_second()) / 3600;
            rows.push(vec![
                text(&format::moment(hours.from)),
                Markup::default(),
                Markup::default(),
                Markup::default(),
                text(&say!(words, "timeline.dark", n = n, span = span)),
            ]);
        }
        let level = match &one.kind {
            TimelineEntryKind::Behaviour { level, .. } => words.level(*level),
            TimelineEntryKind::Sighting { .. } => words.get("timeline.seen"),
        };
        let place = format!("{}:{}", one.place.file, one.place.line);
        let asset = one.asset.as_deref();
        rows.push(vec![
            text(&format::moment(one.time)),
            text(asset.unwrap_or_else(|| words.get("asset.unknown"))),
            text(one.user.as_deref().unwrap_or_default()),
            text(level),
            all([
                text(&one.title),
                tag("pre", &[], [text(&one.place.excerpt)]),
                el("div", "quiet", &place),
            ]),
        ]);
    }
    parts.push(table(words, words.get("section.timeline"), &columns, rows));
    parts.push(el("p", "quiet", &words.timeline_authors(timeline)));
    all(parts)
}
