//! The whole investigation on one or two screens.

use tegakari_model::{Assessment, Report};

use super::style::Paint;
use super::writer::Writer;
use super::{block, hunt, report, who};
use crate::Story;
use crate::i18n::say;
use crate::sentences::all_problems;

/// Answer, findings, visibility, who, what to block, does it matter, problems, next.
pub(super) fn write(story: &Story<'_>, w: &mut Writer<'_>) {
    for report in story.reports.iter().take(5) {
        let line = say!(
            w.words,
            "summary.report",
            title = w.words.report_title(report),
            origin = w.words.report_origin(report)
        );
        w.painted(Paint::Quiet, 0, &line);
    }
    w.more(story.reports.len().saturating_sub(5));
    w.gap();
    write_answer(story, w);
    if story.hunt.is_none() {
        for report in story.reports.iter().take(5) {
            write_said(report, w);
        }
    }
    if let Some(hunt) = story.hunt {
        hunt::write(hunt, hunt::Detail::Brief, w);
    }
    report::write_exploited(story.exploited, w);
    if let Some(assessment) = story.assessment {
        who::write_brief(assessment, w);
    }
    if let Some(plan) = story.block {
        block::write(plan, story.written, block::Detail::Brief, w);
    }
    if let Some(assessment) = story.assessment {
        write_matter(assessment, w);
    }
    write_problems(story, w);
    write_next(story, w);
}

fn write_answer(story: &Story<'_>, w: &mut Writer<'_>) {
    let mut sentences = w.words.answer(story).into_iter();
    if let Some(first) = sentences.next() {
        w.painted(Paint::Strong, 0, &first);
    }
    for sentence in sentences {
        w.paragraph(0, &sentence);
    }
    if let Some(first) = story.assessment.and_then(|a| a.hypotheses.first()) {
        let judgement = w.words.judgement(first);
        w.paragraph(0, &judgement);
    }
}

fn write_said(report: &Report, w: &mut Writer<'_>) {
    w.heading(&w.words.report_title(report));
    let counts = w.words.report_counts(report);
    w.paragraph(2, &counts);
}

/// What is the same whoever it is, and what pays only under one hypothesis.
pub(super) fn write_matter(assessment: &Assessment, w: &mut Writer<'_>) {
    let matter = &assessment.matter;
    if matter.same.is_empty() && matter.only_under.is_empty() {
        return;
    }
    w.heading(w.words.get("section.matter"));
    if !matter.same.is_empty() {
        w.paragraph(2, w.words.get("matter.same"));
        for action in &matter.same {
            let text = w.words.action(action);
            w.item("  - ", &text);
        }
    }
    for (index, actions) in &matter.only_under {
        let Some(hypothesis) = assessment.hypotheses.get(*index) else {
            continue;
        };
        let name = w.words.hypothesis(hypothesis);
        w.paragraph(2, &say!(w.words, "matter.only", actor = name));
        for action in actions.iter().take(5) {
            let text = w.words.action(action);
            w.item("  - ", &text);
        }
        w.more(actions.len().saturating_sub(5));
    }
}

fn write_problems(story: &Story<'_>, w: &mut Writer<'_>) {
    let problems = all_problems(story);
    if problems.is_empty() {
        return;
    }
    w.heading(&say!(w.words, "problem.heading", n = problems.len()));
    w.problems(&problems, 3);
}

fn write_next(story: &Story<'_>, w: &mut Writer<'_>) {
    let mut lines = Vec::new();
    if let Some(hunt) = story.hunt {
        lines.push((format!("tegakari show {}", hunt.id), "next.hunt"));
    }
    if let Some(assessment) = story.assessment {
        lines.push((
            format!("tegakari show {}", assessment.id),
            "next.assessment",
        ));
    }
    if let Some(report) = story.reports.first() {
        lines.push((format!("tegakari show {}", report.id), "next.report"));
        if story.hunt.is_none() {
            lines.push((
                format!("tegakari hunt LOGS --report {}", report.id),
                "next.search",
            ));
        }
    }
    if lines.is_empty() {
        return;
    }
    w.heading(w.words.get("section.next"));
    let rows: Vec<Vec<String>> = lines
        .into_iter()
        .map(|(command, key)| vec![command, w.words.get(key).to_owned()])
        .collect();
    let columns = [
        super::column("", super::Fit::Keep),
        super::column("", super::Fit::Wrap),
    ];
    w.table(&columns, &rows);
}
