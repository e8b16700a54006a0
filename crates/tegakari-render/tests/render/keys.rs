//! Every key of the locales is used somewhere, and every key used somewhere is in the locales.
#![allow(
    clippy::disallowed_methods,
    reason = "this test reads the sources, which are on the disk"
)]

use std::collections::BTreeSet;
use std::path::Path;

fn sources(folder: &Path, out: &mut String) {
    let mut entries: Vec<_> = std::fs::read_dir(folder)
        .unwrap()
        .map(|e| e.unwrap().path())
        .collect();
    entries.sort();
    for path in entries {
        if path.is_dir() {
            sources(&path, out);
        } else if path.extension().is_some_and(|e| e == "rs") {
            let text = std::fs::read_to_string(&path).unwrap();
            // Unit tests stand at the end of a file and may hold any literal.
            out.push_str(text.split("#[cfg(test)]").next().unwrap_or(""));
        }
    }
}

/// Literals of the form `"word.word_2"`: keys are the only ones in this crate.
fn used() -> BTreeSet<String> {
    let mut text = String::new();
    sources(
        Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/src")),
        &mut text,
    );
    let word = |w: &str| {
        !w.is_empty()
            && w.starts_with(|c: char| c.is_ascii_lowercase())
            && w.chars()
                .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')
    };
    text.split('"')
        .filter(|literal| literal.split('.').count() == 2 && literal.split('.').all(word))
        .filter(|literal| !["style.css"].contains(literal))
        .map(str::to_owned)
        .collect()
}

fn keys(text: &str) -> BTreeSet<String> {
    text.lines()
        .filter(|line| !line.starts_with('#'))
        .filter_map(|line| line.split_once('='))
        .map(|(key, _)| key.trim().to_owned())
        .filter(|key| !key.ends_with(".one"))
        .collect()
}

#[test]
fn no_key_is_missing_or_unused() {
    let used = used();
    assert!(used.len() > 200, "{}", used.len());
    for (name, text) in [
        ("en", include_str!("../../src/locales/en.ftl")),
        ("ja", include_str!("../../src/locales/ja.ftl")),
    ] {
        let keys = keys(text);
        let missing: Vec<_> = used.difference(&keys).collect();
        assert!(missing.is_empty(), "{name} lacks {missing:?}");
        let unused: Vec<_> = keys.difference(&used).collect();
        assert!(unused.is_empty(), "{name} has unused {unused:?}");
    }
}

/// A system is never called clean: that nothing was seen says what could have been seen, and no more.
#[test]
fn nothing_is_called_clean() {
    let is_said = |text: &str| {
        let words = |c: char| !c.is_alphanumeric();
        let lower = text.to_lowercase();
        lower.split(words).any(|word| word == "clean")
            || lower.contains("クリーン")
            || lower.contains("感染していません")
    };
    let locales = [
        include_str!("../../src/locales/en.ftl"),
        include_str!("../../src/locales/ja.ftl"),
        include_str!("../../src/locales/problems.ja.tsv"),
    ];
    let folder = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/testdata"));
    let mut all: Vec<(String, String)> = locales
        .iter()
        .map(|text| ("a locale".to_owned(), (*text).to_owned()))
        .collect();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if let Ok(text) = std::fs::read_to_string(&path) {
            all.push((path.display().to_string(), text));
        }
    }
    assert!(all.len() > 6, "{}", all.len());
    for (name, text) in all {
        for (number, line) in (1..).zip(text.lines()) {
            assert!(!is_said(line), "{name}:{number}: {line}");
        }
    }
    assert!(is_said("System seems to be CLEAN."));
}
