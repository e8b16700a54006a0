//! The answer, to be read in ten seconds.

use tegakari_model::FindingKind;

use super::markup::{Markup, all, tag, text, words as el};
use super::parts::mark;
use crate::Story;
use crate::format;
use crate::i18n::Words;

/// Were we hit, could we have known, who may it be, what to do now.
pub(super) fn section(story: &Story<'_>, words: Words) -> Option<Markup> {
    let mut sentences = words.answer(story).into_iter();
    let mut pieces = Vec::new();
    if let Some(first) = sentences.next() {
        pieces.push(el("p", "lead", &first));
    }
    pieces.extend(sentences.map(|s| el("p", "", &s)));
    if let Some(hunt) = story.hunt {
        let totals = hunt.totals();
        let counts = [
            (FindingKind::Seen, totals.seen),
            (FindingKind::NotSeen, totals.not_seen),
            (FindingKind::CannotTell, totals.cannot_tell),
        ]
        .map(|(kind, n)| {
            tag(
                "li",
                &[],
                [
                    mark(words, kind),
                    el("b", "", &format::count(n as u64)),
                    text(words.finding(kind)),
                ],
            )
        });
        pieces.push(tag("ul", &[("class", "counts")], counts));
    }
    if let Some(assessment) = story.assessment {
        if let Some(first) = assessment.hypotheses.first() {
            pieces.push(el("p", "", &words.judgement(first)));
        }
        pieces.push(el("p", "", &words.confidence_sentence(assessment)));
    }
    if let Some(plan) = story.block {
        pieces.push(el("p", "", &words.block_sentence(plan)));
    }
    if story.hunt.is_some_and(|h| h.totals().seen > 0) {
        pieces.push(el("p", "quiet", words.get("answer.files")));
    }
    Some(all(pieces))
}
