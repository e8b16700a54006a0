//! Four numbers that are a version and no address.

use super::{before, byte, cut};

/// Whether the words around four numbers make them a version.
pub(super) fn is_version(text: &str, start: usize, end: usize) -> bool {
    let bytes = text.as_bytes();
    // `Chrome/91.0.4472.124`
    if before(bytes, start) == b'/'
        && start >= 2
        && byte(bytes, start - 2).is_ascii_alphabetic()
        && !cut(text, start.saturating_sub(3), start).ends_with("//")
    {
        return true;
    }
    let mut from = start.saturating_sub(24);
    while !text.is_char_boundary(from) {
        from += 1;
    }
    let left = cut(text, from, start).to_lowercase();
    let left = left.trim_end_matches([' ', '=', ':', '"', '\'']);
    let says = [
        "version",
        "versions",
        "ver",
        "ver.",
        "v",
        "v.",
        "build",
        "release",
        "firmware",
        "before",
        "prior to",
        "earlier than",
        "older than",
        "up to",
        "fixed in",
        "patched in",
        "updated to",
        "upgrade to",
        "update to",
        "バージョン",
        "ファームウェア",
        "バージョンは",
        "ビルド",
    ]
    .iter()
    .any(|word| {
        left.ends_with(word)
            && !left
                .trim_end_matches(word)
                .ends_with(|c: char| c.is_ascii_alphabetic())
    });
    let mut to = (end + 24).min(text.len());
    while !text.is_char_boundary(to) {
        to -= 1;
    }
    let right = cut(text, end, to).trim_start().to_lowercase();
    says || is_range_of_versions(text, start, end)
        || [
            "~",
            "〜",
            "～",
            "より以前",
            "から",
            "まで",
            "以降",
            "以前",
            "未満",
            "より前",
            "and earlier",
            "or later",
            "and later",
            "or earlier",
            "or newer",
            "and prior",
        ]
        .iter()
        .any(|word| right.starts_with(word))
}

/// Whether four numbers are the end of a range on a line that speaks of versions: `7.0.1.2 - 7.0.1.9 (fixed in …)`.
pub(super) fn is_range_of_versions(text: &str, start: usize, end: usize) -> bool {
    let digit = |c: Option<char>| c.is_some_and(|c| c.is_ascii_digit());
    let marks = ["-", "–", "to ", "through "];
    let mut from = start.saturating_sub(12);
    while !text.is_char_boundary(from) {
        from += 1;
    }
    let mut to = (end + 12).min(text.len());
    while !text.is_char_boundary(to) {
        to -= 1;
    }
    let before = cut(text, from, start).trim_end();
    let after = cut(text, end, to).trim_start();
    // 「7.0.1.2 から 7.0.1.9」: the first is told by the word behind it, this one by the word before.
    let small = cut(text, start, end).split('.').all(|part| part.len() < 3);
    let last = ["から", "〜", "～", "~"].iter().any(|mark| {
        before
            .strip_suffix(mark)
            .is_some_and(|rest| digit(rest.trim_end().chars().next_back()))
    });
    if last && small {
        return true;
    }
    let ranges = marks.iter().any(|mark| {
        after
            .strip_prefix(mark)
            .is_some_and(|rest| digit(rest.trim_start().chars().next()))
            || before
                .strip_suffix(mark.trim_end())
                .is_some_and(|rest| digit(rest.trim_end().chars().next_back()))
    });
    if !ranges {
        return false;
    }
    let mut from = start.saturating_sub(120);
    while !text.is_char_boundary(from) {
        from += 1;
    }
    let mut to = (end + 80).min(text.len());
    while !text.is_char_boundary(to) {
        to -= 1;
    }
    let around = cut(text, from, to).to_lowercase();
    [
        "fixed in",
        "affected",
        "version",
        "patched",
        "vulnerable",
        "影響",
        "修正",
        "バージョン",
        "受影响",
        "版本",
    ]
    .iter()
    .any(|word| around.contains(word))
}
