//! Where sentences begin and end, in English and Japanese.
//!
//! A full stop ends a sentence when white space and something that can begin one follow; `e.g.`,
//! `U.S.` and `cmd.exe` do not end it, 「。」 always does. Cells of a row and blank lines end it too.

/// Longest sentence in bytes; a longer one is cut at a blank. Nobody writes such sentences: it is a
/// list or a text without stops.
const LONGEST: usize = 1200;

/// Words before a stop that does not end a sentence.
const SHORT: &[&str] = &[
    "al", "approx", "aka", "cf", "co", "corp", "dr", "e.g", "eg", "etc", "fig", "figs", "i.e",
    "ie", "inc", "jr", "ltd", "mr", "mrs", "ms", "no", "nos", "resp", "sr", "st", "u.k", "u.s",
    "ver", "vs",
];

/// The byte ranges of the sentences of a text, in order, white space around them left out.
pub fn split(text: &str) -> impl Iterator<Item = (usize, usize)> + '_ {
    let mut from = 0;
    std::iter::from_fn(move || {
        loop {
            let rest = text.get(from..)?;
            let start = from + (rest.len() - rest.trim_start().len());
            if start >= text.len() {
                return None;
            }
            let end = end_of(text, start);
            from = end.max(start + 1);
            let sentence = text.get(start..end)?;
            let kept = sentence.trim_end().len();
            if kept > 0 {
                return Some((start, start + kept));
            }
        }
    })
}

/// The bytes with which a sign may begin that ends a sentence.
const MAY_END: [bool; 256] = {
    let mut may = [false; 256];
    let bytes = b"\t\n.!?\xE3\xEF";
    let mut i = 0;
    while i < bytes.len() {
        may[bytes[i] as usize] = true;
        i += 1;
    }
    may
};

/// The end of the sentence that starts at `start`; a boundary of characters.
fn end_of(text: &str, start: usize) -> usize {
    let bytes = text.as_bytes();
    let limit = start.saturating_add(LONGEST).min(text.len());
    let read = bytes.get(start..limit).unwrap_or_default();
    let signs = read.iter().enumerate();
    for (i, b) in signs.filter(|(_, b)| MAY_END[usize::from(**b)]) {
        let i = start + i;
        match b {
            b'\t' => return i + 1,
            b'\n' if bytes.get(i + 1) == Some(&b'\n') => return i + 1,
            b'.' | b'!' | b'?' if ends_here(text, start, i) => return i + 1,
            // 。 is E3 80 82; ！ and ？ are EF BC 81 and EF BC 9F.
            0xE3 if bytes.get(i + 1..i + 3) == Some(&[0x80, 0x82]) => return i + 3,
            0xEF if matches!(bytes.get(i + 1..i + 3), Some([0xBC, 0x81 | 0x9F])) => return i + 3,
            _ => {}
        }
    }
    if limit == text.len() {
        return limit;
    }
    let last_blank = memchr::memrchr2(b' ', b'\n', read);
    let mut cut = last_blank.map_or(limit, |b| start + b + 1);
    while cut < text.len() && !text.is_char_boundary(cut) {
        cut += 1;
    }
    cut
}

fn ends_here(text: &str, start: usize, stop: usize) -> bool {
    let after = text.get(stop + 1..).unwrap_or("");
    // A closing quotation mark or bracket belongs to the sentence before it; a note's number too.
    let next = after.trim_start_matches(['"', '\'', ')', ']', '\u{201D}', '\u{2019}']);
    if next.is_empty() {
        return true;
    }
    if !next.starts_with(|c: char| c.is_whitespace() || !c.is_ascii()) {
        return false;
    }
    let begins = next
        .trim_start()
        .starts_with(|c: char| !c.is_ascii_lowercase() && !matches!(c, ',' | ';' | ':' | '-'));
    if !begins {
        return false;
    }
    if text.as_bytes().get(stop) != Some(&b'.') {
        return true;
    }
    let before = text.get(start..stop).unwrap_or("");
    let word_at = before
        .rfind(|c: char| c.is_whitespace() || matches!(c, '(' | '"' | ','))
        .map_or(0, |i| i + 1);
    let word = before.get(word_at..).unwrap_or("");
    let word = word.trim_start_matches(|c: char| !c.is_ascii_alphanumeric());
    if word.len() > 6 {
        return true;
    }
    // An initial (`J. Smith`), a list number (`3.`) or a shortened word.
    let initial = word.len() == 1 && word.bytes().all(|b| b.is_ascii_alphabetic());
    let number = before.len() == word.len() && word.bytes().all(|b| b.is_ascii_digit());
    !initial && !number && !SHORT.contains(&word.to_ascii_lowercase().as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sentences_end_where_a_reader_would_end_them() {
        let check = |text: &str, expect: &[&str]| {
            let got: Vec<&str> = split(text).map(|(s, e)| &text[s..e]).collect();
            assert_eq!(got, expect, "{text}");
        };
        check(
            "It runs cmd.exe. Then it stops.",
            &["It runs cmd.exe.", "Then it stops."],
        );
        check(
            "Tools, e.g. Mimikatz, were used.",
            &["Tools, e.g. Mimikatz, were used."],
        );
        check(
            "Firms in the U.S. Government were hit.",
            &["Firms in the U.S. Government were hit."],
        );
        check(
            "見つかった。次に横展開した。",
            &["見つかった。", "次に横展開した。"],
        );
        check("one cell\tanother cell", &["one cell", "another cell"]);
        check("3. It spreads over SMB.", &["3. It spreads over SMB."]);
        check(
            "wrapped\nline goes on. Next",
            &["wrapped\nline goes on.", "Next"],
        );
        check("", &[]);
        check(" . ", &["."]);
    }

    #[test]
    fn a_text_without_stops_is_cut_into_pieces_and_loses_nothing() {
        for unit in ["word ", "語", "."] {
            let text = unit.repeat(5000);
            let mut last = 0;
            for (start, end) in split(&text) {
                assert!(text[last..start].trim().is_empty());
                assert!(end - start <= LONGEST + 4);
                last = end;
            }
            assert!(text[last..].trim().is_empty());
        }
    }
}
