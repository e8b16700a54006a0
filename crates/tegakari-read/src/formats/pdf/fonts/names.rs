//! Glyph names and the characters they stand for, by the Adobe Glyph List specification.
//!
//! `tables/glyphs.tsv` has the names of the Adobe Glyph List and of the fonts of TeX, `tables/dingbats.tsv`
//! those of ITC Zapf Dingbats. They are searched where they lie: a document asks for a few dozen names.

use std::cmp::Ordering;

static GLYPHS: &str = include_str!("tables/glyphs.tsv");
static DINGBATS: &str = include_str!("tables/dingbats.tsv");

/// The characters that a glyph's name stands for. What follows a full stop says how they are drawn, and
/// `_` joins the parts of a ligature.
pub(super) fn characters(name: &str, is_dingbats: bool) -> Option<String> {
    let base = name.split('.').next().unwrap_or_default();
    let mut out = String::new();
    for part in base.split('_') {
        let known = is_dingbats
            .then(|| look_up(DINGBATS, part))
            .flatten()
            .or_else(|| look_up(GLYPHS, part));
        match known {
            Some(points) => out.extend(points.split(' ').filter_map(|p| code_point(p.as_bytes()))),
            None => out.push_str(&numbered(part).unwrap_or_default()),
        }
    }
    (!out.is_empty()).then_some(out)
}

/// The first character of a name of the list, or of one that is a number (`uni20AC`).
pub(super) fn character(name: &str) -> Option<char> {
    match look_up(GLYPHS, name) {
        Some(points) => code_point(points.split(' ').next()?.as_bytes()),
        None => numbered(name)?.chars().next(),
    }
}

/// The rest of the line of a table that begins with a key; the lines are sorted by the bytes of theirs.
pub(super) fn look_up(table: &'static str, key: &str) -> Option<&'static str> {
    let bytes = table.as_bytes();
    let (mut low, mut high) = (0, bytes.len());
    while low < high {
        let middle = low + (high - low) / 2;
        let start = memchr::memrchr(b'\n', bytes.get(low..middle)?).map_or(low, |i| low + i + 1);
        let end = memchr::memchr(b'\n', bytes.get(start..)?).map_or(bytes.len(), |i| start + i);
        let (name, rest) = table.get(start..end)?.split_once('\t')?;
        match name.cmp(key) {
            Ordering::Less => low = end + 1,
            Ordering::Greater => high = start,
            Ordering::Equal => return Some(rest),
        }
    }
    None
}

/// `uni` with groups of four digits, or `u` with four to six.
fn numbered(part: &str) -> Option<String> {
    if let Some(digits) = part.strip_prefix("uni").map(str::as_bytes)
        && !digits.is_empty()
        && digits.len().is_multiple_of(4)
    {
        return digits.chunks(4).map(code_point).collect();
    }
    let digits = part.strip_prefix('u')?.as_bytes();
    (4..=6)
        .contains(&digits.len())
        .then(|| code_point(digits).map(String::from))?
}

/// A code point in capital hexadecimal digits, as the specification wants them.
fn code_point(digits: &[u8]) -> Option<char> {
    let number = digits.iter().try_fold(0u32, |number, digit| {
        let digit = match digit {
            b'0'..=b'9' => digit - b'0',
            b'A'..=b'F' => digit - b'A' + 10,
            _ => return None,
        };
        number.checked_mul(16)?.checked_add(u32::from(digit))
    })?;
    char::from_u32(number)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(name: &str) -> Option<String> {
        characters(name, false)
    }

    #[test]
    fn every_line_of_a_table_is_found_by_its_key() {
        for table in [GLYPHS, DINGBATS] {
            for line in table.lines() {
                let (name, points) = line.split_once('\t').unwrap();
                assert_eq!(look_up(table, name), Some(points));
                assert!(
                    points
                        .split(' ')
                        .all(|p| code_point(p.as_bytes()).is_some())
                );
            }
        }
        for absent in ["", "\t", "A\t", "Aa", "zzz", "!", "\u{10FFFF}"] {
            assert_eq!(look_up(GLYPHS, absent), None, "{absent:?}");
        }
    }

    #[test]
    fn names_are_read_as_the_specification_says() {
        for (name, text) in [
            ("Lcommaaccent", "\u{13B}"),
            ("uni20AC0308", "\u{20AC}\u{308}"),
            ("u1040C", "\u{1040C}"),
            (
                "Lcommaaccent_uni20AC0308_u1040C.alternate",
                "\u{13B}\u{20AC}\u{308}\u{1040C}",
            ),
            ("f_f_i", "ffi"),
            ("f_g102", "f"),
            ("one.oldstyle", "1"),
            ("dalethatafpatah", "\u{5D3}\u{5B2}"),
            ("Tsoft", "\u{40B}"),
        ] {
            assert_eq!(read(name).as_deref(), Some(text), "{name}");
        }
        for name in [
            "",
            ".notdef",
            "foo",
            "g12",
            "cid123",
            "uni20ac",
            "uniD801DC0C",
            "u110000",
            "u41",
            "uni",
            "_",
            "a9",
            "u\u{e9}\u{e9}\u{e9}\u{e9}",
        ] {
            assert_eq!(read(name), None, "{name}");
        }
    }

    #[test]
    fn dingbats_have_names_of_their_own() {
        assert_eq!(characters("a9", true).as_deref(), Some("\u{2720}"));
        assert_eq!(characters("space", true).as_deref(), Some(" "));
    }

    #[test]
    fn a_name_alone_gives_its_first_character() {
        assert_eq!(character("dalethatafpatah"), Some('\u{5D3}'));
        assert_eq!(character("uni20AC"), Some('\u{20AC}'));
        assert_eq!(character("g7"), None);
    }
}
