//! The one-file HTML report: the page that is shown, mailed and kept.
//!
//! No script, no link, no request to anywhere: the content-security policy in its head forbids all
//! three, so that a mistake here stays harmless. Written as well-formed XML, so that a strict parser
//! can check it. Light and dark follow the reader's system; the print style is light.

mod answer;
mod behaviour;
mod block;
mod findings;
mod made;
mod markup;
mod matter;
mod next;
mod parts;
mod report;
mod seen;
mod timeline;
mod visibility;
mod who;

use tegakari_model::{Language, Timeline};

use crate::Story;
use crate::format;
use crate::i18n::{Words, say};
use markup::{Markup, all, plain, style, tag, text, void, words as el};

/// Rows of a table in the page; the JSON has all of them.
pub(crate) const MOST_ROWS: usize = 500;

/// The style sheet of the page and of the charts in it.
pub(crate) const CSS: &str = include_str!("style.css");

/// The whole story as one self-contained HTML file: no script, no network, one language.
pub fn report(story: &Story<'_>, language: Language) -> String {
    let words = Words::new(language);
    let sections = sections(story, words);
    let nav = sections.iter().map(|(id, heading, _)| {
        let target = format!("#{id}");
        tag("li", &[], [tag("a", &[("href", &target)], [text(heading)])])
    });
    let nav = tag(
        "nav",
        &[("aria-label", words.get("section.contents"))],
        [tag("ul", &[], nav.collect::<Vec<_>>())],
    );
    let content = sections.into_iter().map(|(_, _, markup)| markup);
    let body = tag(
        "body",
        &[],
        [
            tag(
                "a",
                &[("class", "skip"), ("href", "#answer")],
                [text(words.get("page.skip"))],
            ),
            nav,
            tag("main", &[], [header(story, words), all(content)]),
        ],
    );
    let title = say!(words, "page.title", title = title(story, words));
    page(&title, body, words)
}

/// A timeline as one self-contained HTML file.
pub fn timeline(timeline: &Timeline, language: Language) -> String {
    let words = Words::new(language);
    let heading = words.get("section.timeline");
    let header = tag(
        "header",
        &[],
        [el("p", "brand", "Tegakari"), el("h1", "", heading)],
    );
    let content = timeline::content(timeline, words);
    let main = parts::section("timeline", heading, [content]);
    let body = tag("body", &[], [tag("main", &[], [header, main])]);
    page(&say!(words, "page.title", title = heading), body, words)
}

fn page(title: &str, body: Markup, words: Words) -> String {
    let html = tag("html", &[("lang", words.tag())], [head(title), body]);
    format!("<!DOCTYPE html>\n{}\n", html.into_string())
}

fn sections(story: &Story<'_>, words: Words) -> Vec<(&'static str, &'static str, Markup)> {
    let all = [
        ("answer", "section.answer", answer::section(story, words)),
        ("seen", "section.seen", seen::section(story, words)),
        (
            "behaviour",
            "section.behaviour",
            behaviour::section(story, words),
        ),
        (
            "timeline",
            "section.timeline",
            seen::timeline_section(story, words),
        ),
        (
            "visibility",
            "section.visibility",
            visibility::section(story, words),
        ),
        (
            "not-seen",
            "section.not_seen",
            findings::not_seen(story, words),
        ),
        (
            "cannot-tell",
            "section.cannot_tell",
            findings::cannot_tell(story, words),
        ),
        ("report", "section.report", report::section(story, words)),
        ("who", "section.who", who::section(story, words)),
        ("block", "section.block", block::section(story, words)),
        ("matter", "section.matter", matter::section(story, words)),
        (
            "problems",
            "section.problems",
            matter::problems(story, words),
        ),
        ("made", "section.made", made::section(story, words)),
    ];
    all.into_iter()
        .filter_map(|(id, key, content)| {
            let heading = words.get(key);
            content.map(|content| (id, heading, parts::section(id, heading, [content])))
        })
        .collect()
}

fn title(story: &Story<'_>, words: Words) -> String {
    match story.reports {
        [] => story.hunt.map(|h| h.id.to_string()).unwrap_or_default(),
        [one] => words.report_title(one),
        many => say!(words, "page.many_reports", n = many.len()),
    }
}

fn head(title: &str) -> Markup {
    tag(
        "head",
        &[],
        [
            void("meta", &[("charset", "utf-8")]),
            void(
                "meta",
                &[
                    ("http-equiv", "Content-Security-Policy"),
                    (
                        "content",
                        "default-src 'none'; style-src 'unsafe-inline'; img-src data:",
                    ),
                ],
            ),
            void(
                "meta",
                &[("name", "viewport"), ("content", "width=device-width")],
            ),
            void("meta", &[("name", "referrer"), ("content", "no-referrer")]),
            void(
                "meta",
                &[("name", "color-scheme"), ("content", "light dark")],
            ),
            tag("title", &[], [plain(title)]),
            style(CSS),
        ],
    )
}

fn header(story: &Story<'_>, words: Words) -> Markup {
    let mut facts: Vec<Markup> = Vec::new();
    if let [one] = story.reports {
        facts.push(el("li", "", &words.report_origin(one)));
    }
    if let Some(hunt) = story.hunt {
        let window = hunt.coverage.window;
        let span = format::span(window.from, window.until)
            .unwrap_or_else(|| words.get("window.open").to_owned());
        let records = hunt
            .coverage
            .inputs
            .iter()
            .fold(0u64, |n, i| n.saturating_add(i.records));
        let bytes = hunt
            .coverage
            .inputs
            .iter()
            .fold(0u64, |n, i| n.saturating_add(i.bytes));
        let line = say!(
            words,
            "hunt.header",
            id = hunt.id,
            span = span,
            files = hunt.coverage.inputs.len(),
            records = format::count(records),
            bytes = format::bytes(bytes),
            assets = hunt.coverage.assets.len()
        );
        facts.push(el("li", "", &line));
    }
    tag(
        "header",
        &[],
        [
            el("p", "brand", "Tegakari"),
            el("h1", "", &title(story, words)),
            tag("ul", &[("class", "facts")], facts),
        ],
    )
}
