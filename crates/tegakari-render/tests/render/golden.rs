//! Whole outputs, kept as files and reviewed like code. `UPDATE_GOLDEN=1` writes them anew.
#![allow(
    clippy::disallowed_methods,
    reason = "golden files are on the disk, and only tests read them"
)]

use std::path::PathBuf;

use tegakari_model::Language;
use tegakari_render::{Exploitation, TextStyle, ValueStory, html, text};

use crate::fixture::fixture;

fn check(name: &str, got: &str) {
    let path = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/testdata")).join(name);
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        std::fs::write(&path, got).unwrap();
    }
    let want = std::fs::read_to_string(&path)
        .unwrap_or_else(|e| panic!("{}: {e}; run with UPDATE_GOLDEN=1", path.display()));
    assert!(
        got == want,
        "{name} changed; look at it, then run with UPDATE_GOLDEN=1\n{}",
        first_difference(&want, got)
    );
}

fn first_difference(want: &str, got: &str) -> String {
    want.lines()
        .zip(got.lines())
        .enumerate()
        .find(|(_, (a, b))| a != b)
        .map(|(i, (a, b))| format!("line {}\n- {a}\n+ {b}", i + 1))
        .unwrap_or_else(|| "one is longer".to_owned())
}

/// Each element on a line of its own, so that a difference can be read.
fn lines(page: &str) -> String {
    page.replace("><", ">\n<")
}

#[test]
fn the_page_is_what_was_reviewed() {
    let f = fixture();
    check(
        "report.en.html",
        &lines(&html::report(&f.story(), Language::En)),
    );
    check(
        "report.ja.html",
        &lines(&html::report(&f.story(), Language::Ja)),
    );
}

#[test]
fn the_summary_is_what_was_reviewed() {
    let f = fixture();
    let style = TextStyle::default();
    check(
        "summary.en.txt",
        &text::summary(&f.story(), Language::En, &style),
    );
    check(
        "summary.ja.txt",
        &text::summary(&f.story(), Language::Ja, &style),
    );
    let ascii = TextStyle {
        width: 72,
        color: false,
        ascii: true,
    };
    check(
        "summary.ascii.txt",
        &text::summary(&f.story(), Language::En, &ascii),
    );
}

#[test]
fn the_single_views_are_what_was_reviewed() {
    let f = fixture();
    let style = TextStyle::default();
    for (tag, language) in [("en", Language::En), ("ja", Language::Ja)] {
        let views = [
            ("report", text::report(&f.reports[0], language, &style)),
            ("hunt", text::hunt(&f.hunt, language, &style)),
            (
                "assessment",
                text::assessment(&f.assessment, language, &style),
            ),
            ("block", text::block(&f.block, &f.written, language, &style)),
        ];
        for (name, view) in views {
            check(&format!("{name}.{tag}.txt"), &view);
        }
        let one = &f.hunt.findings[0];
        let value = ValueStory {
            observable: &one.indicator.observable,
            mentions: &[(&f.reports[0], &f.reports[0].mentions[1])],
            findings: &[(&f.hunt, one)],
            objections: &f.block.held_back[0].objections,
            used_by: &["Alder Moth".to_owned()],
            worth: None,
            exploited: Exploitation::NotAsked,
        };
        check(
            &format!("show.{tag}.txt"),
            &text::show(&value, language, &style),
        );
    }
}

#[test]
fn a_typical_summary_fits_two_screens() {
    let f = fixture();
    let lines = text::summary(&f.story(), Language::En, &TextStyle::default());
    assert!(
        lines.lines().count() <= 76,
        "{} lines",
        lines.lines().count()
    );
}

#[test]
fn the_same_story_gives_the_same_bytes() {
    let (a, b) = (fixture(), fixture());
    let style = TextStyle::default();
    for language in [Language::En, Language::Ja] {
        assert_eq!(
            html::report(&a.story(), language),
            html::report(&b.story(), language)
        );
        assert_eq!(
            text::summary(&a.story(), language, &style),
            text::summary(&b.story(), language, &style)
        );
    }
}
