//! Does it matter who it is, and what could not be read.

use super::markup::{Markup, all, list, text, words as el};
use super::parts::{column, table};
use crate::Story;
use crate::i18n::{Words, say};
use crate::sentences::all_problems;

/// What is the same under every hypothesis, and what pays only under one.
pub(super) fn section(story: &Story<'_>, words: Words) -> Option<Markup> {
    let assessment = story.assessment?;
    let matter = &assessment.matter;
    let mut pieces = Vec::new();
    if !matter.same.is_empty() {
        pieces.push(el("h3", "", words.get("matter.same")));
        pieces.push(list(matter.same.iter().map(|a| text(&words.action(a)))));
    }
    for (index, actions) in &matter.only_under {
        if let Some(hypothesis) = assessment.hypotheses.get(*index) {
            let actor = words.hypothesis(hypothesis);
            pieces.push(el("h3", "", &say!(words, "matter.only", actor = actor)));
            pieces.push(list(actions.iter().map(|a| text(&words.action(a)))));
        }
    }
    if pieces.is_empty() {
        pieces.push(el("p", "", words.get("matter.none")));
    }
    Some(all(pieces))
}

/// What could not be read or used, the dearest first.
pub(super) fn problems(story: &Story<'_>, words: Words) -> Option<Markup> {
    let mut problems = all_problems(story);
    if problems.is_empty() {
        return Some(el("p", "", words.get("problem.none")));
    }
    problems.sort_by(|a, b| {
        (b.bytes_lost, b.records_lost, *a).cmp(&(a.bytes_lost, a.records_lost, *b))
    });
    let columns = [
        column(words, "head.place", "path"),
        column(words, "head.what", ""),
        column(words, "head.hint", ""),
    ];
    let lead = say!(words, "problem.lead", n = problems.len());
    let rows = problems.iter().map(|p| {
        let cost = words.cost(p);
        let what = words.of_problem(&p.what);
        let what = if cost.is_empty() {
            what
        } else {
            say!(words, "problem.what_cost", what = what, cost = cost)
        };
        vec![
            text(&p.place),
            text(&what),
            text(&words.of_problem(&p.hint)),
        ]
    });
    Some(all([
        el("p", "", &lead),
        table(words, words.get("section.problems"), &columns, rows),
    ]))
}
