//! What to look for next, and who is claimed to be behind it.

use tegakari_model::Assessment;

use super::style::Paint;
use super::writer::Writer;
use crate::i18n::say;

/// Questions in full; the rest is in the JSON.
const MOST: usize = 8;

pub(super) fn write(assessment: &Assessment, w: &mut Writer<'_>) {
    if !assessment.questions.is_empty() {
        w.heading(w.words.get("section.questions"));
    }
    for (index, question) in assessment.questions.iter().take(MOST).enumerate() {
        let lead = format!("{}. ", index + 1);
        let worth = w.words.question_worth(question);
        w.item(&lead, &worth);
        let lines = [
            w.words.question_expected(question, assessment),
            w.words.question_answers(question),
            w.words.question_sight(question),
            w.words.question_no(question),
        ];
        for line in lines {
            w.painted(Paint::Quiet, 5, &line);
        }
        for command in &question.commands {
            w.paragraph(5, &say!(w.words, "question.command", command = command));
        }
        if let Some(tell) = &question.tell {
            w.painted(
                Paint::Quiet,
                5,
                &say!(w.words, "question.tell", command = tell),
            );
        }
        if let Some(tell) = &question.tell_no {
            w.painted(
                Paint::Quiet,
                5,
                &say!(w.words, "question.tell_no", command = tell),
            );
        }
    }
    w.more(assessment.questions.len().saturating_sub(MOST));
    if !assessment.turns.is_empty() {
        w.heading(w.words.get("section.turns"));
        for turn in &assessment.turns {
            let text = w.words.turn(turn);
            w.item("- ", &text);
        }
    }
    if !assessment.behind.is_empty() {
        w.heading(w.words.get("section.behind"));
        for claim in &assessment.behind {
            let text = w.words.sponsor_claim(claim, assessment);
            w.item("- ", &text);
        }
        for text in w.words.sponsor_contradictions(assessment) {
            w.item("- ", &text);
        }
    }
}
