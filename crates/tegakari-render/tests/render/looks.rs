//! What makes the page readable and honest: contrast, order, marks, self-containment.

use tegakari_model::{Language, Likelihood};
use tegakari_render::{TextStyle, html, text};

use crate::fixture::fixture;
use crate::strict;

const CSS: &str = include_str!("../../src/html/style.css");

/// Values of the custom properties in each `:root` block: light, dark, print.
fn themes() -> Vec<Vec<(String, String)>> {
    CSS.split(":root {")
        .skip(1)
        .map(|block| {
            let block = block.split('}').next().unwrap();
            block
                .lines()
                .filter_map(|line| {
                    line.trim()
                        .strip_prefix("--")?
                        .strip_suffix(';')?
                        .split_once(": ")
                })
                .map(|(name, value)| (name.to_owned(), value.to_owned()))
                .collect()
        })
        .collect()
}

/// Relative luminance (WCAG 2.2).
fn luminance(hex: &str) -> f64 {
    let channel = |i: usize| {
        let value = f64::from(u8::from_str_radix(&hex[1 + 2 * i..3 + 2 * i], 16).unwrap()) / 255.0;
        if value <= 0.04045 {
            value / 12.92
        } else {
            ((value + 0.055) / 1.055).powf(2.4)
        }
    };
    0.2126 * channel(0) + 0.7152 * channel(1) + 0.0722 * channel(2)
}

fn contrast(a: &str, b: &str) -> f64 {
    let (a, b) = (luminance(a), luminance(b));
    (a.max(b) + 0.05) / (a.min(b) + 0.05)
}

#[test]
fn contrasts_hold_in_every_theme() {
    let themes = themes();
    assert_eq!(themes.len(), 3, "light, dark, print");
    for theme in themes {
        let get = |name: &str| &theme.iter().find(|(n, _)| n == name).unwrap().1;
        let rows = [
            (
                ["text", "muted", "link", "seen", "notseen", "dark"].as_slice(),
                ["bg", "panel"].as_slice(),
                4.5,
            ),
            (&["line"], &["bg", "panel"], 3.0),
            (&["ink"], &["s0", "s1", "s2"], 4.5),
            (&["ink-on"], &["s3", "s4"], 4.5),
            (&["text"], &["hit"], 4.5),
        ];
        for (fronts, backs, least) in rows {
            for front in fronts {
                for back in backs {
                    let got = contrast(get(front), get(back));
                    assert!(got >= least, "{front} on {back}: {got:.2}");
                }
            }
        }
    }
}

#[test]
fn the_page_needs_nothing_from_outside() {
    let f = fixture();
    for language in [Language::En, Language::Ja] {
        let page = html::report(&f.story(), language);
        strict::read(&page).unwrap();
        assert!(page.contains(
            "default-src &#39;none&#39;; style-src &#39;unsafe-inline&#39;; img-src data:"
        ));
        assert!(!CSS.contains("url(") && !CSS.contains("@import") && !CSS.contains(['<', '&']));
        assert!(page.len() < 300_000, "{} bytes", page.len());
    }
    assert!(CSS.len() < 30_000, "{} bytes", CSS.len());
}

#[test]
fn the_answer_comes_first_and_sections_in_order() {
    let f = fixture();
    let page = html::report(&f.story(), Language::En);
    let ids = [
        "answer",
        "seen",
        "timeline",
        "visibility",
        "not-seen",
        "cannot-tell",
        "report",
        "who",
        "block",
        "matter",
        "problems",
        "made",
    ];
    let places: Vec<usize> = ids
        .iter()
        .map(|id| page.find(&format!("id=\"{id}\"")).unwrap())
        .collect();
    assert!(places.is_sorted(), "{places:?}");
    let text = text::summary(&f.story(), Language::En, &TextStyle::default());
    let first = text.lines().skip_while(|l| !l.is_empty()).nth(1).unwrap();
    assert!(
        first.starts_with("2 of 7 indicators were seen, on "),
        "{first}"
    );
}

#[test]
fn every_table_has_heads_and_every_chart_a_table() {
    let f = fixture();
    let page = strict::read(&html::report(&f.story(), Language::En)).unwrap();
    let n = |name: &str| page.elements.get(name).copied().unwrap_or(0);
    assert_eq!(n("table"), n("thead"));
    assert_eq!(n("table"), n("caption"));
    assert!(
        n("figure") >= 5 && n("figure") == n("svg"),
        "{:?}",
        page.elements
    );
    assert_eq!(n("svg"), n("desc"));
}

#[test]
fn no_output_says_the_word_that_no_hunt_may_say() {
    let f = fixture();
    for language in [Language::En, Language::Ja] {
        let page = strict::read(&html::report(&f.story(), language)).unwrap();
        let text = text::summary(&f.story(), language, &TextStyle::default());
        for output in [page.text, text] {
            assert!(!output.to_lowercase().contains("clean"));
        }
    }
}

#[test]
fn likelihood_words_stand_with_their_band() {
    let f = fixture();
    let outputs = [
        text::summary(
            &f.story(),
            Language::En,
            &TextStyle {
                width: 500,
                color: false,
                ascii: false,
            },
        ),
        text::assessment(
            &f.assessment,
            Language::En,
            &TextStyle {
                width: 500,
                color: false,
                ascii: false,
            },
        ),
    ];
    for output in outputs {
        let bands = [
            Likelihood::VeryUnlikely,
            Likelihood::Unlikely,
            Likelihood::Likely,
        ];
        for line in output.lines() {
            for likelihood in bands {
                let word = likelihood.english();
                for (at, _) in line.match_indices(word) {
                    let before = line[..at].chars().next_back();
                    let part_of_longer = before.is_some_and(|c| c.is_ascii_alphabetic())
                        || line[..at].ends_with("very ");
                    let (low, high) = likelihood.percent();
                    let band = format!("{word} ({low}–{high} %)");
                    assert!(part_of_longer || line[at..].starts_with(&band), "{line}");
                }
            }
        }
    }
}

#[test]
fn indicators_are_defanged_and_exact_values_can_be_copied() {
    let f = fixture();
    let page = html::report(&f.story(), Language::En);
    assert!(page.contains("value=\"update.lantern.example\">update.lantern[.]example<"));
    // A record is evidence and stays as it was written; there the value is only marked.
    assert!(
        !page
            .replace("<mark>update.lantern.example", "")
            .contains(">update.lantern.example<")
    );
    assert!(!page.contains("href=\"http"));
}
