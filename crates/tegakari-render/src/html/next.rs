//! What to look for next, and who is claimed to be behind it.

use tegakari_model::Assessment;

use super::markup::{Markup, all, list, tag, text, words as el};
use crate::i18n::{Words, say};

/// The questions, the answers that would change the judgement, and the claims.
pub(super) fn parts(assessment: &Assessment, words: Words) -> Markup {
    let mut pieces = Vec::new();
    if !assessment.questions.is_empty() {
        pieces.push(el("h3", "", words.get("section.questions")));
        let items = assessment.questions.iter().map(|question| {
            let mut item = vec![
                el("b", "", &words.question_worth(question)),
                el("p", "", &words.question_expected(question, assessment)),
                el("p", "", &words.question_answers(question)),
                el("p", "quiet", &words.question_sight(question)),
                el("p", "quiet", &words.question_no(question)),
            ];
            item.extend(
                question
                    .commands
                    .iter()
                    .map(|command| tag("p", &[], [el("code", "x", command)])),
            );
            if let Some(tell) = &question.tell {
                item.push(el(
                    "p",
                    "quiet",
                    &say!(words, "question.tell", command = tell),
                ));
            }
            if let Some(tell) = &question.tell_no {
                item.push(el(
                    "p",
                    "quiet",
                    &say!(words, "question.tell_no", command = tell),
                ));
            }
            all(item)
        });
        pieces.push(list(items));
    }
    if !assessment.turns.is_empty() {
        pieces.push(el("h3", "", words.get("section.turns")));
        let turns = assessment.turns.iter();
        pieces.push(list(turns.map(|turn| text(&words.turn(turn)))));
    }
    if !assessment.behind.is_empty() {
        pieces.push(el("h3", "", words.get("section.behind")));
        let claims = assessment.behind.iter();
        let claims = claims.map(|claim| words.sponsor_claim(claim, assessment));
        let lines = claims.chain(words.sponsor_contradictions(assessment));
        pieces.push(list(lines.map(|line| text(&line))));
    }
    all(pieces)
}
