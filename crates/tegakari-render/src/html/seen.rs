//! What was seen, each with the records that show it, and when.

use tegakari_model::{FindingKind, Sighting};

use super::MOST_ROWS;
use super::markup::{Markup, all, details, excerpt, tag, text, value, words as el};
use super::parts::{figure, mark, more_rows};
use crate::Story;
use crate::charts::timeline;
use crate::digest::seen::{Seen, seen};
use crate::format;
use crate::i18n::{Words, say};

/// Records shown for one sighting.
const MOST_EXAMPLES: usize = 10;

/// The indicators that were seen.
pub(super) fn section(story: &Story<'_>, words: Words) -> Option<Markup> {
    let Some(hunt) = story.hunt else {
        return Some(el("p", "", words.get("no_hunt.seen")));
    };
    let seen = seen(hunt);
    if seen.is_empty() {
        return Some(el("p", "", words.get("seen.none")));
    }
    let heads = [
        "",
        "head.indicator",
        "head.records",
        "head.machines",
        "head.span",
        "head.sources",
    ];
    let heads = heads.into_iter().map(|key| {
        let head = if key.is_empty() { "" } else { words.get(key) };
        let class = if key == "head.records" { "n" } else { "" };
        tag("th", &[("scope", "col"), ("class", class)], [text(head)])
    });
    let mut parts = vec![
        el("caption", "", words.get("section.seen")),
        tag("thead", &[], [tag("tr", &[], heads)]),
    ];
    parts.extend(seen.iter().take(MOST_ROWS).map(|s| rows(s, words)));
    let table = tag("table", &[("class", "seen-table")], parts);
    Some(all([
        tag("div", &[("class", "scroll")], [table]),
        more_rows(words, seen.len().saturating_sub(MOST_ROWS)),
    ]))
}

/// When it was seen.
pub(super) fn timeline_section(story: &Story<'_>, words: Words) -> Option<Markup> {
    let drawing = timeline::timeline(story.hunt?, words)?;
    Some(figure(words, &drawing))
}

fn rows(s: &Seen<'_>, words: Words) -> Markup {
    let mut about = vec![words.kind(s.indicator.observable.kind()).to_owned()];
    about.extend(Some(words.role(s.indicator.role).to_owned()).filter(|r| !r.is_empty()));
    about.extend(s.indicator.labels.iter().take(3).cloned());
    let machines = if s.assets.is_empty() {
        words.get("asset.unknown").to_owned()
    } else {
        words.list_of(&s.assets, 8)
    };
    let sources: Vec<Markup> = s
        .by_source
        .iter()
        .take(8)
        .map(|(source, n)| {
            tag(
                "li",
                &[],
                [text(source), text(" "), el("b", "", &format::count(*n))],
            )
        })
        .collect();
    let span =
        format::span(s.first, s.last).unwrap_or_else(|| words.get("timeline.no_time").to_owned());
    let facts = tag(
        "tr",
        &[],
        [
            tag("td", &[("class", "m")], [mark(words, FindingKind::Seen)]),
            tag(
                "td",
                &[],
                [
                    value(&s.indicator.observable),
                    el("div", "quiet", &about.join(" · ")),
                ],
            ),
            el("td", "n", &format::count(s.count)),
            el("td", "", &machines),
            el("td", "time", &span),
            tag("td", &[], [tag("ul", &[("class", "bare")], sources)]),
        ],
    );
    let evidence = tag(
        "tr",
        &[("class", "evidence")],
        [
            tag("td", &[], []),
            tag("td", &[("colspan", "5")], [evidence(s, words)]),
        ],
    );
    tag("tbody", &[], [facts, evidence])
}

fn evidence(s: &Seen<'_>, words: Words) -> Markup {
    let mut pieces: Vec<Markup> = s
        .sightings
        .iter()
        .take(50)
        .map(|sighting| sighting_block(s, sighting, words))
        .collect();
    if s.without_time > 0 {
        let n = s.without_time;
        pieces.push(el("p", "quiet", &say!(words, "seen.without_time", n = n)));
    }
    let places: Vec<String> = s
        .indicator
        .citations
        .iter()
        .map(|c| words.place(c))
        .collect();
    if !places.is_empty() {
        let places = words.list_of(&places, 6);
        pieces.push(el(
            "p",
            "quiet",
            &say!(words, "seen.reported", places = places),
        ));
    }
    details(words.get("seen.evidence"), pieces)
}

fn sighting_block(s: &Seen<'_>, sighting: &Sighting, words: Words) -> Markup {
    let asset = sighting
        .asset
        .clone()
        .unwrap_or_else(|| words.get("asset.unknown").to_owned());
    let mut line = say!(
        words,
        "sighting.line",
        asset = asset,
        n = format::count(sighting.count)
    );
    let relation = words.relation(sighting.relation);
    if !relation.is_empty() {
        line = say!(words, "sighting.relation", line = line, relation = relation);
    }
    let mut pieces = vec![el("h4", "", &line)];
    if !sighting.on_behalf_of.is_empty() {
        let machines = words.list_of(&sighting.on_behalf_of, 8);
        pieces.push(el(
            "p",
            "quiet",
            &say!(words, "seen.behalf", machines = machines),
        ));
    }
    let shown = sighting.examples.len().min(MOST_EXAMPLES);
    if (shown as u64) < sighting.count {
        pieces.push(el(
            "p",
            "quiet",
            &say!(
                words,
                "seen.examples",
                n = shown,
                total = format::count(sighting.count)
            ),
        ));
    }
    let needle = s.indicator.observable.value();
    let records = sighting.examples.iter().take(MOST_EXAMPLES).map(|e| {
        let time = e
            .time
            .map(format::moment)
            .unwrap_or_else(|| words.get("timeline.no_time").to_owned());
        let place = format!("{}:{}", e.file, e.line);
        tag(
            "li",
            &[],
            [
                el("span", "time", &time),
                text(" "),
                el("span", "place", &place),
                text(" "),
                el("span", "quiet", &e.source),
                excerpt(&e.excerpt, needle),
            ],
        )
    });
    pieces.push(tag("ol", &[("class", "records")], records));
    tag("div", &[("class", "sighting")], pieces)
}
