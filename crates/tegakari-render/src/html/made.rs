//! How this was made: what a reader needs to repeat it or to doubt it.

use super::markup::{Markup, all, details, list, text, words as el};
use super::parts::{column, table};
use crate::Story;
use crate::format;
use crate::i18n::{Words, say};

/// Versions, sources with their notices, and the hashes of the reports.
pub(super) fn section(story: &Story<'_>, words: Words) -> Option<Markup> {
    let mut lines = Vec::new();
    if !story.made.program.is_empty() {
        lines.push(say!(words, "made.program", version = story.made.program));
    }
    if let Some(a) = story.assessment {
        lines.push(say!(
            words,
            "made.model",
            model = a.model,
            knowledge = a.knowledge
        ));
    } else if !story.made.knowledge.is_empty() {
        lines.push(say!(
            words,
            "made.knowledge",
            version = story.made.knowledge
        ));
    }
    if let Some(hunt) = story.hunt {
        if !hunt.paths.is_empty() {
            let paths = words.list_of(&hunt.paths, 10);
            lines.push(say!(words, "made.paths", paths = paths));
        }
        if let Some(span) = format::span(hunt.asked.from, hunt.asked.until) {
            lines.push(say!(words, "made.asked", span = span));
        }
    }
    lines.push(words.get("made.ids").to_owned());
    lines.push(words.get("made.offline").to_owned());
    Some(all([
        list(lines.iter().map(|line| text(line))),
        hashes(story, words),
        sources(story, words),
    ]))
}

fn hashes(story: &Story<'_>, words: Words) -> Markup {
    if story.reports.is_empty() {
        return Markup::default();
    }
    let columns = [
        column(words, "head.report", ""),
        column(words, "head.file", "path"),
        column(words, "head.format", ""),
        column(words, "head.size", "n"),
        column(words, "kind.sha256", "w"),
    ];
    let rows = story.reports.iter().map(|r| {
        vec![
            text(r.id.as_str()),
            text(&r.source.name),
            text(&format!("{} ({})", r.source.format, r.source.encoding)),
            text(&format::bytes(r.source.bytes)),
            el("span", "v", &r.source.sha256),
        ]
    });
    table(words, words.get("section.report"), &columns, rows)
}

fn sources(story: &Story<'_>, words: Words) -> Markup {
    if story.made.sources.is_empty() {
        return Markup::default();
    }
    let columns = [
        column(words, "head.source", ""),
        column(words, "head.version", ""),
        column(words, "head.licence", ""),
        column(words, "head.notice", "w"),
    ];
    let rows = story.made.sources.iter().map(|s| {
        vec![
            text(&s.name),
            text(&s.version),
            text(&s.licence),
            text(&s.notice),
        ]
    });
    let heading = say!(words, "made.knowledge", version = story.made.knowledge);
    details(&heading, [table(words, &heading, &columns, rows)])
}
