//! What one report says: indicators, files, names, techniques, targets, and what was not taken.

use tegakari_model::{Disposition, FileRecord, Mention, Report};

use super::style::Paint;
use super::table::{Fit, column};
use super::writer::Writer;
use crate::ExploitedNote;
use crate::format;
use crate::i18n::say;

const MOST: usize = 200;

/// Everything read in the report.
pub(super) fn write(report: &Report, w: &mut Writer<'_>) {
    w.painted(Paint::Strong, 0, &w.words.report_title(report));
    w.painted(Paint::Quiet, 0, &w.words.report_origin(report));
    let counts = w.words.report_counts(report);
    w.paragraph(0, &counts);
    write_indicators(report, w);
    write_files(&report.files, w);
    write_names(report, w);
    write_techniques(report, w);
    write_targets(report, w);
    write_not_taken(report, w);
    if !report.problems.is_empty() {
        w.heading(w.words.get("section.problems"));
        let problems: Vec<_> = report.problems.iter().collect();
        w.problems(&problems, 20);
    }
}

/// Vulnerabilities that are exploited in the wild, each in a sentence.
pub(super) fn write_exploited(notes: &[ExploitedNote], w: &mut Writer<'_>) {
    if notes.is_empty() {
        return;
    }
    w.heading(w.words.get("section.exploited"));
    for note in notes.iter().take(MOST) {
        let text = w.words.exploited(note);
        w.item("- ", &text);
    }
    w.more(notes.len().saturating_sub(MOST));
}

fn place(mention: &Mention, w: &Writer<'_>) -> String {
    mention
        .citations
        .first()
        .map(|c| w.words.place(c))
        .unwrap_or_default()
}

fn write_indicators(report: &Report, w: &mut Writer<'_>) {
    let all: Vec<&Mention> = report
        .mentions
        .iter()
        .filter(|m| m.disposition == Disposition::Ioc)
        .collect();
    if all.is_empty() {
        return;
    }
    w.heading(w.words.get("section.indicators"));
    let rows: Vec<Vec<String>> = all
        .iter()
        .take(MOST)
        .map(|m| {
            vec![
                m.observable.defanged(),
                w.words.kind(m.observable.kind()).to_owned(),
                w.words.role(m.role).to_owned(),
                w.words.list_of(&m.labels, 2),
                place(m, w),
            ]
        })
        .collect();
    let columns = [
        column(w.words.get("head.indicator"), Fit::Middle),
        column(w.words.get("head.kind"), Fit::Keep),
        column(w.words.get("head.role"), Fit::Keep),
        column(w.words.get("head.labels"), Fit::End),
        column(w.words.get("head.place"), Fit::End),
    ];
    w.table(&columns, &rows);
    w.more(all.len().saturating_sub(MOST));
}

fn write_files(files: &[FileRecord], w: &mut Writer<'_>) {
    if files.is_empty() {
        return;
    }
    w.heading(w.words.get("section.file_records"));
    for file in files.iter().take(MOST) {
        let name = if file.names.is_empty() {
            w.words.get("file.no_name").to_owned()
        } else {
            w.words.list_of(&file.names, 4)
        };
        w.painted(Paint::Strong, 2, &name);
        for (label, value) in w.words.file_facts(file) {
            w.item(
                "  ",
                &say!(w.words, "file.fact", label = label, value = value),
            );
        }
    }
    w.more(files.len().saturating_sub(MOST));
}

fn write_names(report: &Report, w: &mut Writer<'_>) {
    if report.names.is_empty() {
        return;
    }
    w.heading(w.words.get("section.names"));
    let rows: Vec<Vec<String>> = report
        .names
        .iter()
        .take(MOST)
        .map(|n| {
            vec![
                n.text.clone(),
                w.words.name_kind(n.kind).to_owned(),
                n.count.to_string(),
                w.words.name_note(n),
            ]
        })
        .collect();
    let columns = [
        column(w.words.get("head.name"), Fit::End),
        column(w.words.get("head.kind"), Fit::Keep),
        column(w.words.get("head.times"), Fit::Right),
        column(w.words.get("head.note"), Fit::Wrap),
    ];
    w.table(&columns, &rows);
    w.more(report.names.len().saturating_sub(MOST));
}

fn write_techniques(report: &Report, w: &mut Writer<'_>) {
    if report.techniques.is_empty() {
        return;
    }
    w.heading(w.words.get("section.techniques"));
    let rows: Vec<Vec<String>> = report
        .techniques
        .iter()
        .take(MOST)
        .map(|t| {
            let quote = t.citations.first().map(|c| c.quote.clone());
            vec![
                t.id.to_string(),
                t.name.clone(),
                w.words.technique_note(t),
                quote.unwrap_or_default(),
            ]
        })
        .collect();
    let columns = [
        column(w.words.get("head.id"), Fit::Keep),
        column(w.words.get("head.technique"), Fit::End),
        column(w.words.get("head.note"), Fit::End),
        column(w.words.get("head.quote"), Fit::End),
    ];
    w.table(&columns, &rows);
    w.more(report.techniques.len().saturating_sub(MOST));
}

fn write_targets(report: &Report, w: &mut Writer<'_>) {
    let names = |attacked: bool| -> Vec<String> {
        let targets = report.targets.iter().filter(|t| t.attacked == attacked);
        targets.map(|t| w.words.target(&t.target)).collect()
    };
    let (attacked, mentioned) = (names(true), names(false));
    let origins = w.words.origins(report);
    if !attacked.is_empty() || !mentioned.is_empty() || origins.is_some() {
        w.heading(w.words.get("section.targets"));
    }
    if !attacked.is_empty() {
        let list = w.words.list_of(&attacked, 40);
        w.paragraph(2, &say!(w.words, "target.attacked", targets = list));
    }
    if !mentioned.is_empty() {
        let list = w.words.list_of(&mentioned, 40);
        w.paragraph(2, &say!(w.words, "target.mentioned", targets = list));
    }
    if let Some(origins) = origins {
        w.paragraph(2, &origins);
    }
}

fn write_not_taken(report: &Report, w: &mut Writer<'_>) {
    let all: Vec<&Mention> = report
        .mentions
        .iter()
        .filter(|m| m.disposition != Disposition::Ioc)
        .collect();
    if all.is_empty() {
        return;
    }
    w.heading(w.words.get("section.not_taken"));
    let rows: Vec<Vec<String>> = all
        .iter()
        .take(MOST)
        .map(|m| {
            vec![
                m.observable.defanged(),
                w.words.disposition(m.disposition).to_owned(),
                format::clip(&m.reasons.join(", "), 200, "…"),
                place(m, w),
            ]
        })
        .collect();
    let columns = [
        column(w.words.get("head.value"), Fit::Middle),
        column(w.words.get("head.taken_as"), Fit::Keep),
        column(w.words.get("head.why"), Fit::End),
        column(w.words.get("head.place"), Fit::End),
    ];
    w.table(&columns, &rows);
    w.more(all.len().saturating_sub(MOST));
}
