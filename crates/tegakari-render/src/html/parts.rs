//! Parts that several sections of the page share: sections, tables, figures.

use tegakari_model::FindingKind;

use super::MOST_ROWS;
use super::markup::{Markup, all, details, drawing, tag, text, words as el};
use crate::charts::Drawing;
use crate::i18n::{Words, say};

/// A section with its id and heading.
pub(super) fn section(
    id: &str,
    heading: &str,
    content: impl IntoIterator<Item = Markup>,
) -> Markup {
    let mut pieces = vec![el("h2", "", heading)];
    pieces.extend(content);
    tag("section", &[("id", id)], pieces)
}

/// A column: its head and the class of its cells (`n` numbers, `w` wide text, `m` marks).
#[derive(Debug, Clone, Copy)]
pub(super) struct Column {
    pub(super) head: &'static str,
    pub(super) class: &'static str,
}

/// A column by the key of its head.
pub(super) fn column(words: Words, key: &'static str, class: &'static str) -> Column {
    let head = if key.is_empty() { "" } else { words.get(key) };
    Column { head, class }
}

/// A table with a caption for those who do not see it; rows beyond [`MOST_ROWS`] are counted.
pub(super) fn table(
    words: Words,
    caption: &str,
    columns: &[Column],
    rows: impl IntoIterator<Item = Vec<Markup>>,
) -> Markup {
    let mut body = Vec::new();
    let mut more = 0usize;
    for row in rows {
        if body.len() == MOST_ROWS {
            more += 1;
            continue;
        }
        let cells = row.into_iter().zip(columns).map(|(cell, column)| {
            if column.class.is_empty() {
                tag("td", &[], [cell])
            } else {
                tag("td", &[("class", column.class)], [cell])
            }
        });
        body.push(tag("tr", &[], cells));
    }
    let heads = columns.iter().map(|column| {
        tag(
            "th",
            &[("scope", "col"), ("class", column.class)],
            [text(column.head)],
        )
    });
    let table = tag(
        "table",
        &[],
        [
            el("caption", "", caption),
            tag("thead", &[], [tag("tr", &[], heads)]),
            tag("tbody", &[], body),
        ],
    );
    all([
        tag("div", &[("class", "scroll")], [table]),
        more_rows(words, more),
    ])
}

/// Says how many rows are not in the page, and where they are.
pub(super) fn more_rows(words: Words, more: usize) -> Markup {
    if more == 0 {
        return Markup::default();
    }
    el("p", "quiet", &say!(words, "page.more_rows", n = more))
}

/// A chart with its finding as title, its legend, its caption and its numbers as a table.
pub(super) fn figure(words: Words, chart: &Drawing) -> Markup {
    let keys = chart.keys.iter().map(|key| {
        tag(
            "li",
            &[],
            [
                el("span", "glyph", key.glyph),
                text(" "),
                text(&key.meaning),
            ],
        )
    });
    let heads = chart
        .table
        .heads
        .iter()
        .map(|head| tag("th", &[("scope", "col")], [text(head)]));
    let rows = chart
        .table
        .rows
        .iter()
        .map(|row| tag("tr", &[], row.iter().map(|cell| el("td", "", cell))));
    let twin = tag(
        "table",
        &[],
        [
            el("caption", "", &chart.title),
            tag("thead", &[], [tag("tr", &[], heads)]),
            tag("tbody", &[], rows),
        ],
    );
    tag(
        "figure",
        &[],
        [
            el("h3", "", &chart.title),
            tag("div", &[("class", "scroll")], [drawing(chart)]),
            tag("ul", &[("class", "keys")], keys),
            el("figcaption", "", &chart.caption),
            details(
                words.get("page.as_table"),
                [tag("div", &[("class", "scroll")], [twin])],
            ),
        ],
    )
}

/// The mark of an answer, with its words for those who do not see it.
pub(super) fn mark(words: Words, kind: FindingKind) -> Markup {
    let class = match kind {
        FindingKind::Seen => "mark seen",
        FindingKind::NotSeen => "mark notseen",
        FindingKind::CannotTell => "mark dark",
    };
    tag(
        "span",
        &[
            ("class", class),
            ("role", "img"),
            ("aria-label", words.finding(kind)),
        ],
        [text(kind.mark())],
    )
}

/// A share as a number.
pub(super) fn share(share: f64) -> Markup {
    text(&crate::format::percent(share))
}
