//! Who it may be: bars, steps, evidence for and against, and what would change the judgement.

use tegakari_model::{Assessment, Hypothesis};

use super::markup::{Markup, all, details, list, text, words as el};
use super::parts::{column, figure, table};
use crate::Story;
use crate::charts::{likelihood, matrix, waterfall};
use crate::format;
use crate::i18n::{Words, say};

/// How many leading hypotheses get their own steps.
const MOST_WATERFALLS: usize = 2;

/// The assessment.
pub(super) fn section(story: &Story<'_>, words: Words) -> Option<Markup> {
    let Some(a) = story.assessment else {
        return Some(el("p", "", words.get("who.not_assessed")));
    };
    let reasons: Vec<String> = a
        .confidence_reasons
        .iter()
        .map(|r| words.confidence_reason(r))
        .collect();
    let mut pieces = vec![
        figure(words, &likelihood::likelihood(a, words, 25)),
        el("p", "", &words.confidence_sentence(a)),
        el("p", "", &reasons.join(words.get("sentence.space"))),
        el("p", "note", words.get("who.not_a_culprit")),
    ];
    pieces.extend(
        (0..a.hypotheses.len())
            .filter_map(|i| waterfall::waterfall(a, i, words))
            .take(MOST_WATERFALLS)
            .map(|chart| figure(words, &chart)),
    );
    for hypothesis in a.hypotheses.iter().filter(|h| h.actor.is_some()).take(8) {
        pieces.push(evidence(a, hypothesis, words));
    }
    pieces.push(titled(
        words.get("section.absent"),
        words.not_found(a).into_iter(),
    ));
    pieces.push(titled(
        words.get("section.stated"),
        words.only_stated(a).into_iter(),
    ));
    pieces.push(titled(
        words.get("section.phases"),
        words.phases(a).into_iter(),
    ));
    pieces.extend(matrix::matrix(a, words).map(|chart| figure(words, &chart)));
    pieces.push(titled(
        words.get("section.assumptions"),
        a.assumptions.iter().map(|x| words.assumption(x)),
    ));
    pieces.push(titled(
        words.get("section.alternatives"),
        a.alternatives
            .iter()
            .map(|x| words.alternative(x, &a.evidence)),
    ));
    pieces.push(titled(
        words.get("section.triggers"),
        a.triggers.iter().map(|x| words.trigger(x)),
    ));
    pieces.push(super::next::parts(a, words));
    Some(all(pieces))
}

fn titled(heading: &str, sentences: impl Iterator<Item = String>) -> Markup {
    let items: Vec<Markup> = sentences.map(|s| text(&s)).collect();
    if items.is_empty() {
        return Markup::default();
    }
    all([el("h3", "", heading), list(items)])
}

fn evidence(a: &Assessment, hypothesis: &Hypothesis, words: Words) -> Markup {
    let name = words.hypothesis(hypothesis);
    let heading = say!(words, "section.evidence", actor = name);
    let mut pieces = Vec::new();
    if let Some(actor) = &hypothesis.actor
        && !actor.aliases.is_empty()
    {
        let names = words.list_of(&actor.aliases, 20);
        pieces.push(el("p", "quiet", &say!(words, "who.aliases", names = names)));
    }
    if !hypothesis.also_recorded.is_empty() {
        let names: Vec<String> = hypothesis
            .also_recorded
            .iter()
            .map(|r| format!("{} ({})", r.name, r.id.0))
            .collect();
        let names = words.list_of(&names, 12);
        pieces.push(el(
            "p",
            "quiet",
            &say!(words, "who.also_recorded", names = names),
        ));
    }
    if hypothesis.weights.is_empty() {
        pieces.push(el("p", "", words.get("who.no_weights")));
        return details(&heading, pieces);
    }
    let columns = [
        column(words, "head.factor", "n"),
        column(words, "head.evidence", "w"),
        column(words, "head.note", ""),
        column(words, "head.vertex", ""),
        column(words, "head.grade", ""),
        column(words, "head.place", ""),
    ];
    let rows = hypothesis.weights.iter().filter_map(|weight| {
        let e = a.evidence.get(weight.evidence)?;
        let mut places: Vec<String> = e.reported.iter().map(|c| words.place(c)).collect();
        places.extend(e.observed.iter().map(|c| format!("{}:{}", c.file, c.line)));
        let note = [
            words.evidence_note(e),
            say!(
                words,
                "evidence.forgeable",
                share = format::percent(e.forgeability)
            ),
        ];
        Some(vec![
            text(&format::factor(weight.factor)),
            el("b", "", &words.evidence_short(&e.kind)),
            text(&note.join(words.get("list.semicolon"))),
            text(words.vertex(e.vertex)),
            text(&format!("{:?}{}", e.reliability, e.credibility.grade())),
            el("span", "place", &words.list_of(&places, 3)),
        ])
    });
    pieces.push(table(words, &heading, &columns, rows));
    details(&heading, pieces)
}
