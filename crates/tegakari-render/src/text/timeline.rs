//! What happened in order of time, with the hours in which nobody could have seen it.

use tegakari_model::{Timeline, TimelineEntry, TimelineEntryKind};

use super::style::Paint;
use super::table::{Fit, column};
use super::writer::Writer;
use crate::format;
use crate::i18n::say;

/// Entries in the text; CSV and JSON have all.
const MOST_ENTRIES: usize = 2000;

pub(super) fn write(timeline: &Timeline, w: &mut Writer<'_>) {
    for sentence in w.words.timeline(timeline) {
        w.paragraph(0, &sentence);
    }
    if timeline.entries.is_empty() {
        return;
    }
    w.gap();
    let mut rows: Vec<Vec<String>> = Vec::new();
    let mut dark = timeline.dark.iter().peekable();
    for one in timeline.entries.iter().take(MOST_ENTRIES) {
        while let Some(hours) = dark.next_if(|hours| hours.from <= one.time) {
            let span = format::span(Some(hours.from), Some(hours.until)).unwrap_or_default();
            let n = (hours.until.as_second() - hours.from.as_second()) / 3600;
            rows.push(vec![
                format::moment(hours.from),
                String::new(),
                String::new(),
                String::new(),
                say!(w.words, "timeline.dark", n = n, span = span),
            ]);
        }
        rows.push(row(one, w));
    }
    let columns = [
        column(w.words.get("head.time"), Fit::Keep),
        column(w.words.get("head.machine"), Fit::Middle),
        column(w.words.get("head.user"), Fit::End),
        column(w.words.get("head.level"), Fit::Keep),
        column(w.words.get("head.what"), Fit::Wrap),
    ];
    w.table(&columns, &rows);
    w.more(timeline.entries.len().saturating_sub(MOST_ENTRIES));
    let authors = w.words.timeline_authors(timeline);
    if !authors.is_empty() {
        w.gap();
        w.painted(Paint::Quiet, 0, &authors);
    }
}

fn row(one: &TimelineEntry, w: &Writer<'_>) -> Vec<String> {
    let (level, lead) = match &one.kind {
        TimelineEntryKind::Behaviour { level, .. } => (w.words.level(*level), one.title.clone()),
        TimelineEntryKind::Sighting { .. } => (w.words.get("timeline.seen"), one.title.clone()),
    };
    let what = say!(
        w.words,
        "timeline.what",
        title = lead,
        excerpt = format::clip(&one.place.excerpt, 160, w.style.dots()),
        file = one.place.file,
        line = one.place.line
    );
    vec![
        format::moment(one.time),
        one.asset
            .clone()
            .unwrap_or_else(|| w.words.get("asset.unknown").to_owned()),
        one.user.clone().unwrap_or_default(),
        level.to_owned(),
        what,
    ]
}
