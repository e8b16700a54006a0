//! What the reports say, and what of it was not taken as an indicator.

use tegakari_model::{Disposition, FileRecord, Mention, Report};

use super::markup::{Markup, all, details, list, tag, text, value, words as el};
use super::parts::{column, table};
use crate::Story;
use crate::i18n::{Words, say};

/// Each report: counts, then everything behind a line to open.
pub(super) fn section(story: &Story<'_>, words: Words) -> Option<Markup> {
    if story.reports.is_empty() {
        return Some(el("p", "", words.get("report.none")));
    }
    let reports = story.reports.iter().take(50).map(|r| one(r, words));
    Some(all(reports.chain([exploited(story, words)])))
}

/// Vulnerabilities that are exploited in the wild, each in a sentence.
fn exploited(story: &Story<'_>, words: Words) -> Markup {
    if story.exploited.is_empty() {
        return Markup::default();
    }
    let notes = story.exploited.iter().take(super::MOST_ROWS);
    let notes = notes.map(|note| el("p", "", &words.exploited(note)));
    all([el("h3", "", words.get("section.exploited")), all(notes)])
}

fn one(report: &Report, words: Words) -> Markup {
    tag(
        "article",
        &[],
        [
            el("h3", "", &words.report_title(report)),
            el("p", "quiet", &words.report_origin(report)),
            el("p", "", &words.report_counts(report)),
            targets(report, words),
            files(&report.files, words),
            names(report, words),
            techniques(report, words),
            indicators(report, words),
            not_taken(report, words),
        ],
    )
}

fn counted(words: Words, key: &'static str, n: usize) -> String {
    format!("{} · {n}", words.get(key))
}

fn targets(report: &Report, words: Words) -> Markup {
    let lines = [(true, "target.attacked"), (false, "target.mentioned")].map(|(attacked, key)| {
        let targets = report.targets.iter().filter(|t| t.attacked == attacked);
        let names: Vec<String> = targets.map(|t| words.target(&t.target)).collect();
        if names.is_empty() {
            return Markup::default();
        }
        let names = words.list_of(&names, 60);
        el("p", "", &words.say(key, &[("targets", &names)]))
    });
    let origins = words.origins(report).map(|said| el("p", "", &said));
    all(lines.into_iter().chain(origins))
}

fn files(files: &[FileRecord], words: Words) -> Markup {
    if files.is_empty() {
        return Markup::default();
    }
    let records = files.iter().take(super::MOST_ROWS).map(|file| {
        let name = if file.names.is_empty() {
            words.get("file.no_name").to_owned()
        } else {
            words.list_of(&file.names, 6)
        };
        let facts = words.file_facts(file).into_iter().map(|(label, fact)| {
            all([
                el("dt", "", label),
                tag("dd", &[], [el("span", "v", &fact)]),
            ])
        });
        tag("li", &[], [el("b", "v", &name), tag("dl", &[], facts)])
    });
    details(
        &counted(words, "section.file_records", files.len()),
        [tag("ul", &[("class", "files")], records)],
    )
}

fn names(report: &Report, words: Words) -> Markup {
    if report.names.is_empty() {
        return Markup::default();
    }
    let columns = [
        column(words, "head.name", ""),
        column(words, "head.kind", ""),
        column(words, "head.times", "n"),
        column(words, "head.note", "w"),
        column(words, "head.quote", "w"),
    ];
    let rows = report.names.iter().map(|name| {
        vec![
            el("b", "", &name.text),
            text(words.name_kind(name.kind)),
            text(&name.count.to_string()),
            text(&words.name_note(name)),
            quote(name.citations.first(), words),
        ]
    });
    let heading = counted(words, "section.names", report.names.len());
    details(&heading, [table(words, &heading, &columns, rows)])
}

fn quote(citation: Option<&tegakari_model::ReportCitation>, words: Words) -> Markup {
    match citation {
        None => Markup::default(),
        Some(c) => all([
            el("q", "", &c.quote),
            text(" "),
            el("span", "place", &words.place(c)),
        ]),
    }
}

fn techniques(report: &Report, words: Words) -> Markup {
    if report.techniques.is_empty() {
        return Markup::default();
    }
    let columns = [
        column(words, "head.id", ""),
        column(words, "head.technique", ""),
        column(words, "head.note", ""),
        column(words, "head.quote", "w"),
    ];
    let rows = report.techniques.iter().map(|t| {
        vec![
            text(t.id.as_str()),
            text(&t.name),
            text(&words.technique_note(t)),
            quote(t.citations.first(), words),
        ]
    });
    let heading = counted(words, "section.techniques", report.techniques.len());
    details(&heading, [table(words, &heading, &columns, rows)])
}

fn indicators(report: &Report, words: Words) -> Markup {
    let all: Vec<&Mention> = report
        .mentions
        .iter()
        .filter(|m| m.disposition == Disposition::Ioc)
        .collect();
    if all.is_empty() {
        return Markup::default();
    }
    let columns = [
        column(words, "head.indicator", "w"),
        column(words, "head.kind", ""),
        column(words, "head.role", ""),
        column(words, "head.labels", ""),
        column(words, "head.place", ""),
    ];
    let rows = all.iter().map(|m| {
        let place = m.citations.first().map(|c| words.place(c));
        vec![
            value(&m.observable),
            text(words.kind(m.observable.kind())),
            text(words.role(m.role)),
            text(&words.list_of(&m.labels, 4)),
            el("span", "place", &place.unwrap_or_default()),
        ]
    });
    let heading = counted(words, "section.indicators", all.len());
    details(&heading, [table(words, &heading, &columns, rows)])
}

fn not_taken(report: &Report, words: Words) -> Markup {
    let others: Vec<&Mention> = report
        .mentions
        .iter()
        .filter(|m| m.disposition != Disposition::Ioc)
        .collect();
    if others.is_empty() {
        return Markup::default();
    }
    let columns = [
        column(words, "head.value", "w"),
        column(words, "head.taken_as", ""),
        column(words, "head.why", "w"),
        column(words, "head.place", ""),
    ];
    let rows = others.iter().map(|m| {
        let place = m.citations.first().map(|c| words.place(c));
        let reasons = list(m.reasons.iter().take(4).map(|r| text(r)));
        vec![
            value(&m.observable),
            text(words.disposition(m.disposition)),
            reasons,
            el("span", "place", &place.unwrap_or_default()),
        ]
    });
    let heading = counted(words, "section.not_taken", others.len());
    details(
        &heading,
        [
            el(
                "p",
                "",
                &say!(words, "report.not_taken_lead", n = others.len()),
            ),
            table(words, &heading, &columns, rows),
        ],
    )
}
