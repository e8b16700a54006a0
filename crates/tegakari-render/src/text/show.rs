//! All that is stored about one value, in a few lines.

use super::style::Paint;
use super::table::{Fit, column};
use super::writer::Writer;
use crate::digest::seen::sum;
use crate::format;
use crate::i18n::say;
use crate::{Exploitation, ValueStory};

/// Reported, seen, could have been seen, objections, used by.
pub(super) fn write(story: &ValueStory<'_>, w: &mut Writer<'_>) {
    let kind = w.words.kind(story.observable.kind());
    w.painted(
        Paint::Strong,
        0,
        &format!("{kind} {}", story.observable.defanged()),
    );
    let mut rows: Vec<Vec<String>> = Vec::new();
    let mut line = |label: &str, text: String| rows.push(vec![label.to_owned(), text]);
    let exploited = match story.exploited {
        Exploitation::NotAsked => None,
        Exploitation::Listed(note) => Some(w.words.exploited(note)),
        Exploitation::NotListed => Some(w.words.get("exploited.not_listed").to_owned()),
        Exploitation::NoList => Some(w.words.get("exploited.no_list").to_owned()),
    };
    if let Some(exploited) = exploited {
        line(w.words.get("show.exploited"), exploited);
    }
    let reported = w.words.get("show.reported");
    for (report, mention) in story.mentions.iter().take(20) {
        let place = mention
            .citations
            .first()
            .map(|c| w.words.place(c))
            .unwrap_or_default();
        line(
            reported,
            say!(
                w.words,
                "show.mention",
                title = w.words.report_title(report),
                place = place,
                meaning = w.words.disposition(mention.disposition)
            ),
        );
        if let Some(citation) = mention.citations.first() {
            line("", say!(w.words, "show.quote", quote = citation.quote));
        }
    }
    if story.mentions.is_empty() {
        line(reported, w.words.get("show.not_reported").to_owned());
    }
    let hunted = w.words.get("show.hunted");
    for (hunt, one) in story.findings.iter().take(20) {
        let answer = w.words.finding_line(&one.finding);
        line(
            hunted,
            format!("{} {}: {answer}", one.finding.kind().mark(), hunt.id),
        );
        let seen = sum(&one.indicator, one.finding.sightings());
        if let Some(span) = format::span(seen.first, seen.last) {
            line("", span);
        }
        let examples = seen.sightings.iter().flat_map(|s| &s.examples);
        for example in examples.take(3) {
            line(
                "",
                format!("{}:{}  {}", example.file, example.line, example.excerpt),
            );
        }
    }
    if story.findings.is_empty() {
        line(hunted, w.words.get("show.not_hunted").to_owned());
    }
    let objections = w.words.get("show.objections");
    for objection in story.objections {
        line(objections, w.words.objected(objection));
    }
    if story.objections.is_empty() {
        line(objections, w.words.get("show.no_objections").to_owned());
    }
    if let Some(worth) = story.worth {
        let (named, expires) = (format::day(worth.last_named), format::day(worth.expires));
        let days = format::count(u64::from(worth.days));
        let text = if worth.left == 0 {
            say!(
                w.words,
                "show.worth_expired",
                named = named,
                days = days,
                expires = expires
            )
        } else {
            say!(
                w.words,
                "show.worth_left",
                named = named,
                days = days,
                expires = expires,
                left = worth.left
            )
        };
        line(w.words.get("show.worth"), text);
    }
    if !story.used_by.is_empty() {
        line(
            w.words.get("show.used_by"),
            w.words.list_of(story.used_by, 10),
        );
    }
    let columns = [column("", Fit::Keep), column("", Fit::Wrap)];
    w.table(&columns, &rows);
}
