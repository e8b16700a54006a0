//! The history of an assessment, and what moved.

use tegakari_model::{AssessmentDeed, AssessmentEvent, Change};

use super::table::{Fit, column};
use super::writer::Writer;
use crate::i18n::say;

/// Hypotheses in the table; the rest is in the JSON.
const MOST: usize = 8;

/// One change: what became of the first hypothesis, and which moved why.
pub(super) fn write_change(change: &Change, w: &mut Writer<'_>) {
    let head = say!(
        w.words,
        "change.header",
        before = change.before,
        after = change.after,
        old = change.knowledge.0,
        new = change.knowledge.1
    );
    w.paragraph(0, &head);
    let text = w.words.change(change);
    w.paragraph(2, &text);
    let rows: Vec<Vec<String>> = change
        .moved
        .iter()
        .take(MOST)
        .map(|moved| {
            vec![
                w.words.moved_name(moved),
                w.words.moved_share(moved.before),
                w.words.moved_share(moved.after),
                w.words.move_reasons(moved),
            ]
        })
        .collect();
    if rows.is_empty() {
        return;
    }
    let columns = [
        column(w.words.get("head.hypothesis"), Fit::End),
        column(w.words.get("head.before"), Fit::Right),
        column(w.words.get("head.after"), Fit::Right),
        column(w.words.get("head.why"), Fit::Wrap),
    ];
    w.table(&columns, &rows);
    w.more(change.moved.len().saturating_sub(MOST));
}

/// Everything that happened to an assessment since.
pub(super) fn write_history(events: &[AssessmentEvent], w: &mut Writer<'_>) {
    if events.is_empty() {
        return;
    }
    w.heading(w.words.get("section.history"));
    for event in events {
        let text = w.words.assessment_event(event);
        w.item("- ", &text);
        if let AssessmentDeed::Again { change } = &event.what {
            for moved in change.moved.iter().take(3) {
                let line = say!(
                    w.words,
                    "change.line",
                    name = w.words.moved_name(moved),
                    before = w.words.moved_share(moved.before),
                    after = w.words.moved_share(moved.after),
                    why = w.words.move_reasons(moved)
                );
                w.paragraph(4, &line);
            }
        }
    }
}
