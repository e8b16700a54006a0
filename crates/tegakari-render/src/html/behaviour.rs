//! Rules of behaviour in the page: the answer, each rule that fired with its records, and what could not be shown.

use tegakari_model::{BehaviourExample, ObservedBehaviour};

use super::MOST_ROWS;
use super::markup::{Markup, all, details, list, tag, text, words as el};
use super::parts::more_rows;
use crate::Story;
use crate::digest::behaviour::by_level;
use crate::format;
use crate::i18n::{Words, say};

/// Records shown for one rule.
const MOST_EXAMPLES: usize = 10;
/// Reasons told in words.
const MOST_GAPS: usize = 20;

/// What rules say; `None` when there were none.
pub(super) fn section(story: &Story<'_>, words: Words) -> Option<Markup> {
    let of = story.hunt?.behaviours.as_deref()?;
    let mut parts: Vec<Markup> = words
        .behaviour_answer(of)
        .iter()
        .map(|sentence| el("p", "", sentence))
        .collect();
    let levels = by_level(of).into_iter().map(|one| {
        let top: Vec<&str> = one.machines.iter().take(3).map(|(name, _)| *name).collect();
        let line = say!(
            words,
            "behaviour.level_line",
            level = words.level(one.level),
            rules = one.rules,
            matches = format::count(one.matches),
            assets = words.list(&top),
            worst = one.worst.map(|(day, _)| day).unwrap_or("-")
        );
        text(&line)
    });
    parts.push(list(levels));
    parts.extend(
        of.observed
            .iter()
            .take(MOST_ROWS)
            .map(|one| rule(one, words)),
    );
    parts.push(more_rows(
        words,
        of.observed.len().saturating_sub(MOST_ROWS),
    ));
    parts.push(el("h3", "", words.get("section.behaviour_gaps")));
    let gaps = words.behaviour_gaps(of, MOST_GAPS);
    parts.extend(gaps.iter().map(|sentence| el("p", "", sentence)));
    Some(all(parts))
}

fn rule(one: &ObservedBehaviour, words: Words) -> Markup {
    let title = say!(
        words,
        "behaviour.title",
        level = words.level(one.rule.level),
        title = one.rule.title
    );
    let records = one
        .assets
        .iter()
        .flat_map(|on| &on.examples)
        .take(MOST_EXAMPLES)
        .map(record);
    let mut content = vec![
        el("p", "", &words.behaviour_line(one)),
        el("p", "quiet", &words.behaviour_rule(one)),
    ];
    content.extend(records);
    details(&title, content)
}

fn record(example: &BehaviourExample) -> Markup {
    let cited = &example.place;
    let time = cited.time.map(format::moment).unwrap_or_default();
    let place = format!("{time} {}:{}", cited.file, cited.line);
    all([
        el("p", "quiet", place.trim_start()),
        tag("pre", &[], [text(&cited.excerpt)]),
    ])
}
