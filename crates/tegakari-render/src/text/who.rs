//! Who it may be: bars, evidence, and what would change the judgement.

use tegakari_model::Assessment;

use super::style::Paint;
use super::table::{Fit, column};
use super::writer::Writer;
use crate::charts::{likelihood, matrix, waterfall};
use crate::format;
use crate::i18n::say;

/// The judgement alone, for the summary.
pub(super) fn write_brief(assessment: &Assessment, w: &mut Writer<'_>) {
    write_judgement(assessment, 5, w);
}

fn write_judgement(assessment: &Assessment, most: usize, w: &mut Writer<'_>) {
    w.heading(w.words.get("section.who"));
    let drawing = likelihood::likelihood(assessment, w.words, most);
    let shown = drawing
        .rows
        .len()
        .saturating_sub(usize::from(assessment.rest_count > 0));
    w.chart(&drawing, false);
    w.more(assessment.hypotheses.len().saturating_sub(shown));
    let mut sentences = vec![w.words.confidence_sentence(assessment)];
    let reasons = assessment.confidence_reasons.iter();
    sentences.extend(reasons.map(|r| w.words.confidence_reason(r)));
    w.item("", &sentences.join(w.words.get("sentence.space")));
    if let Some(evidence) = assessment
        .hypotheses
        .first()
        .filter(|h| h.actor.is_some())
        .and_then(|h| h.weights.first())
        .filter(|weight| weight.factor > 1.0)
        .and_then(|weight| assessment.evidence.get(weight.evidence))
    {
        let text = say!(
            w.words,
            "who.strongest",
            evidence = w.words.evidence_short(&evidence.kind),
            note = w.words.evidence_note(evidence)
        );
        w.item("", &text);
    }
    w.painted(Paint::Quiet, 2, w.words.get("who.not_a_culprit"));
}

/// Everything of an assessment.
pub(super) fn write(assessment: &Assessment, w: &mut Writer<'_>) {
    let header = say!(
        w.words,
        "assessment.header",
        id = assessment.id,
        model = assessment.model,
        knowledge = assessment.knowledge
    );
    w.painted(Paint::Quiet, 0, &header);
    if let Some(first) = assessment.hypotheses.first() {
        let sentence = w.words.judgement(first);
        w.paragraph(0, &sentence);
    }
    write_judgement(assessment, 25, w);
    if let Some(drawing) = waterfall::waterfall(assessment, 0, w.words) {
        w.heading(&drawing.title);
        w.chart(&drawing, false);
    }
    write_evidence(assessment, w);
    let lists = [
        ("section.absent", w.words.not_found(assessment)),
        ("section.stated", w.words.only_stated(assessment)),
        ("section.phases", w.words.phases(assessment)),
    ];
    write_lists(lists, w);
    if let Some(drawing) = matrix::matrix(assessment, w.words) {
        w.heading(&drawing.title);
        w.chart(&drawing, true);
    }
    let lists = [
        (
            "section.assumptions",
            assessment
                .assumptions
                .iter()
                .map(|a| w.words.assumption(a))
                .collect::<Vec<_>>(),
        ),
        (
            "section.alternatives",
            assessment
                .alternatives
                .iter()
                .map(|a| w.words.alternative(a, &assessment.evidence))
                .collect(),
        ),
        (
            "section.triggers",
            assessment
                .triggers
                .iter()
                .map(|t| w.words.trigger(t))
                .collect(),
        ),
    ];
    write_lists(lists, w);
    super::next::write(assessment, w);
    super::summary::write_matter(assessment, w);
}

fn write_lists(lists: [(&'static str, Vec<String>); 3], w: &mut Writer<'_>) {
    for (key, lines) in lists {
        if !lines.is_empty() {
            w.heading(w.words.get(key));
            for line in lines {
                w.item("- ", &line);
            }
        }
    }
}

fn write_evidence(assessment: &Assessment, w: &mut Writer<'_>) {
    let Some(leader) = assessment.hypotheses.first() else {
        return;
    };
    if leader.weights.is_empty() {
        return;
    }
    let name = w.words.hypothesis(leader);
    w.heading(&say!(w.words, "section.evidence", actor = name));
    let rows: Vec<Vec<String>> = leader
        .weights
        .iter()
        .take(40)
        .filter_map(|weight| {
            let evidence = assessment.evidence.get(weight.evidence)?;
            let place = evidence.reported.first().map(|c| w.words.place(c));
            Some(vec![
                format::factor(weight.factor),
                w.words.evidence_short(&evidence.kind),
                w.words.evidence_note(evidence),
                format!("{:?}{}", evidence.reliability, evidence.credibility.grade()),
                place.unwrap_or_default(),
            ])
        })
        .collect();
    let columns = [
        column(w.words.get("head.factor"), Fit::Right),
        column(w.words.get("head.evidence"), Fit::Wrap),
        column(w.words.get("head.note"), Fit::Wrap),
        column(w.words.get("head.grade"), Fit::Keep),
        column(w.words.get("head.place"), Fit::End),
    ];
    w.table(&columns, &rows);
}
