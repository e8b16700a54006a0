//! What was not seen, with the visibility of each; what nobody can tell, with what is missing.

use tegakari_model::{FindingKind, HuntResult};

use super::MOST_ROWS;
use super::markup::{Markup, all, details, tag, text, value, words as el};
use super::parts::{Column, column, mark, more_rows, share, table};
use crate::Story;
use crate::digest::negatives::{Negatives, negatives};
use crate::format;
use crate::i18n::{Words, say};

/// Indicators that were not there, though the logs would have shown them.
pub(super) fn not_seen(story: &Story<'_>, words: Words) -> Option<Markup> {
    let columns = [
        column(words, "", "m"),
        column(words, "head.indicators", "w"),
        column(words, "head.visible", "n"),
        column(words, "head.basis", ""),
        column(words, "head.missing", ""),
    ];
    let groups = negatives(story.hunt?, FindingKind::NotSeen);
    if groups.is_empty() {
        return Some(el("p", "", words.get("not_seen.none")));
    }
    let lead = words.not_seen_sentence(count(&groups), &groups);
    Some(all([
        el("p", "", &lead),
        rows(&groups, &columns, words, |group| {
            let still = if group.gaps.is_empty() {
                Markup::default()
            } else {
                text(&words.missing(group))
            };
            vec![text(&words.basis(group)), still]
        }),
    ]))
}

/// Indicators about which nobody can tell.
pub(super) fn cannot_tell(story: &Story<'_>, words: Words) -> Option<Markup> {
    let columns = [
        column(words, "", "m"),
        column(words, "head.indicators", "w"),
        column(words, "head.visible", "n"),
        column(words, "head.missing", ""),
    ];
    let hunt: &HuntResult = story.hunt?;
    let groups = negatives(hunt, FindingKind::CannotTell);
    if groups.is_empty() {
        return Some(el("p", "", words.get("cannot_tell.none")));
    }
    Some(rows(&groups, &columns, words, |group| {
        vec![text(&words.missing(group))]
    }))
}

fn count(groups: &[Negatives<'_>]) -> usize {
    groups.iter().map(|g| g.indicators.len()).sum()
}

fn rows(
    groups: &[Negatives<'_>],
    columns: &[Column],
    words: Words,
    rest: impl Fn(&Negatives<'_>) -> Vec<Markup>,
) -> Markup {
    let caption = groups.first().map_or("", |g| words.finding(g.answer));
    let rows = groups.iter().map(|group| {
        let mut cells = vec![
            mark(words, group.answer),
            values(group, words),
            share(group.visibility.share()),
        ];
        cells.extend(rest(group));
        cells
    });
    table(words, caption, columns, rows)
}

/// How many of which kind, with the values behind it.
fn values(group: &Negatives<'_>, words: Words) -> Markup {
    let n = group.indicators.len();
    let items = group
        .indicators
        .iter()
        .take(MOST_ROWS)
        .map(|indicator| tag("li", &[], [value(&indicator.observable)]));
    let summary = format!("{} {}", format::count(n as u64), words.kind(group.kind));
    tag(
        "div",
        &[],
        [
            el("span", "", &summary),
            details(
                &say!(words, "negatives.values", n = n),
                [
                    tag("ul", &[("class", "bare")], items),
                    more_rows(words, n.saturating_sub(MOST_ROWS)),
                ],
            ),
        ],
    )
}
